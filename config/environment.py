"""Reads the environment before Django does, since the embedded services start first and settings depend on them."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()


def load() -> None:
    """Take variables from an optional `.env` file; what the shell sets wins."""
    if (ROOT / ".env").is_file():
        env.read_env(ROOT / ".env", overwrite=False)


def whole(name: str, default: int, *, least: int = 1, most: int = 2**31 - 1) -> int:
    """A whole number of the environment. Raises ImproperlyConfigured, which names the variable."""
    given = env.str(name, default="")
    try:
        number = int(given or default)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: {given!r} is no whole number") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name}: {number} does not lie between {least} and {most}")
    return number


def data_dir() -> Path:
    """Where everything that this installation generates is kept; relative paths count from the project."""
    return Path(os.path.abspath(ROOT / (env.str("DATA_DIR", default="") or ".data")))


def external_postgres() -> bool:
    return bool(env.str("DATABASE_URL", default=""))


def external_redis() -> bool:
    """Redis counts as given when one address serves both purposes, or each has its own."""
    both = env.str("BROKER_URL", default="") and env.str("CACHE_URL", default="")
    return bool(env.str("REDIS_URL", default="") or both)
