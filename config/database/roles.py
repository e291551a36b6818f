"""The roles of this installation's database: made by its owner, and given their privileges, at every start."""

import contextlib
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psycopg
from django.conf import settings
from django.db import connection

from config.database import grants, logins

Say = Callable[[str], object]
OWNER, WEB = "owner", "web"  # what a process says it is, by its variable DATABASE_LOGIN
NOT_MADE = (
    "The web server logs in as {owner}, who owns the tables, for it has no role of its own and {owner} cannot make one."
    " Let an administrator CREATE ROLE {web} LOGIN PASSWORD '…'; CREATE ROLE {bi} NOLOGIN; and set WEB_DATABASE_URL."
)
TOO_MUCH = "{web}, as whom the web server logs in, may more than pages need. Choose a role that owns nothing."

# Whether a role may get around what it is granted; no row for one that there is not.
TOO_STRONG = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
    OR pg_has_role(oid, current_user, 'MEMBER')
    OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relnamespace = 'public'::regnamespace)
FROM pg_roles WHERE rolname = %s
"""


class CannotLogIn(Exception):
    """The address that was given for the web server does not work."""


def prepare(say: Say) -> str:
    """Make the roles where there are none, bring their privileges up to the tables; how the web server logs in.

    As the owner where it can do no better, with a line that says what to do. Raises CannotLogIn.
    """
    web = logins.user_of(settings.WEB_DATABASE_URL)
    owner = _ours()
    if not settings.WEB_DATABASE_GIVEN:
        _make(owner, web)
    grant(owner, web, say)
    if logins.answers(settings.WEB_DATABASE_URL):
        return WEB
    if settings.WEB_DATABASE_GIVEN:
        raise CannotLogIn(f"Nobody may log in as {web}. Is WEB_DATABASE_URL right?")
    say(NOT_MADE.format(owner=owner.info.user, web=web, bi=grants.BI))
    return OWNER


def grant(owner: psycopg.Connection, web: str, say: Say) -> None:
    """What the table says, to those of the roles that there are."""
    strong = owner.execute(TOO_STRONG, [web]).fetchone()
    if strong == (True,):
        say(TOO_MUCH.format(web=web))
    bi = logins.exists(owner, grants.BI)
    grants.apply(owner, web=web if strong == (False,) else None, bi=grants.BI if bi else None)


def known(name: str) -> bool:
    return logins.exists(_ours(), name)


def make_reader(name: str, password: str) -> str:
    """A login for a BI tool, which reads schema reporting; its address. Raises InsufficientPrivilege."""
    owner = _ours()
    with owner.transaction():
        logins.ensure_group(owner, grants.BI)
        logins.ensure(owner, name, password)
        grants.admit(owner, name)
    grant(owner, logins.user_of(settings.WEB_DATABASE_URL), say=lambda _line: None)
    return logins.renamed(settings.OWNER_DATABASE_URL, name, password)


def _ours() -> psycopg.Connection:
    """This process's connection, the owner's."""
    connection.ensure_connection()
    return connection.connection


def _make(owner: psycopg.Connection, web: str) -> None:
    """As far as the owner may make roles; one that can log in already is left as it is."""
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        logins.ensure_group(owner, grants.BI)
    if not logins.answers(settings.WEB_DATABASE_URL):
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            logins.ensure(owner, web, unquote(urlsplit(settings.WEB_DATABASE_URL).password or ""))
