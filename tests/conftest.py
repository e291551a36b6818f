"""What tests of every app may ask for."""

import gc
import json
import logging
import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import hypothesis
import pytest
from celery import Celery
from django.conf import settings
from django.contrib.auth.models import User
from django.core.handlers.base import BaseHandler
from django.db import connection
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from analytics import redis
from analytics.queries import cache
from compliance import job_list
from tests.config import chromium as chromium_binary
from tests.config import web_role
from tests.untraced import untraced

# What tests ask for is counted and not written beside them: a thread would write into whatever test runs then.
patch("config.levels.start").start()
patch("config.restored.start").start()  # nor does one look

# The suite asks the same each time, however long a busy machine takes; HYPOTHESIS_PROFILE=default looks for what nobody
# has asked yet.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Nobody guesses passwords of tests: hashing them for long is not what is tried. Programs that are started do.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Playwright's synchronous API runs an event loop in this thread, in which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
UNMANAGED = (
    "event",
    "event_key",
    "event_repeat",
    "campaign_month",
    "engagement",
    "campaign_hourly",
    "campaign_daily",
    "campaign_attribution",
    "contact_month",
    "rebuild",
)
EMPTY_LOGS = """
SET LOCAL session_replication_role = replica;
DELETE FROM pii_access_log; DELETE FROM audit_trail; DELETE FROM api_request_log;
DELETE FROM audit_seal; DELETE FROM audit_anchor; DELETE FROM audit_chain;
"""  # append-only for everybody else; of many parts with few rows these are quicker deleted than truncated
MAY_BE_EMPTIED = """
ALTER TABLE recommendation DISABLE TRIGGER table_stays;
ALTER TABLE recommendation_decisions DISABLE TRIGGER table_stays;
"""  # by Django, after a test that commits
# Those that take longest, and mostly wait: begun first, so that the processes that run the tests end together.
FIRST = ("tests/fire/", "tests/deploy/", "tests/config/test_serve.py", "tests/browser/", "tests/config/")
# These run for long, and ask what quick tests ask too, or other programs: coverage is not measured in them.
UNTRACED = (
    "tests/browser/",
    "tests/deploy/",
    "tests/fire/",
    "tests/analytics/test_alerts.py",
    "tests/analytics/test_doors_fuzzed.py",
    "tests/analytics/test_hillstrom.py",
    "tests/compliance/test_watching.py",
    "tests/config/test_access.py",
    "tests/config/test_contract.py",
    "tests/config/test_hardening.py",
    "tests/config/test_not_shown.py",
    "tests/recommendations/test_planted.py",
    "tests/recommendations/test_rules_noise.py",
    "tests/recommendations/test_rules_people.py",
)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_for_once() -> Iterator[None]:
    """Each client of a test has middleware of its own, which would look through all static files once more."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, dict[str, Any]()

    def remember(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with patch.object(WhiteNoiseMiddleware, "add_files_from_finders", remember):
        yield


@pytest.fixture(autouse=True)
def requests_as_web(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of test clients and of browsers are answered with the privileges that pages have in the database."""
    monkeypatch.setattr(BaseHandler, "get_response", web_role.asking(BaseHandler.get_response))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, place in enumerate(FIRST) if item.nodeid.startswith(place)), len(FIRST)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage looks it through again, and of what follows few do."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with untraced() if item.nodeid.startswith(UNTRACED) else nullcontext():
        return (yield)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called by what they are for: packed ones say when they were packed, and no two processes agree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium; without one the test fails and says what to install."""
    return chromium_binary.find_or_fail()


@pytest.fixture(scope="session")
def browser(chromium: str) -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(MAY_BE_EMPTIED)
        web_role.make()


@pytest.fixture
def admin_user(db: None) -> User:
    return User.objects.create_superuser("admin", "admin@example.com", "password")


@pytest.fixture
def started_jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """Jobs that somebody starts go to a queue of this test's own; what is in it."""
    app = Celery(broker=settings.BROKER_URL, set_as_current=False)
    app.conf.task_default_queue = "started-jobs-test"
    monkeypatch.setattr(job_list, "current_app", app)
    with app.connection_for_read() as broker:
        redis = broker.default_channel.client
        redis.delete(app.conf.task_default_queue)
        yield lambda: [json.loads(text) for text in redis.lrange(app.conf.task_default_queue, 0, -1)]
        redis.delete(app.conf.task_default_queue)


class Watch(logging.Handler):
    """Keeps what was logged that shows an address: no test may leave any."""

    shown: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if re.search(r"[\w.+-]+(@|%40)[\w-]+\.(com|org|net|test|de)\b", text := self.format(record)):
            self.shown.append(text)


logging.getLogger().addHandler(Watch())


@pytest.fixture(autouse=True)
def nobody_in_the_log() -> Iterator[None]:
    """Over the whole run, whatever it does: tests work with addresses all the time."""
    Watch.shown.clear()
    yield
    assert Watch.shown == []


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What the test before had told Redis or this process was rolled back."""
    redis.hold_off.worked()
    cache.own.clear()
    Path(settings.ERASURE_LEDGER).unlink(missing_ok=True)
    redis.ask(lambda client: client.flushdb())


@pytest.fixture(autouse=True)
def unmanaged_tables_emptied(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django empties the tables of its own models after a test that commits; events and totals are ours to empty."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction")
    if commits or {"transactional_db", "live_server"} & set(request.fixturenames):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(UNMANAGED)}")
            cursor.execute(EMPTY_LOGS)
