"""Counting everything anew, or a period, while readers and folds go on with the totals as they are.

Contacts are counted a range at a time into tables beside the totals, each range in a short transaction of its own. What
folds change of contacts that were counted already they note (`sql/rebuild/touched.sql`), and it is caught up with. At
the end one transaction puts right whatever differs, and from then on all is cut as the settings say.
"""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from . import recount, sql
from .changes import Cut, kept_cut, raise_version, totals_locked, wanted_cut
from .fold.steps import parameters
from .period import EVER, Period

EVENTS = 30_000  # about so many are counted in one transaction
TOUCHED = 2_000  # contacts that are caught up with in one transaction
REBUILD_LOCK = 7_305_003  # the advisory lock's key; any number of its own
TABLES = (
    "rebuild", "rebuild_touched", "rebuild_rate", "rebuild_delta", "rebuild_hourly", "rebuild_ledger",
    "rebuild_engagement", "rebuild_contact_month", "rebuild_contact",
)  # fmt: skip
_STATE = """
SELECT counted_to, events FROM rebuild
WHERE (time_zone, currency, window_days, starts_on, ends_on) IS NOT DISTINCT FROM (%s, %s, %s, %s::date, %s::date)
    AND seen_at > clock_timestamp() - interval '1 hour'
"""
_BEGIN = "INSERT INTO rebuild (time_zone, currency, window_days, starts_on, ends_on) VALUES (%s, %s, %s, %s, %s)"
_COUNTED = "UPDATE rebuild SET counted_to = %s, events = events + %s, seen_at = clock_timestamp()"
_ENGAGEMENT = "INSERT INTO rebuild_delta " + sql.load(
    "count/engagement", messages="count/messages", events="rebuild/versions"
)
_CREDITS = "INSERT INTO rebuild_delta " + sql.load("count/credits", credits="rebuild/credits")
# the fold's own way to raise totals, here those beside
_SUM_UP = sql.load("fold/hourly").replace("campaign_hourly", "rebuild_hourly").replace("fold_delta", "rebuild_delta")
_DAILY = sql.load("recount/daily").replace("recount_hourly", "rebuild_hourly")
_CHANGED_DAYS = """
INSERT INTO changed_day (basis, day, changed_at) SELECT DISTINCT basis, day, %s::timestamptz FROM {table}
ON CONFLICT (basis, day) DO UPDATE SET changed_at = excluded.changed_at
"""


class OtherCut(Exception):
    """A period cannot be rebuilt while the settings ask for another cut than the totals stand in."""


class AlreadyRunning(Exception):
    """Another process is rebuilding."""


class _StartOver(Exception):
    """What was counted so far is void: rates changed, or the database came back after a crash."""


@dataclass(slots=True)
class Rebuilt:
    """How far a rebuild is: events counted, and at its end the rows that were not as they should be, by table."""

    events: int = 0
    changed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Job:
    cut: Cut
    period: Period

    @property
    def named(self) -> tuple[Any, ...]:
        return (*astuple(self.cut), self.period.start, self.period.end)

    def values(self, at: datetime) -> dict[str, Any]:
        return parameters(at, self.cut) | self.period.bounds(self.cut.time_zone)


def rebuild(at: datetime) -> Rebuilt:
    """The whole of `run` at once."""
    *_, done = run(lambda: at)
    return done


def run(clock: Callable[[], datetime], *, period: Period = EVER, events: int = EVENTS) -> Generator[Rebuilt]:
    """Rebuild everything, or the totals of `period`; yields after each transaction, the last one has the outcome.

    A run that was killed less than an hour ago is gone on with. Raises `OtherCut` and `AlreadyRunning`.
    """
    job = _Job(wanted_cut(), period)
    if period != EVER and job.cut != kept_cut():
        raise OtherCut
    with _alone():
        while True:
            try:
                yield from _run(job, clock, events)
                return
            except _StartOver:
                continue


def _run(job: _Job, clock: Callable[[], datetime], events: int) -> Iterator[Rebuilt]:
    done = _begin(job)
    yield done
    while (counted := _count_next(job, clock(), events)) is not None:
        done = counted
        yield done
    while _catch_up_some(job, clock()):
        yield done
    _mark(job)
    with transaction.atomic(), connection.cursor() as cursor:  # now, for the last transaction is not to take long
        _sum_up(cursor)
    yield done
    done.changed = _switch(job, clock())
    yield done


@contextmanager
def _alone() -> Iterator[None]:
    """A lock of the session: it outlasts transactions, and goes with the process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [REBUILD_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [REBUILD_LOCK])


def _begin(job: _Job) -> Rebuilt:
    """Go on with what a run of the same job has counted, or begin."""
    with totals_locked() as cursor:
        cursor.execute(_STATE, job.named)
        state = cursor.fetchone()
        if state is None:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
            cursor.execute(_BEGIN, job.named)
            cursor.execute(sql.load("rebuild/rates"), {"currency": job.cut.currency, "kept": kept_cut().currency})
    return Rebuilt(events=state[1] if state else 0)


def _counted_to(cursor: CursorWrapper, job: _Job) -> int:
    cursor.execute(_STATE, job.named)
    state = cursor.fetchone()
    if state is None:
        raise _StartOver
    return recount.LEAST - 1 if state[0] is None else int(state[0])


def _must_have_counted_all(cursor: CursorWrapper, job: _Job) -> None:
    if _counted_to(cursor, job) != recount.MOST:
        raise _StartOver


def _count_next(job: _Job, at: datetime, events: int) -> Rebuilt | None:
    """Count the next range of contacts; None when all are counted."""
    with totals_locked() as cursor:
        last = _counted_to(cursor, job)
        if last == recount.MOST:
            return None
        contacts = recount.contacts_from(cursor, last + 1, events)
        recount.begin(cursor)
        whose = recount.OF_RANGE if job.period == EVER else recount.OF_PERIOD
        counted = recount.contacts(cursor, contacts, job.values(at), whose, "rebuild_rate")
        _keep(cursor)
        cursor.execute("INSERT INTO rebuild_delta SELECT * FROM recount_delta")
        if job.period != EVER:
            cursor.execute("INSERT INTO rebuild_contact SELECT DISTINCT '', contact_id FROM recount_event")
        cursor.execute(_COUNTED, [contacts.last, counted])
        cursor.execute("SELECT events FROM rebuild")
        return Rebuilt(cursor.fetchone()[0])


def _keep(cursor: CursorWrapper) -> None:
    for _, recounted in recount.OF_CONTACT:
        cursor.execute(f"INSERT INTO {_beside(recounted)} SELECT * FROM {recounted}")


def _beside(recounted: str) -> str:
    """The table of the rebuild that gathers what the temporary one holds for some contacts."""
    return recounted.replace("recount_", "rebuild_")


def _catch_up_some(job: _Job, at: datetime) -> bool:
    """Catch up with folds; whether so much is left that it is worth a transaction of its own."""
    with totals_locked() as cursor:
        _must_have_counted_all(cursor, job)
        return _catch_up(cursor, job, at) == TOUCHED


def _catch_up(cursor: CursorWrapper, job: _Job, at: datetime) -> int:
    """Count the changes that folds noted of at most TOUCHED contacts; of how many."""
    cursor.execute(f"SELECT DISTINCT contact_id FROM rebuild_touched ORDER BY 1 LIMIT {TOUCHED}")
    contacts = [contact for (contact,) in cursor.fetchall()]
    if contacts:
        values = job.values(at) | {"contacts": contacts}
        recount.begin(cursor)
        cursor.execute(_ENGAGEMENT, values)
        everyone = recount.Contacts(contacts[0], contacts[-1])
        recount.contacts(cursor, everyone, values, recount.OF_CONTACTS, "rebuild_rate")
        cursor.execute(_CREDITS, values)
        for kept, recounted in recount.OF_CONTACT:
            cursor.execute(f"DELETE FROM {_beside(recounted)} WHERE contact_id = ANY(%s)", [contacts])
            cursor.execute(
                "INSERT INTO rebuild_contact SELECT %s, unnest(%s::bigint[]) ON CONFLICT DO NOTHING", [kept, contacts]
            )
        _keep(cursor)
        cursor.execute("DELETE FROM rebuild_touched WHERE contact_id = ANY(%s)", [contacts])
    return len(contacts)


def _mark(job: _Job) -> None:
    """Find, without holding anybody up, the contacts whose rows differ; what folds change from now on is noted."""
    of_period = (
        "" if job.period == EVER else "AND contact_id IN (SELECT contact_id FROM rebuild_contact WHERE kept = '')"
    )
    with connection.cursor() as cursor:
        for kept, recounted in recount.OF_CONTACT:
            cursor.execute(
                f"INSERT INTO rebuild_contact SELECT DISTINCT '{kept}', contact_id "
                f"FROM {recount.compared(cursor, kept, _beside(recounted))} {of_period} ON CONFLICT DO NOTHING"
            )


def _sum_up(cursor: CursorWrapper) -> None:
    """Raise the totals beside by what was counted since the last time."""
    cursor.execute(_SUM_UP)
    cursor.execute("TRUNCATE rebuild_delta")


def _switch(job: _Job, at: datetime) -> dict[str, int]:
    """Put right what differs, and cut by the job's cut from now on; how many rows of each table were changed."""
    with totals_locked() as cursor:
        _must_have_counted_all(cursor, job)
        while _catch_up(cursor, job, at):
            pass
        raise_version(cursor, at)
        _take_rates(cursor, job)
        cursor.execute("UPDATE data_version SET time_zone = %s, currency = %s, window_days = %s", astuple(job.cut))
        values = job.values(at)
        cursor.execute(sql.load("rebuild/values"))
        cursor.execute(sql.load("rates/costs"), values | {"since": None, "until": None, "currencies": None})
        changed = {kept: _replace_contacts(cursor, kept, counted) for kept, counted in recount.OF_CONTACT}
        _sum_up(cursor)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.recount_daily")
        cursor.execute(_DAILY, values)
        for kept, counted in (("campaign_hourly", "rebuild_hourly"), ("campaign_daily", "recount_daily")):
            changed[kept] = _replace_totals(cursor, kept, counted, job, values)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
    return changed


def _take_rates(cursor: CursorWrapper, job: _Job) -> None:
    """Rates are worths in the reporting currency, so they follow it."""
    if job.cut.currency != kept_cut().currency:
        cursor.execute("DELETE FROM currency_rate")
        cursor.execute("INSERT INTO currency_rate (currency, day, rate) SELECT currency, day, rate FROM rebuild_rate")


def _replace_contacts(cursor: CursorWrapper, kept: str, recounted: str) -> int:
    """The rows of the contacts that differ, and of those that folds touched, as they should be."""
    names = ", ".join((*recount.KEYS[kept], *recount.columns(cursor, kept, _beside(recounted))))
    who = f"contact_id IN (SELECT contact_id FROM rebuild_contact WHERE kept = '{kept}')"
    cursor.execute(f"DELETE FROM {kept} WHERE {who} AND {recount.ONLY.get(kept, 'true')}")
    cursor.execute(f"INSERT INTO {kept} ({names}) SELECT {names} FROM {_beside(recounted)} WHERE {who}")
    return cursor.rowcount


def _replace_totals(cursor: CursorWrapper, kept: str, recounted: str, job: _Job, values: dict[str, Any]) -> int:
    """The rows that differ, of the job's days, as they should be; their days count as changed."""
    keys = ", ".join(recount.KEYS[kept])
    if kept == "campaign_daily":
        slot, kind, bounds = "day", "date", [job.period.start, job.period.end]
    else:
        slot, kind, bounds = "hour", "timestamptz", [values["starts_at"], values["ends_at"]]
    cursor.execute("DROP TABLE IF EXISTS pg_temp.rebuild_differs")
    cursor.execute(
        f"CREATE TEMPORARY TABLE rebuild_differs ON COMMIT DROP AS "
        f"SELECT {keys} FROM {recount.compared(cursor, kept, recounted)} "
        f"AND {slot} >= coalesce(%s::{kind}, '-infinity') AND {slot} < coalesce(%s::{kind}, 'infinity')",
        bounds,
    )
    cursor.execute("SELECT count(*) FROM rebuild_differs")
    count = int(cursor.fetchone()[0])
    names = ", ".join((*recount.KEYS[kept], *recount.columns(cursor, kept, recounted)))
    cursor.execute(f"DELETE FROM {kept} WHERE ({keys}) IN (SELECT {keys} FROM rebuild_differs)")
    cursor.execute(
        f"INSERT INTO {kept} ({names}) SELECT {names} FROM {recounted} "
        f"WHERE ({keys}) IN (SELECT {keys} FROM rebuild_differs)"
    )
    if kept == "campaign_daily":
        cursor.execute(_CHANGED_DAYS.format(table="rebuild_differs"), [values["at"]])
    return count
