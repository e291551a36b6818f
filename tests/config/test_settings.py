"""Settings refuse what would only fail later."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


def test_a_time_zone_that_does_not_exist_stops_the_start() -> None:
    assert environment.time_zone("Europe/Berlin") == "Europe/Berlin"
    for name in ("Mars/Olympus", "", "../etc/passwd", "utc "):
        with pytest.raises(ImproperlyConfigured, match="REPORTING_TIME_ZONE"):
            environment.time_zone(name)


def test_a_currency_is_one_of_iso_4217() -> None:
    assert environment.currency("EUR") == "EUR"
    for code in ("eur", "EURO", "", "12A", "XYZ"):
        with pytest.raises(ImproperlyConfigured, match="REPORTING_CURRENCY"):
            environment.currency(code)


@pytest.mark.parametrize(
    ("chosen", "debug", "terminal", "form"),
    [
        ("", "off", False, "json"),
        ("", "on", False, "text"),
        ("auto", "off", True, "text"),
        ("json", "on", True, "json"),
        ("text", "off", False, "text"),
    ],
)
def test_lines_of_logs_are_text_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, chosen: str, debug: str, terminal: bool, form: str
) -> None:
    monkeypatch.setenv("LOG_FORMAT", chosen)
    monkeypatch.setenv("DEBUG", debug)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert environment.log_format() == form


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ATTRIBUTION_WINDOW_DAYS", "99999"),
        ("IDENTITY_KEYS", "short"),
        ("HASH_KEY", "x"),
        ("HTTPS", "yess"),
        ("DEBUG", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("REQUIRE_SECOND_FACTOR", "sometimes"),
        ("SESSION_HOURS", "0"),
        ("EMAIL_URL", "mail.example.com"),
        ("WORKING_DAY_ENDS", "25"),
        ("DATABASE_LOGIN", "root"),
        ("WEB_DATABASE_URL", "postgres://web:secret@db.example.com/marketing"),
        ("OUTBOUND_PORTS", "443,https"),
        ("OUTBOUND_PORTS", "443,99999"),
        ("OUTBOUND_ALLOW", "chat.example.com"),
        ("OUTBOUND_ALLOW", "https://chat.example.com/hooks"),
        ("OUTBOUND_ALLOW", "ftp://chat.example.com"),
        ("OUTBOUND_ALLOW", "http://chat.example.com,http://10.0.0.7:99999"),
    ],
)
def test_what_would_only_fail_later_is_refused_and_named(variable: str, value: str) -> None:
    refused = manage("check", **{variable: value})
    assert refused.returncode != 0
    assert refused.stderr.startswith(f"The settings cannot be used. {variable}"), refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def manage(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=environment.ROOT,
        env=ours | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_behind_https_django_finds_nothing_to_warn_of() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", HTTPS="on", TRUSTED_PROXY="on")
    assert checked.returncode == 0, checked.stderr
    assert manage("check", "--deploy", "--fail-level", "WARNING").returncode == 1, "it would find something"


def test_a_forwarded_protocol_is_believed_only_of_a_trusted_proxy() -> None:
    ask = (
        "from django.test import Client; answer = Client().get('/', headers={'X-Forwarded-Proto': 'https'}); "
        "print(answer.status_code, answer['Location'], answer.get('Strict-Transport-Security'))"
    )
    stranger = manage("shell", "--no-imports", "-c", ask, HTTPS="on", ALLOWED_HOSTS="testserver")
    assert stranger.stdout.split() == ["301", "https://testserver/", "None"]
    trusted = manage("shell", "--no-imports", "-c", ask, HTTPS="on", TRUSTED_PROXY="on", ALLOWED_HOSTS="testserver")
    assert "max-age=31536000; includeSubDomains; preload" in trusted.stdout
    assert trusted.stdout.startswith("302 /admin/marketing/")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PORT", "abc", "PORT: 'abc'"),
        ("PORT", "99999", "PORT: 99999"),
        ("HOST", "no.such.host.invalid", "HOST"),
        ("WEB_WORKERS", "0", "WEB_WORKERS: 0"),
        ("DATABASE_URL", "mysql://me:secret@host/name", "DATABASE_URL: write postgres://"),
        ("DATABASE_URL", "postgres://me:secret@127.0.0.1:1/name", "did not answer"),
    ],
)
def test_a_start_with_wrong_settings_says_which_in_a_few_lines(
    variable: str, value: str, says: str, tmp_path: Path
) -> None:
    other = {} if variable == "DATABASE_URL" else {"DATABASE_URL": "postgres://me:secret@127.0.0.1:1/name"}
    refused = manage("serve", **other, DATA_DIR=str(tmp_path), REDIS_URL="redis://127.0.0.1:1", **{variable: value})
    assert refused.returncode != 0
    assert says in refused.stderr
    assert len(refused.stderr.splitlines()) <= 3, refused.stderr
    assert "secret" not in refused.stderr
