"""Visits that ads lead to: clicks of contacts we know, and what they buy."""

from random import Random

from .blueprints import Ads
from .chance import poisson
from .people import Crowd
from .period import BUYING, Period, some_time
from .plan import Campaign
from .stream import Stream
from .till import Till

LANDING = "https://shop.example/landing"


def visit(campaign: Campaign, ads: Ads, crowd: Crowd, period: Period, stream: Stream, till: Till, rng: Random) -> None:
    """Day by day; the month is the `message`, as ads are bought in flights."""
    for day in campaign.runs(period):
        message, change = f"{period.day(day):%Y-%m}", campaign.changed(day)
        for _ in range(poisson(rng, ads.visits * campaign.scale * period.liveliness(ads.channel, day) * change.click)):
            moment = some_time(rng, day, BUYING)
            for person in crowd.some(rng, day, 1):
                stream.add(
                    moment, "clicked", person, campaign.external_id,
                    message=message, url=f"{LANDING}/{ads.slug}", user_agent=person.agent, ip=person.ip,
                )  # fmt: skip
                if rng.random() < ads.buy * person.purse * change.buy:
                    till.sell_after(moment, person, ads.basket, campaign.external_id, message)
