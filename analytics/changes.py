"""Transactions that change figures: one at a time, and each raises the data version."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from .queries import state

TOTALS_LOCK = 7_305_001  # the advisory lock's key; any number, the same for all who write totals


@dataclass(frozen=True, slots=True)
class Cut:
    """How totals are cut: the zone of days and hours, the currency of money, and how far back a touch is credited."""

    time_zone: str
    currency: str
    window_days: int


def wanted_cut() -> Cut:
    """The cut that the settings ask for."""
    return Cut(settings.REPORTING_TIME_ZONE, settings.REPORTING_CURRENCY, settings.ATTRIBUTION_WINDOW_DAYS)


def kept_cut() -> Cut:
    """The cut that the totals stand in, and that all counting keeps to until a rebuild has brought the wanted one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT time_zone, currency, window_days FROM data_version")
        row = cursor.fetchone()
    return Cut(*row) if row else wanted_cut()


@contextmanager
def totals_locked() -> Iterator[CursorWrapper]:
    """Open a transaction that may write totals; yields its cursor.

    The lock is its first statement: looking up first touches and send dates must see every committed event of a
    contact, so one writer works at a time and the others queue. READ COMMITTED is PostgreSQL's default. Raising
    `Unchanged` leaves it without a trace. Whoever changes a figure calls `raise_version`.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TOTALS_LOCK])
            yield cursor
    except Unchanged:
        return


@contextmanager
def changing_figures(at: datetime) -> Iterator[CursorWrapper]:
    """`totals_locked` for those who know that they change figures: the data version is raised at once."""
    with totals_locked() as cursor:
        raise_version(cursor, at)
        yield cursor


class Unchanged(Exception):
    """Raised inside `totals_locked` to roll back: nothing changed."""


def raise_version(cursor: CursorWrapper, at: datetime) -> None:
    """Tell caches and views that figures changed; the first call also notes how the totals are cut."""
    cursor.execute(
        """
        INSERT INTO data_version (id, version, changed_at, time_zone, currency, window_days)
        VALUES (1, 1, %s, %s, %s, %s)
        ON CONFLICT (id) DO UPDATE SET version = data_version.version + 1,
            changed_at = greatest(data_version.changed_at, excluded.changed_at)
        """,
        [at, *astuple(wanted_cut())],
    )
    transaction.on_commit(state.renew_if_possible, robust=True)
