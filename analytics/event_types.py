"""The kinds of event there are, one visible table.

The code is what `event.type` stores and never changes its meaning; new kinds are appended.
"""

from dataclasses import dataclass
from enum import IntEnum


class EventType(IntEnum):
    SENT = 1
    DELIVERED = 2
    BOUNCED_HARD = 3
    BOUNCED_SOFT = 4
    OPENED = 5
    CLICKED = 6
    CONVERTED = 7
    REFUNDED = 8
    UNSUBSCRIBED = 9
    COMPLAINED = 10
    IMPRESSION = 11
    HELD_OUT = 12


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What the doors accept for one event name."""

    name: str  # as sent by clients; "bounced" is told apart by its field `bounce`
    codes: tuple[EventType, ...]
    needs_campaign: bool
    bears_money: bool


TYPE_RULES: tuple[TypeRule, ...] = (
    TypeRule("sent", (EventType.SENT,), True, False),
    TypeRule("delivered", (EventType.DELIVERED,), True, False),
    TypeRule("bounced", (EventType.BOUNCED_HARD, EventType.BOUNCED_SOFT), True, False),
    TypeRule("opened", (EventType.OPENED,), True, False),
    TypeRule("clicked", (EventType.CLICKED,), True, False),
    TypeRule("converted", (EventType.CONVERTED,), False, True),
    TypeRule("refunded", (EventType.REFUNDED,), False, True),
    TypeRule("unsubscribed", (EventType.UNSUBSCRIBED,), False, False),
    TypeRule("complained", (EventType.COMPLAINED,), False, False),
    TypeRule("impression", (EventType.IMPRESSION,), True, False),
    TypeRule("held_out", (EventType.HELD_OUT,), True, False),
)

BY_NAME: dict[str, TypeRule] = {rule.name: rule for rule in TYPE_RULES}
