"""Sealing: rows of the logs that no running transaction can precede get their place in the log's chain.

Writers know nothing of it. A row says which transaction wrote it (`written_by`), and what was written by transactions
older than every running one is complete, so it is sealed in the order (written_by, id), and nothing can come before it
any more. Each log has a chain of its own, whose row in `audit_chain` lets one sealer work at a time.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction

from .. import crypto
from . import contents, looks, months
from .chain import SIZE, End, Seal, Sealer

BATCH = 5_000  # rows sealed in a transaction
MOST = 10  # batches of a log in a run: some seconds, then others have their turn

BEGIN = "INSERT INTO audit_chain (log) VALUES (%(log)s) ON CONFLICT DO NOTHING"
CHAIN = """
-- One row is a chain, ours until the transaction ends; `home`: it was brought to this cluster of databases.
SELECT position, hash, cluster IS NOT DISTINCT FROM system_identifier AS home, old_id, swept, upto::text, upto_id
FROM audit_chain, pg_control_system() WHERE log = %(log)s FOR UPDATE OF audit_chain
"""
BRING = """
UPDATE audit_chain SET cluster = system_identifier, old_id = coalesce((SELECT max(id) FROM {log}), 0), swept = false,
    upto = pg_snapshot_xmin(pg_current_snapshot()), upto_id = 0
FROM pg_control_system() WHERE log = %(log)s
"""
OLD = """
-- One row is a row of the log that was there when the chain came to this cluster, and is not sealed.
SELECT id, at, {content} FROM {log} AS entry
WHERE id > %(upto_id)s AND id <= %(old_id)s AND NOT EXISTS (
    SELECT FROM audit_seal AS seal WHERE seal.log = '{log}' AND row_id = entry.id AND row_at = entry.at
)
ORDER BY id LIMIT %(most)s
"""
NEW = """
-- One row is a row of the log that was written after the last sealed one, by a transaction older than all that run.
SELECT id, at, {content} FROM {log} AS entry
WHERE (written_by, id) > (%(upto)s::xid8, %(upto_id)s) AND written_by < pg_snapshot_xmin(pg_current_snapshot())
    AND id > %(old_id)s
ORDER BY written_by, id LIMIT %(most)s
"""
WRITE = """
INSERT INTO audit_seal (log, position, at, row_id, row_at, content, hash)
SELECT %(log)s, %(first)s + place - 1, %(at)s, row_id::bigint, row_at::timestamptz, decode(content, 'hex'),
    decode(hash, 'hex')
FROM unnest(
    string_to_array(%(row_ids)s, ','), string_to_array(%(row_ats)s, ','), string_to_array(%(contents)s, ','),
    string_to_array(%(hashes)s, ',')
) WITH ORDINALITY AS seal (row_id, row_at, content, hash, place) ORDER BY place
"""
LENGTHEN = "UPDATE audit_chain SET position = %(position)s, hash = %(hash)s WHERE log = %(log)s"
SWEPT = "UPDATE audit_chain SET swept = true, upto_id = 0 WHERE log = %(log)s"
SWEEPING = "UPDATE audit_chain SET upto_id = %(row_id)s WHERE log = %(log)s"
LOOKED = """
UPDATE audit_chain SET upto = written_by, upto_id = id FROM {log}
WHERE audit_chain.log = %(log)s AND id = %(row_id)s AND at = %(row_at)s
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain as its sealer left it: what `audit_chain` says, without the log."""

    end: End
    home: bool
    old_id: int
    swept: bool
    upto: str
    upto_id: int


def seal_all(at: datetime) -> int:
    """Seal what can be sealed of every log; how many rows."""
    return sum(seal(log, at) for log in months.LOGS)


def seal(log: str, at: datetime, most: int = MOST) -> int:
    """Seal what can be sealed of a log, `most` batches of it; how many rows. Not within a transaction."""
    sealed = 0
    for _ in range(most):
        done, again = _batch(log, at)
        sealed += done
        if not again:
            break
    return sealed


def sealer(log: str) -> Sealer:
    """With a key that follows from `HASH_KEY`, which is not in the database."""
    return Sealer(blake2b(b"", digest_size=SIZE, key=crypto.hash_key(), person=b"seals of logs").digest(), log)


def hold(log: str) -> Chain:
    """The chain of a log, which nobody seals until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"log": log})
        cursor.execute(CHAIN, {"log": log})
        position, hash_, *rest = cursor.fetchone()
        return Chain(End(position, bytes(hash_)), *rest)


def end_of(log: str) -> End:
    """Where its sealer left a chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, hash FROM audit_chain WHERE log = %(log)s", {"log": log})
        found = cursor.fetchone()
    return End(found[0], bytes(found[1])) if found else End()


@transaction.atomic
def _batch(log: str, at: datetime) -> tuple[int, bool]:
    """Seal a batch; how many rows, and whether there may be more to do."""
    chain = hold(log)
    if not chain.home:
        _bring(log)
        return 0, True
    contents.settle()
    asked = {"old_id": chain.old_id, "upto": chain.upto, "upto_id": chain.upto_id, "most": BATCH}
    rows = contents.rows(NEW if chain.swept else OLD, log, **asked)
    seals = sealer(log).seal(chain.end, rows)
    with connection.cursor() as cursor:
        if seals:
            _write(log, seals, at)
            if log == looks.LOG:
                looks.count(rows)
            last: dict[str, Any] = {"log": log, "row_id": seals[-1].row_id, "row_at": seals[-1].row_at}
            cursor.execute(LOOKED.format(log=log) if chain.swept else SWEEPING, last)
        if len(rows) < BATCH and not chain.swept:
            cursor.execute(SWEPT, {"log": log})
            return len(rows), True
    return len(rows), len(rows) == BATCH


def _bring(log: str) -> None:
    """Draw a line between the rows that are there and those that this cluster's transactions will write.

    The table is locked for this moment: whoever writes has ended, whoever comes later gets a higher id.
    """
    months.be_patient()
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {log} IN SHARE MODE")
        cursor.execute(BRING.format(log=log), {"log": log})


def _write(log: str, seals: list[Seal], at: datetime) -> None:
    asked: dict[str, Any] = {"log": log, "at": at, "first": seals[0].position} | {
        "row_ids": ",".join(str(seal.row_id) for seal in seals),
        "row_ats": ",".join(seal.row_at.isoformat() for seal in seals),
        "contents": ",".join(seal.content.hex() for seal in seals),
        "hashes": ",".join(seal.hash.hex() for seal in seals),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, asked)
        cursor.execute(LENGTHEN, {"log": log, "position": seals[-1].position, "hash": seals[-1].hash})
