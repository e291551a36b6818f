"""Who is denied a metric is shown no recommendation's figure that tells of it."""

import pytest

from analytics.allowed import EVERYTHING, allowed_to
from recommendations.metrics import CATALOGUE, OF_PEOPLE, TELLS_OF
from recommendations.models import Recommendation
from recommendations.shown import shown_of


def speaking_of(metric: str) -> Recommendation:
    return Recommendation(
        evidence=[{"metric": metric}], expected={"metric": "unsubscribe_rate"}, plan={"metric": "unsubscribe_rate"}
    )


@pytest.mark.parametrize("metric", [metric.name for metric in OF_PEOPLE])
def test_a_figure_by_peoples_history_is_closed_with_what_it_tells_of(metric: str) -> None:
    assert TELLS_OF[metric] in CATALOGUE
    row = speaking_of(metric)
    assert shown_of(row, EVERYTHING).figures
    assert shown_of(row, allowed_to(frozenset({"cost"}))).figures
    assert not shown_of(row, allowed_to(frozenset({TELLS_OF[metric]}))).figures


def test_an_outcome_by_people_held_out_is_closed_with_who_converts() -> None:
    row = speaking_of("sends")
    row.outcome = {"arms": {"days": 14}}
    assert shown_of(row, EVERYTHING).figures
    assert not shown_of(row, allowed_to(frozenset({"converters"}))).figures
