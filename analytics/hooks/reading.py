"""One report of a provider as events of ours: pure. What is missing in it is said here, once, for all providers."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from .providers import Provider

# What a report is called by anymail, and here; what is not in it makes no event and is counted by its name.
TYPES: Mapping[str, str] = {
    EventType.DELIVERED: "delivered",
    EventType.BOUNCED: "bounced",
    EventType.OPENED: "opened",
    EventType.CLICKED: "clicked",
    EventType.COMPLAINED: "complained",
    EventType.UNSUBSCRIBED: "unsubscribed",
}
IMPLY_A_SEND = (EventType.DELIVERED, EventType.BOUNCED)  # of providers that report none
SOFT = ("soft", "temporary", "transient")  # in what a provider calls a bounce that may yet be delivered
NAMES_A_CAMPAIGN = ("campaign", "campaign_id")  # in the metadata that a message was sent with
NAMES_A_CONTACT = ("contact", "contact_id")


def events_of(report: AnymailTrackingEvent, provider: Provider, now: datetime) -> Iterator[dict[str, Any]]:
    """The events of a report as `ingest.parsing` wants them: one, two where it implies the send, or none."""
    kind = "sent" if report.event_type == provider.sent_is else TYPES.get(str(report.event_type))
    if kind is None:
        return
    event = _event(report, provider, kind, now)
    if not provider.sent_is and report.event_type in IMPLY_A_SEND:
        yield event | {"event_id": _id(event, "sent"), "type": "sent"}
    yield event | _more(report, provider, kind)


def campaign_of(report: AnymailTrackingEvent, provider: Provider) -> str:
    """What the sender named in the message's metadata, else the provider's own campaign, else the first tag."""
    raw = _raw(report)
    named = (
        *((report.metadata or {}).get(name) for name in NAMES_A_CAMPAIGN),
        *(raw.get(name) for name in provider.campaign),
        *_tags(report)[:1],
    )
    return next(
        (str(one).strip() for one in named if one not in (None, "", 0) and not isinstance(one, list | dict)), ""
    )


def _event(report: AnymailTrackingEvent, provider: Provider, kind: str, now: datetime) -> dict[str, Any]:
    """Who is known by an address is one person however it is written; what the sender named stays as it is."""
    metadata = report.metadata or {}
    named = next((str(metadata[name]) for name in NAMES_A_CONTACT if metadata.get(name)), "")
    at = report.timestamp or now
    event = {
        "type": kind,
        "occurred_at": at.astimezone(UTC).isoformat(),
        "contact": named or str(report.recipient or "").lower(),
        "campaign": campaign_of(report, provider),
        "message": str(report.message_id or "").strip("<>"),
    }
    return event | {"event_id": str(report.event_id or "") or _id(event, str(report.click_url or ""))}


def _more(report: AnymailTrackingEvent, provider: Provider, kind: str) -> dict[str, Any]:
    """What only some kinds bear."""
    raw = _raw(report)
    if kind == "bounced":
        return {"bounce": "soft" if _is_soft(report, raw) else "hard"}
    if kind in ("opened", "clicked"):
        return {
            "user_agent": report.user_agent,
            "machine": provider.by_machine(raw),
            **({"url": report.click_url} if kind == "clicked" else {}),
        }
    return {}


def _is_soft(report: AnymailTrackingEvent, raw: Mapping[str, Any]) -> bool:
    if report.reject_reason == RejectReason.INVALID:
        return False
    words = (raw.get(name) for name in ("event", "type", "severity", "Type", "bounceType", "bounce_type", "status"))
    said = " ".join(str(word) for word in (*words, report.description or "")).casefold()
    return any(word in said for word in SOFT)


def _raw(report: AnymailTrackingEvent) -> Mapping[str, Any]:
    return report.esp_event if isinstance(report.esp_event, Mapping) else {}


def _tags(report: AnymailTrackingEvent) -> list[Any]:
    return [report.tags] if isinstance(report.tags, str) else list(report.tags or [])


def _id(event: Mapping[str, Any], more: str) -> str:
    """Where a provider names none: the same for the same report. A send that is implied is so by its message, once."""
    of = ("message", "contact") if more == "sent" and event["message"] else (*event,)
    said = "\n".join(str(event[name]) for name in of)
    return hashlib.sha256(f"{said}\n{more}".encode(errors="surrogatepass")).hexdigest()
