"""Whose fault an error of the database is: the batch's, the database's, or nobody can tell from the error alone."""

from enum import Enum

from django.db import Error, InterfaceError, OperationalError

# SQLSTATE classes: what the rows said (cardinality, data, constraints, limits of one value or row, what SQL raised).
OF_THE_ROWS = {"21", "22", "23", "54", "P0"}
# Too little memory or disk, a failing disk, a missing table, an inner error: one batch may ask too much, or all fail.
DOUBTFUL = {"42", "53", "58", "XX"}
QUERY_CANCELED = "57014"  # by a statement timeout, or by a person


class Blame(Enum):
    """`ROWS` fail again however often they are tried, behind the `DATABASE` all wait, in `DOUBT` others are tried."""

    ROWS = "rows"
    DOUBT = "doubt"
    DATABASE = "database"


def blame(error: Exception) -> Blame:
    state = sqlstate(error)
    if state[:2] in DOUBTFUL or state == QUERY_CANCELED:
        return Blame.DOUBT
    if state[:2] in OF_THE_ROWS or not isinstance(error, Error):
        return Blame.ROWS
    if not state and not isinstance(error, OperationalError | InterfaceError):
        return Blame.ROWS  # psycopg itself found that a value cannot be sent
    return Blame.DATABASE


def is_conflict(error: Exception) -> bool:
    """A deadlock or a serialization failure: PostgreSQL rolled this one back so that another could go on."""
    return sqlstate(error).startswith("40")


def sqlstate(error: Exception) -> str:
    """PostgreSQL's five characters for an error; empty when the connection, not a statement, failed."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def reason(error: Exception) -> str:
    """The first line of an error, for a person; what follows it may quote rows."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
