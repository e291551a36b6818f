"""A worker that hangs and a beat that hangs are told apart."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compliance.heartbeats import EVERY, PROGRAMS
from tests.fire.site import Site, eventually

AGES = "SELECT program, extract(epoch FROM now() - at)::float FROM heartbeat"
LIVES = 1.5 * EVERY  # a beat may be late by half


@contextmanager
def frozen(site: Site, name: str) -> Iterator[None]:
    heads, _ = site.program(name)
    for process in heads:
        process.suspend()
    try:
        yield
    finally:
        for process in heads:
            process.resume()


def silent(site: Site) -> set[str]:
    ages = dict(site.query(AGES))
    return {program for program in PROGRAMS if ages.get(program, 1e9) > LIVES}


@pytest.mark.parametrize("name", PROGRAMS)
def test_who_is_silent_is_the_one_that_hangs(site: Site, name: str) -> None:
    eventually(lambda: not silent(site), seconds=20, what=lambda: f"silent: {silent(site)}")
    with frozen(site, name):
        eventually(lambda: silent(site) == {name}, seconds=20, what=lambda: f"silent: {silent(site)}")
    eventually(lambda: not silent(site), seconds=20, what=lambda: f"silent: {silent(site)}")
