"""The operator's commands say what they found, and their exit status says it too."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from tests.analytics import inbox
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import at, uid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_send() -> None:
    inbox.campaigns(1)
    inbox.put([Happened(uid(1), 7, T.SENT, at(1), 1)])
    fold_inbox(inbox.NOW)


def run(name: str) -> str:
    out = StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def test_verify_totals_is_content_with_right_totals() -> None:
    assert run("verify_totals").startswith("No difference")


def test_verify_totals_names_a_wrong_total_and_fails_and_rebuild_mends_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaign_hourly SET sends = 41 WHERE basis = 0")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_totals", stdout=out)
    assert end.value.code == 1
    assert all(word in out.getvalue() for word in ("campaign_hourly", "sends", "41"))
    assert "campaign_hourly: 2 rows" in run("rebuild")
    assert run("verify_totals").startswith("No difference")
