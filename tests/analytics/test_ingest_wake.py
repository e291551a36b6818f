"""Waking the fold: cheap, shared, and never in the way of what was accepted."""

import json
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from hypothesis import given
from hypothesis import strategies as st

from analytics.ingest import wake
from analytics.redis import HoldOff

DEAD = "redis://127.0.0.1:1/0"


def use(monkeypatch: pytest.MonkeyPatch, broker: str) -> Celery:
    """Wake through a Celery app of this test's own, with this broker."""
    app = Celery(broker=broker, set_as_current=False)
    app.conf.task_default_queue = "wake-test"
    monkeypatch.setattr(wake, "current_app", app)
    return app


@pytest.fixture(autouse=True)
def nobody_was_woken() -> Iterator[None]:
    cache.delete(wake.KEY)
    yield
    cache.delete(wake.KEY)


def test_calls_within_a_moment_share_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    app = use(monkeypatch, settings.BROKER_URL)
    monkeypatch.setattr(wake, "PAUSE", 60)
    with app.connection_for_read() as connection:
        redis = connection.default_channel.client
        redis.delete("wake-test")
        for _ in range(5):
            wake.wake_fold()
        messages = redis.lrange("wake-test", 0, -1)
        redis.delete("wake-test")

    assert [json.loads(message)["headers"]["task"] for message in messages] == [wake.TASK]


def test_after_the_moment_the_next_call_wakes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(wake, "_send", lambda *_: sent.append(1))
    wake.wake_fold()
    time.sleep(wake.PAUSE + 0.05)
    wake.wake_fold()

    assert len(sent) == 2


@given(st.floats(0, 1_000), st.floats(0, 1_000))
def test_folds_leave_most_of_the_time_to_others(shorter: float, longer: float) -> None:
    shorter, longer = sorted((shorter, longer))
    assert wake.PAUSE <= wake.pause_after(shorter) <= wake.pause_after(longer) <= wake.LONGEST_PAUSE
    assert wake.pause_after(shorter) in (wake.LONGEST_PAUSE, max(wake.PAUSE, wake.TIMES * shorter))


def test_after_a_long_fold_calls_share_a_longer_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[float] = []
    monkeypatch.setattr(wake, "_send", lambda _task, countdown: sent.append(countdown))
    wake.folded_in(0.4)
    wake.wake_fold()
    wake.wake_fold()
    left = get_redis_connection("default").pttl(wake.KEY)

    assert sent == [1.6]
    assert 1_000 < left <= 1_600  # it ends before the fold begins, which so sees whatever was swallowed


def test_a_connection_that_was_cut_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    app = use(monkeypatch, settings.BROKER_URL)
    with app.connection_for_read() as connection:
        redis = connection.default_channel.client
        redis.delete("wake-test")
        for _ in range(2):
            wake.wake(wake.TASK)
            redis.client_kill_filter(_type="normal", skipme=True)
        messages = redis.llen("wake-test")
        redis.delete("wake-test")

    assert messages == 2


def test_calls_one_after_another_share_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    app = use(monkeypatch, settings.BROKER_URL)
    with app.connection_for_read() as connection:
        redis = connection.default_channel.client
        wake.wake(wake.TASK)
        before = {client["id"] for client in redis.client_list()}
        wake.wake(wake.TASK)
        after = {client["id"] for client in redis.client_list()}
        redis.delete("wake-test")

    assert after == before


def test_a_broker_that_is_down_costs_a_moment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, DEAD)
    monkeypatch.setattr(wake, "broker", HoldOff(seconds=60))
    started = time.monotonic()
    wake.wake_fold()
    time.sleep(wake.PAUSE + 0.05)
    monkeypatch.setattr(wake, "_send", lambda *_: pytest.fail("it was tried again at once"))
    wake.wake_fold()

    assert time.monotonic() - started < 2
