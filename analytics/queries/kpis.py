"""The figures of a scope: in sum, by slot, by channel, by campaign. Read from the totals alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from ..catalogue import BY_NAME, NAMES, Metric, Sums, Value, compute
from ..catalogue.sums import EMPTY, EMPTY_HOUR
from ..channels import CHANNELS
from ..scope import Compare, Grain, Period, Scope, ScopeError, echo, near
from .answers import (
    CampaignRow,
    Campaigns,
    ChannelRow,
    Channels,
    Comparison,
    Kpi,
    Kpis,
    Others,
    Point,
    Timeseries,
    Values,
)
from .meta import meta_of
from .running import ASKED, COMPARED, Row, bound, summed_rows, sums_of
from .slots import Slot, place, slots
from .wholes import kept

NO_CAMPAIGN = 0
CHANGE_PLACES = 4  # a hundredth of a percent


def summary(
    scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime, unattributed: bool = False, keep: bool = False
) -> Kpis:
    """Each metric over the whole period, and the change of the days that are over (`scope.grain` does not matter).

    `unattributed`: of what belongs to no campaign alone; such a scope has no filter. `keep`: the sums are kept for who
    asks for other metrics of the same.
    """
    over, rest = scope.split(scope.today(now))
    against = scope.set_against(over) if over.days else None
    params = bound(scope, [over, rest, *([against] if against else [])])
    params |= {"campaigns": [NO_CAMPAIGN]} if unattributed else {}
    meta = meta_of(scope, metrics, params, now=now)
    question = repr((replace(scope, grain=Grain.DAY), over, unattributed))
    found = kept(question, meta, lambda: _of_periods(params)) if keep else _of_periods(params)
    of_over, of_rest, of_against = found
    sums = of_over + of_rest
    value = compute(sums, metrics, scope.currency)
    comparable = compute(of_over, metrics, scope.currency) if against else {}
    previous = compute(of_against, metrics, scope.currency) if against else {}
    figures = {name: _kpi(BY_NAME[name], value[name], comparable.get(name), previous.get(name)) for name in metrics}
    answer = Kpis(figures, sums, Comparison(over, against) if against else None, meta)
    return replace(answer, meta=replace(meta, warnings=(*meta.warnings, *_of_comparison(answer))))


def _of_periods(params: dict[str, Any]) -> tuple[Sums, ...]:
    """Of the days that are over, of the others, and of those compared with."""
    found = {row["position"]: sums_of(row) for row in summed_rows("kpis", params)}
    return tuple(found.get(position, EMPTY) for position in (1, 2, 3))


def _of_comparison(answer: Kpis) -> Iterator[str]:
    if answer.comparison and answer.partly_compared:
        days, against = answer.comparison.days, answer.comparison.against
        yield f"Changes compare the days that are over: {days.words} with {against.words}."
    elif answer.partly_compared:
        yield "No change is shown: no day of the period is over yet."


def hour(scope: Scope, start: datetime, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Kpis:
    """Each metric in the hour that begins at `start`, not compared; that hour's day is the answer's period."""
    day = start.astimezone(ZoneInfo(scope.time_zone)).date()
    period = Period(day, day + timedelta(days=1))
    scope = replace(scope, period=period, compare=Compare.NONE, grain=Grain.HOUR)
    params = bound(scope)
    meta = meta_of(scope, metrics, params, now=now, hourly=True)
    found = [sums_of(row) for row in summed_rows("timeseries", params, over="hours") if row["slot"] == start]
    sums = reduce(add, found, EMPTY_HOUR)
    values = compute(sums, metrics, scope.currency)
    return Kpis({name: _kpi(BY_NAME[name], values[name], None, None) for name in metrics}, sums, None, meta)


def timeseries(scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Timeseries:
    """Each metric by slot of `scope.grain`; every slot is there, empty ones too.

    A day or hour of the compared period counts in the slot of the day it is set against, so both series have the same
    slots, and the previous values of additive measures add up to the compared period's.
    """
    hourly = scope.grain is Grain.HOUR
    params = bound(scope)
    meta = meta_of(scope, metrics, params, now=now, hourly=hourly)
    found = slots(scope, now=now)
    rows = summed_rows("timeseries", params, over="hours" if hourly else "days")
    asked = _by_slot(rows, ASKED, found, metrics, scope)
    compared = _by_slot(rows, COMPARED, found, metrics, scope) if scope.compared else [None] * len(found)
    points = tuple(
        Point(
            start=slot.start,
            end=slot.end,
            partial=slot.partial,
            values=asked[index],
            previous=compared[index],
        )
        for index, slot in enumerate(found)
    )
    return Timeseries(_metrics(metrics), points, meta)


def by_channel(scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Channels:
    """Each metric by channel, the unattributed last."""
    params = bound(scope)
    meta = meta_of(scope, metrics, params, now=now)
    sums = {row["channel"]: sums_of(row) for row in summed_rows("by_channel", params)}
    sums = {name: part for name, part in sums.items() if part != EMPTY}  # what a correction took back leaves zeros
    order = [(channel, channel.name) for channel in CHANNELS] + [(None, None)]
    rows = tuple(
        ChannelRow(channel, compute(sums[name], metrics, scope.currency)) for channel, name in order if name in sums
    )
    total = compute(_sum(sums.values()), metrics, scope.currency)
    return Channels(_metrics(metrics), rows, total, meta)


def by_campaign(
    scope: Scope,
    metrics: tuple[str, ...] = NAMES,
    *,
    order: str = "-roi",
    limit: int = 50,
    last: int = 0,
    now: datetime,
) -> Campaigns:
    """The first `limit` campaigns by `order`, a metric (`-` in front = falling; unknown last), and the `last` ones.

    The metric ordered by is always among the values. A single campaign is not hidden behind "others".
    """
    by = order.removeprefix("-")
    if by not in BY_NAME:
        raise ScopeError("ordering", f"There is no metric {echo(by)!r} to order by. {near(by, NAMES)}")
    metrics = metrics if by in metrics else (*metrics, by)  # so `meta_of` refuses an order that is not allowed
    params = bound(scope)
    meta = meta_of(scope, metrics, params, now=now)
    found = [row for row in summed_rows("by_campaign", params) if sums_of(row) != EMPTY]
    sums = {row["campaign_id"]: sums_of(row) for row in found}
    listed = [_campaign_row(row, metrics, scope.currency) for row in found]
    ranked = [row for row in listed if row.campaign_id]
    ranked.sort(key=lambda row: (row.name, row.campaign_id))
    ranked.sort(key=lambda row: _rank(row.values[by], falling=order.startswith("-")))
    first, last_rows = _ends(ranked, by, limit, last)
    rest = [sums[row.campaign_id] for row in ranked if row not in first and row not in last_rows]
    return Campaigns(
        metrics=_metrics(metrics),
        order=order,
        rows=tuple(first),
        last_rows=tuple(last_rows),
        others=_others(rest, metrics, scope.currency) if rest else None,
        unattributed=next((row for row in listed if not row.campaign_id), None),
        total=compute(_sum(sums.values()), metrics, scope.currency),
        count=len(ranked),
        meta=meta,
    )


def _others(rest: Sequence[Sums], metrics: tuple[str, ...], currency: str) -> Others:
    sums = _sum(rest)
    return Others(len(rest), compute(sums, metrics, currency), sums)


def _ends(
    ranked: Sequence[CampaignRow], by: str, limit: int, last: int
) -> tuple[Sequence[CampaignRow], Sequence[CampaignRow]]:
    """The first and the last rows of a ranking; what is unknown is neither good nor bad, so never among the last."""
    if last and len(ranked) <= limit + last + 1:
        return ranked, ()
    known = [row for row in ranked[limit:] if row.values[by] is not None]
    return ranked[:limit], known[-last:] if last else ()


def _kpi(metric: Metric, value: Value, comparable: Value, previous: Value) -> Kpi:
    if comparable is None or previous is None:
        return Kpi(metric, value, comparable, previous, change=None, difference=None)
    before = Decimal(str(previous))
    distance = Decimal(str(comparable)) - before
    change = round(float(distance / abs(before)), CHANGE_PLACES) if before else None
    return Kpi(metric, value, comparable, previous, change, type(comparable)(distance))


def _by_slot(
    rows: Iterable[Row], position: int, found: Sequence[Slot], metrics: tuple[str, ...], scope: Scope
) -> list[Values]:
    """The values of every slot; the empty ones share theirs."""
    starts = [slot.start for slot in found]
    sums: dict[int, Sums] = {}
    for row in rows:
        if row["position"] == position:
            index = place(starts, row["slot"])
            sums[index] = sums[index] + sums_of(row) if index in sums else sums_of(row)
    empty = compute(EMPTY_HOUR if scope.grain is Grain.HOUR else EMPTY, metrics, scope.currency)
    return [compute(sums[i], metrics, scope.currency) if i in sums else empty for i in range(len(found))]


def _campaign_row(row: Row, metrics: tuple[str, ...], currency: str) -> CampaignRow:
    return CampaignRow(
        campaign_id=row["campaign_id"],
        external_id=row["external_id"],
        name=row["name"],
        channel=row["channel"],
        status=row["status"],
        values=compute(sums_of(row), metrics, currency),
    )


def _rank(value: Value, *, falling: bool) -> tuple[bool, Value]:
    if value is None:
        return (True, 0)
    return (False, -value if falling else value)


def _sum(sums: Iterable[Sums]) -> Sums:
    return reduce(add, sums, EMPTY)


def _metrics(names: Iterable[str]) -> tuple[Metric, ...]:
    return tuple(BY_NAME[name] for name in names)
