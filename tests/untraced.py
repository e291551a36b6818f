"""What only calculates, waits or asks again what others ask is not traced for coverage, which makes it take twice as
long; so what coverage tells is the least that the tests run.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage

OF_CHILDREN = "COVERAGE_PROCESS_CONFIG"  # tells each program that is started to measure itself


@contextmanager
def untraced() -> Iterator[None]:
    """Neither this process nor what it starts meanwhile; where coverage is not measured, nothing is different."""
    measured = coverage.Coverage.current()
    if measured is None:
        yield
        return
    of_children = os.environ.pop(OF_CHILDREN, None)
    measured.stop()
    try:
        yield
    finally:
        measured.start()
        if of_children is not None:
            os.environ[OF_CHILDREN] = of_children
