"""Lines in the log: one JSON object or one text each, with the facts of requests and jobs, and nobody in them."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.jobs import run_job
from compliance.logs import anchors, lines, request_id, statements
from compliance.logs.chain import End
from compliance.models import JobRun
from compliance.schedule import REQUEST, Message, stamp
from config.schedule import sync_schedule
from tests.compliance import keys
from tests.compliance.access import staff

pytestmark = pytest.mark.django_db
GIVEN = "5f0c2a9e-8c1d-4b7a-9d53-0e6b1f2a3c4d"
ADDRESS, PHONE = "canary.1@example.com", "+49 30 1234567"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(params=["json", "text"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stream() -> StringIO:
    return StringIO()


@contextmanager
def writing(stream: StringIO, form: str) -> Iterator[None]:
    """Within the block the root logger writes there in that form, from INFO on."""
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(lines.formatter(form))
    root.addHandler(handler)
    yield
    root.removeHandler(handler)


@pytest.fixture
def written(stream: StringIO) -> Iterator[Lines]:
    """What is written as JSON."""
    with writing(stream, "json"):
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def of(found: list[dict[str, Any]], logger: str) -> list[dict[str, Any]]:
    return [line for line in found if line["logger"] == logger]


class TestOfRequests:
    def test_a_call_by_a_key(self, written: Lines) -> None:
        header = keys.headers("kpi:read")
        Client().get("/api/v1/kpi?metrics=sends", headers=header | {"X-Request-ID": GIVEN})
        (line,) = of(written(), "compliance.logs.requests")
        assert datetime.fromisoformat(line["time"]).tzinfo == UTC
        assert (line["level"], line["request_id"]) == ("INFO", GIVEN)
        assert (line["route"], line["method"], line["status"]) == ("api-kpi", "GET", 200)
        assert header["Authorization"].startswith(f"Api-Key {line['key']}.")
        assert "user" not in line
        assert line["sql_count"] > 1
        assert 0 < line["sql_ms"] <= line["duration_ms"] + 1
        assert line["message"].startswith("GET api-kpi 200 in ")

    def test_a_page_says_by_number_who_looked(self, written: Lines, client: Client) -> None:
        ada = staff("ada")
        client.force_login(ada)
        client.get("/admin/marketing/")
        (line,) = of(written(), "compliance.logs.requests")
        assert (line["user"], line["route"]) == (ada.pk, "analytics:overview")
        assert "ada" not in json.dumps(line)

    def test_an_address_that_there_is_not_is_not_repeated(self, written: Lines) -> None:
        Client().get(f"/nowhere/{ADDRESS}", headers={"X-Request-ID": GIVEN})
        (line,) = of(written(), "compliance.logs.requests")
        assert line["status"] == 404
        assert "route" not in line
        assert {one["request_id"] for one in written()} == {GIVEN}
        assert "canary" not in json.dumps(written())

    @pytest.mark.parametrize("path", ["/api/v1/health", "/metrics", "/static/css/portal.css"])
    def test_what_machines_ask_for_all_the_time_is_quiet(self, written: Lines, path: str) -> None:
        Client().get(path)
        assert of(written(), "compliance.logs.requests") == []

    def test_who_was_not_looked_up_is_not_looked_up_for_the_line(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            Client().get("/api/schema/")
        assert len(asked) == 0


class TestOfJobs:
    def test_a_run_says_how_it_ended(self, written: Lines) -> None:
        with run_job("recount", "nightly", datetime.now(UTC)) as run:
            run.rows = 7
        with pytest.raises(ValueError, match="x"), run_job("recount", "nightly", datetime.now(UTC)):
            raise ValueError("x")
        done, failed = of(written(), "compliance.jobs")
        assert (done["job"], done["outcome"], done["rows"]) == ("recount", "done", 7)
        assert JobRun.objects.get(pk=done["run"]).outcome == "done"
        assert done["duration_ms"] >= 0
        assert (failed["level"], failed["message"].partition(" ms")[2]) == ("WARNING", ": ValueError: x")
        assert (failed["outcome"], JobRun.objects.get(pk=failed["run"]).outcome) == ("failed", "failed")

    def test_one_of_those_that_find_nothing_every_other_second_is_quiet(self, written: Lines) -> None:
        for _ in range(3):
            with run_job("fold", "tick", datetime(2026, 11, 20, tzinfo=UTC), quiet=True) as run:
                run.idle = True
        assert len(of(written(), "compliance.jobs")) == 1  # the first of the minute


class TestTheIdOfARequest:
    def test_it_goes_along_with_a_message_and_stays_when_the_job_is_tried_again(self) -> None:
        sent: dict[str, Any] = {}
        with request_id.during(GIVEN):
            stamp(headers=sent)
        assert sent[REQUEST] == GIVEN
        assert Message(request_id=GIVEN).headers[REQUEST] == GIVEN
        alone: dict[str, Any] = {}
        stamp(headers=alone)
        assert REQUEST not in alone

    @pytest.mark.parametrize("given", ["", None, 7, "*/ DROP TABLE event", ADDRESS])
    def test_what_is_no_id_is_none(self, given: object) -> None:
        with request_id.during(given):
            assert request_id.current.get() == ""

    def test_the_run_of_a_job_that_somebody_asked_for_says_for_which_request(
        self, client: Client, admin_user: User, started_jobs: Callable[[], list[Any]]
    ) -> None:
        client.force_login(admin_user)
        sync_schedule()
        header = {"X-Request-ID": GIVEN}
        answer = client.post("/admin/marketing/health/refresh_views/run/", headers=header)
        assert answer.status_code in (200, 302), answer.status_code
        assert JobRun.objects.get(name="refresh_views").request_id == GIVEN
        assert [message["headers"][REQUEST] for message in started_jobs()] == [GIVEN]

    def test_statements_begin_with_it(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            Client().get("/api/v1/kpi?metrics=sends", headers=keys.headers("kpi:read") | {"X-Request-ID": GIVEN})
        told = [query["sql"] for query in asked.captured_queries if query["sql"].startswith("/*")]
        assert told
        assert all(sql.startswith(f"/* request_id={GIVEN},route=api-kpi */ ") for sql in told)

    def test_no_name_ends_a_comment(self) -> None:
        with statements.told("route", "*/ DROP TABLE event; --") as asked, connection.cursor() as cursor:
            cursor.execute("SELECT %s", ["x"])
            assert cursor.fetchone() == ("x",)
        assert asked.count == 1


class TestNobody:
    def test_in_either_form_also_where_a_formatter_puts_the_error_together(self, form: str, stream: StringIO) -> None:
        with writing(stream, form):
            log = logging.getLogger("somewhere")
            log.warning("asked by %s", ADDRESS, extra={"user": ADDRESS, "secret": PHONE, "route": PHONE})
            try:
                raise KeyError(ADDRESS)
            except KeyError:
                log.exception("it failed", stack_info=True)
                record = logging.LogRecord("x", logging.ERROR, "", 1, "by hand", None, None)
                record.exc_info = sys.exc_info()
                stream.write(lines.formatter(form).format(record))
        text = stream.getvalue()
        assert text.count("KeyError: '…'") == 2
        for secret in ("canary", "1234567"):
            assert secret not in text

    def test_the_log_of_a_request_that_fails(self, form: str, stream: StringIO, admin_user: User) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(admin_user)
        fails = patch("django.contrib.admin.sites.AdminSite.has_permission", side_effect=RuntimeError(ADDRESS))
        with writing(stream, form), fails:
            assert client.get(f"/admin/marketing/?q={ADDRESS}").status_code == 500
        text = stream.getvalue()
        assert "RuntimeError" in text
        assert "canary" not in text
        assert "admin@" not in text

    def test_a_text_has_its_request_in_brackets(self, stream: StringIO) -> None:
        with writing(stream, "text"):
            logging.getLogger("somewhere").warning("outside")
            with request_id.during(GIVEN):
                logging.getLogger("somewhere").warning("within")
        outside, within = stream.getvalue().splitlines()
        assert outside.endswith("WARNING somewhere: outside")
        assert within.endswith(f"WARNING somewhere: within [{GIVEN}]")


def test_anchors_are_read_back_from_lines_of_either_form(form: str, stream: StringIO) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    anchor = anchors.Anchor.signed("audit_trail", "end", at, End(3, b"x" * 32))
    with writing(stream, form):
        logging.getLogger("compliance.logs.anchors").info("%s %s", anchors.SAYS, anchor.line)
    assert anchors.read_all(f"2026-11-20T00:00:01Z worker {line}" for line in stream.getvalue().splitlines()) == [
        anchor
    ]
    assert anchors.read_all(stream.getvalue().splitlines()) == [anchor]
