"""What channels subscribe to: one visible table, and who may hear of it and say where it goes."""

from dataclasses import dataclass
from typing import Any

from .. import roles

TEST = "test"  # what the test button sends, which nobody subscribes to


@dataclass(frozen=True, slots=True)
class Topic:
    """`permission` is needed to hear of it; `figures`: it tells of any metric, so nobody may whom one is denied."""

    name: str
    title: str
    permission: str = ""
    figures: bool = False


TOPICS: tuple[Topic, ...] = (
    Topic("marketing", "Marketing alerts", figures=True),
    Topic("access", "Unusual access to personal data", permission="compliance.change_accessalert"),
)
BY_NAME = {topic.name: topic for topic in TOPICS}


def why_not(user: Any, about: str) -> str:
    """Why somebody may neither hear of a topic nor say where it goes; empty if they may."""
    topic = BY_NAME.get(about)
    if topic is None:
        return ""
    if topic.permission and not user.has_perm(topic.permission):
        return f"“{topic.title}” goes where somebody with the permission {topic.permission} says."
    if topic.figures and roles.denied_to(user):
        return f"“{topic.title}” tells of every metric, and your role is denied some."
    return ""


def heard_by(user: Any) -> list[str]:
    """The names of the topics that somebody may hear of, the test included."""
    return [TEST, *(topic.name for topic in TOPICS if not why_not(user, topic.name))]
