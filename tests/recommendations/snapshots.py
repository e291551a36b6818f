"""Snapshots drawn by chance, of campaigns whose truth is known: what rules are tested on."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from recommendations.snapshot import Campaign, ClickHour, Crowd, Day, Hour, Snapshot

from .people import matched

END = date(2026, 11, 15)
DAYS = 28
ORDER_SPREAD = 0.7  # of the logarithm of an order's amount
LINE = 12.0  # messages in 28 days above which people get many
EACH = 8  # messages that each of its people got of it in the weeks that are looked back on


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a campaign truly is. `messages` are of all days; `uneven` is how days differ, of a rate's logarithm."""

    channel: str = "email"
    status: str = "running"
    messages: int = 5_000
    every: int = 1  # days from one mailing to the next
    days: int = DAYS
    open: float = 0.35
    click: float = 0.1  # of those who open; of all where nobody tells opens
    convert: float = 0.2  # of those who click
    order: float = 80.0
    cost: float = 0.0  # a day
    piece: float = 0.05  # a message
    bounce: float = 0.012
    unsubscribe: float = 0.001
    complain: float = 0.0002
    uneven: float = 0.12
    hour: int = 9
    also: int | None = None  # another hour, at which a third leaves
    also_clicks: float = 1.0  # and clicks so much more
    got: float = 6.0  # messages of the channel that its people get in 28 days
    weary: float = 1.0  # with more than `LINE` of them so many more unsubscribe


def drawn(rng: np.random.Generator, truth: Truth, number: int = 1, end: date = END) -> Campaign:
    """A campaign that is over `truth.days` days of the window."""
    offsets = [offset for offset in range(truth.days) if offset % truth.every == 0]
    shares = rng.dirichlet(np.full(len(offsets), 50.0))
    days: list[Day] = []
    hours: dict[int, tuple[int, int]] = {}
    for offset, share in zip(offsets, shares, strict=True):
        day, clicks_by_hour = _day(rng, truth, end - timedelta(days=offset + 1), round(truth.messages * share))
        days.append(day)
        for hour, (delivered, clicks) in clicks_by_hour.items():
            sums = hours.get(hour, (0, 0))
            hours[hour] = sums[0] + delivered, sums[1] + clicks
    return Campaign(
        id=number,
        external_id=f"campaign-{number}",
        name=f"Campaign {number}",
        channel=truth.channel,
        status=truth.status,
        ends_on=None if truth.status == "running" else end - timedelta(days=1),
        days=tuple(reversed(days)),
        hours=tuple(Hour(hour, *sums) for hour, sums in sorted(hours.items())),
        click_hours=_click_hours(rng, truth),
        crowd=_crowd(rng, truth),
    )


def _click_hours(rng: np.random.Generator, truth: Truth) -> tuple[ClickHour, ...]:
    """Of eight weeks. People differ, and each clicks as often at all hours but for what is true of the other one."""
    size = truth.messages * 2
    if truth.also is None or size < EACH:
        return ()
    contact, day = rng.integers(0, max(size // EACH, 1), size), rng.integers(0, 2 * DAYS, size)
    ahead = rng.random(size) < 1 / 3
    rate = truth.open * truth.click * _lognormal(rng, 0.6, size)[contact] * _lognormal(rng, truth.uneven, 2 * DAYS)[day]
    hit = rng.random(size) < rate * np.where(ahead, truth.also_clicks, 1.0)
    found = matched(contact, contact, day, ahead, hit)
    return (ClickHour(truth.also, truth.hour, found),) if found else ()


def _crowd(rng: np.random.Generator, truth: Truth) -> Crowd | None:
    """Some of its people get a multiple of what others get, and one day more than another."""
    size = truth.messages
    people = size // 4
    if people < 5:
        return None
    contact, day = rng.integers(0, people, size), rng.integers(0, DAYS, size)
    got = rng.poisson(truth.got * _lognormal(rng, 0.7, people)) + 1
    ahead = got[contact] * _lognormal(rng, 0.2, size) > LINE
    rate = truth.open * truth.click * _lognormal(rng, 0.6, people)[contact] * _lognormal(rng, truth.uneven, DAYS)[day]
    left = rng.random(size) < truth.unsubscribe * np.where(ahead, truth.weary, 1.0)
    return Crowd(
        LINE, people, people, int(got.sum()), int((got > LINE).sum()),
        matched(contact, day, day, ahead, left), matched(contact, contact, day, ahead, rng.random(size) < rate),
    )  # fmt: skip


def _lognormal(rng: np.random.Generator, spread: float, size: int) -> NDArray[np.float64]:
    """Factors of mean 1."""
    return rng.lognormal(-(spread**2) / 2, spread, size)


def _day(rng: np.random.Generator, truth: Truth, day: date, messages: int) -> tuple[Day, dict[int, tuple[int, int]]]:
    def some(of: int, rate: float) -> int:
        """So many of these, on a day that is its own."""
        luck = rng.lognormal(-(truth.uneven**2) / 2, truth.uneven)
        return int(rng.binomial(of, min(1.0, rate * luck)))

    bounced = int(rng.binomial(messages, truth.bounce))
    delivered = messages - bounced
    aside = int(rng.binomial(delivered, 1 / 3)) if truth.also is not None else 0
    opens = some(delivered, truth.open)
    luck = rng.lognormal(-(truth.uneven**2) / 2, truth.uneven)
    opens_aside = int(rng.binomial(opens, aside / delivered)) if delivered else 0
    clicks_aside = int(rng.binomial(opens_aside, min(1.0, truth.click * luck * truth.also_clicks)))
    clicks = int(rng.binomial(opens - opens_aside, min(1.0, truth.click * luck)))
    converters = some(clicks + clicks_aside, truth.convert)
    spread = ORDER_SPREAD
    revenue = truth.order * float(rng.lognormal(-(spread**2) / 2, spread, converters).sum())
    hours = {truth.hour: (delivered - aside, clicks)}
    if truth.also is not None:
        hours[truth.also] = (aside, clicks_aside)
    made = Day(
        day,
        sends=messages,
        delivered=delivered,
        bounces=bounced,
        unique_opens=opens,
        unique_clicks=clicks + clicks_aside,
        converters=converters,
        unsubscribes=int(rng.binomial(delivered, truth.unsubscribe)),
        complaints=int(rng.binomial(delivered, truth.complain)),
        revenue=revenue,
        cost=truth.cost * float(rng.lognormal(-0.005, 0.1)) + truth.piece * messages,
    )
    return made, hours


def ads(rng: np.random.Generator, truth: Truth, number: int = 1, end: date = END) -> Campaign:
    """A campaign of a channel that delivers nothing: `messages` of its truth are the clicks of all days."""
    days = []
    for offset in range(truth.days):
        clicks = int(rng.poisson(truth.messages / truth.days * rng.lognormal(0, truth.uneven)))
        orders = int(rng.binomial(clicks, truth.convert))
        revenue = truth.order * float(rng.lognormal(-(ORDER_SPREAD**2) / 2, ORDER_SPREAD, orders).sum())
        cost = truth.cost * float(rng.lognormal(-0.005, 0.1))
        day = end - timedelta(days=offset + 1)
        days.append(Day(day, unique_clicks=clicks, converters=orders, revenue=revenue, cost=cost))
    return Campaign(
        number, f"campaign-{number}", f"Campaign {number}", truth.channel, truth.status, None, tuple(reversed(days))
    )


def snapshot(*campaigns: Campaign, end: date = END, days: int = DAYS) -> Snapshot:
    """They get numbers of their own, from 1 on."""
    numbered = tuple(replace(one, id=number) for number, one in enumerate(campaigns, start=1))
    return Snapshot(datetime.combine(end, time(3), UTC), end - timedelta(days=days), end, "USD", numbered)
