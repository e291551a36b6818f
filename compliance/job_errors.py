"""What of an error may be kept: enough to find its cause, and nothing of the data it happened to. Pure."""

import re

from django.db import Error as DatabaseError

LONGEST = 2000
HIDDEN = "…"
DATA_EXCEPTION = "22"  # the SQLSTATEs whose messages quote values; those of other classes quote names

_QUOTED = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|“[^”]*”""")
_ADDRESS = re.compile(r"\S+@\S+")
_NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,2}\d){6,}")


class JobFailedError(Exception):
    """Raised by a job that ran to its end and found that something is wrong; its text is shown to the operator."""


def told(error: BaseException) -> str:
    """An error in words. What it quotes is left out: psycopg's DETAIL and CONTEXT are rows, a KeyError is its key.

    Only what a job of ours says for the operator stays as it is.
    """
    if isinstance(error, JobFailedError):
        return _cut(str(error))
    name = type(error).__name__
    if isinstance(error, DatabaseError):
        return _cut(f"{name}: {_of_database(error)}")
    return _cut(f"{name}: {_hidden(_QUOTED.sub(HIDDEN, str(error)))}")


def _of_database(error: DatabaseError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None or diagnosis.message_primary is None:  # not the server's words: it could not be reached
        return str(error).partition("\n")[0]
    message, state = diagnosis.message_primary, diagnosis.sqlstate
    if state.startswith(DATA_EXCEPTION):
        message = _QUOTED.sub(HIDDEN, message)
    return _hidden(f"{message} ({state})")


def _hidden(text: str) -> str:
    return _NUMBER.sub(HIDDEN, _ADDRESS.sub(HIDDEN, text))


def _cut(text: str) -> str:
    return text[:LONGEST].replace("\x00", "")
