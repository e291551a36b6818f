"""What the address of the list may say, and the words it is asked in. Pure."""

from dataclasses import dataclass

from analytics.pages.fields import Field, Fields

from ..models import MEASURED, State
from .rules import TITLES

ALL = "all"


@dataclass(frozen=True, slots=True)
class Group:
    """States that people look at together."""

    name: str
    label: str
    states: tuple[State, ...]


GROUPS: tuple[Group, ...] = (
    Group("open", "Open", (State.OPEN,)),
    Group("later", "Put off", (State.SNOOZED,)),
    Group("accepted", "Waiting to be done", (State.ACCEPTED,)),
    Group("measuring", "Being measured", (State.IMPLEMENTED, State.MEASURING)),
    Group("measured", "Measured", MEASURED),
    Group("closed", "Dismissed or expired", (State.DISMISSED, State.EXPIRED)),
    Group(ALL, "All", tuple(State)),
)
BY_NAME: dict[str, Group] = {group.name: group for group in GROUPS}
OF_STATE: dict[str, Group] = {state: group for group in GROUPS if group.name != ALL for state in group.states}

FIELDS: Fields = (
    Field("state", "open", label="Show", known=BY_NAME),
    Field("rule", ALL, known=(ALL, *TITLES)),
    Field("channel", (), several=True),
    Field("campaign", (), several=True),
    Field("page", "1", aside=True, fleeting=True),
)
