"""Charts as data: figures for Plotly as plain dicts, and shapes for drawings within a tile. Pure.

A figure names roles (`this`, `prior`, `series`) and leaves colours and fonts to the one theme in `static/js/charts.js`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from .catalogue import Metric, Unit, Value
from .presentation import SYMBOLS

Figure = dict[str, Any]
Slot = date | datetime

TICKS_UP_TO = 7
THOUSANDS_FROM = 1000  # from here on `2k` instead of `2,000`
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 100.0, 32.0, 4.0


@dataclass(frozen=True, slots=True)
class Point:
    """One slot of a series: its value, and how that is written."""

    at: Slot
    value: Value
    text: str
    running: bool = False  # not over: its value will still grow


@dataclass(frozen=True, slots=True)
class Words:
    """What a trend calls its two lines, and how it writes a slot at the axis and in a hover (d3's time formats)."""

    now: str = "this period"
    prior: str = "prior period"
    tick: str = "%-d %b"
    hover: str = "%-d %b %Y"


WORDS = Words()


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Two SVG paths in a box of 100 × 32: the line, broken where a value is unknown, and the area below it."""

    line: str
    area: str


def trend(now: Sequence[Point], prior: Sequence[Point], metric: Metric, currency: str, words: Words = WORDS) -> Figure:
    """This period as a line, the prior one dashed behind it, slot by slot from each period's start.

    The way to the running slot is a line of its own: it would look like a fall, and is only not over.
    """
    slots = [point.at.isoformat() for point in now]
    over = [replace(point, value=None) if point.running and place else point for place, point in enumerate(now)]
    data = [_line(words.now, "this", slots, over)]
    data += [_so_far(words.now, before, point) for before, point in pairwise(now) if point.running]
    if prior:
        data.insert(0, _line(words.prior, "prior", slots, prior[: len(slots)]))
    largest = max((abs(float(point.value)) for point in (*now, *prior) if point.value is not None), default=0.0)
    axes = {"xaxis": _time_axis(slots, words), "yaxis": _axis(metric, currency, largest)}
    return {"data": data, "layout": {"template": "none", **axes}}


def _line(name: str, role: str, slots: Sequence[str], points: Sequence[Point]) -> Figure:
    values = [None if point.value is None else float(point.value) for point in points]
    lone = len([value for value in values if value is not None]) == 1
    return {
        "type": "scatter",
        "mode": "lines+markers" if lone else "lines",
        "name": name,
        "meta": role,
        "x": list(slots[: len(values)]),
        "y": values,
        "text": [f"{name}: {point.text}" for point in points],
        "hoverinfo": "x+text",
        "connectgaps": False,
    }


def _so_far(name: str, before: Point, point: Point) -> Figure:
    line = _line(name, "so far", [before.at.isoformat(), point.at.isoformat()], [before, point])
    return line | {"hoverinfo": ["skip", "x+text"]}


def _time_axis(slots: Sequence[str], words: Words) -> Figure:
    """Few slots have a tick each: ticks between them would repeat their names."""
    ticks: Figure = {"tickvals": list(slots)} if len(slots) <= TICKS_UP_TO else {"nticks": 6}
    return {"type": "date", "tickformat": words.tick, "hoverformat": words.hover, "fixedrange": True, **ticks}


def _axis(metric: Metric, currency: str, largest: float) -> Figure:
    axis: Figure = {"fixedrange": True, "rangemode": "tozero", "nticks": 5}
    if metric.percent:
        return axis | {"tickformat": ".1~%"}
    if metric.unit is Unit.RATIO:
        return axis | {"tickformat": ".2~f"}
    symbol = SYMBOLS.get(currency, f"{currency} ") if metric.unit is Unit.MONEY else ""
    return axis | {"tickformat": "~s" if largest >= THOUSANDS_FROM else ",.2~f", "tickprefix": symbol}


def funnel(labels: Sequence[str], values: Sequence[int], texts: Sequence[str]) -> Figure:
    """Steps from the top down; `texts` stand in or beside their bars."""
    trace = {
        "type": "funnel",
        "meta": "funnel",
        "name": "",
        "y": list(labels),
        "x": list(values),
        "text": list(texts),
        "textinfo": "text",
        "cliponaxis": False,
        "constraintext": "none",  # what does not fit into its bar stands beside it, not small within
        "hoverinfo": "skip",
    }
    axes = {"xaxis": {"visible": False, "fixedrange": True}, "yaxis": {"fixedrange": True}}
    return {"data": [trace], "layout": {"template": "none", "hovermode": False, **axes}}


def hours(values: Sequence[int], best: int | None, texts: Sequence[str]) -> Figure:
    """A bar for each hour of the day; the best one is a trace of its own, so that the theme can tell it apart."""
    slots = [f"{hour:02}" for hour in range(len(values))]
    data = [_bars("bars", slots, values, texts)]
    if best is not None:
        rest = [None if hour == best else value for hour, value in enumerate(values)]
        alone = [value if hour == best else None for hour, value in enumerate(values)]
        data = [_bars("bars", slots, rest, texts), _bars("best", slots, alone, texts)]
    axes = {
        "xaxis": {"type": "category", "fixedrange": True, "tickvals": slots[::3]},
        "yaxis": {"fixedrange": True, "rangemode": "tozero", "nticks": 4, "tickformat": ",d"},
    }
    return {"data": data, "layout": {"template": "none", "barmode": "overlay", "hovermode": "closest", **axes}}


def daily(days: Sequence[date], values: Sequence[int], texts: Sequence[str]) -> Figure:
    """A bar for each day."""
    slots = [day.isoformat() for day in days]
    axes = {
        "xaxis": _time_axis(slots, WORDS),
        "yaxis": {
            "fixedrange": True,
            "rangemode": "tozero",
            "nticks": 4,
            "tickformat": "~s" if max(values) >= THOUSANDS_FROM else ",d",
        },
    }
    return {
        "data": [_bars("best", slots, values, texts)],
        "layout": {"template": "none", "hovermode": "closest", **axes},
    }


def arrivals(hours: Sequence[int], shares: Sequence[float], texts: Sequence[str]) -> Figure:
    """How much of an hour's events is here after so many hours, as a line."""
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "",
        "meta": "this",
        "x": list(hours),
        "y": list(shares),
        "text": list(texts),
        "hoverinfo": "text",
        "cliponaxis": False,
    }
    axes = {
        "xaxis": {"fixedrange": True, "nticks": 6, "ticksuffix": " h", "rangemode": "tozero"},
        "yaxis": {"fixedrange": True, "range": [0, 1.02], "nticks": 5, "tickformat": ".0%"},
    }
    return {"data": [trace], "layout": {"template": "none", "hovermode": "closest", **axes}}


def _bars(role: str, slots: Sequence[str], values: Sequence[int | None], texts: Sequence[str]) -> Figure:
    return {
        "type": "bar",
        "meta": role,
        "x": list(slots),
        "y": list(values),
        "hovertext": list(texts),
        "hoverinfo": "text",
    }


def sparkline(values: Sequence[Value], beside: Sequence[Value] = ()) -> Sparkline | None:
    """The shape of a series for a tile; None when fewer than two values are known. What is drawn `beside` it has the
    same scale.
    """
    if sum(value is not None for value in values) < 2:
        return None
    known = [float(value) for value in (*values, *beside) if value is not None]
    low, high = min(known), max(known)
    spots = [
        None if value is None else (_across(index, len(values)), _height(float(value), low, high))
        for index, value in enumerate(values)
    ]
    runs = _runs(spots)
    return Sparkline(" ".join(map(_path, runs)), " ".join(map(_closed, runs)))


def _across(index: int, count: int) -> float:
    return index / (count - 1) * SPARK_WIDTH


def _height(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return SPARK_HEIGHT - SPARK_MARGIN - share * (SPARK_HEIGHT - 2 * SPARK_MARGIN)


Spot = tuple[float, float]


def _runs(spots: Sequence[Spot | None]) -> list[list[Spot]]:
    """The stretches of known spots; unknown ones between them are gaps."""
    runs: list[list[Spot]] = [[]]
    for spot in spots:
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(spot)
    return [run for run in runs if run]


def _path(run: Sequence[Spot]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _closed(run: Sequence[Spot]) -> str:
    return f"{_path(run)} L{run[-1][0]:.1f},{SPARK_HEIGHT:.0f} L{run[0][0]:.1f},{SPARK_HEIGHT:.0f} Z"


def bar(value: Value, largest: Value) -> float:
    """How long a bar is, in percent of the longest: 0 to 100, with one decimal; what is not nothing stays visible."""
    if value is None or not largest or value <= 0:
        return 0.0
    return max(1.0, round(float(value) / float(largest) * 100, 1))
