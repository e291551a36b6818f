"""What was done is judged in its time, once, against the right campaigns."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.models import Campaign, CampaignDaily
from analytics.models.totals import Basis
from compliance.models import AuditEntry
from recommendations.models import Recommendation, State
from recommendations.outcomes import Judged, measure_due
from tests.analytics.totals import DAY_ZEROS, campaign, version
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
DONE = date(2026, 10, 1)
PROPOSED = datetime(2026, 9, 28, tzinfo=UTC)
PLAN = {"metric": "open_rate", "better": "higher", "days": 14, "minimum": 500, "against": "the others"}
EXPECTED = {
    "metric": "open_rate",
    "before": 0.2,
    "after": {"low": 0.2, "mid": 0.24, "high": 0.3},
    "money": {"low": 0.0, "mid": 100.0, "high": 200.0},
    "how": "",
}
DUE = datetime.combine(DONE + timedelta(days=1 + 14 + 7), datetime.min.time(), UTC)


def lay_down(one: Campaign, before: float, after: float) -> Campaign:
    """2,000 messages on each day around `DONE`, opened at these rates but for a little up and down."""
    CampaignDaily.objects.bulk_create(
        CampaignDaily(
            **DAY_ZEROS | {"sends": 2000, "delivered": 2000, "unique_opens": int(2000 * rate) + (n * one.pk) % 5 - 2},
            basis=Basis.SEND,
            campaign_id=one.pk,
            day=DONE + timedelta(days=n),
        )
        for n in range(-28, 22)
        for rate in (before if n < 0 else after,)
    )
    return one


@pytest.fixture
def others() -> list[Campaign]:
    """Five of the channel that open less everywhere from `DONE` on, by a tenth."""
    return [lay_down(campaign(f"other-{n}"), rate, 0.9 * rate) for n, rate in enumerate((0.2, 0.3, 0.35, 0.4, 0.5))]


def done(one: Campaign, **fields: Any) -> Recommendation:
    given: dict[str, Any] = {
        "state": State.IMPLEMENTED,
        "implemented_on": DONE,
        "plan": PLAN,
        "expected": EXPECTED,
        "settings": {},
    }
    return made("subject_line", one, proposed_at=PROPOSED, action="new_subject_line", **given | fields)


def left(one: Campaign, **fields: Any) -> Recommendation:
    return done(one, **{"state": State.DISMISSED, "implemented_on": None} | fields)


def judged(row: Recommendation, at: datetime = DUE) -> Recommendation:
    measure_due(at)
    return Recommendation.objects.get(pk=row.pk)


def outcome(row: Recommendation) -> dict[str, Any]:
    assert row.outcome is not None
    return row.outcome


def test_it_is_measured_from_the_day_after_and_judged_once_all_has_settled(others: list[Campaign]) -> None:
    row = done(lay_down(campaign("treated"), 0.2, 0.24))
    assert measure_due(datetime(2026, 10, 1, 23, tzinfo=UTC)) == Judged(0, 0)
    assert measure_due(datetime(2026, 10, 2, tzinfo=UTC)) == Judged(1, 0)
    row.refresh_from_db()
    assert (row.state, row.version, row.outcome) == (State.MEASURING, 2, None)
    assert measure_due(DUE - timedelta(seconds=1)) == Judged(0, 0)

    assert measure_due(DUE) == Judged(0, 1)
    row.refresh_from_db()
    assert (row.state, row.version, row.closed_at) == (State.BETTER, 3, DUE)
    found = outcome(row)
    assert found["effect"]["low"] < 1 / 3 < found["effect"]["high"]  # a fifth up while others went a tenth down
    assert found["before"] == pytest.approx(0.2, abs=0.01)
    assert found["after"] == pytest.approx(0.24, abs=0.01)
    assert (found["controls"], found["verdict"]) == (5, "better")
    assert found["against"] == "campaigns of its channel that were left as they were"
    noted = AuditEntry.objects.get(object_type="recommendation")
    assert (noted.act, noted.object_id, noted.details) == (
        "measure",
        str(row.pk),
        {"before": "measuring", "after": "better"},
    )


@pytest.mark.parametrize(("days", "told"), [(-28, "cannot tell"), (-29, "better"), (14, "cannot tell"), (15, "better")])
def test_of_two_things_done_in_the_same_weeks_nobody_can_tell_which_it_was(
    others: list[Campaign], days: int, told: str
) -> None:
    treated = lay_down(campaign("treated"), 0.2, 0.24)
    made("content", treated, state=State.BETTER, implemented_on=DONE + timedelta(days=days))
    row = judged(done(treated))
    assert row.state == told
    assert ("Something else was done on this campaign" in outcome(row)["why"]) == (told == "cannot tell")


def test_a_second_time_changes_nothing(others: list[Campaign]) -> None:
    row = judged(done(lay_down(campaign("treated"), 0.2, 0.24)))
    assert measure_due(DUE + timedelta(days=1)) == Judged(0, 0)
    again = Recommendation.objects.get(pk=row.pk)
    assert (again.version, again.outcome, again.closed_at) == (row.version, row.outcome, row.closed_at)


def test_the_same_finding_left_alone_is_the_better_comparison(others: list[Campaign]) -> None:
    """They came back by a fifth, too: so nothing was done for it."""
    for n, state in enumerate((State.DISMISSED, State.EXPIRED, State.OPEN, State.DISMISSED)):
        left(lay_down(campaign(f"left-{n}"), 0.2, 0.24), state=state)
    found = outcome(judged(done(lay_down(campaign("treated"), 0.2, 0.24))))
    assert (found["controls"], found["verdict"]) == (4, "no difference")
    assert found["against"] == "campaigns of its channel with the same finding that were left alone"


@pytest.mark.parametrize(
    "changed",
    [
        {"proposed_at": PROPOSED - timedelta(days=20)},  # another time
        {"rule": "content"},
        {"action": "other"},
        {"state": State.BETTER, "implemented_on": DONE + timedelta(days=3)},  # done itself
    ],
)
def test_whoever_does_not_compare_is_not_compared_with(others: list[Campaign], changed: dict[str, Any]) -> None:
    for n in range(4):
        given: dict[str, Any] = {"state": State.DISMISSED, "implemented_on": None, "rule": "subject_line"}
        given |= {"action": "new_subject_line", "proposed_at": PROPOSED, "plan": PLAN, "expected": EXPECTED}
        made(campaign=lay_down(campaign(f"left-{n}"), 0.2, 0.24), **given | changed)
    found = outcome(judged(done(lay_down(campaign("treated"), 0.2, 0.24))))
    assert found["against"] == "campaigns of its channel that were left as they were"
    assert found["controls"] == (5 if "implemented_on" in changed else 9)


def test_dismissed_as_done_already_was_not_left_alone(others: list[Campaign]) -> None:
    for n in range(3):
        one = left(lay_down(campaign(f"left-{n}"), 0.2, 0.24))
        one.decisions.create(
            decision="dismiss",
            reason="already_done",
            state_before="open",
            state_after="dismissed",
            username="a",
            at=DUE,
        )
    assert outcome(judged(done(lay_down(campaign("treated"), 0.2, 0.24))))["controls"] == 5


def test_without_others_nobody_can_tell_and_it_says_so() -> None:
    row = judged(done(lay_down(campaign("treated"), 0.2, 0.24)))
    assert row.state == State.CANNOT_TELL
    assert outcome(row)["why"].startswith("Only 0 other campaigns of its channel")
    assert outcome(row)["effect"] is None


def test_a_campaign_of_which_nothing_is_known_is_closed_too(others: list[Campaign]) -> None:
    row = judged(done(campaign("silent")))
    assert row.state == State.CANNOT_TELL
    assert outcome(row)["why"] == "There was no delivered before or none after."


def test_where_totals_stand_in_another_currency_rates_are_judged_and_money_is_not(
    others: list[Campaign],
) -> None:
    money = {"metric": "cost", "better": "lower", "days": 14, "minimum": 1, "against": "the others"}
    rows = [done(lay_down(campaign(name), 0.2, 0.24), plan=plan) for name, plan in (("rate", PLAN), ("sum", money))]
    CampaignDaily.objects.update(converters=20, revenue=100, cost=10)
    version(currency="EUR")
    rate, amount = (judged(row) for row in rows)
    assert (rate.state, outcome(rate)["money"]) == (State.BETTER, None)
    assert (amount.state, outcome(amount)["before"]) == (State.CANNOT_TELL, None)
    assert outcome(amount)["why"] == "The reporting currency was USD when this was proposed and is EUR now."
