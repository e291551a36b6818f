"""What is promised, one visible table; and in which steps it is counted. Pure.

The brief's bounds are the objectives; ours, where they are tighter, are shown beside them.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Series(StrEnum):
    """What is counted: requests by what they ask for, events by how soon they show, minutes in which somebody served.

    Slots of other steps than before need a series of another name: a kept count does not say what its steps were.
    """

    KPI = "kpi"
    DETAILS = "details"
    DRILLDOWN = "drilldown"
    PAGES = "pages"
    ALL = "all"
    VISIBLE = "visible"
    UP = "up"


# Upper ends of the steps that are counted apart, in seconds, the end included; what is above the last is a step more.
# Every bound of an objective is one of them.
REQUEST_STEPS: tuple[float, ...] = (0.005, 0.01, 0.025, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5)
VISIBLE_STEPS: tuple[float, ...] = (1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600)


def steps(series: Series) -> tuple[float, ...]:
    return VISIBLE_STEPS if series is Series.VISIBLE else REQUEST_STEPS


@dataclass(frozen=True, slots=True)
class Objective:
    """At least `target` of all are good: not an error, and within so many seconds where that is said.

    `ours` is a tighter bound of our own, also in seconds. In words it is a share of `unit`s that are `good`.
    """

    name: str
    label: str
    series: Series
    target: float
    within: float | None = None
    ours: float | None = None
    unit: str = "answer"
    good: str = ""


# Sources: the service levels of the product's specification, where the brief's bounds and ours stand side by side; of
# pages and of the 60 seconds its guarantees. The brief's five minutes for an event are kept with the ten seconds.
OBJECTIVES: tuple[Objective, ...] = (
    Objective("kpi", "KPIs", Series.KPI, 0.95, within=0.1, ours=0.025),
    Objective("details", "Campaign details", Series.DETAILS, 0.95, within=0.2, ours=0.04),
    Objective("drilldown", "Drilldown", Series.DRILLDOWN, 0.95, within=0.3, ours=0.06),
    Objective("pages", "Pages", Series.PAGES, 0.95, within=0.15, unit="page"),
    Objective("visible", "New events", Series.VISIBLE, 0.95, within=10, unit="event", good="counted"),
    Objective("visible_all", "Nearly all events", Series.VISIBLE, 0.99, within=60, unit="event", good="counted"),
    Objective("errors", "Errors", Series.ALL, 0.999, unit="request", good="answered without an error"),
    Objective("up", "Uptime", Series.UP, 0.995, unit="minute", good="in which pages were served"),
)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time up to now, and in which slots it is read."""

    name: str
    label: str
    span: timedelta
    slot: timedelta


FINE, COARSE = timedelta(minutes=5), timedelta(hours=1)  # slots
WINDOWS: tuple[Window, ...] = (
    Window("hour", "1 h", timedelta(hours=1), FINE),
    Window("day", "24 h", timedelta(days=1), FINE),
    Window("month", "30 days", timedelta(days=30), COARSE),
)
FINE_KEPT = timedelta(days=2)
