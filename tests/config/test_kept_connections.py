"""What a worker keeps from one job to the next: its connection to the database, as long as that lives."""

from contextlib import closing
from types import SimpleNamespace

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from config.celery import app, keep_connection

pytestmark = pytest.mark.django_db(transaction=True)
TASK = SimpleNamespace(request=SimpleNamespace(is_eager=False))


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        return int(pid)


def between_two_jobs() -> None:
    """What Celery does, and what we do."""
    DjangoWorkerFixup(app).close_database()
    keep_connection(TASK)


def test_a_job_finds_the_connection_of_the_one_before() -> None:
    before = backend()
    between_two_jobs()
    assert backend() == before


def test_a_connection_that_died_between_two_jobs_is_made_anew() -> None:
    before = backend()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    between_two_jobs()
    assert backend() != before


def test_a_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    before = backend()
    monkeypatch.setattr(connection, "close_at", 0)
    between_two_jobs()
    assert backend() != before
