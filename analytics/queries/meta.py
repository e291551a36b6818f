"""How to read an answer: how fresh and complete its figures are, and what they leave out."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from ..catalogue import BY_NAME, DEFINITION_VERSION
from ..event_types import EventType
from ..scope import Scope
from . import state as states
from .answers import Completeness, Meta
from .running import Row, rows

UNCONVERTED_LIMIT = 10_000
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
    of_hours = _of_hours(names) if hourly else ()
    warnings = (*_of_cut(state), *_of_unconverted(params, names), *of_hours, *_of_today(scope, now))
    return Meta(
        scope=scope,
        definition_version=DEFINITION_VERSION,
        data_version=state["version"],
        last_refreshed_at=state["changed_at"],
        computed_at=now,
        completeness=completeness(state, now),
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
