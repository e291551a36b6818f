"""The figures that a recommendation stands on, those of one metric on one axis. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from ..findings import Figure, Range
from ..frozen import evidence_of
from ..metrics import label_of
from ..models import Recommendation
from . import words
from .drawing import Drawn, drawn


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    value: str
    receipt: str  # its address
    span: str  # empty where no interval is known
    sample: str
    drawn: Drawn
    own: bool  # the campaign's, else its channel's


@dataclass(frozen=True, slots=True)
class Axis:
    metric: str
    rows: tuple[Row, ...]

    @property
    def drawn(self) -> bool:
        """A lone sum without an interval is no drawing."""
        return len(self.rows) > 1 or any(row.span for row in self.rows)


def axes(recommendation: Recommendation) -> tuple[Axis, ...]:
    """One for each metric, in the order in which the rule gave them."""
    figures = list(enumerate(evidence_of(recommendation)))
    metrics = dict.fromkeys(figure.metric for _, figure in figures)
    return tuple(
        Axis(label_of(metric), _rows(recommendation, [each for each in figures if each[1].metric == metric]))
        for metric in metrics
    )


def _rows(recommendation: Recommendation, figures: Sequence[tuple[int, Figure]]) -> tuple[Row, ...]:
    """The others' value is marked in every row: it is what the campaign's is seen against; else the ROAS that pays."""
    pays = recommendation.settings.get("break_even") if figures[0][1].metric == "roas" else None
    norm = next((figure.value for _, figure in figures if not figure.of_campaign), pays)
    lines = drawn([_range(figure) for _, figure in figures], norm)
    return tuple(
        Row(
            label=figure.label,
            value=words.value(figure.value, figure.metric, recommendation.currency),
            receipt=reverse("recommendations:figure", args=[recommendation.pk, number]),
            span=_span(figure, recommendation.currency),
            sample=words.divided_by(figure.sample, figure.metric, recommendation.currency),
            drawn=line,
            own=figure.of_campaign,
        )
        for (number, figure), line in zip(figures, lines, strict=True)
    )


def _range(figure: Figure) -> Range:
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return Range(low, figure.value, high)


def _span(figure: Figure, currency: str) -> str:
    return words.ends(figure.low, figure.high, figure.metric, currency)
