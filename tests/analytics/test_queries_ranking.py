import pytest

from analytics.catalogue import NAMES
from analytics.models import Campaign
from analytics.queries import kpis
from analytics.queries.ranking import Ranking, every_row, ranking
from tests.analytics.totals import NOW, asked, campaign, october

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaigns() -> dict[str, Campaign]:
    return october() | {"draft": campaign("draft")}


def names(answer: Ranking) -> list[str]:
    return [row.external_id for row in answer.rows]


@pytest.mark.usefixtures("campaigns")
@pytest.mark.parametrize("by", [*NAMES, "name"])
def test_every_metric_ranks_both_ways_with_the_unknown_last_and_ties_by_id(by: str) -> None:
    for ordering in (by, f"-{by}"):
        answer = ranking(asked(), ordering=ordering, now=NOW)
        known = [row for row in answer.rows if by == "name" or row.values[by] is not None]
        key = (lambda row: row.name.lower()) if by == "name" else (lambda row: row.values[by])
        known.sort(key=lambda row: row.pk)
        known.sort(key=key, reverse=ordering.startswith("-"))
        unknown = sorted((row for row in answer.rows if row not in known), key=lambda row: row.pk)
        assert list(answer.rows) == known + unknown
        assert [row.pk for row in every_row(asked(), ordering=ordering, now=NOW)] == [row.pk for row in answer.rows]
    assert (answer.count, answer.position, answer.next, answer.previous) == (4, 1, "", "")
    figures = kpis.summary(asked(), now=NOW).figures
    assert answer.total == {name: kpi.value for name, kpi in figures.items()}
    assert answer.unattributed
    assert answer.unattributed["conversions"] == 3


@pytest.mark.usefixtures("campaigns")
def test_pages_there_and_back() -> None:
    first = ranking(asked(), ordering="-sends", limit=2, now=NOW)
    second = ranking(asked(), ordering="-sends", limit=2, cursor=first.next, now=NOW)
    back = ranking(asked(), ordering="-sends", limit=2, cursor=second.previous, now=NOW)
    assert (names(first), names(second), names(back)) == (["spring", "autumn"], ["ads", "draft"], names(first))
    assert (first.previous, second.next, second.position, back.position) == ("", "", 3, 1)
    assert first.rows[0].spark == (1100.0, 700.0)
