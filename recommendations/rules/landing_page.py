"""Of those who click fewer convert than with the others of its channel: the page that they come to."""

from ..findings import Finding
from ..norms import Norms
from ..snapshot import Campaign
from .low_rate import MARGIN, Story, find_low
from .rule import Rule, Settings, Threshold

STORY = Story(
    rule="landing_page",
    version=1,
    metric="click_conversion_rate",
    action="new_landing_page",
    advice="test another landing page.",
    steps="how many click, and what those who convert bring in, is taken to stay as it is",
)


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """Where more convert than click, as with what is printed, clicks are not the way to the page."""
    clicks, converters = (sum(getattr(day, name) for day in campaign.days) for name in ("unique_clicks", "converters"))
    return find_low(campaign, around, settings, STORY) if clicks > converters else None


RULE = Rule(
    name=STORY.rule,
    title="Landing page",
    version=STORY.version,
    why="Clicks are paid for or hard won; a page that does not sell wastes them.",
    thresholds={
        "margin": MARGIN,
        "least": Threshold(
            100.0, 20.0, 1e6, "clicks", "Campaigns with fewer unique clicks are not judged; young days count for less."
        ),
    },
    find=find,
)
