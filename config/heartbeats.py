"""Workers and beat say that they live: a worker beside what it does, beat at its ticks."""

from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

from celery.bootsteps import StartStopStep
from django.db import Error, connection
from django.utils import timezone

from compliance import heartbeats
from compliance.heartbeats import FOLD, WORKER
from config.celery import FOLD_QUEUE


class Heart(StartStopStep):
    """A thread of a worker's head process: one job after another, or a broker that is away, does not still it.

    It begins once the pool is there, and keeps no connection between two beats, so that what the pool forks later
    inherits none.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.stopped = Event()

    def start(self, worker: Any) -> Thread:
        programs = of_queues(worker.app.amqp.queues.consume_from, worker.app.conf.task_default_queue)
        thread = Thread(target=self._beat, args=(programs,), name="heart", daemon=True)
        thread.start()
        return thread

    def stop(self, _worker: Any) -> None:
        self.stopped.set()

    terminate = stop

    def _beat(self, programs: Sequence[str]) -> None:
        while True:
            note(programs)
            connection.close()
            if self.stopped.wait(heartbeats.EVERY):
                return


def of_queues(queues: Sequence[str], default: str) -> list[str]:
    """The programs that a worker of these queues is."""
    return [program for program, queue in ((WORKER, default), (FOLD, FOLD_QUEUE)) if queue in queues]


def note(programs: Sequence[str]) -> None:
    """While the database is away, is read alone or lacks the table, nobody lives, as far as anybody can tell."""
    try:
        heartbeats.note(programs, timezone.now())
    except Error:
        connection.close_if_unusable_or_obsolete()
