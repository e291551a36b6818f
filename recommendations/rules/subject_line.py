"""Fewer open it than open the others of its channel: the subject line, the sender, the preview."""

from ..findings import Finding
from ..norms import Norms, tells_opens
from ..snapshot import Campaign
from .low_rate import MARGIN, Story, find_low
from .rule import Rule, Settings, Threshold

STORY = Story(
    rule="subject_line",
    version=1,
    metric="open_rate",
    action="new_subject_line",
    advice="test another subject line and preview.",
    steps="what those who open do, and what that brings in, is taken to stay as it is",
)


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """Where nobody reports opens the clicks stand in for them, which says nothing of a subject line."""
    return find_low(campaign, around, settings, STORY) if tells_opens(campaign) else None


RULE = Rule(
    name=STORY.rule,
    title="Subject line",
    version=STORY.version,
    why="Who does not open a message sees nothing else of it.",
    thresholds={
        "margin": MARGIN,
        "least": Threshold(
            200.0, 20.0, 1e6, "messages", "Campaigns that delivered fewer are not judged; young days count for less."
        ),
    },
    find=find,
)
