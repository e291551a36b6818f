"""Each request that might change something leaves a row, and every request has an id."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from compliance.logs import months, request_id
from compliance.models import LoggedRequest
from tests.compliance import keys
from tests.compliance.access import staff

pytestmark = pytest.mark.django_db
GIVEN = "5f0c2a9e-8c1d-4b7a-9d53-0e6b1f2a3c4d"
CAMPAIGN = {"campaign": "spring", "name": "Spring", "channel": "email"}


def sent(client: Client, path: str = "/api/v1/campaigns", **more: object) -> int:
    return client.post(path, CAMPAIGN, content_type="application/json", **more).status_code  # type: ignore[arg-type]


def test_a_row_says_who_did_what_how_it_ended_and_for_which_request() -> None:
    header = keys.headers("campaigns:write")
    client = Client(REMOTE_ADDR="192.0.2.7")
    answer = client.post(
        "/api/v1/campaigns?x=1", CAMPAIGN, "application/json", headers=header | {"X-Request-ID": GIVEN}
    )
    row = LoggedRequest.objects.get()

    assert answer.status_code == row.status == 201
    assert (row.method, row.route, row.ip, row.request_id) == ("POST", "api-campaigns", "192.0.2.7", GIVEN)
    assert header["Authorization"].startswith(f"Api-Key {row.key_prefix}.")
    assert row.key_prefix
    assert 0 <= row.duration_ms < 60_000
    assert answer.headers["X-Request-ID"] == GIVEN


def test_what_stands_in_an_address_is_not_kept(admin_user: User) -> None:
    client = Client()
    client.force_login(admin_user)
    client.post(f"/admin/auth/user/{admin_user.pk}/change/?q=ada@example.com")
    row = LoggedRequest.objects.get()
    assert (row.route, row.username, row.user_id) == ("admin:auth_user_change", "admin", admin_user.pk)


def test_who_signs_in_and_who_signs_out_is_known(client: Client) -> None:
    staff("ada", password="a long password")
    client.post("/admin/login/", {"username": "ada", "password": "a wrong password"})
    client.post("/admin/login/", {"username": "ada", "password": "a long password"})
    client.post("/admin/logout/")
    rows = LoggedRequest.objects.order_by("id").values_list("route", "username")
    assert [*rows] == [("admin:login", ""), ("admin:login", "ada"), ("admin:logout", "ada")]


def test_refusals_are_logged_too() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff("ada"))
    assert strict.post("/admin/logout/").status_code == 403
    assert sent(Client()) == 401
    assert sent(Client(), HTTP_HOST="elsewhere.example") == 400
    assert sent(Client(), "/nowhere") == 404
    rows = LoggedRequest.objects.order_by("id").values_list("route", "status", "username")
    assert [*rows] == [("admin:logout", 403, "ada"), ("api-campaigns", 401, ""), ("", 400, ""), ("", 404, "")]


def test_to_look_costs_no_query_and_leaves_no_row(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/api/schema/")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert not LoggedRequest.objects.exists()


@pytest.mark.parametrize(
    "given", ["", "short", "ada@example.com-0123456789", "a" * 65, "0123456789abcdef\n", "zzzz" * 8]
)
def test_an_id_that_may_be_anything_is_replaced(given: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", request_id.taken(given))


def test_an_act_whose_row_cannot_be_written_is_answered_and_told_to_the_operator(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE api_request_log ADD CONSTRAINT full_up CHECK (status = 0) NOT VALID")
    with transaction.atomic():
        header = keys.headers("campaigns:write")
    assert sent(Client(), headers=header) == 201
    assert "api_request_log has no row of this: POST api-campaigns by user None, key" in caplog.text


@pytest.mark.parametrize("statement", ["UPDATE {} SET status = 1", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("part", ["", "_default", f"_{datetime.now(UTC):%Y_%m}"])
def test_nobody_changes_it_nor_any_part_of_it(statement: str, part: str) -> None:
    for at in (datetime.now(UTC), datetime(2020, 1, 1, tzinfo=UTC)):
        LoggedRequest.objects.create(at=at, method="POST", status=200, duration_ms=1)
    with pytest.raises(DatabaseError, match="stays as it was written"), transaction.atomic():
        connection.cursor().execute(statement.format(f"api_request_log{part}"))
    assert LoggedRequest.objects.count() == 2


def test_months_ahead_are_made_once_and_take_their_rows() -> None:
    later = datetime(2031, 12, 31, 23, tzinfo=UTC)
    assert months.ensure_ahead(later) == 4 * len(months.LOGS + months.SEALS)
    assert months.ensure_ahead(later) == 0
    LoggedRequest.objects.create(at=datetime(2032, 1, 1, tzinfo=UTC), method="POST", status=200, duration_ms=1)
    assert partition() == "api_request_log_2032_01"


def test_rows_that_came_before_their_month_was_there_get_it_then() -> None:
    row = LoggedRequest.objects.create(at=datetime(2032, 1, 1, tzinfo=UTC), method="POST", status=200, duration_ms=1)
    assert partition() == "api_request_log_default"
    months.ensure_ahead(datetime(2031, 12, 1, tzinfo=UTC))
    assert partition() == "api_request_log_2032_01"
    assert LoggedRequest.objects.get() == row
    LoggedRequest.objects.create(at=datetime(2012, 1, 1, tzinfo=UTC), method="POST", status=200, duration_ms=1)
    for statement in ("UPDATE {} SET status = 1", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(DatabaseError, match="stays as it was written"), transaction.atomic():
            connection.cursor().execute(statement.format("api_request_log_default"))


def partition() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM api_request_log")
        ((name,),) = cursor.fetchall()
    return str(name)


def test_officers_read_it(admin_user: User, client: Client) -> None:
    LoggedRequest.objects.create(at=datetime.now(UTC), method="POST", route="api-costs", status=200, duration_ms=1)
    path = "/admin/compliance/loggedrequest/"
    client.force_login(staff("eve"))
    assert client.get(path).status_code == 403
    client.force_login(admin_user)
    assert "api-costs" in client.get(path, {"q": "api-costs"}).content.decode()
    assert "api-costs" not in client.get(path, {"q": "api-events"}).content.decode()
