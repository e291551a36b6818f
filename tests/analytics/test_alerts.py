"""The cores of alerts: ranges, windows, causes, what becomes of alerts, words."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts import words
from analytics.alerts.anomalies import anomalies
from analytics.alerts.causes import causes, covers, linked
from analytics.alerts.finding import Finding, of_json, to_json
from analytics.alerts.rules import BUDGET, RULES
from analytics.alerts.standing import COOL_DOWN, Standing, Turn, step
from analytics.alerts.usual import usual_range
from analytics.alerts.watched import HOUR, METRICS, OVERALL, PAST
from analytics.alerts.window import Window, trailing
from tests.analytics.alert_trials import WARM_UP, Planted, hours_to_find, opened, usual, year

AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
NAMES = words.Names({7: "Spring sale"}, ZoneInfo("UTC"), "USD")
PLACE = int(PAST / HOUR) + 1


def finding(metric: str = "opens", channel: str = "", *, over: bool = False, rule: str = "anomaly") -> Finding:
    return Finding(rule, metric, over, 4.0, AT - HOUR, AT, channel, usual=40.0, low=13.0, high=95.0)


def window(opens: list[float], channel_share: float = 1.0) -> Window:
    """E-mail has such a share of the opens, and nothing else happens."""
    row = np.array(opens, dtype=float)
    values = {metric: np.zeros((2, len(opens))) for metric in METRICS}
    values["opens"] = np.vstack([row, np.round(row * channel_share)])
    return Window(AT - len(opens) * HOUR, ZoneInfo("UTC"), (OVERALL, "email"), values)


# Ranges


@given(st.lists(st.integers(0, 500), min_size=4, max_size=8), st.floats(2.5, 10), st.floats(0.05, 0.5))
def test_a_range_holds_what_is_usual_and_what_two_weeks_had(past: list[int], line: float, uneven: float) -> None:
    found = usual_range(np.array([[past]], dtype=float).transpose(0, 2, 1), 1.0, uneven, line)
    ordered = sorted(past)
    assert found.low[0, 0] <= found.usual[0, 0] <= found.high[0, 0] + 1e-9
    assert found.low[0, 0] <= ordered[1]
    assert ordered[-2] <= found.high[0, 0] + 1e-9


@given(st.lists(st.integers(0, 500), min_size=4, max_size=8))
def test_a_higher_line_is_a_wider_range(past: list[int]) -> None:
    weeks = np.array(past, dtype=float).reshape(1, -1, 1)
    near, far = usual_range(weeks, 1.0, 0.2, 3.0), usual_range(weeks, 1.0, 0.2, 6.0)
    assert far.low[0, 0] <= near.low[0, 0]
    assert far.high[0, 0] >= near.high[0, 0]


def test_of_too_few_weeks_nothing_is_usual() -> None:
    weeks = np.array([3.0, 4.0, 5.0, np.nan]).reshape(1, 4, 1)
    assert np.isnan(usual_range(weeks, 1.0, 0.2, 3.5).usual).all()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 24))
def test_sums_of_spans_are_sums(values: list[int], span: int) -> None:
    sums = trailing(np.array([values], dtype=float), span)[0]
    for place in range(len(values)):
        if place + 1 < span:
            assert np.isnan(sums[place])
        else:
            assert sums[place] == sum(values[place + 1 - span : place + 1])


def test_a_span_with_an_unknown_hour_is_unknown() -> None:
    sums = trailing(np.array([[1, np.nan, 1, 1, 1]], dtype=float), 2)[0]
    assert [None if np.isnan(each) else each for each in sums] == [None, None, None, 2, 2]


def test_weeks_are_those_of_the_clock_where_it_is_put_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 1, tzinfo=berlin).astimezone(UTC)
    made = Window(first, berlin, (OVERALL,), {"opens": np.zeros((1, 24 * 40))})
    noon = datetime(2026, 10, 27, 12, tzinfo=berlin).astimezone(UTC)  # the clock was put back on the 25th
    before = made.before([made.place(noon)])[0, 0]
    assert made.begins(int(before)).astimezone(berlin) == datetime(2026, 10, 20, 12, tzinfo=berlin)


# Anomalies


def test_a_tenth_is_found_in_all_and_in_its_channel_by_the_hour_alone() -> None:
    found = anomalies(window([*[40.0] * PLACE, 4]), [PLACE])[0]
    assert {(one.metric, one.channel, one.over, one.until - one.since) for one in found} == {
        ("opens", "", False, HOUR),
        ("opens", "email", False, HOUR),
    }


def test_no_opens_where_seven_are_usual_are_chance() -> None:
    assert anomalies(window([*[7.0] * PLACE, 0]), [PLACE]) == [[]]


def test_what_is_too_thin_for_an_hour_shows_in_several() -> None:
    found = anomalies(window([*[7.0] * PLACE, *[0] * 6]), [PLACE + 5])[0]
    assert {one.until - one.since for one in found} == {3 * HOUR}


def test_what_comes_every_fourth_week_is_usual() -> None:
    opens = [2.0] * (PLACE + 1)
    for weeks in (4, 8):
        opens[PLACE - weeks * 168] = 300
    opens[PLACE] = 310
    assert anomalies(window(opens), [PLACE]) == [[]]
    opens[PLACE - 4 * 168] = 2
    assert anomalies(window(opens), [PLACE]) != [[]]


def test_a_burst_that_is_over_is_not_told_for_a_day() -> None:
    found = anomalies(window([*[40.0] * PLACE, 900, 40, 41, 39]), range(PLACE, PLACE + 4))
    assert [bool(each) for each in found] == [True, False, False, False]


def test_an_unknown_hour_is_not_judged() -> None:
    made = window([40.0] * (PLACE + 1))
    made.values["cost"][:] = np.nan
    assert anomalies(made, [PLACE]) == [[]]


def test_a_muted_metric_is_not_judged() -> None:
    assert anomalies(window([*[40.0] * PLACE, 4]), [PLACE], {"clicks": 3.5}) == [[]]


# Causes


def test_one_cause_is_named_for_the_widest_scope_and_lists_its_parts() -> None:
    moved = [finding("clicks", "email"), finding("opens", "email"), finding(), finding("opens", "push")]
    (cause,) = causes(moved)
    assert [(one.metric, one.channel) for one in cause] == [
        ("opens", ""), ("opens", "email"), ("opens", "push"), ("clicks", "email"),
    ]  # fmt: skip


def test_what_moves_apart_is_apart() -> None:
    moved = [finding("opens", "email"), finding("clicks", "search"), finding("cost", over=True), finding(rule=BUDGET)]
    assert len(causes(moved)) == 4


FINDINGS = st.builds(
    finding,
    st.sampled_from(METRICS),
    st.sampled_from(["", "email", "push"]),
    over=st.booleans(),
    rule=st.sampled_from(["anomaly", "line-1"]),
)


@given(st.lists(FINDINGS, max_size=8))
def test_causes_are_a_partition_and_nothing_linked_is_torn(moved: list[Finding]) -> None:
    found = causes(moved)
    assert sorted(map(str, (one for cause in found for one in cause))) == sorted(map(str, moved))
    for place, cause in enumerate(found):
        others = [one for other in found[place + 1 :] for one in other]
        assert not any(linked(one, other) for one in cause for other in others)


@given(FINDINGS, FINDINGS)
def test_what_is_covered_is_linked(known: Finding, other: Finding) -> None:
    assert linked(known, other) or not covers(known, other)


# What becomes of alerts


def turns(known: list[Standing[int]], found: list[Finding], at: datetime = AT) -> list[Turn]:
    return [one.turn for one in step(known, found, lambda _: True, at)]


def test_an_alert_opens_stands_and_is_over() -> None:
    assert turns([], [finding()]) == [Turn.OPENED]
    assert turns([Standing(1, (finding(),))], [finding(), finding("clicks")]) == [Turn.STANDS]
    assert turns([Standing(1, (finding(),))], []) == [Turn.OVER]


def test_it_comes_back_within_its_cool_down_or_its_snooze_and_is_another_later() -> None:
    over = Standing(1, (finding(),), closed_at=AT)
    assert turns([over], [finding()], AT + COOL_DOWN / 2) == [Turn.BACK]
    assert turns([over], [finding()], AT + COOL_DOWN) == [Turn.OPENED]
    assert turns([replace(over, snoozed_until=AT + 3 * COOL_DOWN)], [finding()], AT + COOL_DOWN) == [Turn.BACK]
    assert turns([over], [], AT + HOUR) == []


def test_a_channel_joined_by_all_is_the_same_and_by_another_channel_is_not() -> None:
    email = Standing(1, (finding(channel="email"),))
    assert turns([email], [finding(channel="email"), finding()]) == [Turn.STANDS]
    (stands, new) = step([email], [finding(channel="email"), finding(channel="push"), finding()], lambda _: True, AT)
    assert (stands.turn, [one.channel for one in stands.parts]) == (Turn.STANDS, ["email"])
    assert (new.turn, [one.channel for one in new.parts]) == (Turn.OPENED, ["", "push"])


def test_a_spend_that_stands_for_weeks_does_not_hide_another() -> None:
    video = Standing(1, (finding("cost", "video", over=True),))
    doubled = [finding("cost", channel, over=True) for channel in ("", "video", "search")]
    assert turns([video], doubled) == [Turn.STANDS, Turn.OPENED]


def test_what_was_not_judged_stays() -> None:
    of_day = replace(finding("cost", rule=BUDGET), whole_day=True)
    assert step([Standing(1, (of_day,))], [], lambda part: not part.whole_day, AT) == []


@given(st.lists(FINDINGS, max_size=6))
def test_findings_are_kept_as_they_are(moved: list[Finding]) -> None:
    assert of_json(to_json(moved)) == tuple(moved)


# Words


def test_an_alert_says_what_by_how_much_and_what_is_usual() -> None:
    parts = (finding(), finding("clicks"), finding("conversions"))
    assert words.title(parts, NAMES) == "Opens far below usual: all channels"
    assert words.text(parts, NAMES) == (
        "Opens of all channels: 4 in the hour to 12:00 on 20 Oct (UTC), 90\N{NO-BREAK SPACE}% less; usual is 13 to 95. "
        "Clicks and conversions moved with it."
    )


def test_a_budget_tells_what_was_spent_or_will_be() -> None:
    spent = Finding(BUDGET, "cost", True, 1200.0, AT, AT, campaign=7, usual=1200.0, high=1000.0, whole_day=True)
    assert words.title((spent,), NAMES) == "Budget overspent: Spring sale"
    assert words.text((spent,), NAMES) == "Spring sale has spent $1,200; its budget is $1,000."
    will = replace(spent, usual=600.0)
    assert words.title((will,), NAMES) == "Budget will be overspent: Spring sale"
    assert "at the rate so far will have spent $1,200" in words.text((will,), NAMES)


def test_every_rule_of_the_code_has_its_own_address_and_a_default_within_its_bounds() -> None:
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert all(rule.least <= rule.default <= rule.most for rule in RULES)


# On a company of the generator: `make bench-alerts` does the same on years


@cache
def a_year() -> Window:
    return year(1, 4_000)


def test_a_year_without_anything_planted_opens_less_than_one_alert_a_week() -> None:
    assert len(opened(a_year())) < 52


@pytest.mark.parametrize(("metric", "factor"), [("opens", 0.1), ("cost", 2.0)])
def test_what_is_planted_is_found_within_an_hour_in_most_hours_with_much_in_them(metric: str, factor: float) -> None:
    made = a_year()
    places = list(range(WARM_UP, made.hours - 48, 29))
    lively = [place for place, opens in zip(places, usual(made, "opens", places), strict=True) if opens >= 25][:40]
    chance = np.random.default_rng(1)
    hours = [hours_to_find(made, Planted(metric, factor, place), chance, 24) for place in lively]
    assert len(hours) > 10
    assert sum(each == 1 for each in hours) >= 0.75 * len(hours)
    assert sum(each is not None for each in hours) >= 0.9 * len(hours)
