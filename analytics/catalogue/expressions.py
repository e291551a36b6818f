"""The catalogue in SQL, for what must be known of many campaigns at once: their order, a median."""

from ..currencies import MINOR_UNITS
from .compute import RATIO_PLACES
from .metrics import BY_NAME, Metric, Unit

EXACT = "numeric(60, 20)"  # a quotient of whole numbers would else be cut after some sixteen digits


def expression(name: str, currency: str) -> str:
    """A metric over the columns of `sql/queries/sums.sql`: the value of `compute` as numeric, NULL where it is unknown.

    Of a ratio the last of its ten decimals may differ, since `compute` divides counts as floats.
    """
    metric, places = BY_NAME[name], MINOR_UNITS[currency]
    if not metric.bottom:
        return _total(metric, places if metric.unit is Unit.MONEY else None)
    quotient = f"{metric.times} * ({_total(metric, None)})::{EXACT} / {metric.bottom}"
    rounded = _half_even(quotient, places) if metric.unit is Unit.MONEY else f"round({quotient}, {RATIO_PLACES})"
    return f"CASE WHEN {metric.bottom} > 0 THEN {rounded} END"


def _total(metric: Metric, places: int | None) -> str:
    parts = [(sign, part if places is None else _half_even(part, places)) for sign, part in metric.terms]
    total = " ".join(f"{'-' if sign < 0 else '+'} {part}" for sign, part in parts).removeprefix("+ ")
    return f"({total})::numeric"


def _half_even(amount: str, places: int) -> str:
    """PostgreSQL rounds a half away from zero; twice the rounded half of it is even."""
    unit = f"1e-{places}::numeric"
    tie = f"abs({amount}) - trunc(abs({amount}), {places}) = {unit} / 2"
    return f"CASE WHEN {tie} THEN 2 * round(({amount}) / 2, {places}) ELSE round({amount}, {places}) END"
