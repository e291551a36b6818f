"""A backup within a test: what happens in the block is taken back at its end, as a restore does; files stay."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def backup() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
