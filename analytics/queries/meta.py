"""How to read an answer: how fresh and complete its figures are, and what they leave out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings

from .. import arriving
from ..catalogue import BY_NAME, DEFINITION_VERSION
from ..event_types import EventType
from ..scope import Scope
from . import state as states
from .answers import Completeness, Meta
from .running import Row, rows

UNCONVERTED_LIMIT = 10_000
COUNTED = (
    "sends", "delivered", "bounces", "opens", "machine_opens", "clicks", "machine_clicks", "unsubscribes", "complaints",
    "impressions", "conversions",
)  # fmt: skip
WHOLE = 0.995  # of the events; from that share on nothing is said
ADS = ("impressions", "clicks")  # events and ad platforms together; by the hour events alone


def meta_of(
    scope: Scope, metrics: Iterable[str], params: dict[str, Any], *, now: datetime, hourly: bool = False
) -> Meta:
    """The meta of an answer; `params` as from `running.bound`, `hourly` for figures by the hour.

    Ask for it before the figures: then they are at least as new as it says. Raises `NotShown` for metrics that the
    scope does not allow.
    """
    names = tuple(metrics)
    scope.allowed.check(*names)
    state = states.read()
    whole = _with_arrived(completeness(state, now), scope, now) if state["version"] else completeness(state, now)
    of_hours = _of_hours(names) if hourly else ()
    of_late = (*_of_late(whole, scope), *_of_costs(whole, names))
    warnings = (*_of_cut(state), *_of_unconverted(params, names), *of_hours, *_of_today(scope, now), *of_late)
    return Meta(
        scope=scope,
        definition_version=DEFINITION_VERSION,
        data_version=state["version"],
        last_refreshed_at=state["changed_at"],
        computed_at=now,
        completeness=whole,
        warnings=warnings,
    )


def completeness(state: Row, now: datetime) -> Completeness:
    """What a row of `state.sql` says about accepted events that are not yet counted."""
    oldest = state["oldest_at"]
    return Completeness(
        inbox_waiting=state["waiting"],
        inbox_waiting_rows=state["waiting_rows"],
        inbox_dead=state["dead"],
        oldest_waiting_seconds=None if oldest is None else max(0.0, (now - oldest).total_seconds()),
        last_event_at=state["last_event_at"],
    )


def _with_arrived(found: Completeness, scope: Scope, now: datetime) -> Completeness:
    """A number of all events would tell the one kind that somebody may not see; shares tell none."""
    arrived, allowed = arriving.of_period(scope.start, scope.end, scope.time_zone, now), scope.allowed
    return replace(
        found,
        arrived=arrived.share,
        arrived_conversions=arrived.conversions if allowed.sees("conversions") else None,
        still_to_come=arrived.still_to_come if allowed.sees(*COUNTED) else None,
        missing_costs=arrived.missing_costs if allowed.sees("cost") else (),
    )


def _of_late(found: Completeness, scope: Scope) -> Iterator[str]:
    events, conversions = found.arrived, found.arrived_conversions
    late = [(name, share) for name, share in (("events", events), ("conversions", conversions)) if share is not None]
    parts = [f"{max(1, round(100 * (1 - share)))} % of all {name}" for name, share in late if share < WHOLE]
    if parts:
        yield f"About {' and '.join(parts)} of {scope.period.words} are still to come."


def _of_costs(found: Completeness, names: tuple[str, ...]) -> Iterator[str]:
    if any("cost" in BY_NAME[name].parts for name in names):
        for source, missing in groupby(found.missing_costs, key=lambda one: one[0]):
            days = _days([day for _, day in missing])
            yield f"{source} has told no costs of {days} yet; usually they are here by now."


def _days(days: Sequence[date]) -> str:
    """Days in order: `2026-11-28`, `6 days, 23 to 28 November,`, `3 days between 28 October and 3 November`."""
    first, last = days[0], days[-1]
    if first == last:
        return str(first)
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    if (last - first).days + 1 == len(days):
        return f"{len(days)} days, {begins} to {last.day} {last:%B},"
    return f"{len(days)} days between {begins} and {last.day} {last:%B}"


def _of_cut(state: Row) -> Iterator[str]:
    """Totals are cut by the settings of their time; other settings need a rebuild."""
    if not state["version"]:
        return
    for label, kept, wanted in (
        ("time zone", state["time_zone"], settings.REPORTING_TIME_ZONE),
        ("currency", state["currency"], settings.REPORTING_CURRENCY),
        ("attribution window in days", state["window_days"], settings.ATTRIBUTION_WINDOW_DAYS),
    ):
        if kept != wanted:
            yield f"The totals stand in {label} {kept}, the settings say {wanted}: run manage.py rebuild."


def _of_unconverted(params: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    parts = {part for name in names for part in BY_NAME[name].parts}
    kinds = {part.removeprefix("attributed_") for part in parts} & {"revenue", "refunds", "cost"}
    if not kinds:
        return
    asked = {name: params[name] for name in ("start_day", "end_day", "time_zone", "basis", "campaigns")}
    for row in rows("unconverted", {**asked, "limit": UNCONVERTED_LIMIT, "refunded": EventType.REFUNDED.value}):
        if row["kind"] in kinds:
            least = "At least " if row["entries"] >= UNCONVERTED_LIMIT else ""
            yield f"{least}{row['currency']} {row['amount']:,.2f} of {row['kind']} has no rate and is not included."


def _of_hours(names: tuple[str, ...]) -> Iterator[str]:
    unknown = [name for name in names if not BY_NAME[name].has_hours]
    if unknown:
        yield f"Costs and what ad platforms report are known by day, not by hour; unknown here: {', '.join(unknown)}."
    ads = [name for name in names if name in ADS]
    if ads:
        yield f"By the hour {' and '.join(ads)} count events only, without what ad platforms report per day."


def _of_today(scope: Scope, now: datetime) -> Iterator[str]:
    today = scope.today(now)
    if scope.start <= today < scope.end:
        yield f"The running day, {today}, is included and not over."
