"""Each rule finds the fault that was planted, tells nothing of its neighbours, and bears what no campaign should be."""

from dataclasses import replace
from datetime import timedelta
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations.findings import Finding
from recommendations.rules import defaults, find_all
from recommendations.snapshot import Campaign, ClickHour, Crowd, Day, Hour

from .people import matched
from .snapshots import END, Truth, ads, drawn, snapshot

PLAIN = Truth(messages=8_000)
SEARCH = Truth(channel="search", messages=400, convert=0.06, cost=40)
FAULTS: dict[str, tuple[str, Truth]] = {
    "low_roas": ("cut", replace(PLAIN, cost=400)),
    "winner": ("scale", replace(PLAIN, order=800)),
    "subject_line": ("new_subject_line", replace(PLAIN, open=0.15)),
    "content": ("new_content", replace(PLAIN, click=0.04)),
    "landing_page": ("new_landing_page", replace(PLAIN, convert=0.07, messages=20_000)),
    "send_time": ("move_send_time", replace(PLAIN, also=19, also_clicks=1.6, messages=20_000)),
    "list_health": ("ease_complaints", replace(PLAIN, complain=0.004)),
}


def found_beside(truth: Truth, seed: int) -> tuple[list[Finding], list[Finding]]:
    """What is found of this one, and of its thirteen sound neighbours."""
    rng = np.random.default_rng(seed)
    mails = [drawn(rng, replace(PLAIN, messages=int(rng.integers(1_000, 20_000)))) for _ in range(9)]
    world = snapshot(*mails, *(ads(rng, SEARCH) for _ in range(4)), drawn(rng, truth))
    found = find_all(world, defaults())
    return [one for one in found if one.campaign == 14], [one for one in found if one.campaign != 14]


@pytest.mark.parametrize("rule", FAULTS)
def test_a_rule_finds_its_fault_and_no_other_rule_does(rule: str) -> None:
    action, truth = FAULTS[rule]
    runs = [found_beside(truth, seed) for seed in range(8)]
    by_rule = [{one.rule: one for one in own} for own, _ in runs]
    assert sum(rule in names for names in by_rule) >= 7
    assert not {name for names in by_rule for name in names} - {rule, "winner"}
    assert {names[rule].action for names in by_rule if rule in names} <= {action, "stop"}
    accused = [one for _, others in runs for one in others if one.rule != "winner"]
    assert not accused


@pytest.mark.parametrize(
    ("truth", "action"),
    [
        (replace(PLAIN, bounce=0.08), "clean_list"),
        (replace(PLAIN, unsubscribe=0.025), "write_less"),
        (replace(PLAIN, unsubscribe=0.02, complain=0.02), "ease_complaints"),
    ],
)
def test_of_a_list_the_worst_is_told(truth: Truth, action: str) -> None:
    ((found,), _) = found_beside(truth, 1)
    assert (found.rule, found.action) == ("list_health", action)
    assert found.proposal.startswith("Urgent") is (truth.complain > 0.01)
    assert found.expires_days == (7 if truth.complain > 0.01 else 21)


def test_a_small_or_young_campaign_is_less_adequate() -> None:
    eager = {"subject_line": defaults()["subject_line"] | {"least": 20.0, "margin": 0.2}}

    def adequacy_of(truth: Truth) -> float:
        rng = np.random.default_rng(3)
        world = snapshot(*(drawn(rng, PLAIN) for _ in range(8)), drawn(rng, truth))
        (found,) = find_all(world, eager)
        assert found.campaign == 9
        return found.score.adequacy

    fault = replace(PLAIN, open=0.15)
    small, young = replace(fault, messages=200), replace(fault, messages=200, days=6)
    assert adequacy_of(young) < adequacy_of(small) < adequacy_of(fault) == 1


def test_what_is_told_of_an_hour_bears_the_hour() -> None:
    (found,) = [one for one in found_beside(FAULTS["send_time"][1], 1)[0] if one.rule == "send_time"]
    assert [figure.hour for figure in found.evidence] == [None, 19, PLAIN.hour]
    assert [figure.against for figure in found.evidence] == [None, PLAIN.hour, 19]


def test_messages_are_not_judged_of_ads_nor_of_what_does_not_run() -> None:
    for truth in (replace(PLAIN, open=0.1, status="paused"), replace(PLAIN, open=0.1, complain=0.01, status="ended")):
        assert found_beside(truth, 1)[0] == []
    rng = np.random.default_rng(1)
    world = snapshot(*(ads(rng, SEARCH) for _ in range(5)), ads(rng, replace(SEARCH, convert=0.005, cost=10)))
    assert {one.rule for one in find_all(world, defaults())} <= {"landing_page", "low_roas"}


@pytest.mark.parametrize(("ended", "told"), [(20, True), (50, False)])
def test_a_winner_that_ended_lately_is_to_be_repeated(ended: int, told: bool) -> None:
    rng = np.random.default_rng(2)
    winner = replace(drawn(rng, replace(PLAIN, order=900, status="ended")), ends_on=END - timedelta(days=ended))
    world = snapshot(*(drawn(rng, PLAIN) for _ in range(6)), *(ads(rng, SEARCH) for _ in range(4)), winner)
    assert [(one.rule, one.action) for one in find_all(world, defaults())] == [("winner", "repeat")] * told


@pytest.mark.parametrize(("roas", "told"), [(1.6, False), (2.4, True)])
def test_a_winner_that_would_lose_by_more_is_none(roas: float, told: bool) -> None:
    """By how spend and revenue go together, half as much again pays from a ROAS of 1.8 on."""
    days = {
        ratio: [day(age, revenue=100 * ratio + age % 2, cost=100.0) for age in range(28, 0, -1)]
        for ratio in (0.2, 0.3, 0.5, roas)
    }
    low = {"winner": defaults()["winner"] | {"multiple": 1.0, "spreads": 0.0}}
    found = find_all(snapshot(*(mail(each) for each in days.values())), low)
    assert [(one.campaign, one.expected.money.mid > 0) for one in found] == [(4, True)] * told


def test_a_threshold_that_is_moved_moves_what_is_found() -> None:
    rng = np.random.default_rng(8)
    world = snapshot(*(drawn(rng, PLAIN) for _ in range(6)), drawn(rng, replace(PLAIN, cost=300)))
    own = defaults()["low_roas"]
    assert len(find_all(world, {"low_roas": own})) == 1
    assert find_all(world, {"low_roas": own | {"break_even": 0.2}}) == []
    assert find_all(world, {"low_roas": own | {"least_spend": 1e6}}) == []


def test_what_is_refunded_for_more_than_was_sold_is_stopped() -> None:
    sound = [day(age, revenue=400.0, cost=100.0) for age in range(28, 0, -1)]
    refunded = [day(age, revenue=-500.0, cost=100.0) for age in range(28, 0, -1)]
    (found,) = find_all(snapshot(mail(sound), mail(refunded)), defaults())
    assert (found.campaign, found.action) == (2, "stop")
    assert found.expected.money.mid == pytest.approx((500 + 100) * 30)


def day(age: int, **sums: float) -> Day:
    counts = {"sends": 1_000, "delivered": 990, "unique_opens": 300, "unique_clicks": 30, "converters": 5}
    return Day(END - timedelta(days=age), **{**counts, **sums})  # type: ignore[arg-type]


def mail(
    days: list[Day],
    hours: tuple[Hour, ...] = (),
    channel: str = "email",
    status: str = "running",
    seed: int | None = None,
) -> Campaign:
    """With a seed its people did anything at all."""
    click_hours, crowd = ((), None) if seed is None else any_people(seed, hours)
    return Campaign(1, "one", "One", channel, status, None, tuple(days), hours, click_hours, crowd)


def any_people(seed: int, hours: tuple[Hour, ...]) -> tuple[tuple[ClickHour, ...], Crowd | None]:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(20, 2_000))
    contact, day = rng.integers(0, int(rng.integers(5, size)), size), rng.integers(0, int(rng.integers(1, 56)), size)
    ahead, hit = rng.random(size) < rng.random(), rng.random(size) < rng.random()
    within_people = matched(contact, contact, day, ahead, hit)
    usual = max(hours, key=lambda hour: (hour.delivered, -hour.hour)).hour if hours else 9
    at = (ClickHour((usual + 5) % 24, usual, within_people),) if within_people else ()
    people, above = size, int(rng.integers(0, size + 1))
    return at, Crowd(12.0, people, people * 2, size * 9, above, matched(contact, day, day, ahead, hit), within_people)


COUNT = st.one_of(st.integers(0, 30), st.integers(0, 10**15))
MONEY = st.one_of(st.just(0.0), st.floats(-1e15, 1e15), st.floats(-100, 100))
ANY_DAY = st.builds(
    Day, st.integers(1, 28).map(lambda age: END - timedelta(days=age)),
    COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, MONEY, MONEY,
)  # fmt: skip
ANY_CAMPAIGN = st.builds(
    mail,
    st.lists(ANY_DAY, max_size=28, unique_by=lambda one: one.day),
    st.lists(st.builds(Hour, st.integers(0, 23), st.integers(1, 10**9), COUNT), max_size=5).map(tuple),
    st.sampled_from(["email", "sms", "search"]),
    st.sampled_from(["running", "running", "ended", "paused"]),
    st.one_of(st.none(), st.integers(0, 2**31)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_CAMPAIGN, max_size=8))
def test_whatever_campaigns_did_scores_and_ranges_keep_their_promise(campaigns: list[Campaign]) -> None:
    eager = {name: own | {"least": 1.0} if "least" in own else own for name, own in defaults().items()}
    for found in find_all(snapshot(*campaigns), eager):
        assert all(0 <= factor <= 1 for factor in (found.score.base, found.score.adequacy, found.score.stability))
        for span in (found.expected.after, found.expected.money):
            assert span.low <= span.mid <= span.high
            assert isfinite(span.low)
            assert isfinite(span.high)
        for figure in found.evidence:
            assert figure.low is None or figure.low <= figure.value
            assert figure.high is None or figure.value <= figure.high
        assert found.plan.minimum >= 1
