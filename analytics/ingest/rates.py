"""The door for rates: a currency a row (day, currency, rate), or a day a row as the European Central Bank writes it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from ..changes import kept_cut, totals_locked
from ..days import read_day
from ..rates import DECIMALS, BadRate, Rate, check, store
from . import dead_letters, values
from .values import Refused, Rejection
from .verdicts import UNCHANGED, UPDATED, Verdicts, rejected_items
from .ways_out import Door

FIELDS = ("day", "currency", "rate")
LONGEST = 40
EURO = "EUR"
UNKNOWN = ("", "N/A")
# currencies that the bank's file has and that are no money any more
RETIRED = frozenset(["BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL"])


def record_rates(
    items: Iterable[Any],
    *,
    source: str,
    at: datetime,
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
    door: Door = Door.API,
) -> Verdicts:
    """Store rates, in one transaction; of several for the same currency and day the last one holds.

    Figures follow by `rates.revalue`, which goes through all money and is the caller's to run.
    """
    items = list(items)
    lines = range(len(items)) if lines is None else lines
    with totals_locked() as cursor:
        base = kept_cut().currency
        parsed = [parse_rates(item, base=base, today=at.date()) for item in items]
        rates = [rate for found in parsed if not isinstance(found, Rejection) for rate in found]
        changed = store(cursor, rates, at.date()) if rates else set()
        verdicts = Verdicts([
            found if isinstance(found, Rejection)
            else UPDATED if any((rate.currency, rate.day) in changed for rate in found) else UNCHANGED
            for found in parsed
        ]).said(door)  # fmt: skip
        rejected = rejected_items(verdicts, items, lines)
        dead_letters.keep(rejected, source=source or "rates", at=at, import_file=import_file)
    return verdicts


def parse_rates(item: Mapping[str, Any], *, base: str, today: date) -> list[Rate] | Rejection:
    """The rates of a row in the currency `base`, or why it cannot be taken. Pure."""
    try:
        day = _day(item)
        if "currency" in item or "rate" in item:
            found = [Rate(values.required_text(item, "currency", LONGEST).upper(), day, _number(item, "rate"))]
        else:
            found = _crossed(item, day, base)
        for rate in found:
            check(rate, base, today)
    except Refused as refused:
        return refused.rejection
    except BadRate as bad:
        return Rejection(str(bad).partition(":")[0], str(bad))
    return found


def _day(item: Mapping[str, Any]) -> date:
    try:
        return read_day(values.required_text(item, "day", LONGEST))
    except ValueError:
        raise Refused("day", "is not a day; send it as YYYY-MM-DD") from None


def _number(item: Mapping[str, Any], field: str) -> Decimal:
    try:
        return Decimal(values.required_text(item, field, LONGEST))
    except InvalidOperation:
        raise Refused(field, "is not a number; send digits with a point, such as 1.0837") from None


def _crossed(item: Mapping[str, Any], day: date, base: str) -> list[Rate]:
    """What one of each currency is worth in `base`, by what one euro is worth in each."""
    euro = {EURO: Decimal(1)}
    for column, cell in item.items():
        code = column.strip().upper()
        if column != "day" and code not in RETIRED and cell.strip() not in UNKNOWN:
            euro[code] = _number(item, column)
            check(Rate(code, day, euro[code]), EURO, day)
    if base not in euro:
        raise Refused("", f"the row has no rate of {base}, which figures are reported in; leave the day out")
    with localcontext(prec=50):
        return [Rate(code, day, (euro[base] / each).quantize(DECIMALS)) for code, each in euro.items() if code != base]
