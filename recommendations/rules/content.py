"""Of those who open it fewer click than with the others of its channel: the content, the offer, the call to action."""

from ..findings import Finding
from ..norms import Norms, tells_opens
from ..snapshot import Campaign
from .low_rate import MARGIN, Story, find_low
from .rule import Rule, Settings, Threshold

STORY = Story(
    rule="content",
    version=1,
    metric="click_to_open_rate",
    action="new_content",
    advice="test other content and a clearer call to action.",
    steps="how many open it, and what those who click bring in, is taken to stay as it is",
)


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """By the share of those who opened, so a bad subject line is no bad content."""
    return find_low(campaign, around, settings, STORY) if tells_opens(campaign) else None


RULE = Rule(
    name=STORY.rule,
    title="Content and call to action",
    version=STORY.version,
    why="Who opens a message and does not click found nothing in it.",
    thresholds={
        "margin": MARGIN,
        "least": Threshold(
            100.0, 20.0, 1e6, "opens", "Campaigns with fewer unique opens are not judged; young days count for less."
        ),
    },
    find=find,
)
