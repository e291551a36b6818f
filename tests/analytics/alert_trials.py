"""How alerts do on a year of the demo's generator, without a database: how often nothing is told of as something, and
how soon something that was planted is found. All in UTC, by the hour of the event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from analytics.alerts.anomalies import anomalies
from analytics.alerts.standing import Standing, Step, Turn, step
from analytics.alerts.watched import HOUR, LINE, METRICS, OVERALL, PAST, WATCHED
from analytics.alerts.window import Window, judge
from analytics.demo import Size
from analytics.demo.period import DAY
from analytics.demo.period import HOUR as SECONDS
from tests.recommendations.worlds import World, credited, human, touches, world

Array = NDArray[np.float64]
WARM_UP = int(PAST / HOUR)  # hours that are only looked back at
WEEK = 24 * 7
COUNTED = {"sent": "sends", "opened": "opens", "clicked": "clicks"}


@dataclass(frozen=True, slots=True)
class Planted:
    """From hour `place` on the metric is `factor` times what it would have been, in every channel."""

    metric: str
    factor: float
    place: int


def window(made: World) -> Window:
    """A world by the hour. Cost grows evenly over its day, as the demo has it."""
    channels = sorted({one.blueprint.channel for one in made.campaigns})
    rows = {one.external_id: channels.index(one.blueprint.channel) + 1 for one in made.campaigns}
    values = {metric: np.zeros((len(channels) + 1, made.period.days * 24)) for metric in METRICS}
    for metric, campaign, moment, amount in (*_counts(made), *_costs(made)):
        for row in (0, *([rows[campaign]] if campaign else [])):
            values[metric][row, moment // SECONDS] += amount
    return Window(made.period.at(0), ZoneInfo("UTC"), (OVERALL, *channels), values)


def _counts(made: World) -> Iterator[tuple[str, str, int, float]]:
    """Metric, campaign (empty is none), moment and amount of everything that happened."""
    rows = sorted(made.rows, key=lambda row: row.moment)
    known = touches(rows)
    for row in rows:
        if row.kind in COUNTED and human(row):
            yield COUNTED[row.kind], row.campaign, row.moment, 1
        elif row.kind == "converted":
            campaign = row.campaign or credited(row, known)[0]
            yield "conversions", campaign, row.moment, 1
            yield "revenue", campaign, row.moment, made.money(row.more, row.moment)


def _costs(made: World) -> Iterator[tuple[str, str, int, float]]:
    for campaign, days in made.costs.items():
        for day, cost in days:
            spent = made.money(cost, day) / 24
            for moment in range(day, day + DAY, SECONDS):
                yield "cost", campaign, moment, spent


def year(seed: int, contacts: int, weeks: int = 52) -> Window:
    """So many weeks to judge, after those that are only looked back at."""
    days = WARM_UP // 24 + 1 + weeks * 7
    return window(world(seed, Size(contacts=contacts, campaigns=24, days=days)))


def opened(made: Window) -> list[Step[int]]:
    """Every alert that would have been opened, judging each hour in its turn."""
    places = range(WARM_UP, made.hours)
    known: list[Standing[int]] = []
    found: list[Step[int]] = []
    for place, findings in zip(places, anomalies(made, places), strict=True):
        at = made.begins(place) + HOUR
        known = [one for one in known if one.may_come_back(at)]
        if not findings and not any(one.closed_at is None for one in known):
            continue
        for one in step(known, findings, lambda _: True, at):
            if one.alert is None:
                found.append(one)
                known.append(Standing(len(found), one.parts))
            else:
                known = [_after(each, one, at) if each is one.alert else each for each in known]
    return found


def _after(known: Standing[int], turned: Step[int], at: datetime) -> Standing[int]:
    return replace(known, parts=turned.parts, closed_at=at if turned.turn is Turn.OVER else None)


def plant(made: Window, planted: Planted, chance: Generator) -> Window:
    """Of counts each event is kept by chance, for that is how they are lost; money is multiplied."""
    values = {metric: each.copy() for metric, each in made.values.items()}
    after = values[planted.metric][:, planted.place :]
    counted = not next(one for one in WATCHED if one.metric == planted.metric).money
    if counted:
        after[1:] = chance.binomial(after[1:].astype(int), planted.factor)
        after[0] = after[1:].sum(axis=0)
    else:
        after *= planted.factor
    return replace(made, values=values)


def hours_to_find(made: Window, planted: Planted, chance: Generator, most: int = 48) -> int | None:
    """In how many completed hours the planted one is told of, None of one that is not."""
    start, end = planted.place - WARM_UP, planted.place + most
    near = Window(
        made.begins(start), made.zone, made.scopes, {name: each[:, start:end] for name, each in made.values.items()}
    )
    changed = plant(near, replace(planted, place=WARM_UP), chance)
    found = anomalies(changed, range(WARM_UP, changed.hours), only(planted.metric))
    over = planted.factor > 1
    return next((hour + 1 for hour, each in enumerate(found) if any(one.over is over for one in each)), None)


def only(metric: str) -> Mapping[str, float]:
    """The lines, of this metric alone."""
    return {metric: LINE}


def usual(made: Window, metric: str, places: Sequence[int]) -> Array:
    """What is usual of all in the hours at these places."""
    watched = next(one for one in WATCHED if one.metric == metric)
    return judge(made, watched, 1, places, made.before(places), LINE).range.usual[0]
