"""What each source sent, counted as it is folded and as it is rejected."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum

from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.models import DeadLetterRow, ImportFile, InboxBatch, RejectedItems, SourceDay
from tests.analytics.events import NOW, event

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 20)


@pytest.fixture(autouse=True)
def campaign() -> None:
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=NOW)


def days() -> Counter[tuple[str, date, int, str]]:
    """What is counted, by source, day, type and column; nothing of what is nothing."""
    columns = ("taken", "known", "live")
    return +Counter({
        (row.source.name, row.day, row.type, column): getattr(row, column)
        for row in SourceDay.objects.select_related("source")
        for column in columns
    })  # fmt: skip


def rejected() -> dict[str, int]:
    return dict(RejectedItems.objects.values_list("source__name").annotate(Sum("items")))


def test_a_fold_counts_what_each_source_sent_by_type_and_a_repeat_as_known() -> None:
    opened = event(event_id="e2", type="opened", occurred_at="2026-10-20T10:00:00Z")
    record_events([event(), opened], source="events", at=NOW)
    record_events([event(), event(event_id="e3")], source="shop", at=NOW)
    fold_inbox(NOW + timedelta(seconds=4))
    record_events([event(), opened], source="events", at=NOW + timedelta(hours=13))
    fold_inbox(NOW + timedelta(hours=13))
    one, next_day = DAY, DAY + timedelta(days=1)
    assert days() == {
        ("events", one, 1, "taken"): 1, ("events", one, 1, "live"): 1, ("events", one, 5, "taken"): 1,
        ("events", one, 5, "live"): 1, ("shop", one, 1, "taken"): 2, ("shop", one, 1, "live"): 2,
        ("events", next_day, 1, "known"): 1, ("events", next_day, 5, "known"): 1,
    }  # fmt: skip
    sent = SourceDay.objects.get(source__name="events", day=DAY, type=1)
    assert (sent.aged_seconds, sent.last_at) == (3 * 3600, NOW)
    assert 4 <= sent.waited_seconds < 60


def test_a_repeat_within_a_batch_is_known_and_a_file_says_nothing_of_delays() -> None:
    file = ImportFile.objects.create(kind="events", name="old.csv", fingerprint="f")
    record_events([event(), event()], source="events", at=NOW, import_file=file.pk)
    fold_inbox(NOW + timedelta(hours=1))
    assert days() == {("events", DAY, 1, "taken"): 1, ("events", DAY, 1, "known"): 1}
    assert SourceDay.objects.get().aged_seconds == SourceDay.objects.get().waited_seconds == 0


def test_a_batch_that_cannot_be_folded_counts_nothing() -> None:
    record_events([event()], source="events", at=NOW)
    InboxBatch.objects.update(payload=b"broken")
    assert fold_inbox(NOW).dead == 1
    assert not days()


def test_rejected_items_are_counted_per_source_and_outlive_their_rows() -> None:
    record_events([event(), event(type="eaten")], source="events", at=NOW)
    record_events([event(type="eaten"), event(contact="")], source="events", at=NOW + timedelta(minutes=5))
    record_costs([{"campaign": "nobody", "date": "2026-10-01", "amount": "1"}], at=NOW, source="ads")
    record_campaigns([{"campaign": ""}], at=NOW)
    assert rejected() == {"events": 3, "ads": 1, "campaigns": 1}
    assert DeadLetterRow.objects.count() == 5
    DeadLetterRow.objects.all().delete()
    assert rejected()["events"] == 3
    assert set(RejectedItems.objects.values_list("day", flat=True)) == {DAY}


def test_a_day_is_one_of_utc() -> None:
    late = datetime(2026, 10, 20, 23, 59, 59, tzinfo=UTC)
    record_events([event(), event(type="eaten")], source="events", at=late)
    fold_inbox(late + timedelta(minutes=1))
    assert {row.day for row in SourceDay.objects.all()} == {row.day for row in RejectedItems.objects.all()} == {DAY}
