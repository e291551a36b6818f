"""What becomes of findings: kept once, quiet where nobody wanted them, ended when they are old."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from analytics.models import Campaign, CampaignDaily
from analytics.models.totals import Basis
from recommendations import decisions
from recommendations.deadlines import PATIENCE, Kept, keep
from recommendations.models import Recommendation, RuleSetting, State
from recommendations.proposing import QUIET, Proposed, propose
from recommendations.rules import BY_NAME
from tests.analytics.totals import DAY_ZEROS, campaign
from tests.compliance.access import actor, staff
from tests.fire.site import eventually
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 1, 40, tzinfo=UTC)
TODAY = date(2026, 11, 20)
NOTHING = Proposed(found=0, new=0, standing=0, quiet=0, expired=0, woken=0)


def lay_down(one: Campaign, until: date = TODAY, **measures: Any) -> None:
    """The same on each of the 28 days, but for a little up and down."""
    CampaignDaily.objects.bulk_create(
        CampaignDaily(
            **DAY_ZEROS | {name: value * (10 + n % 3 - 1) // 10 for name, value in measures.items()} | {"cost": 100},
            basis=Basis.SEND,
            campaign_id=one.pk,
            day=until - timedelta(n),
        )
        for n in range(1, 29)
    )


def failing_among_others(until: date) -> Campaign:
    """Among five that earn three times what they cost it loses two thirds of it."""
    for number in range(5):
        lay_down(campaign(f"fine-{number}", "search"), until, unique_clicks=200, converters=10, revenue=300)
    one = campaign("failing", "search")
    lay_down(one, until, unique_clicks=200, converters=10, revenue=30)
    return one


@pytest.fixture
def failing() -> Campaign:
    return failing_among_others(TODAY)


def only(**fields: Any) -> Recommendation:
    return Recommendation.objects.get(**fields)


def test_a_finding_is_kept_with_all_that_it_was_born_with(failing: Campaign) -> None:
    assert propose(AT) == Proposed(found=1, new=1, standing=0, quiet=0, expired=0, woken=0)
    row = only()
    assert (row.rule, row.campaign_id, row.state, row.version) == ("low_roas", failing.pk, State.OPEN, 1)
    assert (row.as_of, row.proposed_at, row.currency) == (AT, AT, "USD")
    assert row.expires_at == AT + timedelta(days=14)
    assert row.settings == BY_NAME["low_roas"].defaults()
    assert row.score == pytest.approx(row.base * row.adequacy * row.stability)
    assert row.money > 0
    assert float(row.money) == pytest.approx(row.expected["money"]["mid"], abs=0.005)
    assert set(row.plan) == {"metric", "better", "days", "minimum", "against"}
    roas = row.evidence[0]
    assert (roas["metric"], roas["start"], roas["end"]) == ("roas", "2026-10-23", "2026-11-20")
    assert roas["value"] == pytest.approx(0.3, abs=0.02)
    assert roas["low"] < roas["value"] < roas["high"] < 1


def test_what_stands_is_not_kept_twice_in_whatever_state_it_stands(failing: Campaign) -> None:
    propose(AT)
    for state in (State.OPEN, State.SNOOZED, State.ACCEPTED, State.IMPLEMENTED, State.MEASURING):
        Recommendation.objects.update(state=state, decided_at=AT, snoozed_until=AT + timedelta(days=3))
        assert propose(AT + timedelta(days=1)) == Proposed(found=1, new=0, standing=1, quiet=0, expired=0, woken=0)
    assert only().state == State.MEASURING


@pytest.mark.parametrize("state", [State.BETTER, State.NO_DIFFERENCE, State.WORSE, State.CANNOT_TELL])
def test_what_was_measured_may_be_found_anew(failing: Campaign, state: State) -> None:
    made(campaign=failing, state=state, closed_at=AT - timedelta(hours=1))
    assert propose(AT).new == 1


@pytest.mark.parametrize("state", [State.DISMISSED, State.EXPIRED])
def test_what_was_dismissed_or_let_go_stays_quiet_for_its_time(failing: Campaign, state: State) -> None:
    made(campaign=failing, state=state, action="stop", closed_at=AT - QUIET + timedelta(hours=1))
    assert propose(AT) == Proposed(found=1, new=0, standing=0, quiet=1, expired=0, woken=0)
    made("winner", campaign=failing, state=state, closed_at=AT)  # another matter
    assert propose(AT + timedelta(hours=1)).new == 1
    assert only(state=State.OPEN).rule == "low_roas"


def test_an_open_one_ends_at_its_time_and_an_accepted_one_that_nobody_did() -> None:
    first = made(expires_at=AT)
    later = made(expires_at=AT + timedelta(seconds=1))
    undone = made(state=State.ACCEPTED, decided_at=AT - PATIENCE, expires_at=AT - PATIENCE)
    fresh = made(state=State.ACCEPTED, decided_at=AT - PATIENCE + timedelta(seconds=1), expires_at=AT - PATIENCE)
    done = made(state=State.IMPLEMENTED, decided_at=AT - PATIENCE, expires_at=AT - PATIENCE)
    assert propose(AT) == Proposed(found=0, new=0, standing=0, quiet=0, expired=2, woken=0)
    rows = Recommendation.objects.in_bulk()
    assert {pk: row.state for pk, row in rows.items()} == {
        first.pk: State.EXPIRED,
        later.pk: State.OPEN,
        undone.pk: State.EXPIRED,
        fresh.pk: State.ACCEPTED,
        done.pk: State.IMPLEMENTED,
    }
    assert [(rows[one.pk].closed_at, rows[one.pk].version) for one in (first, later)] == [(AT, 2), (None, 1)]


def test_one_that_was_put_off_is_open_again_at_its_time() -> None:
    due = made(state=State.SNOOZED, snoozed_until=AT, expires_at=AT + timedelta(days=1))
    late = made(state=State.SNOOZED, snoozed_until=AT, expires_at=AT)
    asleep = made(state=State.SNOOZED, snoozed_until=AT + timedelta(seconds=1), expires_at=AT)
    assert propose(AT) == Proposed(found=0, new=0, standing=0, quiet=0, expired=1, woken=1)
    rows = Recommendation.objects.in_bulk()
    assert [rows[one.pk].state for one in (due, late, asleep)] == [State.OPEN, State.EXPIRED, State.SNOOZED]
    assert (rows[due.pk].snoozed_until, rows[due.pk].version) == (None, 2)


def test_what_was_put_off_beyond_its_time_is_found_anew_and_what_was_accepted_after_it_is_not(
    failing: Campaign,
) -> None:
    late = made(campaign=failing, state=State.SNOOZED, snoozed_until=AT, expires_at=AT - timedelta(days=9))
    assert propose(AT) == Proposed(found=1, new=1, standing=0, quiet=0, expired=1, woken=0)
    Recommendation.objects.filter(state=State.OPEN).update(
        state=State.ACCEPTED, decided_at=AT - PATIENCE, snoozed_until=AT - PATIENCE
    )
    assert propose(AT) == Proposed(found=1, new=0, standing=0, quiet=1, expired=1, woken=0)
    assert Recommendation.objects.get(pk=late.pk).version == 2


def test_whoever_would_not_cut_it_is_told_to_stop_it_all_the_same(failing: Campaign) -> None:
    made(campaign=failing, state=State.DISMISSED, action="cut", closed_at=AT)
    assert propose(AT).new == 1


def test_what_is_proposed_of_a_campaign_that_has_ended_ends_unless_it_is_to_be_repeated() -> None:
    gone = campaign("gone", "search", status="ended")
    moot, again = made(campaign=gone, expires_at=AT + QUIET), made("winner", gone, expires_at=AT + QUIET)
    assert keep(AT) == Kept(woken=0, expired=1)
    assert keep(AT) == Kept(woken=0, expired=0)
    rows = Recommendation.objects.in_bulk()
    assert [rows[one.pk].state for one in (moot, again)] == [State.EXPIRED, State.OPEN]


def test_a_muted_rule_proposes_nothing(failing: Campaign) -> None:
    RuleSetting.objects.create(rule="low_roas", muted=True)
    assert propose(AT) == NOTHING
    RuleSetting.objects.update(muted=False)
    assert propose(AT).new == 1


def test_a_threshold_that_somebody_set_holds_and_is_kept(failing: Campaign) -> None:
    RuleSetting.objects.create(rule="low_roas", thresholds={"least_spend": 10_000.0, "of a rule of before": 1.0})
    assert propose(AT) == NOTHING
    RuleSetting.objects.update(thresholds={"least_spend": 1_000.0})
    assert propose(AT).new == 1
    assert only().settings == BY_NAME["low_roas"].defaults() | {"least_spend": 1_000.0}


@pytest.mark.django_db(transaction=True)
def test_a_dismissal_taken_back_while_rules_look_stands_alone(failing: Campaign) -> None:
    """The run waits for what is being taken back, whose row would be in the way of its own."""
    row, ada = made(campaign=failing, action="cut"), actor(staff("ada"))
    decisions.dismiss(row.pk, ada, AT, "too_risky")

    def night() -> Proposed:
        with closing(connection):
            return propose(AT)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            decisions.undo(row.pk, ada, AT)
            run = pool.submit(night)
            eventually(waits_for_a_lock, seconds=20)
        assert (run.result(20).new, run.result().standing) == (0, 1)
    assert only().state == State.OPEN


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone() is not None


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_keep_a_finding_once(failing: Campaign) -> None:
    both = Barrier(2)

    def night() -> Proposed:
        with closing(connection):
            both.wait(timeout=60)
            return propose(AT)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(night) for _ in range(2)]
    assert sorted((run.result().new, run.result().standing) for run in runs) == [(0, 1), (1, 0)]
    assert only().campaign_id == failing.pk
