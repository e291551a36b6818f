"""Logs with chains, for tests."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from compliance import audit
from compliance.logs import seals, verify
from compliance.models import AuditSeal

TRAIL = "audit_trail"
SUPERUSER = "SET LOCAL session_replication_role = replica; "  # no trigger stops them


def written(count: int, at: datetime | None = None) -> list[int]:
    """Acts in the audit trail, each in a transaction of its own; their numbers."""
    return [audit.note("did", "thing", n, None, at or timezone.now(), n=n, also=None).pk for n in range(1, count + 1)]


def sealed(count: int, at: datetime | None = None) -> list[int]:
    numbers = written(count, at)
    seals.seal_all(timezone.now())
    return numbers


@transaction.atomic
def by_force(statement: str, **values: Any) -> None:
    """What somebody does who rules the database."""
    with connection.cursor() as cursor:
        cursor.execute(SUPERUSER)
        cursor.execute(statement, values)
        assert cursor.rowcount != 0


def told(log: str = TRAIL, **asked: Any) -> str:
    return check(log, **asked).words


def check(log: str = TRAIL, at: datetime | None = None, **asked: Any) -> verify.Checked:
    """Without patience; what was just written is looked at, too."""
    return verify.check_log(log, at or datetime(2100, 1, 1, tzinfo=UTC), patience=0, **asked)


def positions() -> list[tuple[int, int]]:
    """Of the audit trail's seals: position, row."""
    return list(AuditSeal.objects.filter(log=TRAIL).order_by("position").values_list("position", "row_id"))
