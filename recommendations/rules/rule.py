"""What a rule is, and what admins may set of it."""

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

    @property
    def bounds(self) -> str:
        return f"{self.least:,.10g} to {self.most:,.10g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunable:
    """Thresholds that are set in one place; `why` is for people."""

    name: str
    title: str
    why: str
    thresholds: dict[str, Threshold]

    def chosen(self, kept: Mapping[str, float]) -> dict[str, float]:
        """Every threshold: what people set, else the default; what it has no more is left out."""
        return {name: kept.get(name, threshold.default) for name, threshold in self.thresholds.items()}


SHARED = Tunable(
    name="shared",
    title="Shared by rules",
    why="What several rules go by has one value, so that no two of them contradict each other.",
    thresholds={
        "break_even": Threshold(
            1.0, 0.1, 20.0, "ratio", "The ROAS at which a campaign pays: 1 ÷ the share of revenue that is margin."
        ),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Tunable):
    """`shares` are the names of those of `SHARED` that it goes by, too; whoever changes what a rule finds raises its
    `version`.
    """

    version: int
    find: Find
    shares: tuple[str, ...] = ()

    def settings(self, own: Mapping[str, float], shared: Mapping[str, float]) -> dict[str, float]:
        """All that it goes by, of what people set."""
        common = SHARED.chosen(shared)
        return {name: common[name] for name in self.shares} | self.chosen(own)

    def defaults(self) -> dict[str, float]:
        return self.settings({}, {})
