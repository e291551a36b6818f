"""A whole import is taken back: figures are those of an installation that it never came to."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import sql, undoing, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_costs
from analytics.models import (
    Campaign,
    CampaignCost,
    Event,
    ImportChange,
    ImportFile,
    InboxBatch,
)
from analytics.recounting import recounted
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import UndoError, happenings

pytestmark = pytest.mark.django_db
NOW = inbox.NOW
API = 0  # came by no file


def an_import(kind: str = "events", **fields: Any) -> ImportFile:
    record = ImportFile.objects.create(kind=kind, name=f"{kind}.csv", fingerprint="0" * 64, state="done", **fields)
    ImportFile.objects.filter(pk=record.pk).update(started_at=NOW - timedelta(hours=1))
    return record


def bring(events: Sequence[Happened], record: ImportFile | None = None) -> None:
    batch = inbox.put(events)
    InboxBatch.objects.filter(pk=batch.pk).update(import_file=record)


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Happened], list[tuple[int, list[int]]], list[int], bool]:
    """Events, each the same whoever tells of it; who told of which in which order (0 = no file); what is undone."""
    events = list({(e.contact, e.event_id): e for e in draw(st.lists(happenings(), min_size=2, max_size=30))}.values())
    told = draw(
        st.lists(
            st.tuples(st.integers(0, 3), st.lists(st.integers(0, len(events) - 1), min_size=1, max_size=15)),
            min_size=2,
            max_size=7,
        )
    )
    return events, told, draw(st.permutations([1, 2, 3])), draw(st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans(), st.integers(1, 3))
def test_what_is_left_of_events_is_what_a_fresh_installation_had_of_the_others(
    plan: tuple[list[Happened], list[tuple[int, list[int]]], list[int], bool], undone: int
) -> None:
    events, told, order, at_once = plan
    try:
        with transaction.atomic():
            inbox.campaigns(1, 2)
            files = {number: an_import() for number in (1, 2, 3)}
            for who, places in told:
                bring([events[place] for place in places], files.get(who))
                if not at_once:
                    fold_inbox(NOW)
            fold_inbox(NOW)
            gone: set[int] = set()
            for number in order[:undone]:
                undoing.undo(files[number].pk, NOW)
                gone.add(number)
                left = [events[place] for who, places in told if who not in gone for place in places]
                assert inbox.kept_totals() == oracle.totals(left)
                assert verify.differences() == []
            assert {e.event_id.hex for e in Event.objects.all()} == {e.event_id for e in left}
            raise UndoError
    except UndoError:
        pass


# costs: a day and item each, what is said of it, by whom
Write = tuple[str, int, list[tuple[int, int]]]
Step = Write | tuple[str, int, None]


@st.composite
def steps_of(draw: st.DrawFn) -> list[Any]:
    """Writes of costs and undoings in any order; a file that was undone may come again, as another import."""
    said = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=4)
    write = st.tuples(st.integers(0, 3), said)
    undo = st.tuples(st.integers(1, 3), st.none())
    return draw(st.lists(st.one_of(write, write, undo), min_size=2, max_size=14))


class Written:
    """What was written, by whom, in order; and the database that it was written to."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, Any, Any]] = []
        self.files: dict[int, ImportFile] = {}

    def file(self, who: int, kind: str) -> ImportFile | None:
        return self.files.setdefault(who, an_import(kind)) if who else None

    def undo(self, who: int) -> None:
        if record := self.files.pop(who, None):
            undoing.undo(record.pk, NOW)
            self.writes = [write for write in self.writes if write[0] != who]

    def left(self) -> dict[Any, Any]:
        return {key: value for _, key, value in self.writes}


def cost(item: int, amount: int) -> dict[str, Any]:
    """In dollars, or in francs without a rate."""
    money = {"amount": amount, "currency": "CHF" if amount == 3 else "USD", "clicks": amount or None}
    return {"campaign": f"c{item % 2 + 1}", "date": "2026-02-01", "source": "ads", "item": str(item), **money}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps_of())
def test_what_is_left_of_costs_is_what_was_written_last_by_what_was_not_undone(steps: list[Any]) -> None:
    try:
        with transaction.atomic():
            inbox.campaigns(1, 2)
            written = Written()
            for who, said in steps:
                if said is None:
                    written.undo(who)
                    continue
                file = written.file(who, "costs")
                record_costs([cost(*one) for one in said], at=NOW, import_file=file.pk if file else None)
                written.writes += [(who, item, amount) for item, amount in dict(said).items()]
            kept = {int(row.item): int(row.amount) for row in CampaignCost.objects.all()}
            assert kept == written.left()
            assert verify.differences() == []
            for who in list(written.files):
                written.undo(who)
            assert {int(row.item): int(row.amount) for row in CampaignCost.objects.all()} == written.left()
            assert verify.differences() == []
            assert not ImportChange.objects.exists()
            raise UndoError
    except UndoError:
        pass


NAMES = ("name", "budget", "status", "starts_at")
VALUES: dict[str, list[Any]] = {
    "name": ["Spring", "Autumn"],
    "budget": [Decimal("10.5"), 7],
    "status": ["paused", "ended"],
    "starts_at": ["2026-01-01T00:00:00.123456Z", "2026-02-01T00:00:00Z"],
}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.none() | st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 1)), min_size=1, max_size=3),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_each_field_of_a_campaign_is_what_was_said_last_by_what_was_not_undone(steps: list[Any]) -> None:
    try:
        with transaction.atomic():
            inbox.campaigns(1)
            before = Campaign.objects.get()
            written = Written()
            for who, said in steps:
                if said is None:
                    written.undo(who)
                    continue
                file = written.file(who, "campaigns")
                given = {name: VALUES[name][place] for name, place in said}
                verdicts = record_campaigns(
                    [{"campaign": "c1", **given}], at=NOW, import_file=file.pk if file else None
                )
                assert not verdicts.rejected
                written.writes += [(who, *one) for one in given.items()]
            for who in [None, *list(written.files)]:
                if who:
                    written.undo(who)
                kept = Campaign.objects.get()
                for name in NAMES:
                    value = written.left().get(name, getattr(before, name))
                    field: Any = Campaign._meta.get_field(name)
                    assert getattr(kept, name) == field.to_python(value)
            assert not ImportChange.objects.exists()
            raise UndoError
    except UndoError:
        pass


def test_what_two_numbers_of_one_contact_did_came_both_ways_once_they_are_one() -> None:
    """As merging does it: the other's copy goes, what only the other had is moved."""
    inbox.campaigns(1)
    first, second, third = an_import(), an_import(), an_import()
    both = [Happened(UUID(int=1).hex, contact, T.SENT, NOW, 1) for contact in (7, 8)]
    alone = Happened(UUID(int=2).hex, 8, T.SENT, NOW, 1)
    for events, file in (([both[0]], first), ([both[1], alone], second), ([alone], third)):
        bring(events, file)
        fold_inbox(NOW)
    numbers = {"formers": [8], "contacts": [7]}
    with transaction.atomic(), recounted({7, 8}, NOW) as cursor:
        cursor.execute(sql.load("merge/repeats", keys="merge/keys"), numbers)
        for table in ("event", "event_key"):
            cursor.execute(f"DELETE FROM {table} WHERE contact_id = 8 AND event_id = %s", [UUID(int=1)])
            cursor.execute(f"UPDATE {table} SET contact_id = 7 WHERE contact_id = 8")
    for file, left in ((first, 2), (second, 1), (third, 0)):
        undoing.undo(file.pk, NOW)
        assert Event.objects.count() == left
        assert verify.differences() == []
