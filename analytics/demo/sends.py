"""Who is written to, and when: one function for each cadence."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from .blueprints import Audience, Cadence, Mailing
from .chance import poisson
from .people import Crowd, Person
from .period import BUYING, DAY, HOUR, MINUTE, Period, some_time
from .plan import Campaign

SPREAD = 40 * MINUTE  # a mailing leaves within so long
ONCE_DAYS = 3  # over which a mailing to everyone goes out
EVENING, EVENING_SHARE = 19, 0.25  # some of a spread mailing tries the evening
WELCOME_DAYS = (0, 3, 7)


class Send(NamedTuple):
    """One message to one person."""

    moment: int
    campaign: Campaign
    mailing: Mailing
    person: Person
    message: str


def sends(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> Iterator[Send]:
    """Every message of a campaign that falls into the period."""
    for moment, person, message in _CADENCES[mailing.cadence](campaign, mailing, crowd, period, rng):
        if person.joined < moment < period.end and person.is_in(mailing.audience):
            yield Send(moment, campaign, mailing, person, message)


_Sends = Iterator[tuple[int, Person, str]]


def _regular(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> _Sends:
    subscribed = [person for person in crowd.people if rng.random() < mailing.share * campaign.size]
    days = [day for day in campaign.runs(period) if period.weekday(day) == mailing.weekday]
    # counted from the end, so that the last issue is never long ago
    for day in reversed(days[:: -(mailing.every // 7)]):
        for person in subscribed:
            yield day + mailing.hour * HOUR + rng.randrange(SPREAD), person, period.day(day).isoformat()


def _daily(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> _Sends:
    for day in campaign.runs(period):
        mean = mailing.share * campaign.size * crowd.at(day) * period.liveliness(mailing.channel, day)
        reach = 1 if mailing.audience is Audience.ALL else 2  # about half of the people are in another audience
        for person in crowd.some(rng, day, poisson(rng, mean * reach)):
            yield some_time(rng, day, BUYING), person, period.day(day).isoformat()


def _once(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> _Sends:
    for person in crowd.people:
        day = campaign.starts + rng.randrange(ONCE_DAYS) * DAY
        if rng.random() < mailing.share * campaign.size:
            yield day + mailing.hour * HOUR + rng.randrange(SPREAD), person, ""


def _spread(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> _Sends:
    days = campaign.runs(period)
    for person in crowd.people:
        if days and rng.random() < mailing.share * campaign.size:
            hour = EVENING if rng.random() < EVENING_SHARE else mailing.hour
            yield rng.choice(days) + hour * HOUR + rng.randrange(SPREAD), person, ""


def _welcome(campaign: Campaign, mailing: Mailing, crowd: Crowd, period: Period, rng: Random) -> _Sends:
    for person in crowd.people:
        if person.joined > campaign.starts and rng.random() < mailing.share * campaign.size:
            for step, days in enumerate(WELCOME_DAYS, start=1):
                first = person.joined + 5 * MINUTE
                later = person.joined - person.joined % DAY + days * DAY + mailing.hour * HOUR + rng.randrange(SPREAD)
                yield later if days else first, person, f"welcome-{step}"


_CADENCES: dict[Cadence, Callable[[Campaign, Mailing, Crowd, Period, Random], _Sends]] = {
    Cadence.REGULAR: _regular,
    Cadence.DAILY: _daily,
    Cadence.ONCE: _once,
    Cadence.SPREAD: _spread,
    Cadence.WELCOME: _welcome,
}
