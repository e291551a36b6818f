"""Reads the environment before Django does, since the embedded services start first and settings depend on them."""

import os
import sys
import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from analytics.currencies import MINOR_UNITS

ROOT = Path(__file__).resolve().parent.parent
ON, OFF = ("on", "true", "yes", "y", "ok", "1"), ("off", "false", "no", "n", "0")
env = environ.Env()


def load() -> None:
    """Take variables from an optional `.env` file; what the shell sets wins."""
    if (ROOT / ".env").is_file():
        env.read_env(ROOT / ".env", overwrite=False)


def whole(name: str, default: int, *, least: int = 1, most: int = 2**31 - 1) -> int:
    """A whole number of the environment. Raises ImproperlyConfigured, which names the variable."""
    return _number(name, env.str(name, default="") or str(default), least, most)


def wholes(name: str, default: tuple[int, ...], *, least: int = 1, most: int = 2**31 - 1) -> list[int]:
    """A comma list of them."""
    return [_number(name, given, least, most) for given in env.list(name, default=[])] or list(default)


def _number(name: str, given: str, least: int, most: int) -> int:
    try:
        number = int(given)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: {given!r} is no whole number") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name}: {number} does not lie between {least} and {most}")
    return number


def switch(name: str, *, default: bool) -> bool:
    """On or off. Raises ImproperlyConfigured for anything else: a slip of the pen must not switch HTTPS off."""
    given = env.str(name, default="").strip().lower()
    if given in ON or given in OFF:
        return given in ON
    if given:
        raise ImproperlyConfigured(f"{name}: {given!r} is neither on nor off")
    return default


def choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of some words, in capitals. Raises ImproperlyConfigured, which lists them."""
    given = env.str(name, default="").strip().upper() or default
    if given not in choices:
        raise ImproperlyConfigured(f"{name}: {given!r} is none of {', '.join(choices)}")
    return given


def origins(name: str) -> list[str]:
    """A comma list of scheme, host and perhaps a port. Raises ImproperlyConfigured for what is more or less."""
    given = env.list(name, default=[])
    for text in given:
        try:
            parts = urlsplit(text)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in text
        except ValueError:
            known = False
        if not known or text != f"{parts.scheme}://{parts.netloc}":
            raise ImproperlyConfigured(f"{name}: write {text!r} as https://chat.example.com or http://10.0.0.7:8065")
    return list(given)


def database(name: str, url: str) -> dict[str, Any]:
    """The parts of a PostgreSQL address. What was given is not said back: a password may stand in it."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name}: write postgres://user:password@host:5432/name")
    return dict(env.db_url_config(url))


def log_format() -> str:
    """The form of lines in the log, json or text; where LOG_FORMAT is silent, text in development and at a terminal."""
    chosen = choice("LOG_FORMAT", ("AUTO", "JSON", "TEXT"), "AUTO")
    if chosen == "AUTO":
        return "text" if switch("DEBUG", default=False) or sys.stderr.isatty() else "json"
    return chosen.lower()


def data_dir() -> Path:
    """Where everything that this installation generates is kept; relative paths count from the project."""
    return Path(os.path.abspath(ROOT / (env.str("DATA_DIR", default="") or ".data")))


def external_postgres() -> bool:
    return bool(env.str("DATABASE_URL", default=""))


def external_redis() -> bool:
    """Redis counts as given when one address serves both purposes, or each has its own."""
    both = env.str("BROKER_URL", default="") and env.str("CACHE_URL", default="")
    return bool(env.str("REDIS_URL", default="") or both)


def redis_database(number: int) -> str:
    """One Redis given for all: the broker and the cache take a database each."""
    given = urlsplit(env.str("REDIS_URL", default=""))
    return urlunsplit(given._replace(path=f"/{number}")) if given.scheme else ""


def time_zone(name: str) -> str:
    """Days and hours are cut in this zone, so a name that does not exist must stop the start."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"REPORTING_TIME_ZONE: {name!r} is no known time zone") from error
    return name


def currency(code: str) -> str:
    if code not in MINOR_UNITS:
        raise ImproperlyConfigured(f"REPORTING_CURRENCY: {code!r} is no ISO 4217 code such as USD")
    return code


def mail_server(url: str) -> dict[str, Any]:
    """Django's settings of a mail server; without one mail goes nowhere. What was given is not said back."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if urlsplit(url).scheme not in ("smtp", "smtps", "smtp+tls", "smtp+ssl") or not urlsplit(url).hostname:
        raise ImproperlyConfigured("EMAIL_URL: write smtp+tls://user:password@mail.example.com:587")
    return {name: value for name, value in env.email_url_config(url).items() if value is not None}
