"""What every address answers with, whoever asks: headers, cookies, sizes, and errors that tell nothing."""

import ast
import csv
import re
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO, StringIO
from typing import Any

import pytest
import yaml
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from analytics.api.doors import LARGEST_BODY
from compliance import spreadsheets
from config import signed_in
from config.access import ACCESS
from config.schedule import sync_schedule
from tests.compliance import keys
from tests.config import test_access
from tests.config.test_settings import manage

campaign, places = test_access.campaign, test_access.places  # where each address is
pytestmark = pytest.mark.django_db
REDIRECTS = {301, 302, 303, 307, 308}
SETTINGS = (
    "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
    "s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_SAMESITE)"
)


@pytest.fixture
def https(settings: Settings) -> None:
    """As with HTTPS=on; that this sets it so is asked of another process."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def faults(answer: Any) -> list[str]:
    """What an answer lacks of what each must have."""
    headers = answer.headers
    policy = headers.get("Content-Security-Policy", "")
    wanted = {
        "HSTS": headers.get("Strict-Transport-Security", "").startswith("max-age=31536000; includeSubDomains"),
        "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": headers.get("Referrer-Policy") == "same-origin",
        "frames": headers.get("X-Frame-Options") == "DENY",
        "opener": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "policy": all(f"{name} 'none'" in policy for name in ("default-src", "base-uri", "frame-ancestors")),
        "no inline code": "unsafe" not in policy and "script-src 'self';" in f"{policy};",
        "no guessing": "charset" in headers.get("Content-Type", "charset") or "json" in headers["Content-Type"],
        "leads within": _within(headers.get("Location", "/")),
        "no fault of ours": answer.status_code < 500,
    }
    cookies = [_cookie(cookie) for cookie in answer.cookies.values() if cookie["max-age"] != 0]
    return [name for name, there in wanted.items() if not there] + [fault for faults in cookies for fault in faults]


def _within(place: str) -> bool:
    return place.startswith(("/", "https://testserver/")) and not place.startswith(("//", "/\\"))


def _cookie(cookie: Any) -> list[str]:
    wanted = {"secure": True, "samesite": "Lax", "path": "/", "domain": ""}
    if cookie.key != "csrftoken":  # scripts of forms may read it, as Django means it
        wanted["httponly"] = True
    return [f"{cookie.key} {name}" for name, value in wanted.items() if (cookie[name] or "") != (value or "")]


@pytest.mark.parametrize("who", ["stranger", "superuser"])
def test_every_address_answers_with_every_header(places: Mapping[str, str], https: None, who: str) -> None:
    user = User.objects.create_superuser("boss")
    found = {}
    for name, path in places.items():
        for method in ACCESS[name] or ("GET",):
            client = Client()
            if who == "superuser":
                client.force_login(user)
            answer = client.generic(method, path, secure=True)
            if lacking := faults(answer):
                found[f"{method} {name}"] = lacking
    assert found == {}


def test_cookies_are_bound_to_the_host_where_there_is_https() -> None:
    said = manage("shell", "--no-imports", "-c", SETTINGS, HTTPS="on").stdout.split()
    assert said == ["__Host-sessionid", "__Host-csrftoken", "True", "True", "/", "None", "Lax"]
    assert manage("shell", "--no-imports", "-c", SETTINGS).stdout.split()[0] == "sessionid"


def test_the_cookie_of_a_session_is_for_requests_alone(https: None) -> None:
    User.objects.create_user("ada", password="a long password", is_staff=True)
    client = Client()
    given = {"username": "ada", "password": "a long password"}
    answer = client.post(reverse("admin:login"), given, secure=True)
    assert answer.status_code == 302
    assert faults(answer) == []
    assert answer.cookies["sessionid"]["max-age"] == 24 * 3600


class Unread(BytesIO):
    """A body that says when somebody reads it."""

    def read(self, *_size: Any) -> bytes:
        raise AssertionError("it was read")


@pytest.mark.parametrize("name", [name for name, ways in ACCESS.items() if name.startswith("api-") and "POST" in ways])
def test_a_body_that_is_too_large_is_refused_unread(places: Mapping[str, str], name: str) -> None:
    header = keys.headers("all", owner=User.objects.create_superuser("boss"))
    sent: Any = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(LARGEST_BODY + 1)}
    answer = Client(headers=header).post(places[name], content_type="application/json", **sent)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert f"{LARGEST_BODY:,} bytes" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body", [{"username": "x" * 2_700_000}, {f"field{number}": "" for number in range(1001)}], ids=["bytes", "fields"]
)
def test_a_form_that_is_too_large_is_refused_in_few_words(body: dict[str, str]) -> None:
    pairs = "&".join(f"{name}={value}" for name, value in body.items())
    answer = Client().post("/admin/login/", pairs, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 413)
    assert len(answer.content) < 1000
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("path", ["/admin/marketing/", "/api/v1/metrics", "/api/nowhere", "/admin/", "/nowhere"])
def test_what_fails_tells_nothing_of_why(path: str, monkeypatch: pytest.MonkeyPatch, admin_user: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(admin_user)

    def fail(_request: object) -> object:
        raise RuntimeError("the secret of secrets")

    monkeypatch.setattr(signed_in.Users, "process_request", lambda _middleware, request: fail(request))
    answer = client.get(path)
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert (answer["Content-Type"] == "application/problem+json") is path.startswith("/api")
    for told in (b"secret of secrets", b"Traceback", b"RuntimeError", b"settings", b"signed_in"):
        assert told not in answer.content


@pytest.mark.parametrize("path", ["/nowhere", "/admin/nowhere/", "/api/v1/nowhere", "/admin/marketing/nowhere/"])
def test_what_is_not_there_tells_nothing_of_what_is(path: str, admin_client: Client) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    for told in (b"urlpatterns", b"URLconf", b"DEBUG", b"Traceback"):
        assert told not in answer.content


def test_no_script_stands_in_the_page_of_a_scheduled_job(admin_client: Client) -> None:
    """The policy runs none, and the package that brings the page has one."""
    sync_schedule()
    entry = PeriodicTask.objects.exclude(crontab=None).first()
    assert entry is not None
    page = admin_client.get(reverse("admin:django_celery_beat_periodictask_change", args=[entry.pk])).content.decode()
    assert entry.name in page
    assert not re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page)


@pytest.mark.parametrize(
    "asked",
    [
        "compliance/auditentry/?username=%00",
        "compliance/piiaccess/?contact_ids__contains=x",
        "compliance/apikey/?scopes__contains=all",
        "analytics/campaign/?name__regex=*",
        "analytics/inboxbatch/?state=%00",
        "compliance/retentionsetting/%00/change/",
        "compliance/loggedrequest/?ip=nowhere",
        "compliance/datasubjectrequest/?received_at__year=0",
        "auth/user/?date_joined__year=99999",
    ],
)
def test_what_a_list_cannot_be_asked_is_a_bad_request(asked: str, admin_client: Client) -> None:
    assert admin_client.get(f"/admin/{asked}").status_code == HTTPStatus.BAD_REQUEST


def test_the_schema_says_how_a_key_and_a_body_are_refused() -> None:
    schema = yaml.safe_load((configured.BASE_DIR / "openapi.yaml").read_text())
    for path, ways in schema["paths"].items():
        for method, operation in ways.items():
            wanted = {"401"} if any(operation.get("security", [{}])) else set()
            wanted |= {"413"} if method not in ("get", "head", "options") else set()
            assert wanted <= set(operation["responses"]), f"{method} {path}"
            for status in wanted:
                assert "application/problem+json" in operation["responses"][status]["content"], f"{method} {path}"


def test_debugging_is_off_unless_somebody_wants_it() -> None:
    assert configured.DEBUG is False
    assert manage("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.DEBUG)").stdout == (
        "False\n"
    )


class TestFiles:
    """Files that people open in spreadsheets, and their names."""

    def test_whatever_writes_csv_makes_text_of_formulas(self) -> None:
        writing = set()
        for app in ("analytics", "compliance", "config", "recommendations"):
            for file in (configured.BASE_DIR / app).rglob("*.py"):
                if "csv.writer" in (source := file.read_text()) or "DictWriter" in source:
                    assert file.name == "spreadsheets.py", file
                elif "spreadsheets.writer" in source:
                    writing.add(file)
                    used = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
                    assert "text" in used, file
        assert len(writing) >= 2

    @pytest.mark.parametrize("said", [";=1+1", 'x";=1+1', "x;@SUM(1)", "x\t=1+1"])
    def test_no_cell_begins_within_a_text_where_semicolons_or_tabs_separate(self, said: str) -> None:
        out = StringIO()
        spreadsheets.writer(out).writerow([spreadsheets.text(said), "email", 3])
        for separator in ";\t":
            [line] = csv.reader(StringIO(out.getvalue()), delimiter=separator)
            assert not [cell for cell in line if cell.startswith(spreadsheets.FORMULA)]

    @given(start=st.sampled_from(spreadsheets.FORMULA), rest=st.text(max_size=20))
    def test_no_cell_begins_with_what_begins_a_formula(self, start: str, rest: str) -> None:
        said = start + rest
        is_number = re.fullmatch(r"[+-][0-9]+([.,][0-9]+)*", said)
        assert spreadsheets.text(said) == (said if is_number else f"'{said}")

    @given(st.text(st.sampled_from("'=+-@\t\r\n＝0.,x"), max_size=6) | st.text(max_size=20))
    def test_what_was_typed_comes_back_out_of_a_cell(self, said: str) -> None:
        assert spreadsheets.typed(spreadsheets.text(said)) == said

    @pytest.mark.parametrize("said", ["-5.00", "+3", "-1.234,56", "-5+cmd|' /C calc'!A0", "+1-1", "-５", "-"])
    def test_a_number_with_its_sign_stays_a_number_and_sums_are_text(self, said: str) -> None:
        assert (spreadsheets.text(said) == said) == (said in ("-5.00", "+3", "-1.234,56"))

    def test_names_ids_and_tags_of_campaigns_are_no_formulas(self, admin_client: Client) -> None:
        header = keys.headers("campaigns:write")
        for number, start in enumerate(("=", "+", "-", "@", "\t", "\r")):
            body = {"campaign": f"{start}x{number}", "name": f"{start}1+1", "channel": "email", "tags": [f"{start}t"]}
            answer = Client().post("/api/v1/campaigns", body, content_type="application/json", headers=header)
            assert answer.status_code == 201, answer.content
        file: Any = admin_client.get(reverse("analytics:campaigns_csv"))
        cells = [
            cell
            for row in csv.reader(b"".join(file.streaming_content).decode("utf-8-sig").splitlines())
            for cell in row
        ]
        assert sum(cell.startswith("'") for cell in cells) > 8
        assert [cell for cell in cells if cell.startswith(spreadsheets.FORMULA)] == []
        assert file["Content-Disposition"].startswith('attachment; filename="campaigns-')

    @pytest.mark.parametrize("query", ['from=2026-10-01";evil=1', "from=%0d%0aX-Evil: 1", "to=../../etc/passwd"])
    def test_no_name_of_a_file_is_said_by_who_asks(self, query: str, admin_client: Client) -> None:
        answer: Any = admin_client.get(f"{reverse('analytics:campaigns_csv')}?period=custom&{query}")
        for text in (answer.get("Content-Disposition", ""), answer.get("Location", "")):
            assert "\n" not in text
            assert '"' not in text.removeprefix('attachment; filename="').removesuffix('"')
        assert "X-Evil" not in answer.headers
