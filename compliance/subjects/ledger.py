"""The ledger of erasures: a file outside the database, to which each erasure that has ended adds a line. No Django.

A database that is restored from a backup has people in it who were erased since; the ledger knows them again, by keyed
hash. A line is JSON and bears a keyed hash (BLAKE2b, RFC 7693) of all that stands in it and of the hash before, so
that without the key no line can be made, changed, moved or taken out of the middle. That the end was cut is told by
whoever knows where it was: the database, and the log.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Self

SIZE = 32  # bytes of a hash


@dataclass(frozen=True, slots=True)
class End:
    """The last line, or none: lines count from 1. `hash` in hex."""

    number: int = 0
    hash: str = bytes(SIZE).hex()


@dataclass(frozen=True, slots=True)
class Erased:
    """Who was erased, and when it had ended. All three lists are keyed hashes in hex, of what the person was known by.

    `ids` as the table `identity` has them, `fields` as `identity_field` has addresses and numbers, `listed` as the
    suppression list has all of them; each is compared with its own alone.
    """

    request: str
    regime: str
    received_at: datetime
    at: datetime
    ids: tuple[str, ...]
    fields: tuple[str, ...]
    listed: tuple[str, ...]

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """From what `told` gave; raises ValueError, KeyError and TypeError."""
        received_at, at = (datetime.fromisoformat(told[name]) for name in ("received_at", "at"))
        ids, fields, listed = (tuple(map(_hex, told[name])) for name in ("ids", "fields", "listed"))
        return cls(str(told["request"]), str(told["regime"]), received_at, at, ids, fields, listed)

    @property
    def told(self) -> dict[str, Any]:
        moments = {"received_at": self.received_at.isoformat(), "at": self.at.isoformat()}
        return asdict(self) | moments


@dataclass(frozen=True, slots=True)
class Line:
    end: End
    erased: Erased


class Broken(ValueError):
    """The file is not as it was written; the text says from which line on."""


class Elsewhere(Exception):
    """The ledger does not end where whoever adds to it thought."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One file, and the key (32 bytes) of its hashes."""

    path: Path
    key: bytes

    def read(self) -> list[Line]:
        """All lines, checked; of a file that is not there, none. Raises `Broken` and OSError."""
        try:
            return self._checked(self.path.read_bytes())
        except FileNotFoundError:
            return []

    def sync(self) -> None:
        """Have on disk what is in it. Raises OSError, also where a line could not be added."""
        with self._locked() as file:
            os.fsync(file.fileno())

    def append(self, erased: Erased, after: End) -> Line:
        """The line of this erasure, on disk: the one that is there, else a new one behind `after`.

        Raises `Elsewhere`, `Broken` and OSError; then nothing was added. What a crash left of half a line was never
        told of, and is overwritten.
        """
        with self._locked() as file:
            data = file.read()
            lines = self._checked(data)
            known = next((line for line in lines if line.erased.request == erased.request), None)
            if known is None and end_of(lines) != after:
                raise Elsewhere
            line = known or self._line(end_of(lines), erased)
            if known is None:
                file.truncate(data.rfind(b"\n") + 1)
                file.write(_written(line))
                file.flush()
            os.fsync(file.fileno())
            return line

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """The file, ours alone until the block ends; made where there is none, and so that it outlives a crash."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            yield file

    def _checked(self, data: bytes) -> list[Line]:
        lines: list[Line] = []
        for text in data[: data.rfind(b"\n") + 1].splitlines():
            try:
                told = json.loads(text)
                line = self._line(end_of(lines), Erased.read(told))
                if (told["number"], told["hash"]) != (line.end.number, line.end.hash):
                    raise ValueError
            except (ValueError, KeyError, TypeError, RecursionError):
                foreign = "" if lines else " It may be of another installation, or of another HASH_KEY."
                raise Broken(f"Line {len(lines) + 1} of {self.path} is not as it was written.{foreign}") from None
            lines.append(line)
        return lines

    def _line(self, before: End, erased: Erased) -> Line:
        content = json.dumps([before.number + 1, erased.told], sort_keys=True, separators=(",", ":"))
        parts = (bytes.fromhex(before.hash), content.encode())
        link = blake2b(b"".join(parts), digest_size=SIZE, key=self.key, person=b"erasure ledger")
        return Line(End(before.number + 1, link.hexdigest()), erased)


def end_of(lines: Sequence[Line]) -> End:
    return lines[-1].end if lines else End()


def _written(line: Line) -> bytes:
    told = {"number": line.end.number, **line.erased.told, "hash": line.end.hash}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _hex(text: str) -> str:
    return bytes.fromhex(text).hex()
