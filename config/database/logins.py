"""The roles that log in, each with a password that only its processes need. Imports no Django: services start first."""

from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql


def web_role(database: str) -> str:
    """Roles are of a whole server, so each database has a web role of its own."""
    return f"{database}_web"


def web_url(owner_url: str, password: str) -> str:
    """Where the web server finds the database of that address."""
    return renamed(owner_url, web_role(unquote(urlsplit(owner_url).path.strip("/"))), password)


def renamed(url: str, role: str, password: str) -> str:
    """The same database for another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"))


def user_of(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def ensure(connection: psycopg.Connection, role: str, password: str) -> None:
    """Make a role that may log in and nothing else, or give it its password back, of which the server sees a verifier.

    Raises InsufficientPrivilege where the connection may not.
    """
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode()).decode()
    order = sql.SQL(
        "ALTER ROLE {} LOGIN PASSWORD {}" if exists(connection, role) else "CREATE ROLE {} LOGIN PASSWORD {}"
    )
    connection.execute(order.format(sql.Identifier(role), sql.Literal(verifier)))


def ensure_group(connection: psycopg.Connection, role: str) -> None:
    """Make a role that nobody logs in as. Raises InsufficientPrivilege where the connection may not."""
    if not exists(connection, role):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def answers(url: str) -> bool:
    """Whether somebody may log in by that address."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
