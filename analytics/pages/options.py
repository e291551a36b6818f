"""What a page's filters offer: the words of the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..channels import BY_NAME, CHANNELS
from ..models import Campaign
from ..scope import BasisName, Compare
from . import periods
from .filters import TREND_METRICS, Filters
from .trend import label_of

CAMPAIGNS_OFFERED = 200
COMPARISONS: dict[Compare, str] = {
    Compare.PREVIOUS: "Prior period",
    Compare.LAST_YEAR: "A year before",
    Compare.NONE: "Nothing",
}
BASES: dict[BasisName, str] = {BasisName.SEND: "Send date", BasisName.EVENT: "Event date"}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Select:
    name: str
    label: str
    options: tuple[Option, ...]


def with_campaigns(filters: Filters) -> tuple[Filters, Sequence[Campaign]]:
    """The newest campaigns of the channel asked for, and the one filtered by; an impossible one is dropped and told."""
    offered = Campaign.objects.order_by("-id").only("external_id", "name", "channel")
    if filters.scope.channels:
        offered = offered.filter(channel__in=filters.scope.channels)
    campaigns = list(offered[:CAMPAIGNS_OFFERED])
    wanted = filters.values["campaign"]
    if not wanted or wanted in {campaign.external_id for campaign in campaigns}:
        return filters, campaigns
    storable = wanted.replace("\x00", "\ufffd")  # no id bears a NUL, and the database refuses to look for one
    chosen = Campaign.objects.filter(external_id=storable).first()
    if chosen is None:
        return filters.without("campaign", f"There is no campaign “{wanted}”."), campaigns
    if filters.scope.channels and chosen.channel not in filters.scope.channels:
        label = BY_NAME[chosen.channel].label
        return filters.without("campaign", f"“{chosen.name}” belongs to the channel {label}."), campaigns
    return filters, [chosen, *campaigns]


def selects(filters: Filters, campaigns: Sequence[Campaign]) -> tuple[Select, ...]:
    """The sentence: Period · Compare · Channel · Campaign · By."""
    values = filters.values
    named = sorted(campaigns, key=lambda campaign: campaign.name.casefold())
    return (
        _select("period", "Period", [(choice.name, choice.label) for choice in periods.CHOICES], values["period"]),
        _select("compare", "Compare", [(key.value, text) for key, text in COMPARISONS.items()], values["compare"]),
        _select("channel", "Channel", [("", "All"), *((c.name, c.label) for c in CHANNELS)], values["channel"]),
        _select(
            "campaign",
            "Campaign",
            [("", "All"), *((c.external_id, c.name or c.external_id) for c in named)],
            values["campaign"],
        ),
        _select("basis", "By", [(key.value, text) for key, text in BASES.items()], values["basis"]),
    )


def trend_select(filters: Filters) -> Select:
    offered = [(name, label_of(name)) for name in TREND_METRICS]
    return _select("metric", "Metric", offered, filters.values["metric"])


def _select(name: str, label: str, offered: Sequence[tuple[str, str]], chosen: str) -> Select:
    return Select(name, label, tuple(Option(value, text, value == chosen) for value, text in offered))
