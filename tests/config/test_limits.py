"""Passwords cannot be tried for ever, nor the API be called without end; with Redis and without."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from analytics import redis
from config import limits
from config.limits import Rate
from tests.compliance.keys import headers

RIGHT, WRONG = "a long password", "another"


@pytest.fixture(autouse=True)
def no_buckets() -> Iterator[None]:
    limits.here = limits.Buckets()
    yield
    limits.here = limits.Buckets()


@pytest.fixture(params=["with Redis", "without"])
def either(request: pytest.FixtureRequest, settings: Settings) -> None:
    if request.param == "without":
        nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {"default": nowhere}


def sign_in(password: str, name: str = "ada", address: str = "192.0.2.1") -> Any:
    given = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(reverse("admin:login"), given)


class TestBuckets:
    def test_so_many_at_once_and_then_one_in_each_interval(self, either: None) -> None:
        rate = Rate(3, 3600)
        assert [limits.take("test", "ada", rate) for _ in range(3)] == [0, 0, 0]
        assert 1190 < limits.take("test", "ada", rate) <= 1200
        assert limits.take("test", "bob", rate) == 0
        limits.forget("test", "ada")
        assert limits.take("test", "ada", rate) == 0

    def test_of_many_at_once_no_more_pass(self, either: None) -> None:
        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(lambda _: limits.take("test", "ada", Rate(20, 3600)), range(100)))
        assert waits.count(0) == 20

    @given(steps=st.lists(st.floats(0, 30), max_size=60), most=st.integers(1, 8))
    def test_whoever_comes_when_told_to_is_let_in_and_no_window_holds_twice_as_many(
        self, steps: list[float], most: int
    ) -> None:
        rate, buckets, now = Rate(most, 10), limits.Buckets(), 0.0
        let_in: list[float] = []
        for step in steps:
            now += step
            if wait := buckets.take("k", rate, now):
                assert buckets.take("k", rate, now + wait * 0.9) > 0
                now += wait
                assert buckets.take("k", rate, now) == 0
            let_in.append(now)
        for start in let_in:
            assert sum(start <= at < start + rate.seconds for at in let_in) <= 2 * most

    def test_who_asks_is_not_readable_in_redis(self) -> None:
        limits.take("login", "ada@example.com", Rate(3, 60))
        keys = redis.ask(lambda client: client.keys("limit:*"))
        assert len(keys) == 1
        assert b"ada" not in keys[0]
        assert 0 < redis.ask(lambda client: client.pttl(keys[0])) <= 20_000

    def test_a_process_does_not_fill_up_with_buckets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "MOST_HERE", 5)
        buckets = limits.Buckets()
        waits = [buckets.take(str(number), Rate(1, 60), 0.0) for number in range(10)]
        assert waits == [0.0] * 5 + [60.0] * 5
        assert buckets.take("11", Rate(1, 60), 61.0) == 0


@pytest.mark.django_db
class TestLogin:
    @pytest.fixture(autouse=True)
    def few(self, settings: Settings) -> None:
        settings.LOGIN_TRIES, settings.LOGIN_TRIES_IN_ALL = 3, 7
        User.objects.create_user("ada", password=RIGHT, is_staff=True)

    def test_after_some_tries_the_right_password_is_not_taken_either(self, either: None) -> None:
        assert [sign_in(WRONG).status_code for _ in range(3)] == [200, 200, 200]
        refused = sign_in(RIGHT)
        assert refused.status_code == 429
        assert 0 < int(refused["Retry-After"]) <= 300
        assert "Too many tries. Wait 5 min" in refused.content.decode()
        assert "sessionid" not in refused.cookies

    def test_nobody_is_locked_out_from_another_address(self) -> None:
        assert [sign_in(WRONG).status_code for _ in range(4)][-1] == 429
        assert sign_in(RIGHT, address="192.0.2.2").status_code == 302

    def test_from_many_addresses_an_account_is_not_tried_for_ever(self, either: None) -> None:
        tried = [sign_in(WRONG, address=f"192.0.2.{number}").status_code for number in range(9)]
        assert tried == [200] * 7 + [429] * 2

    def test_from_one_network_accounts_are_not_tried_in_turn(self, either: None) -> None:
        tried = [sign_in(WRONG, f"user{number}", f"2001:db8::{number}").status_code for number in range(9)]
        assert tried == [200] * 7 + [429] * 2
        assert sign_in(RIGHT, address="2001:db8:0:1::1").status_code == 302

    def test_a_name_in_other_letters_is_the_same_account(self) -> None:
        assert [sign_in(WRONG, name).status_code for name in ("ada", "ADA", "Ａda", "ada")][-1] == 429

    def test_whoever_is_in_begins_anew(self, settings: Settings) -> None:
        settings.LOGIN_TRIES_IN_ALL = 10
        for _ in range(3):
            assert sign_in(WRONG).status_code == 200
            assert sign_in(WRONG).status_code == 200
            assert sign_in(RIGHT).status_code == 302


@pytest.mark.django_db
class TestApi:
    def ask(self, key: dict[str, str] | None = None, **more: Any) -> Any:
        return Client(**more).get("/api/v1/metrics", headers=key or {})

    def test_a_key_is_told_when_to_come_back_and_another_goes_on(self, settings: Settings, either: None) -> None:
        settings.API_CALLS_PER_MINUTE = 2
        one, other = headers("all"), headers("all")
        assert [self.ask(one).status_code for _ in range(2)] == [200, 200]
        refused = self.ask(one)
        assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
        assert int(refused["Retry-After"]) in range(25, 31)
        assert "API_CALLS_PER_MINUTE" in refused.json()["detail"]
        assert self.ask(other).status_code == 200

    def test_none_is_refused_where_any_number_may_be_asked(self, settings: Settings) -> None:
        settings.API_CALLS_PER_MINUTE = 0
        key = headers("all")
        assert {self.ask(key).status_code for _ in range(20)} == {200}

    def test_a_stranger_is_known_by_the_address(self, settings: Settings) -> None:
        settings.API_CALLS_PER_MINUTE = 2
        asked = [Client(REMOTE_ADDR="192.0.2.7").get("/api/v1/health").status_code for _ in range(3)]
        assert asked == [200, 200, 429]
        assert Client(REMOTE_ADDR="192.0.2.8").get("/api/v1/health").status_code == 200
