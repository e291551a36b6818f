"""Answers are kept, given again, and replaced; whatever Redis does, they are right."""

import math
import os
import random
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from types import MappingProxyType
from typing import Any

import pytest
from django.db import connection, connections
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from analytics import changes, redis
from analytics.allowed import Allowed
from analytics.queries import cache, kpis, state
from analytics.queries.cache import Question
from config.embedded.valkey import CACHE, Valkey
from tests.analytics.totals import NOW, asked, october, on_day, version
from tests.fire.site import eventually

ASKERS = 64


class Asked:
    """A question, and how often it was computed."""

    def __init__(self, text: str = "figures", during: Callable[[], object] = lambda: None) -> None:
        self.question = Question("test", (text,))
        self.text, self.during, self.times = text, during, 0

    def __call__(self, now: datetime = NOW) -> cache.Answer:
        return cache.answer(self.question, self._make, now=now)

    def _make(self) -> str:
        self.times += 1
        self.during()
        return f"{self.text} of version {state.read()['version']}"

    @property
    def lock(self) -> str:
        return f"answer:{self.question.key(NOW)}:computes"


def all_at_once(ask: Callable[[], cache.Answer], times: int = ASKERS) -> list[cache.Answer]:
    barrier = Barrier(times)

    def run() -> cache.Answer:
        barrier.wait()
        try:
            return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [asker.result() for asker in [pool.submit(run) for _ in range(times)]]


def somebody_computes(asked: Asked, seconds: float = 60) -> None:
    redis.ask(lambda client: client.set(asked.lock, "another", px=int(seconds * 1000)))


@pytest.mark.django_db
class TestKept:
    def test_what_is_asked_again_is_not_computed_again(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        version(1)
        figures = Asked()
        first = figures()
        with django_assert_num_queries(0):
            again = figures(NOW + timedelta(minutes=5))
        assert (first.text, again.text, figures.times) == ("figures of version 1", "figures of version 1", 1)
        assert again.etag == first.etag
        assert again.as_of == NOW + timedelta(minutes=5)  # nothing changed, so it holds until now

    def test_new_figures_are_computed_by_the_first_who_asks(self) -> None:
        version(1)
        figures = Asked()
        first = figures()
        version(2)
        assert figures().text == "figures of version 2"
        assert figures().etag != first.etag
        assert figures.times == 2

    def test_while_another_computes_the_old_answer_is_given_and_says_so(self) -> None:
        version(1)
        figures = Asked()
        figures()
        version(2)
        somebody_computes(figures)
        old = figures(NOW + timedelta(seconds=29))
        assert (old.text, old.as_of, figures.times) == ("figures of version 1", NOW, 1)

    def test_an_old_answer_is_given_no_longer_and_a_dead_leader_is_replaced(self) -> None:
        version(1)
        figures = Asked()
        figures()
        version(2)
        somebody_computes(figures, seconds=0.2)
        assert figures(NOW + timedelta(seconds=31)).text == "figures of version 2"

    def test_whoever_waited_too_long_computes_by_himself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cache, "PATIENCE", 0.1)
        figures = Asked()
        somebody_computes(figures)
        assert figures().text == "figures of version 0"

    def test_a_leader_who_took_too_long_does_not_end_the_lead_of_the_next(self) -> None:
        figures = Asked()
        figures.during = partial(somebody_computes, figures)
        figures()
        assert redis.ask(lambda client: client.get(figures.lock)) == b"another"

    def test_what_fails_is_not_kept_and_the_next_may_try_at_once(self) -> None:
        figures = Asked(during=lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            figures()
        figures.during = lambda: None
        assert figures().text == "figures of version 0"

    def test_while_batches_wait_too_long_no_answer_grows_old(self) -> None:
        version(1)
        waits = MappingProxyType({**state.read(), "oldest_at": NOW - timedelta(minutes=5)})
        state.keep(waits)
        figures = Asked()
        figures()
        state.keep(waits)
        figures(NOW + timedelta(seconds=10))
        assert figures.times == 1
        figures(NOW + timedelta(seconds=31))
        assert figures.times == 2

    def test_a_restored_database_has_its_own_answers(self) -> None:
        version(7)
        figures = Asked()
        figures()
        version(7, changed_at=datetime(2026, 11, 2, tzinfo=UTC))
        figures()
        assert figures.times == 2

    def test_an_answer_near_its_end_is_computed_before_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        version(1)
        figures = Asked()
        figures()
        monkeypatch.setattr(cache, "early", lambda left, seconds, chance: left < 60)
        figures(NOW + timedelta(minutes=28))
        assert figures.times == 1
        figures(NOW + timedelta(minutes=29, seconds=30))
        assert figures.times == 2

    def test_other_questions_are_told_apart(self, settings: Settings) -> None:
        scopes = (
            asked(),
            asked(compare="previous"),
            asked(channel="email"),
            asked(end="2026-10-04"),
            asked(basis="event"),
        )
        keys = {Question("kpi", (scope, ("sends",))).key(NOW) for scope in scopes}
        keys |= {Question("timeseries", (asked(), ("sends",))).key(NOW), Question("kpi", (asked(), ("cost",))).key(NOW)}
        mine = Question("kpi", (asked(), ("sends",)), allowed=Allowed(("revenue",)))
        keys |= {mine.key(NOW), mine.key(NOW + timedelta(hours=1))}
        settings.REPORTING_CURRENCY = "EUR"
        keys.add(mine.key(NOW))
        assert len(keys) == 10

    def test_midnight_is_that_of_the_reporting_zone(self, settings: Settings) -> None:
        settings.REPORTING_TIME_ZONE = "Asia/Kolkata"  # half an hour beside the others
        midnight = datetime(2026, 11, 15, 18, 30, tzinfo=UTC)
        question = Question("kpi", ())
        assert question.key(midnight - timedelta(seconds=1)) != question.key(midnight)
        assert question.key(midnight) == question.key(midnight + timedelta(minutes=59))


def test_early_is_by_the_formula_of_xfetch() -> None:
    """The share of askers who recompute early is exp(-left / seconds)."""
    draw = random.Random(7)
    for left in (0.1, 0.5, 1.0, 3.0):
        share = sum(cache.early(left, 1.0, 1 - draw.random()) for _ in range(40_000)) / 40_000
        assert share == pytest.approx(math.exp(-left), abs=0.01)
    assert cache.early(0, 0.001, 1.0)
    assert not cache.early(1800, 0.02, 1e-300)


@pytest.mark.django_db(transaction=True)
class TestCrowds:
    @pytest.mark.parametrize("before", ["nothing", "an old answer", "a very old answer"])
    def test_many_at_once_cost_one_computation(self, before: str) -> None:
        october()
        figures = Asked(during=lambda: kpis.summary(asked(), now=NOW))
        now = NOW + timedelta(minutes=10) if before == "a very old answer" else NOW
        if before != "nothing":
            figures()
            version(2)
        figures.times = 0
        answers = all_at_once(lambda: figures(now))
        assert figures.times == 1
        texts = {answer.text for answer in answers}
        assert texts <= {"figures of version 1", "figures of version 2"}
        assert len(texts) == 1 or before == "an old answer"

    def test_all_of_an_answer_is_of_one_moment(self) -> None:
        """Figures that change while a page is computed show in none of its parts."""
        october()
        seen: list[Any] = []

        def asks_twice() -> None:
            seen.append(kpis.summary(asked(), now=NOW).figures["sends"].value)
            with ThreadPoolExecutor(1) as another:
                another.submit(more).result()
            seen.append(kpis.by_channel(asked(), now=NOW).total["sends"])

        def more() -> None:
            on_day(date(2026, 10, 1), 0, sends=5)
            version(2)
            connections.close_all()

        answer = Asked(during=asks_twice)()
        assert seen == [1200, 1200]
        assert answer.text == "figures of version 1"
        assert answer.as_of == NOW


@pytest.mark.django_db(transaction=True)
class TestCopy:
    """Of the data version, in Redis."""

    def copy(self) -> Any:
        text = redis.ask(lambda client: client.get(state.KEY))
        return text and state.of_copy(text)  # type: ignore[arg-type]

    def test_it_is_there_after_the_commit_and_not_before(self) -> None:
        with changes.changing_figures(NOW):
            assert self.copy() is None
        assert self.copy() | {"read_at": 0} == {**state.read(), "read_at": 0}

    def test_what_is_rolled_back_leaves_it(self) -> None:
        version(3)
        with suppress(ZeroDivisionError), changes.changing_figures(NOW):
            _ = 1 / 0
        assert self.copy()["version"] == 3

    def test_it_never_runs_backwards(self) -> None:
        version(3)
        read = dict(state.read())
        state.keep(MappingProxyType(read | {"version": 2, "read_at": read["read_at"] + 60}))
        assert self.copy()["version"] == 3
        state.keep(MappingProxyType(read | {"waiting": 9, "read_at": read["read_at"] - 60}))
        assert self.copy()["waiting"] == 0

    def test_one_that_nobody_renews_is_not_trusted(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        version(1)
        figures = Asked()
        figures()
        assert 0 < redis.ask(lambda client: client.pttl(state.KEY)) <= 5000
        with connection.cursor() as cursor:
            cursor.execute("UPDATE data_version SET version = 2")  # and whoever did it died before telling
        redis.ask(lambda client: client.delete(state.KEY))
        assert figures().text == "figures of version 2"
        with django_assert_num_queries(0):
            figures()

    def test_a_commit_needs_no_redis(self, settings: Settings) -> None:
        nowhere(settings)
        with changes.changing_figures(NOW):
            pass
        assert state.read()["version"] == 1


def let_pass(hold_off: redis.HoldOff) -> None:
    """Its seconds are gone."""
    hold_off._next_try = 0.0


def nowhere(settings: Settings) -> None:
    at(settings, "redis://127.0.0.1:1/0")


def at(settings: Settings, url: str) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": url}}


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A Redis that may be maltreated; hold-offs are short."""
    monkeypatch.setattr(redis, "hold_off", redis.HoldOff(seconds=0.2))
    server = Valkey(tmp_path, "cache", CACHE)
    server.start()
    at(settings, server.url)
    yield server
    server.stop()


def send(server: Valkey, number: signal.Signals) -> None:
    process = server.find()
    assert process is not None
    os.kill(process.pid, number)


@pytest.mark.django_db(transaction=True)
class TestWithoutRedis:
    def test_answers_come_from_the_database(self, settings: Settings) -> None:
        nowhere(settings)
        version(1)
        figures = Asked()
        assert [figures().text, figures().text] == ["figures of version 1"] * 2
        assert figures.times == 1  # this process has it, and asked only whether it holds
        version(2)
        assert [figures().text, figures().text] == ["figures of version 2"] * 2

    def test_a_process_keeps_few_answers_for_itself(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        nowhere(settings)
        monkeypatch.setattr(cache, "MOST_OWN", 3)
        for number in range(5):
            Asked(f"figures {number}")()
        assert len(cache.own) == 2

    def test_after_a_failure_it_is_left_alone_for_a_while(self, settings: Settings) -> None:
        nowhere(settings)
        with pytest.raises(redis.Away):
            redis.ask(lambda client: client.ping())
        with pytest.raises(redis.Away):
            redis.ask(lambda client: pytest.fail("it was asked again"))

    def test_one_caller_tries_again_for_all(self) -> None:
        hold_off = redis.HoldOff(seconds=60)
        assert hold_off.allows()
        hold_off.failed()
        assert not hold_off.allows()
        let_pass(hold_off)
        assert (hold_off.allows(), hold_off.allows()) == (True, False)
        hold_off.worked()
        assert (hold_off.allows(), hold_off.allows()) == (True, True)

    def test_one_that_is_frozen_costs_a_moment_and_is_used_again_afterwards(self, own_redis: Valkey) -> None:
        redis.hold_off.seconds = 60
        version(1)
        figures = Asked()
        figures()
        send(own_redis, signal.SIGSTOP)
        try:
            assert figures().text == "figures of version 1"
            assert len(cache.own) == 1
            with pytest.raises(redis.Away):
                redis.ask(lambda client: pytest.fail("it was asked again"))
        finally:
            send(own_redis, signal.SIGCONT)
        let_pass(redis.hold_off)
        figures()
        assert not cache.own, "it is kept in Redis again, for all"
        before = figures.times
        figures()
        assert figures.times == before

    def test_killed_and_started_again_under_load_no_answer_is_missing_or_wrong(self, own_redis: Valkey) -> None:
        version(1)
        begun, over, figures = Event(), Event(), Asked()

        def keeps_asking() -> set[str]:
            answers = set()
            while not over.is_set():
                answers.add(figures().text)
                begun.set()
            answers.add(figures().text)
            connections.close_all()
            return answers

        with ThreadPoolExecutor(6) as pool:
            askers = [pool.submit(keeps_asking) for _ in range(6)]
            assert begun.wait(60)
            Event().wait(0.2)
            send(own_redis, signal.SIGKILL)
            Event().wait(0.3)
            version(2)
            own_redis.start()
            Event().wait(0.5)
            over.set()
            answers = set[str]().union(*(asker.result() for asker in askers))
        assert answers == {"figures of version 1", "figures of version 2"}
        eventually(lambda: bool(figures()) and not cache.own, seconds=20, what="it is used again")
        times = figures.times
        figures()
        assert figures.times == times
