"""The demo through the real doors: what it takes in, it takes in like anybody's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Min

from analytics import sql

from ..arriving.span import KEPT
from ..changes import totals_locked
from ..fold import fold_inbox
from ..ingest import Verdicts, record_campaigns, record_costs, record_events
from ..models import Arrival, CurrencyRate, Source, SourceDay
from ..rates import Rate, record_rates
from .world import World

SOURCE = "demo"
CHUNK = 10_000
FOLD_ROWS = 20_000  # events that wait no longer for it than live ones should

Progress = Callable[[int], None]  # told how many events were done since the last call


@dataclass(frozen=True, slots=True)
class Filled:
    """What was new: campaigns and costs, changed ones included, and events; `known` were there already.

    Where a worker folds beside this, the events that it took are in neither number.
    """

    campaigns: int = 0
    costs: int = 0
    events: int = 0
    known: int = 0


class DemoRejectedError(Exception):
    """A door rejected something of the demo; the demo or the door is wrong."""


def fill(world: World, at: datetime, progress: Progress = lambda _: None) -> Filled:
    """Record the world and fold it. Safe to repeat: a second time everything is known."""
    record_rates(_missing_rates(world), at)
    campaigns = _taken(record_campaigns(world.campaigns, at=at))
    costs = _taken(record_costs(world.costs, source=SOURCE, at=at))
    filled = Filled(
        campaigns=campaigns.count("created", "updated"),
        costs=costs.count("created", "updated"),
    )
    for start in range(0, len(world.events), FOLD_ROWS):
        filled = _events(world, start, at, progress, filled)
    _write_history(at)
    return filled


def _missing_rates(world: World) -> list[Rate]:
    """The rates of days before the first known one: where somebody has entered rates, theirs hold."""
    known = CurrencyRate.objects.filter(currency=world.other_currency).aggregate(first=Min("day"))["first"]
    return [Rate(world.other_currency, day, rate) for day, rate in world.rates if known is None or day < known]


def _events(world: World, start: int, at: datetime, progress: Progress, filled: Filled) -> Filled:
    """The events from `start` on that one fold takes, in chunks as a client would send them."""
    for chunk in range(start, min(start + FOLD_ROWS, len(world.events)), CHUNK):
        items = world.events[chunk : min(chunk + CHUNK, start + FOLD_ROWS)]
        _taken(record_events(items, source=SOURCE, at=at))
        progress(len(items))
    while (folded := fold_inbox(at)).batches:
        filled = replace(filled, events=filled.events + folded.taken, known=filled.known + folded.known)
    return filled


def _write_history(at: datetime) -> None:
    """Let `source_day` and `arrival` say of its events that each came when it happened, not all of them today. So its
    rhythm and its delays are known from the first minute, like those of a source that has been there for months.
    """
    source = Source.objects.filter(name=SOURCE).first()
    if source is None:
        return
    with totals_locked() as cursor:
        values: dict[str, Any] = {"source": source.pk, "since": at - KEPT}
        days = SourceDay.objects.filter(source=source)
        days.delete()
        cursor.execute(sql.load("demo/days"), values)
        Arrival.objects.filter(source_id=source.pk).delete()
        cursor.execute(sql.load("arriving/counted", events="demo/arrived"), values)
        if first := days.aggregate(day=Min("day"))["day"]:
            Source.objects.filter(pk=source.pk).update(created_at=datetime.combine(first, time(), UTC))


def _taken(verdicts: Verdicts) -> Verdicts:
    if verdicts.rejected:
        raise DemoRejectedError(next(str(result) for result in verdicts.results if not isinstance(result, str)))
    return verdicts
