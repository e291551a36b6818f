"""Of a campaign that holds people out they are whom it is compared with, once their days are over."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from analytics.fold import fold_inbox
from analytics.ingest import record_events
from analytics.models import Campaign
from recommendations.models import Recommendation, State
from recommendations.outcomes import Judged, measure_due
from tests.analytics.events import event
from tests.analytics.totals import campaign
from tests.recommendations.made import made
from tests.recommendations.test_outcomes import DONE, DUE, PLAN, PROPOSED, outcome

pytestmark = pytest.mark.django_db
PAGE = PLAN | {"metric": "click_conversion_rate", "minimum": 10}
STOP = PLAN | {"metric": "cost", "better": "lower", "minimum": 1}
OVER = DUE + timedelta(days=7)  # their 14 days after the last was assigned


def took_in(slug: str, after: int = 8, people: int = 10, days_after: int = 14) -> Campaign:
    """On each day so many are written to and as many held out: four of ten convert a day later, and from `DONE` on
    `after` of ten of those written to.
    """
    items: list[dict[str, Any]] = []
    for n in range(-42, 1 + days_after):
        for out in (False, True):
            of_ten = after if n > 0 and not out else 4
            for person in range(people):
                items += _deeds(f"{slug}-{n}-{out}-{person}", DONE + timedelta(days=n), slug, out, person % 10 < of_ten)
    one = campaign(slug)
    record_events(items, source="test", at=OVER)
    while fold_inbox(OVER).batches:
        pass
    return one


def _deeds(who: str, day: date, slug: str, out: bool, buys: bool) -> list[dict[str, Any]]:
    at = datetime.combine(day, time(9), UTC)
    given = {"contact": f"{who}@example.com", "event_id": f"{who}-1", "occurred_at": at.isoformat(), "campaign": slug}
    found = [event(**given | {"type": "held_out" if out else "sent"})]
    if buys:
        bought = {"event_id": f"{who}-2", "type": "converted", "occurred_at": (at + timedelta(days=1)).isoformat()}
        found.append(
            {name: text for name, text in event(**given | bought, amount="50.00").items() if name != "campaign"}
        )
    return found


def done(one: Campaign, plan: dict[str, Any] = PAGE) -> Recommendation:
    state: dict[str, Any] = {"state": State.IMPLEMENTED, "implemented_on": DONE, "settings": {}}
    return made("landing_page", one, proposed_at=PROPOSED, action="new_landing_page", plan=plan, **state)


def test_they_are_compared_with_once_the_days_of_the_last_are_over() -> None:
    row = done(took_in("held"))
    assert measure_due(DUE) == Judged(1, 0)
    assert measure_due(OVER - timedelta(seconds=1)) == Judged(0, 0)
    assert measure_due(OVER) == Judged(0, 1)
    row.refresh_from_db()
    found = outcome(row)
    assert row.state == State.BETTER
    assert found["against"] == "people of its own audience whom it holds out, 280 before and 140 after"
    assert found["controls"] == 420
    assert found["arms"]["written_after"] == {"people": 140, "converters": 112}
    assert found["arms"]["held_after"] == {"people": 140, "converters": 56}
    assert found["arms"]["change"]["low"] < 1.0 < found["arms"]["change"]["high"]
    assert found["money"]["mid"] == pytest.approx(10 * 30 * 0.4 * 50, rel=0.05)


def test_too_few_of_them_are_not_and_it_says_so() -> None:
    row = done(took_in("held", people=2))
    measure_due(OVER)
    row.refresh_from_db()
    assert outcome(row)["because"] == (
        "It holds people out, but too few: 28 of the smallest group were to convert within 14 days, and 50 are needed."
    )
    assert outcome(row)["against"] == "campaigns of its channel that were left as they were"
    assert outcome(row)["arms"] is None


@pytest.mark.parametrize("plan", [PLAN, PAGE])
def test_where_nobody_is_held_out_or_can_do_what_is_judged_campaigns_are_compared_in_their_time(
    plan: dict[str, Any],
) -> None:
    row = done(took_in("held") if plan is PLAN else campaign("plain"), plan)
    assert measure_due(DUE) == Judged(1, 1)
    row.refresh_from_db()
    assert outcome(row)["against"] == "campaigns of its channel that were left as they were"
    assert outcome(row)["because"] == ""


def test_of_a_stopped_campaign_nobody_is_waited_for() -> None:
    one = took_in("held", days_after=0)
    row = done(one, STOP)
    assert measure_due(DUE) == Judged(1, 1)
    row.refresh_from_db()
    assert outcome(row)["against"] == "people of its own audience whom it holds out, 280 before"
    assert outcome(row)["why"] == "There was no cost before."


@pytest.mark.parametrize(("days", "told"), [(-42, "cannot tell"), (-43, "better")])
def test_of_two_things_done_in_their_weeks_nobody_can_tell_which_it_was(days: int, told: str) -> None:
    one = took_in("held")
    made("content", one, state=State.BETTER, implemented_on=DONE + timedelta(days=days))
    row = done(one)
    measure_due(OVER)
    row.refresh_from_db()
    assert row.state == told
