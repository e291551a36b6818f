"""What the campaigns of the demo are, one visible table, and the truth that is built into them.

Rates are averages over people and over the period; sizes are for `CONTACTS` contacts and shrink and grow with them.
"""

from dataclasses import dataclass
from enum import Enum

CONTACTS = 4_000
OUTCOME_DAYS = 14  # what a holdout is judged by: who converted, by any way, within so many days of being assigned


class Cadence(Enum):
    REGULAR = "regular"  # every `every` days, on `weekday`, to those who subscribed
    DAILY = "daily"  # whoever gives cause, some people every day
    ONCE = "once"  # everyone once, over the first days of the campaign
    SPREAD = "spread"  # everyone once, each on some day of the campaign
    WELCOME = "welcome"  # three messages to whoever joins


class Audience(Enum):
    ALL = "all"
    ACTIVE = "active"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """`starts` and `ends` are shares of the period; without an end it goes on. {sale} and {season} follow the date."""

    slug: str
    name: str
    channel: str
    tags: tuple[str, ...] = ()
    starts: float = 0.0
    ends: float | None = None
    paused: bool = False
    buy: float = 0.0  # share of those who click that buy
    basket: float = 1.0  # what they spend, against the average
    cost: float = 0.0  # per day
    piece: float = 0.0  # per message


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing(Blueprint):
    """Messages to people. `share` is of the audience: who subscribed, or who is written to per day."""

    cadence: Cadence
    share: float
    audience: Audience = Audience.ALL
    weekday: int = 1
    every: int = 7
    hour: int = 9
    open: float = 0.0  # 0 = nobody tells; a click tells then
    click: float = 0.0
    reports_deliveries: bool = True
    holdout: float = 0.0
    lift: float = 0.0  # in how much more of the treated convert within OUTCOME_DAYS than would have anyhow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ads(Blueprint):
    """Bought reach. The platform reports impressions and clicks; `visits` a day lead to a contact we know."""

    visits: float
    cpm: float
    cpc: float
    foreign: bool = False  # billed in the other currency


BLUEPRINTS: tuple[Blueprint, ...] = (
    Mailing(
        slug="early-access", name="{sale} early access", channel="email", tags=("seasonal", "vip"), starts=0.72,
        ends=0.84, cadence=Cadence.ONCE, audience=Audience.ACTIVE, share=0.92, hour=18, open=0.46, click=0.04,
        basket=1.15, cost=105, piece=0.45, holdout=0.1, lift=0.7,
    ),
    Ads(
        slug="prospecting", name="{season} prospecting", channel="social", tags=("acquisition",), starts=0.15,
        buy=0.003, cost=140, visits=4, cpm=9, cpc=1.9,
    ),
    Mailing(
        slug="newsletter", name="Weekly newsletter", channel="email", tags=("editorial",), cadence=Cadence.REGULAR,
        share=0.42, weekday=1, hour=9, open=0.40, click=0.028, buy=0.28, cost=60, piece=0.25,
    ),
    Mailing(
        slug="win-back", name="Win-back 90 days", channel="email", tags=("retention",), cadence=Cadence.SPREAD,
        audience=Audience.LAPSED, share=0.95, hour=9, open=0.29, click=0.026, cost=10, piece=0.5, holdout=0.1,
        lift=0.4,
    ),
    Mailing(
        slug="cart-reminder", name="Cart reminder", channel="sms", tags=("automated", "cart"), cadence=Cadence.DAILY,
        share=0.006, click=0.085, buy=0.38, basket=0.9, cost=14, piece=0.65,
    ),
    Ads(
        slug="brand-search", name="Brand search", channel="search", tags=("always-on",), buy=0.085, basket=1.05,
        cost=52, visits=11, cpm=38, cpc=0.9,
    ),
    Mailing(
        slug="product-push", name="New arrivals", channel="push", tags=("editorial",), cadence=Cadence.REGULAR,
        share=0.11, weekday=5, hour=17, open=0.11, click=0.034, buy=0.22, basket=0.85, cost=18,
        reports_deliveries=False,
    ),
    Ads(
        slug="display-retargeting", name="Display retargeting DACH", channel="display", tags=("retargeting", "dach"),
        buy=0.055, cost=42, visits=6.5, cpm=3.2, cpc=1.1, foreign=True,
    ),
    Ads(
        slug="affiliates", name="Affiliate partners", channel="affiliate", tags=("commission",), buy=0.075, cost=40,
        visits=6, cpm=6, cpc=0.8,
    ),
    Mailing(
        slug="welcome", name="Welcome series", channel="email", tags=("automated", "onboarding"), cost=22, piece=0.4,
        cadence=Cadence.WELCOME, share=0.95, hour=10, open=0.5, click=0.05, buy=0.26,
    ),
    Ads(
        slug="generic-search", name="Generic search", channel="search", tags=("acquisition",), buy=0.06, cost=68,
        visits=9, cpm=42, cpc=2.1,
    ),
    Ads(
        slug="lookalikes", name="Lookalike audiences", channel="social", tags=("acquisition",), starts=0.3, buy=0.05,
        basket=0.9, cost=56, visits=8, cpm=8, cpc=1.4,
    ),
    Mailing(
        slug="weekend-deals", name="Weekend deals", channel="email", tags=("promotion",), cadence=Cadence.REGULAR,
        share=0.21, weekday=4, hour=16, open=0.36, click=0.034, buy=0.3, basket=0.85, cost=38, piece=0.3,
    ),
    Mailing(
        slug="back-in-stock", name="Back in stock", channel="push", tags=("automated",), cadence=Cadence.DAILY,
        share=0.0035, open=0.2, click=0.075, buy=0.3, cost=17, reports_deliveries=False,
    ),
    Mailing(
        slug="browse-reminder", name="Browse reminder", channel="email", tags=("automated",), cadence=Cadence.DAILY,
        share=0.004, open=0.43, click=0.048, buy=0.32, cost=13, piece=0.2,
    ),
    Mailing(
        slug="flash-sale", name="Flash sale", channel="sms", tags=("promotion",), cadence=Cadence.REGULAR, share=0.22,
        weekday=4, every=28, hour=15, click=0.055, buy=0.28, basket=0.8, piece=0.9,
    ),
    Mailing(
        slug="loyalty", name="Loyalty points statement", channel="email", tags=("retention",), cost=9, piece=0.22,
        cadence=Cadence.REGULAR, share=0.5, weekday=3, every=28, hour=10, open=0.44, click=0.026, buy=0.26,
    ),
    Ads(
        slug="launch-video", name="Product launch film", channel="video", tags=("launch",), starts=0.55, ends=0.92,
        buy=0.04, basket=1.1, cost=40, visits=4, cpm=11, cpc=2.4,
    ),
    Mailing(
        slug="gift-guide", name="{next_season} gift guide", channel="email", tags=("seasonal",), starts=1.08, ends=1.4,
        cadence=Cadence.ONCE, share=0.9, open=0.38, click=0.03, buy=0.25, cost=40, piece=0.3,
    ),
    Mailing(
        slug="vip-concierge", name="VIP concierge", channel="whatsapp", tags=("vip",), cadence=Cadence.DAILY,
        audience=Audience.ACTIVE, share=0.004, open=0.68, click=0.075, buy=0.3, basket=1.5, cost=12,
        piece=0.5,
    ),
    Mailing(
        slug="catalogue", name="{season} catalogue", channel="direct_mail", tags=("seasonal", "print"), starts=0.4,
        ends=0.8, cadence=Cadence.ONCE, share=0.24, hour=8, buy=0.021, basket=1.2, piece=1.6,
        reports_deliveries=False,
    ),
    Mailing(
        slug="birthday", name="Birthday treat", channel="email", tags=("automated",), cadence=Cadence.DAILY,
        share=0.0027, open=0.47, click=0.058, buy=0.3, cost=9, piece=0.3,
    ),
    Ads(
        slug="competitor-search", name="Competitor search", channel="search", tags=("test",), starts=0.35, ends=0.9,
        paused=True, buy=0.03, cost=48, visits=4.5, cpm=45, cpc=3.2,
    ),
    Ads(
        slug="creators", name="Creator collaboration", channel="social", tags=("brand",), starts=0.1, ends=0.6,
        buy=0.05, cost=55, visits=6, cpm=7, cpc=1.6,
    ),
)  # fmt: skip

# By slug: the share by which a campaign raises the part of its audience that converts. Known, for nobody guesses here:
# the demo first lets people buy as they would have, then adds just so many of the treated (`lift.py`).
TRUE_LIFT: dict[str, float] = {b.slug: b.lift for b in BLUEPRINTS if isinstance(b, Mailing) and b.lift}
SHINING, FAILING = "early-access", "prospecting"
