"""What somebody did is nobody's again in a database that was restored, also where it was not counted yet."""

from datetime import timedelta

import pytest

from analytics import verify
from analytics.fold import fold_inbox
from analytics.ingest import record_events
from analytics.models import Event, InboxBatch
from compliance.subjects import working
from config.serving import prepare
from tests.analytics import dump, inbox
from tests.analytics.people import CANARY, DAY, deeds, spring
from tests.compliance.backups import backup
from tests.compliance.requests import approved

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)


def test_events_that_wait_in_the_backup_are_counted_before() -> None:
    spring()
    late = [deed | {"event_id": f"late {n}"} for n, deed in enumerate(deeds([CANARY, "new@example.org"], DAY))]
    record_events(late, source="test", at=NEXT)
    with backup():
        fold_inbox(NEXT)
        approved(CANARY, at=NEXT)
        assert working.work(NEXT) == 1
        totals, events = inbox.kept_totals(), Event.objects.count()
    assert InboxBatch.objects.exists()

    said: list[str] = []
    prepare.erase_again(said.append)
    assert said == [
        "The database was restored from a backup: the ledger tells of 1 erasures since.",
        "1 people were erased again.",
    ]
    assert (inbox.kept_totals(), Event.objects.count(), verify.differences()) == (totals, events, [])
    assert dump.places_of(CANARY, dump.everything()) == []
    assert dump.places_of("new@example.org", dump.everything()) != []
