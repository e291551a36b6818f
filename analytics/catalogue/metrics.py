"""The table. A metric is a sum of parts (`top`), or such a sum divided by one (`bottom`).

Formulas: PRODUCT definitions, which follow the strictest common usage of the field: uniques per message and recipient,
a human click implies an open, rates by delivered messages, money credited to a campaign for what measures campaigns.
Whoever changes what a name means raises `DEFINITION_VERSION`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from .sums import DAY_ONLY

DEFINITION_VERSION = 1


class Unit(StrEnum):
    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"


class Better(StrEnum):
    """In which direction a change is good."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue: `times` × sum of `top` / `bottom`; a `-` before a part subtracts it."""

    name: str
    label: str
    unit: Unit
    better: Better
    definition: str
    formula: str  # in words, for the receipt of a number
    top: tuple[str, ...]
    bottom: str = ""
    times: int = 1
    percent: bool = False  # a ratio shown as a percentage; the others are plain factors

    @cached_property
    def terms(self) -> tuple[tuple[int, str], ...]:
        """The parts of `top`, each with its sign."""
        return tuple((-1 if part.startswith("-") else 1, part.removeprefix("-")) for part in self.top)

    @property
    def additive(self) -> bool:
        """Whether the values of days add up to that of the period."""
        return not self.bottom

    @property
    def parts(self) -> tuple[str, ...]:
        """Every summed part that it is computed from."""
        top = tuple(part for _sign, part in self.terms)
        return (*top, self.bottom) if self.bottom else top

    @property
    def has_hours(self) -> bool:
        """Whether it is known by the hour; cost and what ad platforms report are told per day."""
        return not any(part in DAY_ONLY for part in self.parts)


def _count(name: str, better: Better, definition: str, formula: str = "") -> Metric:
    label = name.replace("_", " ").capitalize()
    return Metric(name, label, Unit.COUNT, better, definition, formula or f"sum of {label.lower()}", (name,))


def _money(name: str, better: Better, definition: str, formula: str, *top: str) -> Metric:
    return Metric(name, name.replace("_", " ").capitalize(), Unit.MONEY, better, definition, formula, top or (name,))


def _rate(name: str, better: Better, definition: str, formula: str, top: str, bottom: str) -> Metric:
    label = name.replace("_", " ").capitalize()
    return Metric(name, label, Unit.RATIO, better, definition, formula, (top,), bottom, percent=True)


UP, DOWN, NEUTRAL = Better.UP, Better.DOWN, Better.NEUTRAL
NET = ("attributed_revenue", "-attributed_refunds")
MESSAGES = "{}, of channels with delivery"

MEASURES: tuple[Metric, ...] = (
    _count("sends", NEUTRAL, "Messages handed over for delivery."),
    _count(
        "delivered",
        UP,
        "Messages that reached the recipient's provider; sends - bounces where a source reports no deliveries.",
        "sum of deliveries, or sends - bounces for campaigns whose source reports none",
    ),
    _count("bounces", DOWN, "Messages returned, hard or soft; once per message."),
    _count("opens", UP, "Opens by people, every one counted."),
    _count("unique_opens", UP, "First opens of a message by a contact; a human click implies an open."),
    _count("machine_opens", NEUTRAL, "Opens by mail-privacy prefetch and scanners; in no other figure."),
    _count("clicks", UP, "Clicks by people and those that ad platforms report.", "clicks of events + of ad platforms"),
    _count("unique_clicks", UP, "First clicks of a contact in a message."),
    _count("machine_clicks", NEUTRAL, "Clicks by security scanners; in no other figure."),
    _count(
        "conversions", UP, "Orders or other goals reached; without a filter also those that no campaign is credited."
    ),
    _count("converters", UP, "Contacts with a first conversion for a message; without a filter also the unattributed."),
    _money("revenue", UP, "Money of conversions, by the rate of its day.", "attributed + unattributed revenue"),
    _money("attributed_revenue", UP, "Revenue credited to a campaign by last touch.", "sum of credited revenue"),
    _money(
        "unattributed_revenue",
        NEUTRAL,
        "Revenue that no campaign is credited with; none under a filter by campaign or channel.",
        "revenue - attributed revenue",
        "revenue",
        "-attributed_revenue",
    ),
    _money("refunds", DOWN, "Money paid back, by the rate of its day.", "sum of refunds"),
    _count("unsubscribes", DOWN, "Contacts who left; once per message."),
    _count("complaints", DOWN, "Messages marked as spam; once per message."),
    _count(
        "impressions",
        UP,
        "Times an ad was shown, by events and ad platforms.",
        "impressions of events + of ad platforms",
    ),
    _money("cost", NEUTRAL, "What campaigns cost less what was credited, on its day.", "sum of costs"),
    _count("platform_conversions", NEUTRAL, "Conversions that ad platforms claim; never in revenue or converters."),
)

DERIVED: tuple[Metric, ...] = (
    _rate("delivery_rate", UP, "Share of sent messages that arrived.", "delivered ÷ sends", "delivered", "sends"),
    _rate(
        "open_rate",
        UP,
        "Share of arrived messages opened.",
        MESSAGES.format("unique opens ÷ delivered"),
        "message_unique_opens",
        "delivered",
    ),
    _rate(
        "click_rate",
        UP,
        "Share of arrived messages clicked.",
        MESSAGES.format("unique clicks ÷ delivered"),
        "message_unique_clicks",
        "delivered",
    ),
    _rate(
        "click_to_open_rate",
        UP,
        "Share of opened messages clicked.",
        MESSAGES.format("unique clicks ÷ unique opens"),
        "message_unique_clicks",
        "message_unique_opens",
    ),
    _rate(
        "conversion_rate",
        UP,
        "Share of those reached who converted; reached = delivered, or unique clicks where nothing is delivered.",
        "attributed converters ÷ (delivered, or unique clicks of channels without delivery)",
        "attributed_converters",
        "conversion_base",
    ),
    _rate(
        "click_conversion_rate",
        UP,
        "Share of those who clicked who converted.",
        "attributed converters ÷ unique clicks",
        "attributed_converters",
        "unique_clicks",
    ),
    _rate("bounce_rate", DOWN, "Share of sent messages returned.", "bounces ÷ sends", "bounces", "sends"),
    _rate(
        "unsubscribe_rate",
        DOWN,
        "Unsubscribes per arrived message.",
        MESSAGES.format("unsubscribes ÷ delivered"),
        "message_unsubscribes",
        "delivered",
    ),
    _rate(
        "complaint_rate",
        DOWN,
        "Spam complaints per arrived message.",
        MESSAGES.format("complaints ÷ delivered"),
        "message_complaints",
        "delivered",
    ),
    _money("net_revenue", UP, "Revenue after refunds.", "revenue - refunds", "revenue", "-refunds"),
    Metric(
        "aov",
        "Average order value",
        Unit.MONEY,
        UP,
        "Net revenue per conversion.",
        "net revenue ÷ conversions",
        ("revenue", "-refunds"),
        "conversions",
    ),
    Metric(
        "revenue_per_recipient",
        "Revenue per recipient",
        Unit.MONEY,
        UP,
        "Attributed net revenue per arrived message.",
        MESSAGES.format("(attributed revenue - attributed refunds) ÷ delivered"),
        ("message_revenue", "-message_refunds"),
        "delivered",
    ),
    Metric(
        "roas",
        "ROAS",
        Unit.RATIO,
        UP,
        "Attributed net revenue per unit of spend; unknown where credits leave no spend.",
        "(attributed revenue - attributed refunds) ÷ cost",
        NET,
        "cost",
    ),
    Metric(
        "roi",
        "ROI",
        Unit.RATIO,
        UP,
        "Attributed net revenue less cost, per unit of spend; unknown where credits leave no spend.",
        "(attributed revenue - attributed refunds - cost) ÷ cost",
        (*NET, "-cost"),
        "cost",
        percent=True,
    ),
    Metric(
        "cpa",
        "Cost per acquisition",
        Unit.MONEY,
        DOWN,
        "Cost per attributed conversion.",
        "cost ÷ attributed conversions",
        ("cost",),
        "attributed_conversions",
    ),
    Metric("cpc", "Cost per click", Unit.MONEY, DOWN, "Cost per click.", "cost ÷ clicks", ("cost",), "clicks"),
    Metric(
        "cpm",
        "Cost per mille",
        Unit.MONEY,
        DOWN,
        "Cost per thousand impressions.",
        "1000 × cost ÷ impressions",
        ("cost",),
        "impressions",
        times=1000,
    ),
)

METRICS: tuple[Metric, ...] = (*MEASURES, *DERIVED)
NAMES: tuple[str, ...] = tuple(metric.name for metric in METRICS)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
