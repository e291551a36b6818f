"""Several questions, one moment: a page's tiles, series and tables must not differ because an event came in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

Answer = TypeVar("Answer")
_answers: ContextVar[dict[str, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def one_moment(mode: str = "READ WRITE") -> Iterator[CursorWrapper]:
    """A transaction that sees one state of the database; within a caller's transaction the caller's isolation holds."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, {mode}")
        yield cursor


@contextmanager
def snapshot() -> Iterator[None]:
    """Every question inside sees the same state of the database; what is asked twice is read once. Reads only."""
    with one_moment("READ ONLY"):
        token = _answers.set({})
        try:
            yield
        finally:
            _answers.reset(token)


def once(question: str, ask: Callable[[], Answer]) -> Answer:
    """The answer to `question`, asked once inside a `snapshot` and each time outside of one.

    Askers share it, so it must be one that nobody can change.
    """
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
