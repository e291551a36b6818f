"""Folding what an import recorded, while it goes on: PostgreSQL counts one chunk as the next one is being read."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from types import TracebackType

from django.db import Error, connection, connections

from ..fold import Folded, fold_inbox
from ..models import ImportFile, InboxBatch

PAUSE = 0.2  # seconds, while another process folds our batches

Clock = Callable[[], datetime]


class Folder:
    """Folds in a thread of its own, one fold at a time, so that the inbox never holds more than two chunks or so.

    Inside a caller's open transaction it folds in place: another connection would not see what it recorded.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._thread = None if connection.in_atomic_block else ThreadPoolExecutor(1, "fold")
        self._running: Future[Folded] | None = None
        self._backend: int | None = None

    def __enter__(self) -> "Folder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            if error is not None:
                self._end_running()
            self._thread.submit(connections.close_all)
            self._thread.shutdown()

    def fold(self) -> None:
        """Start a fold, once the one before has ended; raises what that one raised."""
        if self._thread is None:
            fold_inbox(self._clock())
            return
        if self._running is not None:
            self._running.result()
        self._running = self._thread.submit(self._fold_in_thread, self._clock())

    def _fold_in_thread(self, at: datetime) -> Folded:
        connection.ensure_connection()
        self._backend = connection.connection.info.backend_pid
        return fold_inbox(at)

    def _end_running(self) -> None:
        """Nobody waits for a fold once the import is given up: it is rolled back, and its batches still wait."""
        if self._running is None or self._running.done() or self._backend is None:
            return
        with suppress(Error), closing(connection.copy()) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [self._backend])

    def fold_rest(self, record: ImportFile) -> None:
        """Fold until no batch of this file waits; one that cannot be folded is left as a dead letter."""
        if self._running is not None:
            self._running.result()
        while InboxBatch.objects.filter(import_file=record, state=InboxBatch.State.WAITING).exists():
            folded = fold_inbox(self._clock())
            if not folded.batches and not folded.dead:
                time.sleep(PAUSE)
