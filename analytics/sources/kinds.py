"""What kinds of source there are, one visible table, and which types of event count as which metric. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from ..allowed import Allowed
from ..event_types import EventType


class Kind(StrEnum):
    """By what comes of a source, in words."""

    API = "API"
    SEGMENT = "Segment"
    WEBHOOK = "Webhook"
    FILES = "Files"
    COSTS = "Costs"
    CAMPAIGNS = "Campaigns"


# The measure that counting a type of event tells; a role that is denied it sees no count of the type. What is in none
# (people held out) tells no metric.
MEASURES: Mapping[EventType, str] = {
    EventType.SENT: "sends",
    EventType.DELIVERED: "delivered",
    EventType.BOUNCED_HARD: "bounces",
    EventType.BOUNCED_SOFT: "bounces",
    EventType.OPENED: "opens",
    EventType.CLICKED: "clicks",
    EventType.CONVERTED: "conversions",
    EventType.REFUNDED: "refunds",
    EventType.UNSUBSCRIBED: "unsubscribes",
    EventType.COMPLAINED: "complaints",
    EventType.IMPRESSION: "impressions",
}


def types_seen(allowed: Allowed) -> list[int]:
    """The codes of the types whose counts somebody may see."""
    return [code.value for code in EventType if code not in MEASURES or allowed.sees(MEASURES[code])]


def label(code: int) -> str:
    """A type as pages write it: `Bounced hard`."""
    return EventType(code).name.replace("_", " ").capitalize()
