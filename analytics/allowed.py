"""Which metrics somebody may see: a value that goes with every question, from the entrance down to the query. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .catalogue import BY_NAME
from .catalogue.closing import closed, measures

MONEY = ("revenue", "refunds", "cost")  # the measures that amounts of money are made of
ASK = "ask a compliance officer"


class NotShown(PermissionError):
    """Metrics were asked for that whoever asks is not shown; the message names them and the way out."""

    def __init__(self, metrics: Iterable[str]) -> None:
        self.metrics = tuple(metrics)
        named = ", ".join(BY_NAME[name].label if name in BY_NAME else name for name in self.metrics)
        verb = "is" if len(self.metrics) == 1 else "are"
        super().__init__(f"{named} {verb} not shown to your role; leave it out, or {ASK}.")


@dataclass(frozen=True, slots=True)
class Allowed:
    """All metrics but those `closed`, which are names of the catalogue in its order."""

    closed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What kept answers are told apart by: who may see the same shares them."""
        return f"without {' '.join(self.closed)}" if self.closed else "all"

    @property
    def money(self) -> bool:
        """Whether every amount may be seen, whatever it is made of."""
        return self.sees(*MONEY)

    def sees(self, *names: str) -> bool:
        """Whether all these metrics, or parts of sums, may be seen."""
        return not (self.closed and self._unseen(names))

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that may be seen."""
        asked = tuple(names)
        unseen = self._unseen(asked) if self.closed else ()
        return tuple(name for name in asked if name not in unseen) if unseen else asked

    def check(self, *names: str) -> None:
        """Raises `NotShown` unless all these metrics, or parts of sums, may be seen."""
        if not self.sees(*names):
            raise NotShown(self._unseen(names))

    def _unseen(self, names: Iterable[str]) -> tuple[str, ...]:
        hidden = frozenset(self.closed)
        return tuple(name for name in names if hidden & (measures(name) if name not in BY_NAME else {name}))


EVERYTHING = Allowed()


@cache
def allowed_to(denied: frozenset[str]) -> Allowed:
    """Of somebody who is denied these metrics."""
    return Allowed(closed(denied)) if denied else EVERYTHING
