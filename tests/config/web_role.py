"""The web role of the tests' database: made as at a start, and two ways to be it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import DatabaseError, connection
from psycopg import sql

from config.database import grants, logins

PASSWORD = "a password of the tests"


def name() -> str:
    return logins.web_role(str(connection.settings_dict["NAME"]))


def make() -> None:
    """As `config.database.roles` does, after the migrations; the owner may be it for the time of a request."""
    owner = raw()
    logins.ensure(owner, name(), PASSWORD)
    logins.ensure_group(owner, grants.BI)
    grants.apply(owner, web=name(), bi=grants.BI)
    owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name())))


def raw() -> psycopg.Connection:
    """The connection without Django around it, which counts queries."""
    connection.ensure_connection()
    return connection.connection


def asking(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """What answers a request, with the privileges of the web role, in the transaction of the test."""

    def answer(*args: Any) -> Any:
        try:
            raw().execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name())))
        except (RuntimeError, DatabaseError):  # a test without the database, or of one that is away
            return get_response(*args)
        try:
            return get_response(*args)
        finally:
            with contextlib.suppress(psycopg.errors.InFailedSqlTransaction):
                raw().execute("RESET ROLE")

    return answer


@contextlib.contextmanager
def logged_in() -> Iterator[None]:
    """Inside the block this thread's connection is the web role's, logged in by password: for tests that commit."""
    owner = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"USER": name(), "PASSWORD": PASSWORD}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= owner
