"""What is true of an hour, or of much mail, is found by what the same people did; what only looks like it is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

import numpy as np
import pytest

from analytics.history import Matched
from recommendations.findings import Better, Finding
from recommendations.matching import Days, quotient, rates
from recommendations.rules import defaults, find_all
from tests.analytics import matching
from tests.analytics.matching import Message

from .people import matched
from .readers import EVENING, LETTER, LINE, MORNING, Habits, company, told

SEEDS = range(8)
MUCH = Habits(people=1_200, tips=(0.08, 0.2), leave=0.006)
BY_FREQUENCY = {"unsubscribes": 0.2}  # so many leave of a weary list that its plain rate would be told first
MATCHED = Matched(500, 2_000, 2_000, 200, 100, 1_000.0, 100.0, 50.0, 75.0, 150.0, 20.0, 80.0, 28.0, 28.0)


def of_letter(seed: int, habits: Habits) -> Finding | None:
    return next((one for one in told("send_time", seed, habits) if one.campaign == LETTER), None)


def test_a_campaign_of_one_hour_is_told_of_another_at_which_its_people_click_more() -> None:
    truth = 1.5
    found = [one for seed in SEEDS if (one := of_letter(seed, Habits(evening=truth)))]
    assert len(found) >= 7
    held = [one.expected.after.low <= truth * one.expected.before <= one.expected.after.high for one in found]
    assert sum(held) >= len(found) - 1
    for one in found:
        assert one.proposal == "Send it at 18:00, not 09:00: the same people click more then."
        own, ahead, usual = one.evidence
        assert (own.hour, ahead.hour, ahead.against, usual.hour, usual.against) == (
            None, EVENING, MORNING, MORNING, EVENING,
        )  # fmt: skip
        assert ahead.sample == usual.sample > 300
        assert ahead.value / usual.value == pytest.approx(truth, rel=0.35)


@pytest.mark.parametrize("habits", [Habits(), Habits(keen_in_evening=True)])
def test_that_those_who_click_more_anyhow_are_written_to_in_the_evening_is_no_better_hour(habits: Habits) -> None:
    assert sum(bool(told("send_time", seed, habits)) for seed in SEEDS) <= 1


def test_to_compare_people_with_others_would_have_been_wrong() -> None:
    """So that the test above tests something: without the people as strata the evening looks far better."""
    tips = next(one for one in company(0, Habits(keen_in_evening=True)).campaigns if one.id != LETTER)
    clicks = {hour.hour: hour.unique_clicks / hour.delivered for hour in tips.hours}
    assert clicks[EVENING] > 1.5 * clicks[MORNING]


def test_that_much_mail_makes_people_leave_is_found() -> None:
    runs = [told("list_health", seed, replace(MUCH, weary=4.0), **BY_FREQUENCY) for seed in SEEDS]
    assert sum(map(bool, runs)) >= 7
    for one in (one for found in runs for one in found):
        assert (one.action, one.plan.metric, one.plan.better) == ("write_less", "unsubscribe_rate", Better.LOWER)
        assert one.expected.after.low < one.expected.after.mid < one.expected.after.high < one.expected.before
        rate, mean, share, many, few = one.evidence
        assert (rate.metric, mean.metric, share.metric) == ("unsubscribe_rate", "messages_per_person", "crowded_share")
        assert (many.line, many.above, few.above) == (LINE, True, False)
        assert many.value > few.value
        assert share.low is not None
        assert share.low > 0.1
        assert "of its people get more than 12 messages in 28 days and unsubscribe" in one.proposal


def test_that_much_mail_makes_people_click_less_is_found() -> None:
    runs = [told("list_health", seed, Habits(bored=0.4)) for seed in SEEDS]
    assert sum(map(bool, runs)) >= 6
    for one in (one for found in runs for one in found):
        assert (one.action, one.plan.metric, one.plan.better) == ("write_less", "click_rate", Better.HIGHER)
        assert one.expected.before < one.expected.after.low < one.expected.after.high


@pytest.mark.parametrize("habits", [MUCH, Habits(), replace(MUCH, keen_get_more=True)])
def test_heavy_readers_who_get_more_and_react_well_are_left_alone(habits: Habits) -> None:
    assert sum(bool(told("list_health", seed, habits)) for seed in SEEDS) <= 1


@pytest.mark.parametrize("moved", [{"crowded": 0.9}, {"worse": 5.0}])
def test_frequency_needs_both_many_above_the_line_and_surely_worse(moved: dict[str, float]) -> None:
    assert told("list_health", 1, replace(MUCH, weary=4.0), **BY_FREQUENCY)
    assert told("list_health", 1, replace(MUCH, weary=4.0), **BY_FREQUENCY, **moved) == []


def test_where_nobody_left_since_the_settled_weeks_nothing_is_said_and_the_night_goes_on() -> None:
    """What people got ends a week before the window does, so all that left may have done so before it began."""
    before = company(1, replace(MUCH, weary=4.0))
    none = [
        replace(one, days=tuple(replace(day, unsubscribes=0) for day in one.days))
        for one in before.campaigns
        if one.crowd and one.crowd.left
    ]
    rules = {"list_health": defaults()["list_health"] | BY_FREQUENCY}
    assert none
    assert find_all(replace(before, campaigns=tuple(none)), rules) == []


def test_the_quotient_is_that_of_the_textbook() -> None:
    """Two strata of a cohort, by hand: 10 of 100 against 5 of 50, 30 of 100 against 30 of 200."""
    stratum = np.repeat([0, 0, 1, 1], [100, 50, 100, 200])
    ahead = np.repeat([True, False, True, False], [100, 50, 100, 200])
    hit = np.concatenate([np.arange(n) < k for n, k in ((100, 10), (50, 5), (100, 30), (200, 30))])
    found = matched(np.arange(450), stratum, np.zeros(450, np.int64), ahead, hit)
    assert found is not None
    top, other = 10 * 50 / 150 + 30 * 200 / 300, 5 * 100 / 150 + 30 * 100 / 300
    assert (found.weighted, found.other_weighted) == (pytest.approx(top), pytest.approx(other))
    variance = (100 * 50 * 15 / 150**2 - 10 * 5 / 150) + (100 * 200 * 60 / 300**2 - 30 * 30 / 300)
    assert found.chance == pytest.approx(variance)
    assert quotient(found).mid == pytest.approx(log(top / other))


def test_the_interval_of_a_quotient_holds_the_truth_as_often_as_it_says_though_people_and_days_differ() -> None:
    rng, truth, held = np.random.default_rng(9), 1.3, 0
    for _ in range(300):
        size = 4_000
        contact, day = rng.integers(0, 500, size), rng.integers(0, 40, size)
        ahead = rng.random(size) < 0.4
        rate = 0.08 * rng.lognormal(-0.3, 0.8, 500)[contact] * rng.lognormal(0, 0.2, (2, 40))[ahead.astype(int), day]
        hit = rng.random(size) < np.minimum(rate * np.where(ahead, truth, 1.0), 1.0)
        found = matched(contact, contact, day, ahead, hit)
        assert found is not None
        own = quotient(found, Days(0.04, 40.0))
        held += own.low <= log(truth) <= own.high
    assert 0.92 <= held / 300 <= 0.99


@pytest.mark.parametrize(
    ("more", "wider"), [({}, Days(0.1, 30.0)), ({"squares": 900.0}, Days()), ({"people": 6}, Days())]
)
def test_days_that_differ_people_who_click_again_and_few_people_make_it_wider(more: Any, wider: Days) -> None:
    plain, other = quotient(MATCHED), quotient(replace(MATCHED, **more), wider)
    assert other.high - other.low > plain.high - plain.low
    (one, low, high), _ = rates(replace(MATCHED, **more), wider)
    assert low < one < high
    assert one == pytest.approx(0.1)


def test_columns_are_matched_as_rows_are() -> None:
    rng, size = np.random.default_rng(3), 400
    contact, day = rng.integers(0, 60, size), rng.integers(0, 20, size)
    ahead, hit = rng.random(size) < 0.4, rng.random(size) < 0.3
    by_columns = matched(contact, contact, day, ahead, hit)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    messages = [
        Message(int(one), 1, "email", at + timedelta(days=int(on), hours=EVENING if late else MORNING), bool(clicks))
        for one, on, late, clicks in zip(contact, day, ahead, hit, strict=True)
    ]
    by_rows = matching.match(messages, lambda one: one.hour == EVENING, lambda one: one.contact, matching.clicked)
    assert by_rows is not None
    assert by_columns is not None
    for name in Matched.__slots__:
        assert getattr(by_rows, name) == pytest.approx(getattr(by_columns, name)), name
