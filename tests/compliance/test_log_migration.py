"""The logs of before are carried over into months, and back, row for row."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from compliance import audit
from compliance.logs import looks, seals
from tests.compliance.access import NOW, actor, opened
from tests.compliance.chains import check

pytestmark = pytest.mark.django_db(transaction=True)
LOGS = ("pii_access_log", "audit_trail")


def migrate(to: str) -> None:
    MigrationExecutor(connection).migrate([("compliance", to)])


@pytest.fixture
def newest() -> Iterator[None]:
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes("compliance")[0][1])


def ask(statement: str, *values: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def kept() -> dict[str, list[Any]]:
    return {log: ask(f"SELECT to_jsonb(entry) - 'written_by' FROM {log} AS entry ORDER BY id") for log in LOGS}


def test_rows_are_carried_over_and_back_and_numbers_go_on(newest: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "count", lambda _rows: None)  # into a table of later
    for at in (datetime(1999, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, tzinfo=UTC), NOW):
        opened(actor(), at=at) if at == NOW else audit.note("did", "thing", 1, None, at, n=1)
    before, last = kept(), ask("SELECT last_value FROM audit_trail_id_seq")
    migrate("0016_request_log")
    assert kept() == before
    assert ask("SELECT relkind FROM pg_class WHERE relname = 'audit_trail'") == [("r",)]
    assert ask("SELECT last_value FROM audit_trail_id_seq") == last

    migrate("0018_seals")
    assert kept() == before
    places = ask("SELECT tableoid::regclass::text FROM audit_trail ORDER BY id")
    assert places == [("audit_trail_default",), ("audit_trail_2024_02",)]  # what is older than seven years
    assert ask("SELECT last_value FROM audit_trail_id_seq") == last
    indexes = ask(
        "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'audit_trail'"
    )
    assert indexes == [("audit_trail_at audit_trail_object audit_trail_pkey audit_trail_user audit_trail_written",)]
    assert audit.note("did", "thing", 2, None, NOW).pk == last[0][0] + 1
    assert seals.seal_all(NOW) == 4
    assert [check(log).breaks for log in LOGS] == [0, 0]
