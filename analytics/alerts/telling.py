"""Telling people of an alert: in the transaction that opens it, without a figure that any role is denied."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from compliance import notices
from compliance.models import MetricDenial
from compliance.reasons import shows_somebody

from ..allowed import Allowed, allowed_to
from ..changes import Cut
from ..models import Campaign, MarketingAlert
from . import words
from .finding import Finding
from .rules import IDLE, LISTENED, SILENCE
from .where import page_of

ABOUT = "marketing"
KEPT_BACK = "Something is unusual"
KEPT_BACK_TEXT = "It is about figures that are not shown to every role; whoever may see them finds it on the page."


def tell(alert: MarketingAlert, parts: Sequence[Finding], cut: Cut, at: datetime, *, again: bool = False) -> None:
    """Write down what is to be sent to every channel that tells of it. `again`: after a snooze."""
    title, text, path = KEPT_BACK, KEPT_BACK_TEXT, page_of(None, (), cut.time_zone)
    if seen := seen_by(parts, allowed_to_all()):
        names = names_of(seen, cut)
        title, text = words.title(seen, names), words.text(seen, names)
        path = page_of(seen[0].campaign, seen, cut.time_zone)
    key = f"marketing-{alert.pk}" + (f"-{at:%Y%m%d%H%M}" if again else "")
    notices.tell(notices.Message(about=ABOUT, key=key, title=title, text=text, path=path), at)


def allowed_to_all() -> Allowed:
    """What every role may see: nobody knows who reads a channel."""
    return allowed_to(frozenset(MetricDenial.objects.values_list("metric", flat=True)))


def seen_by(parts: Sequence[Finding], allowed: Allowed) -> tuple[Finding, ...]:
    """The parts of an alert whose metrics somebody may see. Of a silence everybody learns; how many events are usual is
    a sum, for those who may see all that is in it.
    """
    seen = (part for part in parts if allowed.sees(*metrics_of(part)))
    if allowed.sees(*LISTENED):
        return tuple(seen)
    return tuple(replace(part, usual=None) if part.rule == SILENCE else part for part in seen)


def metrics_of(part: Finding) -> tuple[str, ...]:
    """What its words tell of: that nobody clicked, too."""
    if part.rule == IDLE:
        return part.metric, "clicks"
    return (part.metric,) if part.metric else ()


def names_of(parts: Sequence[Finding], cut: Cut) -> words.Names:
    """What these findings are told with; a campaign whose name holds an address is called by its number."""
    ids = {part.campaign for part in parts if part.campaign is not None}
    found = Campaign.objects.filter(pk__in=ids).values_list("pk", "name", "external_id") if ids else ()
    campaigns = {pk: name or external_id for pk, name, external_id in found}
    shown = {pk: name for pk, name in campaigns.items() if not shows_somebody(name)}
    return words.Names(shown, ZoneInfo(cut.time_zone), cut.currency)
