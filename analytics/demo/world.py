"""All of the demo at once: seed and size in, plain data out, as the doors take it. Pure: no Django, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from . import ads, books, lift
from .blueprints import BLUEPRINTS, Ads, Blueprint, Mailing
from .books import Cost
from .chance import generator
from .people import Crowd, gather
from .period import Period
from .plan import Campaign, Change, plan
from .post import Post
from .sends import sends
from .stream import Event, Stream
from .till import Till, sell_unasked


@dataclass(frozen=True, slots=True)
class Size:
    contacts: int
    campaigns: int
    days: int


PREFIX = "demo-"  # of the external id of every campaign
EDITION = 2  # raised when the same people get other ids, which would be counted beside those of before
DEFAULT_SIZE, DEFAULT_SEED = Size(contacts=4_000, campaigns=24, days=90), 1


@dataclass(frozen=True, slots=True)
class World:
    """Campaigns, costs and events as the doors take them; `rates` are of `other_currency`, by day."""

    campaigns: list[dict[str, Any]]
    costs: list[Cost]
    events: list[Event]
    other_currency: str
    rates: list[tuple[date, Decimal]]


def generate(
    size: Size, *, seed: int, until: date, now: datetime, currency: str = "USD", changes: Iterable[Change] = ()
) -> World:
    """The same for the same arguments, to the byte; a later `now` only adds what has happened since.

    `until` is the last day, `currency` that in which nearly all money is. Every id bears a tag of size, seed,
    `until` and changes, so another demo stands beside this one instead of half in it.
    """
    period = Period.until(until, size.days)
    changes = tuple(changes)
    tag = tag_of(size, seed, until, changes)
    other_currency = "EUR" if currency != "EUR" else "USD"
    stream = Stream(tag, period)
    campaigns, found = live(size, seed, tag, stream, period, other_currency, changes)
    return World(
        campaigns=[_described(one, found[one.external_id], period, now, currency, seed) for one in campaigns],
        costs=[cost for one in campaigns for cost in books.known_by(found[one.external_id], period, now)],
        events=stream.until(now),
        other_currency=other_currency,
        rates=books.rates(period, generator(seed, "rates"), foreign_is_dearer=other_currency == "EUR"),
    )


def live(
    size: Size,
    seed: int,
    tag: str,
    stream: Stream,
    period: Period,
    other_currency: str,
    changes: Iterable[Change] = (),
    blueprints: Sequence[Blueprint] = BLUEPRINTS,
) -> tuple[list[Campaign], dict[str, list[tuple[int, Cost]]]]:
    """Everything that happens goes into the stream; the campaigns, and by their id what each of their days costs."""
    campaigns = plan(size.campaigns, size.contacts, period, tag, changes, blueprints)
    till = Till(stream, period, other_currency, generator(seed, "till"))
    crowd = gather(generator(seed, "people"), size.contacts, period)
    post = Post(stream, till, generator(seed, "post"))
    _happen(campaigns, crowd, post, stream, till, seed)
    return campaigns, {
        one.external_id: books.costs(one, post.sent, period, other_currency, generator(seed, "costs", place))
        for place, one in enumerate(campaigns)
    }


def tag_of(size: Size, seed: int, until: date, changes: tuple[Change, ...]) -> str:
    """What all ids of such a demo begin with."""
    known = (size, seed, until.isoformat(), EDITION, *changes)
    return PREFIX + blake2b(repr(known).encode(), digest_size=3).hexdigest()


def _happen(campaigns: list[Campaign], crowd: Crowd, post: Post, stream: Stream, till: Till, seed: int) -> None:
    """All events. What holdouts caused comes last, when it is known what would have happened anyhow."""
    period = till.period
    letters = [
        send
        for place, campaign in enumerate(campaigns)
        if isinstance(campaign.blueprint, Mailing)
        for send in sends(campaign, campaign.blueprint, crowd, period, generator(seed, "sends", place))
    ]
    for send in sorted(letters, key=lambda send: send.moment):
        post.carry(send)
    for place, campaign in enumerate(campaigns):
        if isinstance(campaign.blueprint, Ads):
            ads.visit(campaign, campaign.blueprint, crowd, period, stream, till, generator(seed, "ads", place))
    sell_unasked(till, crowd, generator(seed, "unasked"))
    lift.cause(post, till, generator(seed, "lift"))


def _described(
    campaign: Campaign, found: list[tuple[int, Cost]], period: Period, now: datetime, currency: str, seed: int
) -> dict[str, Any]:
    blueprint = campaign.blueprint
    described = {
        "campaign": campaign.external_id,
        "name": campaign.name,
        "channel": blueprint.channel,
        "status": _status(campaign, period.moment(now)),
        "starts_at": period.at(campaign.starts).isoformat(),
        "tags": list(blueprint.tags),
        "reports_deliveries": not isinstance(blueprint, Mailing) or blueprint.reports_deliveries,
    }
    rng = generator(seed, "budget", campaign.external_id)
    ends = books.planned_end(campaign, period, rng)
    if ends is not None:
        described["ends_at"] = period.at(ends).isoformat()
    planned = books.budget(campaign, ends, found, period, rng)
    if planned:
        spent_in = found[0][1].get("currency", currency)
        described |= {"budget": planned, "currency": spent_in}
    return described


def _status(campaign: Campaign, moment: int) -> str:
    if moment < campaign.starts:
        return "planned"
    if campaign.blueprint.paused and campaign.ends is not None and moment >= campaign.ends:
        return "paused"
    return "ended" if campaign.ends is not None and moment >= campaign.ends else "running"
