"""What became of each item of a batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .dead_letters import Rejected
from .values import Rejection
from .ways_out import Door

ACCEPTED, CREATED, UPDATED, UNCHANGED, REPLACED = "accepted", "created", "updated", "unchanged", "replaced"
SUPPRESSED = "suppressed"  # of somebody who was erased: dropped


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One result for each item, in order: what was done with it, or why it was rejected."""

    results: Sequence[str | Rejection]

    def count(self, *statuses: str) -> int:
        """How many items have one of these statuses."""
        return sum(result in statuses for result in self.results if type(result) is str)

    @property
    def rejected(self) -> int:
        return sum(type(result) is Rejection for result in self.results)

    def said(self, door: Door) -> "Verdicts":
        """The same, what is rejected in the words of whoever sent it."""
        return Verdicts([result.said(door) if type(result) is Rejection else result for result in self.results])

    @property
    def accepted(self) -> int:
        return len(self.results) - self.rejected - self.suppressed

    @property
    def suppressed(self) -> int:
        return self.count(SUPPRESSED)


def rejected_items(verdicts: Verdicts, items: Sequence[object], lines: Iterable[int]) -> list[Rejected]:
    """The rejected items with their lines, as dead letters want them."""
    return [
        Rejected(line, item, result)
        for line, item, result in zip(lines, items, verdicts.results, strict=True)
        if isinstance(result, Rejection)
    ]
