"""Daily rates of currencies: a new or restated one revalues the money of its day and of those that follow."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from . import sql
from .changes import Unchanged, kept_cut, raise_version, totals_locked
from .currencies import MINOR_UNITS
from .fold import partitions, steps

EARLIEST = date(1999, 1, 1)  # the euro's first day
LEAST, MOST = Decimal("1e-8"), Decimal("1e8")  # beyond these a rate is a slip of the pen
DECIMALS = Decimal("1e-16")  # as stored


class BadRate(ValueError):
    """A rate that cannot hold; the message names the field and the way out."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `currency` is worth `rate` units of the reporting currency from `day` on; None takes it back."""

    currency: str
    day: date
    rate: Decimal | None


def check(rate: Rate, base: str, today: date) -> None:
    """Raises `BadRate` for a rate that cannot be one of the reporting currency `base`."""
    if rate.currency not in MINOR_UNITS:
        raise BadRate(f'currency: "{rate.currency[:20]}" is no ISO 4217 code; send one such as EUR or USD')
    if rate.currency == base:
        raise BadRate(f"currency: {base} is the reporting currency, worth 1 of itself; leave it out")
    if not EARLIEST <= rate.day <= today + timedelta(days=1):
        raise BadRate(f"day: {rate.day} lies before {EARLIEST} or in the future; send the day of the rate")
    if rate.rate is not None and not (rate.rate.is_finite() and LEAST <= rate.rate <= MOST):
        raise BadRate(
            f"rate: one {rate.currency} cannot be worth {rate.rate} {base}; send a rate from {LEAST} to {MOST}"
        )


def record_rates(rates: Iterable[Rate], at: datetime) -> None:
    """Store the rates and move every figure that they change, in one transaction. Raises `BadRate`."""
    rates = list(rates)
    if not rates:
        return
    with totals_locked() as cursor:
        if not store(cursor, rates, at.date()):
            raise Unchanged
        raise_version(cursor, at)
        _revalue(cursor, at, min(rate.day for rate in rates), None, sorted({rate.currency for rate in rates}))


def store(cursor: CursorWrapper, rates: list[Rate], today: date) -> set[tuple[str, date]]:
    """Store the rates, in a transaction that holds the totals; those not stored so before. Raises `BadRate`."""
    base = kept_cut().currency
    for rate in rates:
        check(rate, base, today)
    latest = {(rate.currency, rate.day): rate.rate for rate in rates}
    currencies, days = [currency for currency, _ in latest], [day for _, day in latest]
    cursor.execute(sql.load("rates/store"), {"currencies": currencies, "days": days, "rates": [*latest.values()]})
    changed = set(cursor.fetchall())
    if changed:
        cursor.execute("DELETE FROM rebuild")  # a running one counts by the rates of its beginning, so it starts over
    return changed


def revalue(clock: Callable[[], datetime]) -> Iterator[None]:
    """Value all kept money anew, a month at a time, each in a transaction of its own; safe to repeat."""
    for month in _months():
        with totals_locked() as cursor:
            at = clock()
            if not _revalue(cursor, at, month.date(), partitions.next_month(month).date(), None):
                raise Unchanged
            raise_version(cursor, at)
        yield


def _months() -> Iterator[datetime]:
    """The months of events and costs, and one more at either end, for days are those of the reporting zone."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load("rates/months"))
        first, last = cursor.fetchone()
    while first is not None and first <= last:
        yield first
        first = partitions.next_month(first)


def _revalue(cursor: CursorWrapper, at: datetime, since: date, until: date | None, currencies: list[str] | None) -> int:
    """Value the money of these days and currencies anew and book the difference; how many rows changed."""
    values: dict[str, Any] = steps.parameters(at) | {"since": since, "until": until, "currencies": currencies}
    cursor.execute("SET LOCAL jit = off")
    cursor.execute(steps.EMPTY)
    changed = 0
    for statement in _VALUES:
        cursor.execute(statement, values)
        changed += cursor.rowcount
    for statement in (*_CREDITS, *steps.BOOK):
        cursor.execute(statement, values)
    return changed


_VALUES: tuple[str, ...] = (sql.load("rates/costs"), sql.load("rates/events"))
_CREDITS: tuple[str, ...] = (
    sql.load("rates/credits"),
    sql.load("fold/credit_written"),
    sql.load("rates/contact_months"),
    "INSERT INTO fold_delta " + sql.load("count/credits", credits="fold/credit_versions"),
)
