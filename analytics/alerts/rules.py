"""The rules of the code: one visible table, each with the one value that people may set. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from .watched import LINE, METRICS

LISTENED = ("sends", "opens", "clicks", "conversions")  # metrics whose events would break a silence
BY_HOUR, BY_DAY = "hour", "day"  # what a line is by
ANOMALY, BUDGET, IDLE, SILENCE = "anomaly", "budget", "idle_cost", "silence"


@dataclass(frozen=True, slots=True)
class Rule:
    """`metric` is what it tells of, empty where that is no figure; `why` is empty where its title says all.

    `unit`: what its value counts, "money" or words.
    """

    name: str
    metric: str
    why: str
    default: float
    least: float
    most: float
    unit: str

    @property
    def slug(self) -> str:
        """What its address ends with."""
        return f"{self.name}-{self.metric}".replace("_", "-") if self.name == ANOMALY else self.name.replace("_", "-")

    @property
    def bounds(self) -> str:
        return f"{self.least:g} to {self.most:g}"


RULES: tuple[Rule, ...] = (
    *(Rule(ANOMALY, metric, "", LINE, 2.5, 10, "standard deviations") for metric in METRICS),
    Rule(
        BUDGET, "cost", "A campaign has spent more than its budget, or will at the rate so far.", 110, 100, 300,
        "% of the budget",
    ),
    Rule(IDLE, "cost", "A campaign cost as much on a day that is over, and nobody clicked.", 50, 0.01, 1e9, "money"),
    Rule(SILENCE, "", "No event arrives: figures wait, and whatever fell would not show.", 3, 1, 72, "hours"),
)  # fmt: skip
BY_SLUG: dict[str, Rule] = {rule.slug: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value of each rule that is not muted, by its slug."""

    values: Mapping[str, float]

    def of(self, name: str) -> float | None:
        return self.values.get(name.replace("_", "-"))

    @property
    def lines(self) -> dict[str, float]:
        """Of the anomalies, by metric."""
        return {
            rule.metric: self.values[rule.slug] for rule in RULES if rule.name == ANOMALY and rule.slug in self.values
        }
