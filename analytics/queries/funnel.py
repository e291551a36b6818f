from datetime import datetime

from ..catalogue import Sums
from ..catalogue.sums import EMPTY
from ..channels import BY_NAME
from ..scope import Scope
from .answers import Funnel, Step
from .meta import meta_of
from .running import bound, summed_rows, sums_of

STEPS: tuple[tuple[str, str], ...] = (
    ("sends", "Sent"),
    ("delivered", "Delivered"),
    ("unique_opens", "Opened"),
    ("unique_clicks", "Clicked"),
    ("click_converters", "Converted after a click"),
)
PLACES = 10


def funnel(scope: Scope, *, now: datetime) -> Funnel:
    """sends → delivered → unique opens → unique clicks → who converted after a click.

    Only channels with delivery: an ad's click has no delivery before it, so the funnel would widen.
    """
    params = bound(scope)
    meta = meta_of(scope, (), params, now=now)
    sums = EMPTY
    for row in summed_rows("by_channel", params):
        if row["channel"] is not None and BY_NAME[row["channel"]].has_delivery:
            sums = sums + sums_of(row)
    return Funnel(_steps(sums), sums.converters - sums.click_converters, meta)


def _steps(sums: Sums) -> tuple[Step, ...]:
    values: list[int] = [getattr(sums, name) for name, _label in STEPS]
    before = [None, *values]
    return tuple(
        Step(name, label, value, _share(value, before[index]), _share(value, values[0] if index else None))
        for index, ((name, label), value) in enumerate(zip(STEPS, values, strict=True))
    )


def _share(value: int, whole: int | None) -> float | None:
    return round(value / whole, PLACES) if whole and whole > 0 else None
