"""PostgreSQL is away, or slow: everybody is told so and when to come back, and afterwards all is as before."""

import os
import time
from datetime import UTC, datetime
from typing import Any

import psycopg

from analytics.api.problems import MEDIA_TYPE
from config.embedded.postgres import Postgres
from config.embedded.processes import alive
from tests.fire.site import STATEMENT, Answer, Site, eventually

DOWN = float(os.environ.get("DOWN_SECONDS", "3"))
KPI = "/api/v1/kpi?metrics=sends"
LOGIN = "/admin/login/"


def events(*names: str) -> list[dict[str, Any]]:
    at = datetime.now(UTC).isoformat()
    return [{"event_id": name, "type": "sent", "occurred_at": at, "campaign": "c0", "contact": name} for name in names]


def session_cookie() -> dict[str, str]:
    """Whoever seems logged in is looked up in the database, so the page cannot be shown without it."""
    return {"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"}


def assert_told(answer: Answer, media_type: str, says: str) -> None:
    assert answer.status == 503
    assert answer.headers["Content-Type"].partition(";")[0] == media_type
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert says in answer.text
    assert "Traceback" not in answer.text


def test_while_postgres_is_away_all_are_told_and_afterwards_all_goes_on(site: Site, postgres: Postgres) -> None:
    ((counted,),) = site.query("SELECT count(*) FROM event")  # by tests before this one
    assert site.ask("POST", "/api/v1/events", events("before")).status == 202
    running = [process for name in ("web", "worker", "fold", "beat") for process in site.program(name)[0]]
    postgres.stop()
    site.program("beat")[0][0].kill()  # it cannot start again for now
    end = time.monotonic() + DOWN
    while time.monotonic() < end:
        for _ in range(10):  # so that every thread of every worker has met it
            assert_told(site.ask("POST", "/api/v1/events", events("during")), MEDIA_TYPE, "cannot be reached")
            assert_told(site.ask("GET", KPI), MEDIA_TYPE, "cannot be reached")
            page = site.ask("GET", "/admin/marketing/", headers=session_cookie())
            assert_told(page, "text/html", "cannot be reached")
        fragment = site.ask("GET", "/admin/marketing/", headers=session_cookie() | {"HX-Request": "true"})
        assert_told(fragment, "text/html", 'id="failed"')
        assert "<html" not in fragment.text
        assert site.ask("GET", "/api/v1/health").status == 503
        time.sleep(0.2)
    postgres.start()
    eventually(lambda: site.ask("GET", KPI).status == 200, seconds=10)
    assert {site.ask("GET", KPI).status for _ in range(40)} == {200}, "a connection was poisoned"
    assert site.ask("POST", "/api/v1/events", events("before", "after")).status == 202
    eventually(lambda: site.query("SELECT count(*) FROM event") == [(counted + 2,)], seconds=20)
    eventually(lambda: bool(site.program("beat")[0]), seconds=30)
    assert [process for process in running if alive(process)] == running[:3], "web and workers have stayed"
    printed = site.output.read_text()
    assert "Internal Server Error" not in printed


def test_what_takes_too_long_is_stopped_in_the_web_server_alone(site: Site) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute("LOCK campaign_daily, campaign_hourly, inbox IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        assert_told(site.ask("GET", KPI), MEDIA_TYPE, "time limit")
        assert_told(site.ask("POST", "/api/v1/events", events("late")), MEDIA_TYPE, "time limit")
        assert time.monotonic() - started >= 2 * STATEMENT, "the limit is the one that was set"
    assert site.ask("GET", KPI).status == 200
    shown = site.run(
        "shell",
        "-c",
        "from django.db import connection as c; print(c.cursor().execute('SHOW statement_timeout').fetchone())",
    )
    assert "('0',)" in shown


def test_an_address_that_is_not_ours_is_a_problem_below_the_api(site: Site) -> None:
    for path, headers in ((KPI, {"Host": "elsewhere.example"}), ("/api/v1/nowhere", {})):
        answer = site.ask("GET", path, headers=headers)
        assert answer.status == (400 if headers else 404)
        assert answer.headers["Content-Type"] == MEDIA_TYPE
        assert answer.json["status"] == answer.status
    assert "html" in site.ask("GET", LOGIN, headers={"Host": "elsewhere.example"}).headers["Content-Type"]
