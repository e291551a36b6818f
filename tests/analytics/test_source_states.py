"""How a source does: by its own rhythm, and by what of it is rejected."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics.sources.judging import DAYS, Flow, State, judge, usual_pause
from analytics.sources.kinds import Kind

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def flow(every: int = 1, ago: timedelta = timedelta(minutes=5)) -> Flow:
    """Something on each `every`th day, lastly so long ago."""
    last = NOW - ago
    active = {(NOW.date() - last.date()).days + every * times for times in range(DAYS)}
    days = tuple(100 if back in active else 0 for back in reversed(range(DAYS)))
    return Flow("shop", Kind.API, days, last_at=last)


@pytest.mark.parametrize(
    ("every", "ago", "state", "why"),
    [
        (1, timedelta(hours=1), State.FINE, "comes every day"),
        (1, timedelta(hours=35), State.FINE, "comes every day"),
        (1, timedelta(hours=37), State.LATE, "nothing for 37 h, usually every day"),
        (1, timedelta(days=4), State.SILENT, "nothing for 4 days, usually every day"),
        (7, timedelta(days=6), State.FINE, "comes every 7 days"),
        (7, timedelta(days=8), State.LATE, "nothing for 8 days, usually every 7 days"),
        (3, timedelta(days=10), State.SILENT, "nothing for 10 days, usually every 3 days"),
        (14, timedelta(days=8), State.FINE, "too seldom for a rhythm"),
        (40, timedelta(days=31), State.SILENT, "nothing for 31 days"),
    ],
)
def test_a_source_is_late_against_its_own_rhythm(every: int, ago: timedelta, state: State, why: str) -> None:
    judged = judge(flow(every, ago), NOW)
    assert (judged.state, judged.why.replace("\xa0", " ")) == (state, why)


def test_what_fails_says_so_before_all_else() -> None:
    well = flow()
    assert judge(replace(well, rejected=36), NOW).state is State.FINE
    assert judge(replace(well, rejected=37), NOW).why.endswith("of 7 days was rejected")
    assert judge(replace(well, days=(0,) * DAYS, rejected=4), NOW).state is not State.FAILING
    assert judge(replace(well, dead=2), NOW).why == "2 batches could not be counted"
    refused = replace(well, refused_at=NOW)
    assert judge(refused, NOW).why == "the last report was not signed with the key of its webhook"
    assert judge(replace(refused, refused_at=NOW - timedelta(hours=1)), NOW).state is State.FINE


@pytest.mark.parametrize(
    ("back", "hour", "state", "why"),
    [
        (1, 12, State.FINE, "comes every day"),
        (2, 11, State.FINE, "comes every day"),
        (2, 13, State.LATE, "nothing for 37 h, usually every day"),
        (7, 12, State.SILENT, "nothing for 6 days, usually every day"),
        (30, 12, State.OLD, "nothing of the last 30 days"),
    ],
)
def test_costs_are_judged_by_the_last_day_they_are_of(back: int, hour: int, state: State, why: str) -> None:
    """However lately they were told."""
    now = NOW.replace(hour=hour)
    days = tuple(3 if left >= back else 0 for left in reversed(range(DAYS)))
    told = Flow("ads", Kind.COSTS, days, last_at=now, last_day=now.date() - timedelta(days=back))
    judged = judge(told, now)
    assert (judged.state, judged.why.replace("\xa0", " ")) == (state, why)


def test_what_came_by_a_webhook_that_was_ended_is_awaited_no_more() -> None:
    judged = judge(replace(flow(ago=timedelta(days=9)), ended=True), NOW)
    assert (judged.state, judged.why) == (State.FINE, "its webhook was ended")


def test_what_never_sent_anything_is_new() -> None:
    new = Flow("mail", Kind.WEBHOOK, (0,) * DAYS)
    assert (judge(new, NOW).state, new.error_rate) == (State.NEW, None)


@pytest.mark.parametrize(("days", "pause"), [((), None), ((1, 0, 1), None), ((1, 1, 1), 1), ((0, 1, 0, 0, 1, 1, 0), 3)])
def test_the_usual_pause_is_the_longest_there_was(days: tuple[int, ...], pause: int | None) -> None:
    assert usual_pause(days) == pause
