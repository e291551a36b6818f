"""What a page's filters offer: the words of the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from ..channels import BY_NAME, CHANNELS
from ..models import Campaign
from ..scope import BasisName, Compare, echo
from ..statuses import Status
from . import periods
from .fields import TREND_METRICS
from .filters import Filters
from .labels import label_of

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
    id: str


def in_short(selects: Sequence[Select], filters: Filters) -> str:
    """The period, and what else is not at its default: for where the sentence is folded."""
    defaults = {field.name: field.default for field in filters.fields}
    said = (
        select for select in selects if select.name == "period" or filters.values[select.name] != defaults[select.name]
    )
    return ", ".join(_chosen(select, filters) for select in said) or "None"


def _chosen(select: Select, filters: Filters) -> str:
    if select.name == "period" and filters.values["period"] == "custom":
        return filters.scope.period.words
    return next((option.label for option in select.options if option.selected), "")


def with_campaigns(filters: Filters, among: QuerySet[Campaign] | None = None) -> tuple[Filters, Sequence[Campaign]]:
    """The newest campaigns (`among` some) of the channels asked for, and those filtered by; an impossible one is
    dropped and told.
    """
    channels, wanted = filters.scope.channels, filters.scope.campaigns
    storable = [external_id.replace("\x00", "\ufffd") for external_id in wanted]  # the database refuses to look for NUL
    fields = Campaign.objects.only("external_id", "name", "channel")
    chosen = list(fields.filter(external_id__in=storable)) if wanted else []
    known = {campaign.external_id for campaign in chosen}
    offered = fields if among is None else among.only("external_id", "name", "channel")
    offered = offered.filter(channel__in=channels) if channels else offered
    newest = list(offered.order_by("-id")[:CAMPAIGNS_OFFERED])
    for external_id in wanted:
        if external_id not in known:
            return filters.without("campaign", f"There is no campaign “{echo(external_id)}”."), newest
    for campaign in chosen:
        if channels and campaign.channel not in channels:
            reason = f"“{echo(campaign.name)}” belongs to the channel {BY_NAME[campaign.channel].label}."
            return filters.without("campaign", reason), newest
    return filters, [*chosen, *(campaign for campaign in newest if campaign.external_id not in known)]


def selects(filters: Filters, campaigns: Sequence[Campaign]) -> tuple[Select, ...]:
    """The sentence: Period · Compare · Channel · Campaign · By."""
    return (
        period_select(filters),
        compare_select(filters),
        *channel_selects(filters),
        *campaign_selects(filters, campaigns),
        basis_select(filters),
    )


def period_select(filters: Filters) -> Select:
    offered = [(choice.name, choice.label) for choice in periods.CHOICES]
    return select("period", "Period", offered, filters.values["period"])


def compare_select(filters: Filters) -> Select:
    offered = [(key.value, text) for key, text in COMPARISONS.items()]
    return select("compare", "Compare", offered, filters.values["compare"])


def channel_selects(filters: Filters) -> list[Select]:
    offered = [(channel.name, channel.label) for channel in CHANNELS]
    return _selects("channel", "Channel", offered, filters.scope.channels)


def campaign_selects(filters: Filters, campaigns: Sequence[Campaign]) -> list[Select]:
    named = [(found.external_id, echo(found.name or found.external_id)) for found in campaigns]
    named.sort(key=lambda option: option[1].casefold())
    return _selects("campaign", "Campaign", named, filters.scope.campaigns)


def status_selects(filters: Filters) -> list[Select]:
    offered = [(status.value, status.value.capitalize()) for status in Status]
    return _selects("status", "Status", offered, filters.scope.statuses)


def tag_selects(filters: Filters, tags: Sequence[str]) -> list[Select]:
    """None where there is no tag to choose."""
    offered = [(tag, tag) for tag in sorted(tags, key=str.casefold)]
    chosen = filters.scope.tags
    return _selects("tag", "Tag", offered, chosen) if offered or chosen else []


def basis_select(filters: Filters) -> Select:
    return select("basis", "By", [(key.value, text) for key, text in BASES.items()], filters.values["basis"])


def _selects(name: str, label: str, offered: Sequence[tuple[str, str]], chosen: Sequence[str]) -> list[Select]:
    """One for each of several values, so that the words say all that the figures are of: `Channel E-mail or SMS`."""
    nothing = ("", "All" if len(chosen) < 2 else "Not this one")
    unread = [(value, echo(value)) for value in chosen if value not in dict(offered)]  # when the database is away
    options = [nothing, *unread, *offered]
    return [
        select(name, label if place == 1 else "or", options, value, f"{name}-{place}" if place > 1 else "")
        for place, value in enumerate(chosen or ("",), 1)
    ]


def trend_select(filters: Filters) -> Select:
    offered = [(name, label_of(name)) for name in filters.allowed.of(TREND_METRICS)]
    return select("metric", "Metric", offered, filters.values["metric"])


def select(name: str, label: str, offered: Sequence[tuple[str, str]], chosen: str, html_id: str = "") -> Select:
    """One select of the sentence; `offered` are values and what they are called."""
    options = tuple(Option(value, text, value == chosen) for value, text in offered)
    return Select(name, label, options, f"filter-{html_id or name}")
