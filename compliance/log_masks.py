"""Nobody's address and no key stands in a log: every record is masked as it is made, whoever writes or keeps it."""

import logging
import re
import traceback
from typing import Any

HIDDEN = "…"
LONGEST = 100_000  # characters of one record
_ADDRESS = re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w.-]{1,255}", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.,:-])(?:(?:\+|00|\+?\(|0)(?:[\s()/-]{0,2}\d){7,17}|\d{3}[\s.-]\d{3}[\s.-]\d{4}|\d{10,15})(?![\w:-])"
)
_KEY = re.compile(r"\b[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}\b")
_NAMED = re.compile(
    r"(\b(?:api-key|bearer|basic)\s+|(?:password|passwd|secret|token|api_key|sessionid|authorization)[\"']?\s*[=:]\s*)"
    r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"')\]}]+)",
    re.IGNORECASE,
)
# Whoever knows the address may use it, and a form of it with a slip opens nothing but tells the same.
_HOOK = re.compile(r"(/hooks?/+[^\s/?\"']{1,40}/+)[^\s/?\"']+", re.IGNORECASE)
# What PostgreSQL adds to an error quotes rows; a deadlock's names processes alone.
_ROW = re.compile(r"^((?:DETAIL|CONTEXT):(?!\s*Process \d)\s*).*?(?=\n\n|\n[A-Z]+:|\Z)", re.MULTILINE | re.DOTALL)
_IN_URL = re.compile(r"(://)[^\s/@]{1,300}@")
_make = logging.getLogRecordFactory()


def masked(text: str) -> str:
    """A text without e-mail addresses, phone numbers, keys, passwords and tokens."""
    text = text[:LONGEST]
    if "@" in text or "%40" in text:
        text = _ADDRESS.sub(HIDDEN, _IN_URL.sub(rf"\1{HIDDEN}@", text))
    text = _ROW.sub(rf"\1{HIDDEN}", _HOOK.sub(rf"\1{HIDDEN}", text))
    return _PHONE.sub(HIDDEN, _KEY.sub(HIDDEN, _NAMED.sub(rf"\1{HIDDEN}", text)))


def install() -> None:
    """From now on every record of this process is masked."""
    logging.setLogRecordFactory(_masked_record)


def _masked_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make(*args, **kwargs)
    try:
        record.msg, record.args = masked(record.getMessage()), None
    except Exception:  # noqa: BLE001  # what cannot be put together is said by its handler, without what it was given
        record.msg, record.args = f"A line of the log at {record.pathname}:{record.lineno} cannot be written", None
    if record.exc_info and record.exc_info[0]:
        record.exc_text = masked("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    return record
