"""When jobs are due, which ticks stand for one slot, and which were missed."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab

from compliance.jobs import note_tick
from compliance.timetable import Every, Moments

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHTLY = Moments(crontab(hour="3", minute="10"), "")
LAST = datetime(2026, 11, 15, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "before", "after"),
    [
        (crontab(hour="3", minute="10"), LAST, LAST + DAY),
        (crontab(hour="12", minute="0"), NOON, NOON + DAY),
        (crontab(minute="5"), NOON - timedelta(minutes=55), NOON + timedelta(minutes=5)),
        (crontab(hour="4,16", minute="0"), NOON - timedelta(hours=8), NOON + timedelta(hours=4)),
        (crontab(hour="0", minute="0", day_of_week="1"), datetime(2026, 11, 9, tzinfo=UTC), NOON + DAY / 2),
        (
            crontab(hour="0", minute="0", day_of_month="29", month_of_year="2"),
            datetime(2024, 2, 29, tzinfo=UTC),
            datetime(2028, 2, 29, tzinfo=UTC),
        ),
    ],
)
def test_the_moments_around_one(cron: crontab, before: datetime, after: datetime) -> None:
    when = Moments(cron, "")
    assert (when.last_due(NOON), when.next_due(NOON)) == (before, after)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (Every(timedelta(seconds=2)), "every 2 seconds"),
        (Every(timedelta(minutes=1)), "every minute"),
        (Every(timedelta(hours=6)), "every 6 hours"),
        (NIGHTLY, "daily at 03:10 UTC"),
        (Moments(crontab(hour="4,16", minute="0"), ""), "daily at 04:00, 16:00 UTC"),
        (Moments(crontab(minute="5"), ""), "every hour at :05"),
        (Moments(crontab(minute="0", hour="4", day_of_week="1"), "on Mondays"), "on Mondays"),
    ],
)
def test_a_schedule_is_said_in_words(when: Every | Moments, words: str) -> None:
    assert when.words == words


@pytest.mark.django_db
def test_a_tick_that_comes_late_stands_for_the_moment_when_it_was_due() -> None:
    late = note_tick("verify", NOON, NIGHTLY)
    again = note_tick("verify", NOON + timedelta(seconds=1), NIGHTLY)
    following = note_tick("verify", LAST + DAY, NIGHTLY)
    assert [(tick.due_at, tick.missed) for tick in (late, again, following)] == [
        (LAST, 0),
        (LAST, 0),
        (LAST + DAY, 0),
    ]


@pytest.mark.django_db
def test_ticks_missed_while_everything_was_down_are_counted() -> None:
    note_tick("verify", LAST + timedelta(seconds=2), NIGHTLY)
    after = note_tick("verify", NOON + 4 * DAY, NIGHTLY)
    assert (after.due_at, after.missed) == (LAST + 4 * DAY, 3)
