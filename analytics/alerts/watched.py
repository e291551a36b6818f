"""What is watched for the unusual: one visible table. Pure."""

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
OVERALL = ""  # the scope of all channels, and of what belongs to no campaign
WEEKS = 8  # of the past, at the same hour of the same weekday; what comes every four weeks is in them twice
FEWEST_WEEKS = 4  # of fewer known ones nothing is told
SPANS = (1, 3, 6, 24)  # hours that end with the judged one: what is too thin for one hour shows in several
PAST = timedelta(weeks=WEEKS, hours=max(SPANS))  # what a judged hour is compared with
LINE = 3.5  # in standard deviations: `make bench-alerts` says how often that is reached by chance
LEAST = 10.0  # events (or orders) that a sum is away from the usual, at least: a zero where seven are usual is chance
LEAST_SPEND = 0.05  # of all spend of these hours; a smaller part of it is told by nobody's alert


@dataclass(frozen=True, slots=True)
class Watched:
    """One metric of the catalogue by the hour of the event. Its variance is `chance` × mean + (`uneven` × mean)².

    `chance` is 1 of independent events, more where one person causes several. `sent`: it follows what was sent in the
    hours before, so it is compared in proportion to that, if anything was. `money`: a sum of amounts, not a count.
    """

    metric: str
    chance: float = 1.0
    uneven: float = 0.2
    sent: bool = False
    money: bool = False


# In the order of cause and effect: an alert is named for the first of those that moved.
WATCHED: tuple[Watched, ...] = (
    Watched("cost", chance=0.01, uneven=0.11, money=True),  # of the usual hour; spend is no game of chance
    Watched("sends"),
    Watched("opens", chance=1.3, sent=True),
    Watched("clicks", chance=1.3, sent=True),
    Watched("conversions"),
    Watched("revenue", chance=2.0, money=True),  # of an average order: amounts spread about as much as they are large
)
METRICS: tuple[str, ...] = tuple(one.metric for one in WATCHED)
