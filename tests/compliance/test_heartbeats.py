"""Programs say that they live, each for itself."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance import heartbeats
from compliance.heartbeats import BEAT, FOLD, SILENT, WORKER

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def test_a_program_that_never_lived_has_no_age() -> None:
    assert heartbeats.heartbeats(NOON) == {WORKER: None, FOLD: None, BEAT: None}


def test_each_program_has_the_age_of_its_last_sign() -> None:
    heartbeats.note((WORKER, FOLD), NOON - timedelta(seconds=90))
    heartbeats.note((FOLD,), NOON - timedelta(seconds=4))
    assert heartbeats.heartbeats(NOON) == {WORKER: 90.0, FOLD: 4.0, BEAT: None}


def test_a_clock_that_runs_ahead_elsewhere_makes_nothing_younger_than_now() -> None:
    heartbeats.note((BEAT,), NOON + timedelta(seconds=3))
    assert heartbeats.heartbeats(NOON)[BEAT] == 0


def test_who_was_silent_for_a_minute_is_taken_for_dead() -> None:
    assert [heartbeats.lives(age) for age in (0.0, float(SILENT), SILENT + 0.1, None)] == [True, True, False, False]
