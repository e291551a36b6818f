"""What a rule is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..findings import Finding
from ..norms import Norms
from ..snapshot import Campaign

Settings = Mapping[str, float]
Find = Callable[[Campaign, Norms, Settings], Finding | None]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that admins may change, from `least` to `most`. A `unit` of "share" is shown as a percentage."""

    default: float
    least: float
    most: float
    unit: str
    help: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`why` is for people; whoever changes what a rule finds raises its `version`."""

    name: str
    title: str
    version: int
    why: str
    thresholds: dict[str, Threshold]
    find: Find

    def settings(self, own: Mapping[str, float]) -> dict[str, float]:
        """Every threshold: what people set, else the default; what it has no more is left out."""
        return {name: own.get(name, threshold.default) for name, threshold in self.thresholds.items()}

    def defaults(self) -> dict[str, float]:
        return self.settings({})
