"""Reads the environment before Django does, since the embedded services start first and settings depend on them."""

import os
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()


def load() -> None:
    """Take variables from an optional `.env` file; what the shell sets wins."""
    if (ROOT / ".env").is_file():
        env.read_env(ROOT / ".env", overwrite=False)


def data_dir() -> Path:
    """Where everything that this installation generates is kept; relative paths count from the project."""
    return Path(os.path.abspath(ROOT / (env.str("DATA_DIR", default="") or ".data")))


def external_postgres() -> bool:
    return bool(env.str("DATABASE_URL", default=""))


def external_redis() -> bool:
    """Redis counts as given when one address serves both purposes, or each has its own."""
    both = env.str("BROKER_URL", default="") and env.str("CACHE_URL", default="")
    return bool(env.str("REDIS_URL", default="") or both)
