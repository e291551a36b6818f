"""How a batch of events lies in the inbox: compressed COPY text of PostgreSQL, which the fold hands on as it is."""

import re
import zlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

LEVEL = 1  # the fastest: a batch lives for seconds


class Row(NamedTuple):
    """One event in inside terms, as `fold_staging` takes it. `event_id` is the hex of its 128-bit hash."""

    line: int
    contact_id: int
    event_id: str
    occurred_at: datetime
    type: int
    campaign_id: int
    message: str
    order_key: int | None
    amount: Decimal | None
    currency: str | None
    user_agent_id: int | None
    flagged: bool
    link: int | None
    network: int | None


COLUMNS: tuple[str, ...] = Row._fields
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def encode(rows: Iterable[Row]) -> bytes:
    """The rows as compressed COPY text, columns in the order of `COLUMNS`."""
    return zlib.compress("".join(map(_line, rows)).encode(), LEVEL)


def decode(payload: bytes) -> bytes:
    """The COPY text that `encode` compressed; raises ValueError for bytes that are none."""
    try:
        return zlib.decompress(payload)
    except zlib.error as error:
        raise ValueError(f"the batch is damaged: {error}") from None


def numbered(payload: bytes, batch_id: int) -> tuple[int, bytes]:
    """How many rows, and the COPY text with the batch's id as the first column; raises ValueError as `decode`.

    No row has a bare line feed in it, for `encode` escapes them.
    """
    text = decode(payload)
    first = b"%d\t" % batch_id
    rows = text.count(b"\n")
    return rows, (first + text[:-1].replace(b"\n", b"\n" + first) + b"\n" if rows else b"")


class Part(NamedTuple):
    """Some rows of a batch, as a batch of their own: how many, the line of the first, the encoded rows."""

    rows: int
    line: int | None
    payload: bytes


def halves(payload: bytes) -> list[Part]:
    """The first and the second half of the rows; none where there are no two, or where the bytes cannot be read."""
    try:
        rows = decode(payload).splitlines(keepends=True)
    except ValueError:
        return []
    middle = len(rows) // 2
    return [_part(half) for half in (rows[:middle], rows[middle:])] if middle else []


def count_of(payload: bytes, contact_ids: Iterable[int]) -> int:
    """How many rows are of these contacts; none of bytes that cannot be read."""
    try:
        return len(_of(contact_ids).findall(decode(payload)))
    except ValueError:
        return 0


def contacts_of(payload: bytes) -> set[int]:
    """Whose rows they are; nobody's of bytes that cannot be read."""
    return _numbers(payload, COLUMNS.index("contact_id"))


def campaigns_of(payload: bytes) -> set[int]:
    """The campaigns that rows name; none of bytes that cannot be read."""
    return _numbers(payload, COLUMNS.index("campaign_id"))


def _numbers(payload: bytes, place: int) -> set[int]:
    try:
        return {int(row.split(b"\t", place + 1)[place]) for row in decode(payload).splitlines()}
    except (ValueError, IndexError):
        return set()


def without(payload: bytes, contact_ids: Iterable[int]) -> Part:
    """The batch without the rows of these contacts. Raises ValueError for bytes that are none."""
    theirs = _of(contact_ids)
    rows = [row for row in decode(payload).splitlines(keepends=True) if not theirs.match(row)]
    return _part(rows) if rows else Part(0, None, b"")


def _of(contact_ids: Iterable[int]) -> re.Pattern[bytes]:
    return re.compile(rb"^[^\t\n]*\t(?:%s)\t" % "|".join(map(str, contact_ids)).encode(), re.MULTILINE)


def _part(rows: list[bytes]) -> Part:
    line = rows[0].partition(b"\t")[0]
    return Part(len(rows), int(line) if line.isdigit() else None, zlib.compress(b"".join(rows), LEVEL))


def _line(row: Row) -> str:
    line, contact, event, at, kind, campaign, message, order, amount, currency, agent, flagged, link, network = row
    return (
        f"{line}\t{contact}\t{event}\t{at.isoformat()}\t{kind:d}\t{campaign}\t"
        f"{message.translate(_ESCAPES) if message else ''}\t{_null(order)}\t{_null(amount)}\t{_null(currency)}\t"
        f"{_null(agent)}\t{'t' if flagged else 'f'}\t{_null(link)}\t{_null(network)}\n"
    )


def _null(value: object) -> object:
    return r"\N" if value is None else value
