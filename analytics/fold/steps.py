"""The steps of one fold, in order, all in the caller's transaction.

Counting is by difference: the events of every (campaign, contact, message) that a fresh event belongs to are counted as
they were and as they are, by one definition (`sql/count/`), and the totals move by what differs. So a late event, a
repeat, a burst that shows only later and a credit that moves need no cases of their own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .. import machine_rules, sql
from ..changes import Cut, kept_cut, raise_version
from ..currencies import MINOR_UNITS
from ..ingest import batch as batch_format
from . import partitions


@dataclass(frozen=True, slots=True)
class Batch:
    """One inbox row: when and whence its events came, and the events as `ingest.batch` encodes them."""

    id: int
    received_at: datetime
    source_id: int
    import_file_id: int | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of one batch were kept, and how many were known already; the days (UTC) of those kept."""

    taken: int
    known: int
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Fresh:
    """The fresh events of one batch, campaign and day (UTC): how many, and the last of them."""

    batch_id: int
    campaign_id: int
    day: datetime
    events: int
    last_at: datetime


# A fold's tables are as large as its batches, so every look-up in what is kept goes by key: the planner, which has no
# statistics of rows just written, is told so. Joins among the fold's own rows are hashed; `OFFSET 0` and `LIMIT` keep
# the look-ups in them nested loops all the same.
PLANNER = """
SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;
SET LOCAL jit = off; SET LOCAL work_mem = '64MB'
"""
HASHED = "SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on"
BY_KEY = "SET LOCAL enable_nestloop = on; SET LOCAL enable_hashjoin = off"
# Pages of keys are random bytes: packing them into the WAL takes ten times as long as writing them, and saves nothing.
# Only who may set it does; NULL is what the server had.
PACKING = "SELECT set_config('wal_compression', {}, true) WHERE has_parameter_privilege('wal_compression', 'SET')"
UNPACKED, PACKED = PACKING.format("'off'"), PACKING.format("NULL")
EMPTY = "TRUNCATE fold_staging, fold_event, fold_large, fold_message, fold_credit, fold_delta"
STAGE = f"COPY fold_staging (batch_id, {', '.join(batch_format.COLUMNS)}) FROM STDIN"
MOST_READ = 200  # kept events of one message and month

# how the planner joins, and the statement
Step = tuple[str, str]
_FACTS, _BOOKED = "fold/message_facts", "fold/booked"
# what is read of a large message in the place of all of it
LARGE: tuple[Step, ...] = (
    (HASHED, sql.load("fold/large_dropped")),
    (HASHED, sql.load("fold/kept", groups="fold/groups_whole")),
    (HASHED, sql.load("fold/large_near")),
    (HASHED, sql.load("fold/large_standing")),
)
STEPS: tuple[Step, ...] = (
    (HASHED, sql.load("fold/classify")),
    (HASHED, sql.load("fold/keep")),
    (f"{HASHED}; {UNPACKED}", sql.load("fold/keys")),
    (f"{BY_KEY}; {PACKED}", sql.load("fold/reclassed")),
    (HASHED, "INSERT INTO fold_message " + sql.load("count/messages", events="fold/versions")),
    (
        HASHED,
        "INSERT INTO fold_delta " + sql.load("count/engagement", messages="fold/messages", events="fold/versions"),
    ),
    (HASHED, sql.load("fold/engagement", engagements="count/engagements", messages="fold/messages")),
    (HASHED, sql.load("fold/credit_booked", messages_moved="fold/messages_moved", booked=_BOOKED)),
    (HASHED, sql.load("fold/credit_conversions", message_facts=_FACTS)),
    (HASHED, sql.load("fold/credit_written")),
    (HASHED, sql.load("fold/credit_refunds_booked", booked=_BOOKED)),
    (HASHED, sql.load("fold/credit_refunds", message_facts=_FACTS)),
    (HASHED, sql.load("fold/credit_written")),
    (HASHED, sql.load("fold/credit_firsts", booked=_BOOKED)),
    (HASHED, "INSERT INTO fold_delta " + sql.load("count/credits", credits="fold/credit_versions")),
    (HASHED, sql.load("fold/engagement_converted")),
    (HASHED, sql.load("fold/no_engagement")),
    (HASHED, sql.load("fold/contact_months")),
)
# when events came is counted, what stands in `fold_delta` goes into the totals, and a running rebuild is told
BOOK: tuple[str, ...] = (
    sql.load("arriving/counted", events="arriving/fresh"),
    sql.load("fold/hourly"),
    sql.load("fold/daily"),
    sql.load("fold/changed"),
    sql.load("rebuild/touched", versions="fold/versions"),
)


def parameters(at: datetime, cut: Cut | None = None) -> dict[str, Any]:
    """What the SQL of a count asks for: the cut of days, the currency, the window, the machine rules."""
    cut = cut or kept_cut()
    return {
        "at": at,
        "zone": cut.time_zone,
        "currency": cut.currency,
        "decimals": MINOR_UNITS[cut.currency],
        "window_days": cut.window_days,
        "rules_version": machine_rules.RULES_VERSION,
        "open_seconds": machine_rules.OPEN_SECONDS,
        "burst_seconds": machine_rules.BURST_SECONDS,
        "network_seconds": machine_rules.NETWORK_SECONDS,
    }


def fold(cursor: CursorWrapper, batches: list[Batch], at: datetime) -> list[Count]:
    """Count the batches' events once; what became of each batch, in order. Raises DatabaseError for a broken batch."""
    cursor.execute(PLANNER)
    cursor.execute(HASHED)
    cursor.execute(EMPTY)
    rows = _stage(cursor, batches)
    values = parameters(at)
    _take_fresh(cursor, batches, values)
    fresh = _fresh(cursor)
    taken: Counter[int] = Counter()
    days: defaultdict[int, set[date]] = defaultdict(set)
    for facts in fresh:
        taken[facts.batch_id] += facts.events
        days[facts.batch_id].add(facts.day.astimezone(UTC).date())
    if fresh:
        _count(cursor, values, fresh)
    if sum(rows) > taken.total():
        _note_repeats(cursor, batches, values)
    return [
        Count(taken[batch.id], n - taken[batch.id], tuple(days[batch.id]))
        for batch, n in zip(batches, rows, strict=True)
    ]


def _count(cursor: CursorWrapper, values: dict[str, Any], fresh: list[Fresh]) -> None:
    """Keep the fresh events and move every total by what they change."""
    raise_version(cursor, values["at"])
    _read_kept(cursor, values)
    _note_months(cursor, fresh)
    _note_last_event(cursor, fresh)
    run(cursor, STEPS, values)
    cursor.execute(HASHED)
    for statement in BOOK:
        cursor.execute(statement, values)


def run(cursor: CursorWrapper, statements: Iterable[Step], values: dict[str, Any]) -> None:
    """Execute the statements in order, each with the joins it wants."""
    joined = ""
    for joins, statement in statements:
        if joins != joined:
            cursor.execute(joins)
            joined = joins
        cursor.execute(statement, values)


def _read_kept(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    """Bring the kept events that the fresh ones may change to work; of large messages no more than is needed."""
    cursor.execute(sql.load("fold/kept", groups="fold/groups"), {"most": MOST_READ})
    if cursor.rowcount < MOST_READ:
        return
    cursor.execute(sql.load("fold/large"), values | {"most": MOST_READ})
    if cursor.rowcount:
        run(cursor, LARGE, values | {"most": None})


def _stage(cursor: CursorWrapper, batches: list[Batch]) -> list[int]:
    """COPY the batches into the staging table; the number of rows of each."""
    rows = []
    with connection.wrap_database_errors, cursor.cursor.copy(STAGE) as copy:
        for batch in batches:
            count, text = batch_format.numbered(bytes(batch.payload), batch.id)
            copy.write(text)
            rows.append(count)
    return rows


def _take_fresh(cursor: CursorWrapper, batches: list[Batch], values: dict[str, Any]) -> None:
    cursor.execute(sql.load("fold/fresh"), values | _arrays(batches))


def note_sources(cursor: CursorWrapper, batches: list[Batch], counted_at: datetime) -> None:
    """Count what each source sent, of batches that were just folded."""
    cursor.execute(sql.load("fold/sources"), _arrays(batches) | {"counted_at": counted_at})


def _arrays(batches: list[Batch]) -> dict[str, Any]:
    return {
        "batch_ids": [batch.id for batch in batches],
        "received_at": [batch.received_at for batch in batches],
        "source_ids": [batch.source_id for batch in batches],
        "import_ids": [batch.import_file_id for batch in batches],
    }


def _note_repeats(cursor: CursorWrapper, batches: list[Batch], values: dict[str, Any]) -> None:
    """Note which events of files came another way, too: they stay when the file is undone."""
    batch_ids, import_ids = [batch.id for batch in batches], [batch.import_file_id for batch in batches]
    cursor.execute(HASHED)
    cursor.execute(sql.load("fold/repeats"), values | {"batch_ids": batch_ids, "import_ids": import_ids})


def _fresh(cursor: CursorWrapper) -> list[Fresh]:
    cursor.execute(sql.load("fold/facts"))
    return [Fresh(*row) for row in cursor.fetchall()]


def _note_months(cursor: CursorWrapper, fresh: list[Fresh]) -> None:
    """Make the partitions that are missing, and tell which of them a campaign has events in."""
    months = sorted({(facts.campaign_id, partitions.month_of(facts.day)) for facts in fresh})
    partitions.ensure(cursor, {month for _, month in months})
    cursor.execute(
        sql.load("fold/months"),
        {
            "campaign_ids": [campaign for campaign, _ in months],
            "starts": [month for _, month in months],
            "ends": [partitions.next_month(month) for _, month in months],
        },
    )


def _note_last_event(cursor: CursorWrapper, fresh: list[Fresh]) -> None:
    cursor.execute(
        "UPDATE data_version SET last_event_at = greatest(last_event_at, %s)", [max(facts.last_at for facts in fresh)]
    )
