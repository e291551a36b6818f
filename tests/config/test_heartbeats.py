"""Which programs a worker speaks for, and that beat says so whether it sends anything or not."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError
from django.utils import timezone

from compliance.heartbeats import BEAT, FOLD, WORKER
from compliance.heartbeats import heartbeats as ages
from config import heartbeats
from config.celery import app
from config.schedule import Scheduler


@pytest.mark.parametrize(
    ("queues", "programs"), [(["celery"], [WORKER]), (["fold"], [FOLD]), (["fold", "celery"], [WORKER, FOLD]), ([], [])]
)
def test_a_worker_speaks_for_the_queues_it_takes(queues: list[str], programs: list[str]) -> None:
    assert heartbeats.of_queues(queues, "celery") == programs


@pytest.mark.django_db(transaction=True)
def test_beat_lives_also_when_nothing_is_due() -> None:
    beat = Scheduler(app=app, lazy=True)
    beat.setup_schedule = lambda: None
    beat.tick()
    age = ages(timezone.now())[BEAT]
    assert age is not None
    assert age < 5


@pytest.mark.django_db(transaction=True)
def test_the_heart_of_a_worker_beats_in_a_thread_and_stops_with_it() -> None:
    queues = SimpleNamespace(consume_from={"fold": None})
    worker: Any = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=queues), conf=SimpleNamespace(task_default_queue="celery"))
    )
    heart = heartbeats.Heart(worker)
    heart.stop(worker)
    thread = heart.start(worker)
    thread.join(10)
    found = ages(timezone.now())
    assert found[FOLD] is not None
    assert found[WORKER] is None


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError, ProgrammingError])
def test_a_database_that_takes_nothing_stops_nobody(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """It is away; it is another's copy for a moment, which is only read; its table is yet to come."""

    def away(*_: object) -> None:
        raise error("it is not to be")

    monkeypatch.setattr("compliance.heartbeats.note", away)
    heartbeats.note((BEAT,))
