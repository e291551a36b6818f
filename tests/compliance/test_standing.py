"""Who stands out in a quarter, and who does not."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.reviews.standing import FEWEST, MEASURES, OUT, grew, scores, standings

COUNTS = st.lists(st.integers(0, 100_000), min_size=FEWEST, max_size=30)


def figures(**more: int) -> dict[str, int]:
    return {measure.name: 0 for measure in MEASURES} | more


def test_of_few_colleagues_nothing_can_be_said() -> None:
    assert scores([3, 900]) is None
    assert scores([3] * (FEWEST - 1)) is None
    alone = standings([figures(contacts=9), figures(contacts=900)], [None, None])
    assert [(one.score, one.lines) for one in alone] == [(None, ()), (None, ())]


def test_colleagues_who_are_all_alike_make_nobody_an_outlier_by_a_few_more() -> None:
    found = scores([20, 20, 20, 20, 24])
    assert found is not None
    assert max(found) < OUT
    assert found[0] == 0


def test_who_looked_at_ten_times_as_many_stands_out_and_the_line_says_why() -> None:
    people = [figures(contacts=count) for count in (18, 25, 30, 22, 27, 260)]
    found = standings(people, [None] * 6)
    assert [bool(one.lines) for one in found] == [False] * 5 + [True]
    assert found[5].lines[0].startswith("260 different contacts: the median of the 6 of this role is 26 (score ")


def test_the_score_is_that_of_a_hand_made_case() -> None:
    """On the scale 2 * sqrt(x + 3/8): 10.07, 11.02, 12.06, 13.02, 20.04; median 12.06, deviations' median 1.04."""
    found = scores([25, 30, 36, 42, 100])
    assert found is not None
    assert found[4] == pytest.approx((20.0375 - 12.0623) / (1.4826 * 1.0396), abs=0.001)


def test_one_who_does_less_does_not_stand_out() -> None:
    assert not standings([figures(contacts=count) for count in (400, 410, 390, 405, 3)], [None] * 5)[4].lines


@pytest.mark.parametrize(("now", "before", "out"), [(60, 20, True), (59, 20, False), (30, 0, True), (19, 0, False)])
def test_ones_own_quarter_before_is_a_plain_line(now: int, before: int, out: bool) -> None:
    found = standings([figures(revealed=now)], [figures(revealed=before)])[0]
    assert bool(found.lines) is out is grew(now, before)


@given(COUNTS)
def test_scores_keep_the_order_and_half_are_not_above_the_median(counts: list[int]) -> None:
    found = scores(counts)
    assert found is not None
    by_count = sorted(zip(counts, found, strict=True))
    assert [score for _, score in by_count] == sorted(found)
    assert median(found) == pytest.approx(0, abs=1e-9)


@given(COUNTS, st.integers(0, 100_000))
def test_one_wild_colleague_hides_nobody(counts: list[int], wild: int) -> None:
    """The scale is robust: with more than half of the group at one value, spread stays what chance gives."""
    group = [*counts, *([50] * (len(counts) + 2)), wild]
    found = scores(group)
    assert found is not None
    assert (found[-1] >= OUT) == (2 * (wild + 0.375) ** 0.5 - 2 * 50.375**0.5 >= OUT)
