"""An import keeps the worker while nobody else wants it, and gives it back soon after somebody does."""

import json
from collections.abc import Iterator
from itertools import pairwise
from math import inf

import pytest
from celery import current_app
from django.conf import settings as configured
from pytest_django import Settings
from redis import Redis

from analytics.ingest import giving_way
from analytics.ingest.giving_way import EVERY, IMPORT, LEAST, REST, UNDO_TICK, Turn, others_first, others_wait
from compliance.timetable import OWNED

QUEUE = "of-this-test"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    monkeypatch.setitem(current_app.conf, "task_default_queue", QUEUE)
    with Redis.from_url(configured.BROKER_URL) as client:
        yield client
        client.delete(QUEUE)


@pytest.fixture(autouse=True)
def given_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Turn, "given_at", -inf)


def put(broker: Redis, task: str, entry: str = "") -> None:
    broker.lpush(QUEUE, json.dumps({"headers": {"task": task, "periodic_task_name": entry or None}}))


def turn(most: float, waits: list[bool]) -> tuple[Turn, Clock]:
    clock = Clock()
    return Turn(most, lambda: waits[0], clock), clock


def test_nobody_waits_so_it_keeps_the_worker_to_the_end_of_its_turn() -> None:
    one, clock = turn(60, [False])
    for _ in range(59):
        assert not one.over()
        clock.now += 1
    clock.now += 1
    assert one.over()
    assert one.ended


def test_when_somebody_waits_it_does_a_little_first_however_long_it_took_to_find_its_place() -> None:
    one, clock = turn(60, [True])
    clock.now += 20  # passing over what was done
    assert not one.over()
    clock.now += LEAST - 0.1
    assert not one.over()
    clock.now += 0.1
    assert one.over()


def test_who_was_given_the_worker_goes_first_for_a_while_and_not_for_ever() -> None:
    one, clock = turn(60, [True])
    assert not others_first(lambda: True, clock)
    one.over()
    clock.now += LEAST
    assert one.over()
    assert others_first(lambda: True, clock)
    assert not others_first(lambda: False, clock)
    clock.now += REST
    assert not others_first(lambda: True, clock)


def test_the_queue_is_looked_at_once_a_second() -> None:
    looks: list[float] = []
    clock = Clock()

    def nobody() -> bool:
        looks.append(clock.now)
        return False

    one = Turn(60, nobody, clock)
    for _ in range(500):
        one.over()
        clock.now += 0.1
    assert min(later - sooner for sooner, later in pairwise(looks)) >= EVERY - 1e-6
    assert len(looks) > 40


@pytest.mark.parametrize(
    ("task", "entry", "counts"),
    [
        (IMPORT, "", False),
        (IMPORT, f"{OWNED}run imports", False),
        ("analytics.tasks.undo_import", UNDO_TICK, False),
        ("analytics.tasks.undo_import", "", True),
        ("compliance.tasks.answer_requests", f"{OWNED}answer requests", True),
        ("analytics.tasks.watch_figures", "", True),
    ],
)
def test_who_counts_as_waiting(broker: Redis, task: str, entry: str, counts: bool) -> None:
    assert not others_wait()
    put(broker, IMPORT)
    put(broker, task, entry)
    assert others_wait() == counts


def test_what_celery_sends_is_understood(broker: Redis) -> None:
    with current_app.connection_for_write(configured.BROKER_URL) as connection:
        current_app.send_task("compliance.tasks.send_notices", connection=connection, queue=QUEUE)
    assert others_wait()


def test_a_broker_that_is_away_says_that_nobody_waits(settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert not giving_way.others_wait()
