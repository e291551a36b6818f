"""Daily rates of currencies: a new or restated one revalues the money of its day and of those that follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.backends.utils import CursorWrapper

from . import sql
from .changes import changing_figures
from .fold import steps
from .models import CurrencyRate


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `currency` is worth `rate` units of the reporting currency from `day` on; None takes it back."""

    currency: str
    day: date
    rate: Decimal | None


def record_rates(rates: Iterable[Rate], at: datetime) -> None:
    """Store the rates and move every figure that they change, in one transaction."""
    rates = list(rates)
    if not rates:
        return
    with changing_figures(at) as cursor:
        cursor.execute("DELETE FROM rebuild")  # a running one counts by the rates of its beginning, so it starts over
        for rate in rates:
            _store(rate)
        revalue(cursor, at, since=min(rate.day for rate in rates), currencies=sorted({r.currency for r in rates}))


def _store(rate: Rate) -> None:
    if rate.rate is None:
        CurrencyRate.objects.filter(currency=rate.currency, day=rate.day).delete()
    else:
        CurrencyRate.objects.update_or_create(currency=rate.currency, day=rate.day, defaults={"rate": rate.rate})


def revalue(cursor: CursorWrapper, at: datetime, since: date | None = None, currencies: Iterable[str] = ()) -> None:
    """Value money anew from `since` on (None: all of it) and book the difference in ledger, totals and cohorts."""
    values: dict[str, Any] = steps.parameters(at) | {"since": since, "currencies": list(currencies)}
    cursor.execute("SET LOCAL jit = off")
    cursor.execute(steps.EMPTY)
    for statement in (*_REVALUE, *steps.BOOK):
        cursor.execute(statement, values)


_REVALUE: tuple[str, ...] = (
    sql.load("rates/costs"),
    sql.load("rates/events"),
    sql.load("rates/credits"),
    sql.load("fold/credit_dropped"),
    sql.load("fold/credit_written"),
    sql.load("rates/contact_months"),
    "INSERT INTO fold_delta " + sql.load("count/credits", credits="fold/credit_versions"),
)
