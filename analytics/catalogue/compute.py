from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from ..currencies import MINOR_UNITS
from .metrics import BY_NAME, Metric, Unit
from .sums import Part, Sums

Value = int | Decimal | float | None
RATIO_PLACES = 10


def compute(sums: Sums, names: Iterable[str], currency: str) -> dict[str, Value]:
    """Each named metric of these sums, as it is reported: counts as int, money as Decimal with the minor unit of
    `currency`, ratios as float, None for what is unknown.
    """
    unit = _minor_unit(currency)
    return {name: _value(BY_NAME[name], sums, unit) for name in names}


def _value(metric: Metric, sums: Sums, unit: Decimal) -> Value:
    if metric.bottom:
        return _quotient(metric, sums, unit)
    money = metric.unit is Unit.MONEY
    return _total(metric, sums, unit if money else None)


def _quotient(metric: Metric, sums: Sums, unit: Decimal) -> Value:
    """Nothing divided by nothing is unknown, and so is a rate of fewer than none."""
    bottom: Part = getattr(sums, metric.bottom)
    if bottom is None or bottom <= 0:
        return None
    top = _total(metric, sums, None)
    if top is None:
        return None
    if metric.unit is Unit.MONEY:
        return _rounded(metric.times * top / Decimal(bottom), unit)
    return round(float(top / bottom), RATIO_PLACES)  # counts divide as floats, money as Decimals


def _total(metric: Metric, sums: Sums, unit: Decimal | None) -> int | Decimal | None:
    """The parts of the top added up; with a `unit` each is rounded first, so that what is shown adds up."""
    total: int | Decimal = 0
    for sign, part in metric.terms:
        value: Part = getattr(sums, part)
        if value is None:
            return None
        total += sign * (value if unit is None else _rounded(Decimal(value), unit))
    return total


def _rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_EVEN) + 0  # + 0: never "-0.00"


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-MINOR_UNITS[currency])
