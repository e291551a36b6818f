"""What cannot be folded is set apart, and that alone; what is the database's fault is not held against any batch."""

import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection

from analytics import verify
from analytics.changes import TOTALS_LOCK
from analytics.event_types import EventType as T
from analytics.fold import Folded, fold_inbox, retry_dead
from analytics.fold.inbox import MOST_ATTEMPTS, MOST_BAD_ROWS
from analytics.ingest import batch
from analytics.models import DataVersion, Event, ImportFile, InboxBatch
from tests.analytics import inbox
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import at, uid

MEMORY, DISK, CANCELED, NO_TABLE, OUT_OF_RANGE = "53200", "53100", "57014", "42P01", "22003"


@pytest.fixture
def ada(db: None) -> int:
    inbox.campaigns(1, 2)
    return 7


def sends(numbers: Iterable[int], contact: int = 7) -> list[Happened]:
    return [Happened(uid(number), contact, T.SENT, at(number % 200), 1) for number in numbers]


def refuse(numbers: Sequence[int] | None, sqlstate: str) -> None:
    """From now on the database answers with this error to these events, to all for None: for real, by a trigger."""
    listed = ", ".join(f"'{uid(number)}'" for number in numbers or ()) or "NULL"
    those = "true" if numbers is None else f"NEW.event_id IN ({listed})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {those} THEN "
            f"RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END IF; RETURN NEW; END $$"
        )
        cursor.execute("CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION refuse()")


def fold_all(now: datetime = inbox.NOW) -> Folded:
    folded = Folded()
    while (one := fold_inbox(now)) != Folded():
        folded += one
    return folded


def dead() -> list[tuple[int, int | None]]:
    batches = InboxBatch.objects.filter(state="dead").order_by("line")
    return list(batches.values_list("rows", "line"))


def waiting() -> list[tuple[int, int]]:
    return list(InboxBatch.objects.filter(state="waiting").order_by("id").values_list("rows", "attempts"))


@pytest.mark.parametrize("bad", [[0], [99], [50], [3, 4, 77]])
def test_bad_rows_alone_are_set_apart_with_line_and_reason(ada: int, bad: list[int]) -> None:
    inbox.put(sends(range(100), ada))
    inbox.put(sends(range(100, 120), ada))
    refuse(bad, OUT_OF_RANGE)
    folded = fold_inbox(inbox.NOW)
    assert (folded.taken, folded.dead) == (120 - len(bad), len(bad))
    assert dead() == [(1, line) for line in bad]
    assert set(InboxBatch.objects.values_list("state", "reason", "attempts")) == {("dead", "refused", 1)}
    assert Event.objects.count() == 120 - len(bad)
    assert verify.differences() == []


def test_once_the_cause_is_mended_a_row_is_retried_and_counted_once(ada: int) -> None:
    inbox.put(sends(range(8), ada))
    refuse([5], OUT_OF_RANGE)
    fold_all()
    ids = list(InboxBatch.objects.values_list("id", flat=True))
    assert retry_dead(ids) == 1
    assert fold_all().dead == 1, "nothing was mended yet"
    refuse([], OUT_OF_RANGE)
    assert retry_dead(ids) == 1
    assert fold_all().taken == 1
    assert Event.objects.count() == 8
    assert not InboxBatch.objects.exists()
    assert verify.differences() == []


def test_a_row_that_is_no_row_is_found_too_and_its_file_adds_up(ada: int) -> None:
    put = inbox.put(sends(range(9), ada))
    file = ImportFile.objects.create(kind="events", name="x.csv", fingerprint="x", read=9)
    rows = batch.decode(bytes(put.payload)).splitlines(keepends=True)
    rows[6] = rows[6].replace(b"\t7\t", b"\tseven\t", 1)
    InboxBatch.objects.update(payload=zlib.compress(b"".join(rows)), import_file=file)
    fold_all()
    file.refresh_from_db()
    one = InboxBatch.objects.get()
    assert (one.state, one.rows, one.line, one.import_file_id) == ("dead", 1, 6, file.pk)
    assert "seven" in one.reason
    assert file.taken + file.known + file.rejected + one.rows == file.read


def test_where_nothing_in_a_batch_is_good_few_of_its_rows_are_looked_at(ada: int) -> None:
    inbox.put(sends(range(500), ada))
    inbox.put(sends(range(500, 520), ada))
    refuse(range(500), OUT_OF_RANGE)
    folded = fold_all()
    assert folded.taken == 20
    assert len(dead()) == folded.dead < 2 * MOST_BAD_ROWS
    assert sum(rows for rows, _line in dead()) == 500


@pytest.mark.parametrize("sqlstate", [MEMORY, DISK, CANCELED, NO_TABLE])
def test_a_batch_that_asks_too_much_gives_way_once_others_go_through(ada: int, sqlstate: str) -> None:
    inbox.put(sends(range(4), ada))
    refuse([2], sqlstate)
    for extra in range(10, 22):
        inbox.put(sends([extra], ada))
        with suppress(DatabaseError):  # when the batch is the only one left
            fold_all()
    assert dead() == [(1, 2)]
    assert InboxBatch.objects.get().attempts >= MOST_ATTEMPTS
    assert Event.objects.count() == 3 + 12
    assert verify.differences() == []


@pytest.mark.parametrize("sqlstate", [MEMORY, DISK, CANCELED, NO_TABLE])
def test_while_the_database_refuses_all_nothing_is_set_apart(ada: int, sqlstate: str) -> None:
    inbox.put(sends(range(4), ada))
    inbox.put(sends(range(4, 8), ada))
    refuse(None, sqlstate)
    for _ in range(6):
        with pytest.raises(DatabaseError, match="refused"):
            fold_inbox(inbox.NOW)
    assert waiting() == [(4, 6), (4, 6)]
    refuse([], sqlstate)
    assert fold_all().taken == 8


def test_a_lone_big_batch_that_asks_too_much_is_halved(ada: int) -> None:
    inbox.put(sends(range(2_000), ada))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION too_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF (SELECT count(*) FROM fold_event WHERE fresh) > 1500 THEN "
            "RAISE EXCEPTION 'out of memory' USING ERRCODE = '53200'; END IF; RETURN NULL; END $$"
        )
        cursor.execute("CREATE TRIGGER too_many AFTER INSERT ON event EXECUTE FUNCTION too_many()")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(OperationalError):
            fold_inbox(inbox.NOW)
    assert waiting() == [(1_000, 3), (1_000, 3)]
    assert fold_all().taken == 2_000


def fail_for_hours(hours: int) -> datetime:
    """Nothing goes through, tried on every half-hour; the time at which the last hour is over."""
    for half in range(2 * hours):
        with pytest.raises(OperationalError, match="refused"):
            fold_inbox(inbox.NOW + half * timedelta(minutes=30))
    return inbox.NOW + timedelta(hours=hours)


def test_a_lone_row_that_asks_too_much_is_set_apart_in_the_end_and_may_be_retried(ada: int) -> None:
    inbox.put(sends([1], ada))
    refuse([1], MEMORY)
    late = fail_for_hours(6)
    assert fold_inbox(late).dead == 1
    assert InboxBatch.objects.values_list("state", "reason").get() == ("dead", "refused")
    retry_dead([InboxBatch.objects.get().pk])
    with pytest.raises(OperationalError, match="refused"):
        fold_inbox(late)
    assert dead() == [], "it has as long as the first time"
    refuse([], MEMORY)
    assert fold_all(late).taken == 1


def test_a_lone_batch_with_one_row_that_asks_too_much_loses_that_row_alone(ada: int) -> None:
    inbox.put(sends(range(8), ada))
    refuse([5], MEMORY)
    late = fail_for_hours(6)
    with pytest.raises(OperationalError, match="refused"):
        fold_inbox(late)  # it is halved
    assert fold_all(late).taken == 7
    assert dead() == [(1, 5)]


def test_where_many_wait_and_none_goes_through_it_is_the_database_however_long(ada: int) -> None:
    for number in range(MOST_BAD_ROWS + 1):
        inbox.put(sends([number], ada))
    refuse(None, MEMORY)
    fail_for_hours(8)
    assert dead() == []


@pytest.mark.parametrize("sqlstate", ["08006", "57P01", "55P03", "40001"])
def test_a_lost_connection_or_a_lock_is_held_against_nobody(ada: int, sqlstate: str) -> None:
    inbox.put(sends(range(4), ada))
    inbox.put(sends(range(4, 8), ada))
    refuse([2], sqlstate)
    for _ in range(5):
        with pytest.raises(OperationalError, match="refused"):
            fold_inbox(inbox.NOW)
    assert waiting() == [(4, 0), (4, 0)]


UNTIL_IT_FOLDS = f"""
DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = {TOTALS_LOCK}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    LOOP PERFORM pg_sleep(0.01); END LOOP;
END $$"""


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_rolled_back_and_tried_again_and_counts_once() -> None:
    inbox.campaigns(1)
    inbox.put(sends([1]))
    fold_inbox(inbox.NOW)  # there is a data version, the row that the two will fight for
    inbox.put(sends(range(2, 12)))
    version = DataVersion.objects.get().version
    locked, deadlocks = threading.Event(), _deadlocks()

    def fight() -> None:
        """Hold the row that the fold will want and then want what the fold holds; be the one who goes on."""
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '60s'; BEGIN; SELECT 1 FROM data_version FOR UPDATE")
            locked.set()
            cursor.execute(f"{UNTIL_IT_FOLDS}; SELECT pg_advisory_xact_lock({TOTALS_LOCK}); COMMIT")
        connection.close()

    other = threading.Thread(target=fight)
    other.start()
    assert locked.wait(60)
    with connection.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '2s'")
    folded = fold_inbox(inbox.NOW)
    other.join()
    connection.close()
    assert _deadlocks() > deadlocks, "there must have been one"
    assert folded == Folded(1, 10, 0, 0)
    assert Event.objects.count() == 11
    assert DataVersion.objects.get().version == version + 1
    assert verify.differences() == []


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
