"""How much of a recommendation somebody may see: its figures stand and fall together, and its money with them. Pure."""

from dataclasses import dataclass

from analytics.allowed import Allowed

from .metrics import TELLS_OF
from .models import Recommendation
from .ratios import BY_METRIC
from .verdicts import MONEY

NOT_SHOWN = "not shown to your role"


@dataclass(frozen=True, slots=True)
class Shown:
    """`figures` are evidence, sizes of the score, expectation and effect; `money` is what any of it is worth, which
    needs the `figures`, too.
    """

    figures: bool = True
    money: bool = True

    @property
    def left_out(self) -> list[str]:
        """What is not shown, in words for machines."""
        return [name for name in ("figures", "money") if not getattr(self, name)]


def shown_of(row: Recommendation, allowed: Allowed) -> Shown:
    """By the metrics that it speaks of: from the size of a score, or what its money is made of, one could be found."""
    metrics = {*(figure["metric"] for figure in row.evidence), row.expected["metric"], row.plan["metric"]}
    if (row.outcome or {}).get("arms"):
        metrics.add("converters")  # people held out are compared by who converts, whatever was promised
    figures = allowed.sees(*(TELLS_OF.get(metric, metric) for metric in metrics))
    return Shown(figures, figures and allowed.sees("revenue", "refunds") and (allowed.money or _is_rate(row)))


def _is_rate(row: Recommendation) -> bool:
    """Whether its money is what more opens, clicks or converters bring in: no cost is in that."""
    return row.expected["metric"] not in MONEY


def by_money(allowed: Allowed) -> bool:
    """Whether a list may stand in the order of its money: a place between two amounts tells nearly as much as one."""
    return allowed.money and allowed.sees(*BY_METRIC)


def proposal_of(row: Recommendation, shown: Shown) -> str:
    """What it proposes; its sentence has figures in it."""
    if shown.figures:
        return row.proposal
    return f"{row.action.replace('_', ' ').capitalize()}: figures {NOT_SHOWN}."
