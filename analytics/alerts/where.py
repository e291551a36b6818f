"""Where an alert is looked into: the page of its scope, with its filters in the address."""

from collections.abc import Sequence
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from ..pages.fields import TREND_METRICS
from ..pages.links import address
from .causes import scopes
from .finding import Finding
from .rules import ANOMALY
from .watched import HOUR

LIST = "analytics:alerts"


def page_of(campaign: int | None, parts: Sequence[Finding], time_zone: str) -> str:
    """The drilldown of a campaign, else the Overview of the channels; by the date of the event, as it was judged. The
    list of alerts for what has no figure.
    """
    if not parts or not parts[0].metric:
        return reverse(LIST)
    head = parts[0]
    zone = ZoneInfo(time_zone)
    since, last = (min(part.since for part in parts), max(part.until for part in parts) - HOUR)
    fields = [
        ("period", "custom"),
        ("from", f"{since.astimezone(zone).date()}"),
        ("to", f"{last.astimezone(zone).date()}"),
        ("basis", "event"),
    ]
    if campaign is not None:
        return address(reverse("analytics:drilldown", args=[campaign]), urlencode(fields))
    moved = scopes(parts) if head.rule == ANOMALY else ((head.channel,) if head.channel else ())
    fields += [("channel", name) for name in moved]
    fields += [("metric", head.metric)] if head.metric in TREND_METRICS else []
    return address(reverse("analytics:overview"), urlencode(fields))
