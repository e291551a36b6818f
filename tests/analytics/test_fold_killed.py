"""A fold whose connection is killed at any moment leaves no trace, and the next one counts everything once."""

import random
import threading
import time

import pytest
from django.db import InterfaceError, OperationalError, connection

from analytics import verify
from analytics.fold import fold_inbox
from analytics.models import InboxBatch
from tests.analytics import inbox, oracle
from tests.analytics.test_fold import again, example

KILL_FOLDS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query NOT LIKE 'FETCH'
"""


def fold_until_empty(killed: list[int], stop: threading.Event) -> None:
    """What a worker does: fold, and when the connection is lost, take a new one and go on."""
    while not stop.is_set():
        try:
            fold_inbox(inbox.NOW, limit_rows=30)
        except (OperationalError, InterfaceError):
            killed.append(1)
            connection.close()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_folds_killed_between_statements_count_each_event_once() -> None:
    inbox.campaigns(1, 2)
    luck = random.Random(28)
    events = [example(luck, number) for number in range(400)]
    sent = events + [again(luck, event) for event in luck.sample(events, 200)]
    killed: list[int] = []
    stop = threading.Event()
    workers = [threading.Thread(target=fold_until_empty, args=(killed, stop)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for part in range(0, len(sent), 10):
        inbox.put(sent[part : part + 10])
        time.sleep(luck.random() / 40)
        with connection.cursor() as cursor:
            cursor.execute(KILL_FOLDS)
    deadline = time.monotonic() + 300
    while InboxBatch.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for worker in workers:
        worker.join()
    assert len(killed) > 5, "the test must have hit folds at work"
    assert not InboxBatch.objects.exists()
    assert inbox.kept_totals() == oracle.totals(events)  # each original came before its retries
    assert verify.differences() == []
