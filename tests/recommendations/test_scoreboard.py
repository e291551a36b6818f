"""What rules are held to: counted right, and muted only when they surely miss."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scipy.stats import t

from compliance.models import AuditEntry
from recommendations.models import MEASURED, RuleSetting, State
from recommendations.scoreboard import _t, mute_those_that_miss, reason, scores
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, tzinfo=UTC)
OPENS: dict[str, Any] = {
    "plan": {"metric": "open_rate", "better": "higher", "days": 14, "minimum": 1, "against": ""},
    "expected": {
        "metric": "open_rate",
        "before": 0.2,
        "after": {"low": 0.2, "mid": 0.25, "high": 0.3},
        "money": {"low": 0.0, "mid": 100.0, "high": 200.0},
        "how": "",
    },
}


def ended(state: State, effect: float | None, closed_at: datetime = AT) -> None:
    found = None if effect is None else {"low": effect - 0.1, "mid": effect, "high": effect + 0.1}
    made("subject_line", state=state, closed_at=closed_at, outcome={"effect": found, "money": None}, **OPENS)


def test_every_rule_with_what_became_of_its_proposals() -> None:
    for state in State:
        made("winner", state=state)
    for state in (State.BETTER, State.BETTER, State.WORSE):
        made(state=state)
    found = scores()
    winner, low_roas = found["winner"], found["low_roas"]
    assert (winner.proposed, winner.open, winner.accepted, winner.dismissed, winner.expired) == (len(State), 2, 7, 1, 1)
    assert winner.measured == {state.value: 1 for state in MEASURED}
    assert winner.told == 3
    assert low_roas.hit_rate is not None
    assert low_roas.hit_rate.mid == pytest.approx(2 / 3)
    assert (low_roas.hit_rate.low, low_roas.hit_rate.high) == pytest.approx((0.208, 0.939), abs=0.001)  # Wilson's


def test_an_accepted_one_that_expired_was_accepted() -> None:
    one = made(state=State.EXPIRED)
    one.decisions.create(decision="accept", state_before="open", state_after="accepted", username="ada", at=AT)
    assert (scores()["low_roas"].accepted, scores()["low_roas"].expired) == (1, 1)


def test_what_came_of_what_was_promised() -> None:
    for effect in (0.25, 0.2, 0.3, 0.25, 0.25, None):  # a quarter was promised
        ended(State.BETTER if effect else State.CANNOT_TELL, effect)
    realised = scores()["subject_line"].realised
    assert realised is not None
    assert realised.mid == pytest.approx(1)
    assert realised.high - realised.mid == pytest.approx(t.ppf(0.975, 4) * (0.02 / 5) ** 0.5, rel=0.01)


def test_of_money_it_is_the_money_that_counts() -> None:
    for came in (450.0, 900.0, 1350.0, 900.0, 900.0):  # of 900
        made(state=State.BETTER, outcome={"effect": None, "money": {"low": 0.0, "mid": came, "high": 2000.0}})
    realised = scores()["low_roas"].realised
    assert realised is not None
    assert realised.mid == pytest.approx(1)


@pytest.mark.parametrize("degrees", [4, 5, 8, 30])
def test_quantiles_of_t_are_right_to_a_percent(degrees: int) -> None:
    assert _t(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=0.01)


def test_a_rule_that_surely_helps_in_fewer_than_half_mutes_itself_and_says_why() -> None:
    for state in (State.BETTER, *[State.NO_DIFFERENCE] * 8, State.WORSE):
        ended(state, 0.05)
    assert mute_those_that_miss(AT) == ["subject_line"]
    row = RuleSetting.objects.get()
    assert (row.rule, row.muted, row.muted_by_itself) == ("subject_line", True, True)
    assert row.muted_because == (
        "Muted itself: of 10 that were measured and could be told 1 helped, surely fewer than half (at most 40%)."
    )
    noted = AuditEntry.objects.get()
    assert (noted.act, noted.object_id, noted.user_id) == ("mute", "subject_line", None)
    assert mute_those_that_miss(AT) == []


def test_a_rule_of_which_surely_nothing_comes_mutes_itself() -> None:
    for n in range(8):
        ended(State.CANNOT_TELL, -0.05 - n / 100)
    assert mute_those_that_miss(AT) == ["subject_line"]
    assert "surely not above nothing" in RuleSetting.objects.get().muted_because


@pytest.mark.parametrize(
    "states",
    [
        [State.WORSE] * 7,  # too few
        [State.CANNOT_TELL] * 30,  # nobody can tell is no miss
        [State.BETTER] * 4 + [State.NO_DIFFERENCE] * 6,  # not surely fewer than half
    ],
)
def test_others_go_on(states: list[State]) -> None:
    for state in states:
        ended(state, None)
    assert reason(scores()["subject_line"]) == ""
    assert mute_those_that_miss(AT) == []
    assert not RuleSetting.objects.exists()


def test_a_rule_that_is_allowed_to_speak_again_starts_anew_and_keeps_its_thresholds() -> None:
    RuleSetting.objects.create(rule="subject_line", thresholds={"margin": 0.5})
    for _ in range(9):
        ended(State.WORSE, -0.1)
    mute_those_that_miss(AT)
    RuleSetting.objects.update(muted=False, changed_at=AT + timedelta(days=1))
    assert mute_those_that_miss(AT + timedelta(days=2)) == []
    for _ in range(8):
        ended(State.WORSE, -0.1, AT + timedelta(days=30))
    assert mute_those_that_miss(AT + timedelta(days=31)) == ["subject_line"]
    row = RuleSetting.objects.get()
    assert (row.muted, row.thresholds) == (True, {"margin": 0.5})


def test_whom_a_person_muted_stays_as_it_was() -> None:
    RuleSetting.objects.create(rule="subject_line", muted=True, muted_because="We have our own.")
    for _ in range(9):
        ended(State.WORSE, -0.1)
    assert mute_those_that_miss(AT) == []
    assert RuleSetting.objects.get().muted_because == "We have our own."
