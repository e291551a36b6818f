"""Rows of the logs are sealed in an order that nothing can come into, whoever writes, waits or is killed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance import audit, tasks
from compliance.logs import contents, months, seals
from compliance.logs.chain import NOTHING, End, Row, Sealer
from compliance.models import AuditEntry, AuditSeal, JobRun, LoggedRequest
from tests.compliance.access import NOW, actor, opened
from tests.compliance.chains import TRAIL, by_force, check, positions, sealed, told, written

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)


def test_every_log_has_a_chain_of_its_own_and_is_sealed_by_the_job() -> None:
    opened(actor(), at=NOW)
    written(2)
    LoggedRequest.objects.create(at=timezone.now(), method="POST", status=200, duration_ms=1)
    tasks.seal_logs()
    tasks.seal_logs()

    rows = AuditSeal.objects.order_by("log", "position").values_list("log", "position")
    assert [*rows] == [("api_request_log", 1), ("audit_trail", 1), ("audit_trail", 2), ("pii_access_log", 1)]
    assert [one.rows for one in JobRun.objects.order_by("id")] == [4, 0]
    assert [check(log).breaks for log in months.LOGS] == [0, 0, 0]
    assert told() == "audit_trail: 2 rows sealed, all as they were written."


def test_hashes_are_keyed_and_stand_on_each_other() -> None:
    rows = [Row(7, AT, "one"), Row(8, AT, "two")]
    first, second = Sealer(b"k" * 32, "trail").seal(End(), rows)
    assert (first.position, second.position, len(second.hash)) == (1, 2, 32)
    assert Sealer(b"k" * 32, "trail").seal(End(1, first.hash), rows[1:]) == [second]
    others = [
        Sealer(b"x" * 32, "trail").seal(End(), rows),
        Sealer(b"k" * 32, "log").seal(End(), rows),
        Sealer(b"k" * 32, "trail").seal(End(0, b"x" * 32), rows),
        Sealer(b"k" * 32, "trail").seal(End(1, NOTHING), rows),
        Sealer(b"k" * 32, "trail").seal(End(), [Row(7, AT, "One"), rows[1]]),
        Sealer(b"k" * 32, "trail").seal(End(), [Row(7, AT + timedelta(microseconds=1), "one"), rows[1]]),
        Sealer(b"k" * 32, "trail").seal(End(), rows[::-1]),
    ]
    assert len({second.hash, *(chain[1].hash for chain in others)}) == 8


def test_what_a_transaction_wrote_that_is_still_open_waits_and_so_does_what_came_after_it() -> None:
    early = sealed(1)
    with closing(connection.copy()) as slow:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_trail (at, username, key_prefix, act, object_type, object_id, details) "
                "VALUES (now(), '', '', 'did', 'thing', 'slow', '{}') RETURNING id"
            )
            (between,) = cursor.fetchone()
        late = written(2)
        seals.seal_all(timezone.now())
        assert positions() == [(1, early[0])]
        waits = check()
        assert (waits.breaks, waits.waiting) == (0, 2)
        assert "2 wait for a transaction that runs" in waits.words
        slow.commit()
    seals.seal_all(timezone.now())
    assert [row for _, row in positions()] == [*early, between, *late]
    assert told().startswith("audit_trail: 4 rows sealed, all")


def test_what_was_rolled_back_leaves_no_gap() -> None:
    for n in range(6):
        with transaction.atomic():
            audit.note("did", "thing", n, None, AT)
            transaction.set_rollback(n % 2 == 0)
    seals.seal_all(AT)
    assert [position for position, _ in positions()] == [1, 2, 3]
    assert check().breaks == 0


def test_a_big_backlog_is_sealed_in_batches_and_the_rest_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 3)
    sealed(1)
    written(20)
    assert [seals.seal(TRAIL, AT, most=4) for _ in range(3)] == [12, 8, 0]
    assert [position for position, _ in positions()] == [*range(1, 22)]
    assert check().breaks == 0


def test_a_sealer_that_is_killed_leaves_all_of_a_batch_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(2)
    written(3)

    def die(*args: Any) -> None:
        write(*args)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    write = seals._write
    with monkeypatch.context() as patched:
        patched.setattr(seals, "_write", die)
        with pytest.raises(OperationalError):
            seals.seal_all(AT)
    connection.close()
    assert len(positions()) == 2
    assert seals.seal_all(AT) == 3
    assert told().startswith("audit_trail: 5 rows sealed, all")


def test_several_sealers_at_once_seal_each_row_once() -> None:
    written(30)

    def run(_: int) -> int:
        try:
            return seals.seal(TRAIL, AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(run, range(4))) == 30
    assert [position for position, _ in positions()] == [*range(1, 31)]


def test_a_chain_goes_on_in_another_cluster_whose_transactions_begin_anew() -> None:
    """As a dump and restore leaves it: rows and seals bear numbers that no transaction has reached."""
    written(2)
    by_force("UPDATE audit_trail SET written_by = '9000000000000'")
    seals.seal_all(AT)
    written(2)  # these were not sealed before the dump
    by_force("UPDATE audit_trail SET written_by = '9000000000001' WHERE written_by < '9000000000000'")
    by_force("UPDATE audit_chain SET cluster = 1, upto = '9000000000000'")
    new = written(3)
    assert seals.seal_all(AT) == 5
    assert positions()[-3:] == [(5, new[0]), (6, new[1]), (7, new[2])]
    later = sealed(2)
    assert [row for _, row in positions()][-2:] == later
    assert check().breaks == 0


def test_what_is_written_while_a_chain_comes_to_another_cluster_is_sealed_once() -> None:
    sealed(3)
    by_force("UPDATE audit_chain SET cluster = 1")
    written(2)
    with transaction.atomic():
        seals.hold(TRAIL)
        seals._bring(TRAIL)
    late = written(2)
    seals.seal_all(AT)
    assert len(positions()) == len({row for _, row in positions()}) == 7
    assert [row for _, row in positions()][-2:] == late
    assert check().breaks == 0


ODD = {"timezone": "Asia/Kathmandu", "datestyle": "German", "bytea_output": "escape", "extra_float_digits": "-15"}


def test_no_setting_of_a_session_changes_what_stands_in_a_row() -> None:
    opened(actor(), at=NOW)
    sealed(1)
    with connection.cursor() as cursor:
        for name, value in (*ODD.items(), ("search_path", "pg_catalog, public")):
            cursor.execute(f"SET {name} = '{value}'" if name != "search_path" else f"SET {name} = {value}")
    try:
        assert [check(log).breaks for log in months.LOGS] == [0, 0, 0]
        written(1)
        seals.seal_all(AT)
    finally:
        connection.close()
    assert told().startswith("audit_trail: 2 rows sealed, all")


def test_a_column_that_is_added_changes_no_row_until_it_is_filled_in() -> None:
    sealed(2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_trail ADD COLUMN place text")
    try:
        sealed(1)
        assert check().breaks == 0
        by_force("UPDATE audit_trail SET place = 'here' WHERE id = %(id)s", id=positions()[1][1])
        assert "position 2" in told()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_trail DROP COLUMN place")


def test_every_column_of_a_row_is_in_what_is_sealed() -> None:
    row = opened(actor(), at=NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        contents.settle()
        cursor.execute("SELECT id, at FROM pii_access_log")
        (text,) = contents.of("pii_access_log", cursor.fetchall()).values()
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'pii_access_log'::regclass AND attnum > 0")
        names = {name for (name,) in cursor.fetchall()}
    assert {name for name in names if f'"{name}": ' not in text} == set()
    assert str(row.id) in text
    assert '"at": "2026-10-20T12:00:00+00:00"' in text


@pytest.mark.parametrize("table", ["audit_seal", "audit_seal_audit_trail", "audit_anchor"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET position = 7", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_seals_and_anchors(table: str, statement: str) -> None:
    sealed(1)
    tasks.anchor_logs()
    with pytest.raises(DatabaseError, match="stays as it was written"):
        connection.cursor().execute(statement.format(table))
    assert len(positions()) == 1


def test_no_part_of_a_log_or_its_seals_can_be_changed() -> None:
    """What the database's own catalogue says of each part, for months are made by a job."""
    months.ensure_ahead(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"tables": [*months.LOGS, "audit_seal"]})
        parts = dict(cursor.fetchall())
    assert len(parts) > 6 * 5
    assert {name for name, triggers in parts.items() if triggers != ["rows_stay", "table_stays"]} == set()


PARTS = """
-- One row is a log, or a part of one at any depth, with its triggers that are switched on.
SELECT tree.relid::regclass::text, array_agg(tgname::text ORDER BY tgname) FILTER (WHERE tgenabled = 'O')
FROM unnest(%(tables)s::text[]) AS log, pg_partition_tree(log::regclass) AS tree
LEFT JOIN pg_trigger ON tgrelid = tree.relid
GROUP BY 1
"""


def test_officers_read_them(admin_user: object, client: Client) -> None:
    sealed(3)
    tasks.anchor_logs()
    client.force_login(admin_user)  # type: ignore[arg-type]
    seal = AuditSeal.objects.get(position=2)
    page = client.get("/admin/compliance/auditseal/", {"q": "2"}).content.decode()
    assert f"{bytes(seal.hash).hex()[:16]}…" in page
    assert "audit_trail" in client.get("/admin/compliance/auditanchor/").content.decode()
    assert bytes(seal.hash).hex() in client.get(f"/admin/compliance/auditseal/{seal.pk}/change/").content.decode()
    assert client.get("/admin/compliance/auditseal/add/").status_code == 403
    assert AuditEntry.objects.count() == 3


@pytest.mark.parametrize("page", ["piiaccess", "auditentry", "loggedrequest", "auditseal", "auditanchor"])
def test_no_page_counts_all_of_a_log(page: str, admin_user: object, client: Client) -> None:
    client.force_login(admin_user)  # type: ignore[arg-type]
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/admin/compliance/{page}/", {"q": "audit_trail 2"}).status_code == 200
        assert client.get(f"/admin/compliance/{page}/", {"p": "1"}).status_code == 200
    counts = [one["sql"] for one in asked if "COUNT(" in one["sql"]]
    assert counts
    assert [one for one in counts if "LIMIT 10000" not in one] == []
