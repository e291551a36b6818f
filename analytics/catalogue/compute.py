from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from ..currencies import MINOR_UNITS
from .metrics import BY_NAME, Metric, Unit
from .sums import Sums

Value = int | Decimal | float | None
RATIO_PLACES = 10


def compute(sums: Sums, names: Iterable[str], currency: str) -> dict[str, Value]:
    """Each named metric of these sums, as it is reported: counts as int, money as Decimal with the minor unit of
    `currency`, ratios as float, None for what is unknown.
    """
    return {name: _value(BY_NAME[name], sums, currency) for name in names}


def _value(metric: Metric, sums: Sums, currency: str) -> Value:
    terms = [_term(sums, column) for column in metric.top]
    if metric.unit is Unit.MONEY and not metric.bottom:
        terms = [_rounded(term, currency) for term in terms]  # so that what is shown adds up: parts first, then the sum
    top = _total(terms)
    if not metric.bottom:
        return int(top) if metric.unit is Unit.COUNT and top is not None else top
    quotient = _quotient(top, _term(sums, metric.bottom), metric.times)
    if metric.unit is Unit.MONEY:
        return _rounded(quotient, currency)
    return None if quotient is None else float(round(quotient, RATIO_PLACES))


def _term(sums: Sums, column: str) -> Decimal | None:
    value = getattr(sums, column.removeprefix("-"))
    if value is None:
        return None
    return -Decimal(value) if column.startswith("-") else Decimal(value)


def _total(terms: list[Decimal | None]) -> Decimal | None:
    known = [term for term in terms if term is not None]
    return sum(known, Decimal(0)) if len(known) == len(terms) else None


def _quotient(top: Decimal | None, bottom: Decimal | None, times: int) -> Decimal | None:
    """`times` × top / bottom; nothing divided by nothing is unknown, and so is a rate of fewer than none."""
    if top is None or bottom is None or bottom <= 0:
        return None
    return times * top / bottom


def _rounded(amount: Decimal | None, currency: str) -> Decimal | None:
    if amount is None:
        return None
    unit = Decimal(1).scaleb(-MINOR_UNITS[currency])
    return amount.quantize(unit, ROUND_HALF_EVEN) + 0  # + 0: never "-0.00"
