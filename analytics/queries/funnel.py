from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from ..allowed import Allowed
from ..catalogue import Sums
from ..catalogue.sums import EMPTY
from ..channels import CHANNELS
from ..scope import Scope
from .answers import Funnel, Step
from .meta import meta_of
from .running import bound, summed_rows, sums_of

Steps = tuple[tuple[str, str], ...]
CLICKED: Steps = (("unique_clicks", "Clicked"), ("click_converters", "Converted after a click"))
MESSAGES: Steps = (("sends", "Sent"), ("delivered", "Delivered"), ("unique_opens", "Opened"), *CLICKED)
PLACES = 10


def funnel(scope: Scope, *, now: datetime) -> Funnel:
    """sends → delivered → unique opens → unique clicks → who converted after a click, of channels with delivery.

    An ad's click has no delivery before it, so the funnel would widen: where the scope has nothing but such channels,
    it begins with the clicks; else they are left out, and a warning names them.
    """
    params = bound(scope)
    meta = meta_of(scope, (), params, now=now)
    sums = {row["channel"]: sums_of(row) for row in summed_rows("by_channel", params) if row["channel"]}
    found = [channel for channel in CHANNELS if sums.get(channel.name, EMPTY) != EMPTY]
    delivering = [channel for channel in found if channel.has_delivery]
    rest = [channel.label for channel in found if not channel.has_delivery]
    total = sum((sums[channel.name] for channel in delivering or found), EMPTY)
    answer = funnel_of(total, scope.allowed, delivers=bool(delivering) or not found)
    warnings = [*meta.warnings, *_of_widening(answer)]
    if delivering and rest:
        warnings.append(f"The funnel is of messages; {', '.join(rest)} deliver nothing and are not in it.")
    return replace(answer, meta=replace(meta, warnings=tuple(warnings)))


def funnel_of(sums: Sums, allowed: Allowed, *, delivers: bool) -> Funnel:
    """The funnel of what was summed for channels with delivery, or for such without, and is allowed; it has no meta."""
    names = [step for step in (MESSAGES if delivers else CLICKED) if allowed.sees(step[0])]
    values: list[int] = [getattr(sums, name) for name, _label in names]
    before = [None, *values]
    steps = tuple(
        Step(name, label, value, _share(value, before[index]), _share(value, values[0] if index else None))
        for index, ((name, label), value) in enumerate(zip(names, values, strict=True))
    )
    besides = sums.converters - sums.click_converters if allowed.sees("converters") else None
    return Funnel(steps, besides, delivers)


def _of_widening(answer: Funnel) -> Iterator[str]:
    for before, step in pairwise(answer.steps):
        if step.value > before.value:
            yield (
                f"{step.label} is more than {before.label.lower()}: what came before was not told of, or fell outside "
                "of the period."
            )


def _share(value: int, whole: int | None) -> float | None:
    return round(value / whole, PLACES) if whole and whole > 0 else None
