"""The embedded services: found again, recovered after a kill, and kept apart by data folder."""

import os
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config import environment, secrets
from config.embedded import Stack, account, owner, ports, processes
from config.embedded.postgres import Postgres
from tests.config.services import PREFIX, delete

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as another user")


@contextmanager
def folder(*, closed: bool = False) -> Iterator[Path]:
    """A data folder; `closed` puts it below one that only its owner may enter."""
    parent = Path(tempfile.mkdtemp(prefix=PREFIX))
    parent.chmod(0o700 if closed or os.geteuid() else 0o711)
    stack = Stack.of(parent / "data")
    yield stack.data_dir
    delete(stack)
    parent.rmdir()


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services given from outside must not stand in for those under test."""
    for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with folder() as path:
        yield path


def postgres_of(stack: Stack) -> Postgres:
    (found,) = (service for service in stack.services if isinstance(service, Postgres))
    return found


def query(stack: Stack, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres_of(stack).url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_services_run_inside_the_block_and_are_gone_after_it(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        assert query(stack, "SHOW synchronous_commit") == [("on",)]
        policies = {
            service.name: redis.Redis.from_url(service.url).config_get("maxmemory-policy")
            for service in stack.services
            if service.name != "postgres"
        }
        assert policies == {
            "broker": {"maxmemory-policy": "noeviction"},
            "cache": {"maxmemory-policy": "allkeys-lfu"},
        }
        started = list(stack.known.values())
    assert not any(process.is_running() for process in started)
    assert stack.unused()


def test_a_second_user_finds_them_and_the_last_one_stops_them(data_dir: Path) -> None:
    first, second = Stack.of(data_dir), Stack.of(data_dir)
    with ExitStack() as until_second_leaves:
        with first.running():
            until_second_leaves.enter_context(second.running())
            assert (first.started, second.started) == (True, False)
        assert query(second, "SELECT 1") == [(1,)]
    assert [service.find() for service in first.services] == [None, None, None]


def test_a_killed_postmaster_is_started_again_and_nothing_committed_is_lost(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        query(stack, "CREATE TABLE kept AS SELECT 1 AS n")
        for name in ("postgres", "cache"):
            stack.known[name].kill()
            stack.known[name].wait()
        assert stack.ensure() == ["postgres", "cache"]
        assert query(stack, "SELECT n FROM kept") == [(1,)]
        assert stack.ensure() == []


def test_one_that_is_killed_while_it_starts_is_started_again_at_the_same_address(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack, ThreadPoolExecutor() as other:
        address, second = stack.urls, None
        for _ in range(20):  # it may be up before it is seen, or killed
            stack.known["postgres"].kill()
            stack.known["postgres"].wait()
            ensured = other.submit(stack.ensure)
            while (second := postgres_of(stack).find()) is None:
                time.sleep(0.001)
            second.kill()
            assert ensured.result() == ["postgres"]
            assert stack.urls == address
            if stack.known["postgres"].pid != second.pid:
                break
        else:
            pytest.fail("whoever started it took a killed one for up")
        assert query(stack, "SELECT 1") == [(1,)]


def test_orphans_of_a_killed_user_are_ended_by_the_next_one(data_dir: Path) -> None:
    killed = Stack.of(data_dir)
    secrets.make_private(data_dir)
    killed.ensure()  # as if the one who started them were gone: nobody holds the lock
    query(killed, "CREATE TABLE kept AS SELECT 1 AS n")
    orphans = dict(killed.known)
    orphans["broker"].send_signal(signal.SIGKILL)
    with Stack.of(data_dir).running() as stack:
        assert not any(processes.alive(process) for process in orphans.values())
        assert query(stack, "SELECT n FROM kept") == [(1,)]


def test_a_port_taken_meanwhile_is_given_up(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        before = {service.name: service.url for service in stack.services}
    taken = psycopg.conninfo.conninfo_to_dict(before["postgres"])["port"]
    with socket.create_server(("127.0.0.1", int(str(taken)))), Stack.of(data_dir).running() as stack:
        assert query(stack, "SELECT 1") == [(1,)]
        assert postgres_of(stack).url != before["postgres"]


def test_two_data_folders_live_side_by_side(data_dir: Path) -> None:
    with folder() as other, Stack.of(data_dir).running() as one, Stack.of(other).running() as two:
        query(one, "CREATE TABLE only_here (n int)")
        assert query(two, "SELECT to_regclass('only_here')") == [(None,)]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres_of(one).url, password=secrets.read(other, "POSTGRES_OWNER_PASSWORD"))


def test_the_password_is_asked_for_and_seen_in_no_argument(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        arguments = " ".join(part for process in stack.known.values() for part in process.cmdline())
        for name in ("POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD", "REDIS_PASSWORD"):
            assert secrets.read(data_dir, name) not in arguments
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres_of(stack).url, password="guessed")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=ports.read(data_dir, "broker"), password="guessed").ping()


def test_the_log_of_the_database_says_what_went_wrong_and_not_with_whom(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        query(stack, "CREATE TABLE people (name text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            query(stack, "INSERT INTO people VALUES ('Jane Doe'), ('Jane Doe')")
        log = (data_dir / "logs" / "postgres.log").read_text()
    assert "people_name_key" in log
    assert "Jane" not in log


def test_whoever_uses_it_owns_the_database_and_is_no_superuser(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        assert query(stack, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
            (False, False)
        ]
        for statement in ("SELECT pg_read_file('/etc/passwd')", "COPY (SELECT 1) TO PROGRAM 'cat'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                query(stack, statement)
        assert query(stack, "SELECT has_parameter_privilege('wal_compression', 'SET')") == [(True,)]


OF_BEFORE = """
CREATE TABLE kept (id bigserial PRIMARY KEY, n int, at date NOT NULL DEFAULT '2026-01-01');
CREATE TABLE month (n int) PARTITION BY RANGE (n);
CREATE TABLE month_1 PARTITION OF month FOR VALUES FROM (0) TO (10);
CREATE SCHEMA reporting;
CREATE MATERIALIZED VIEW reporting.view AS SELECT 1 AS n;
CREATE VIEW shown AS SELECT 1 AS n;
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER stays BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION stay();
INSERT INTO kept (n) VALUES (7);
"""


def test_a_folder_of_before_there_was_an_owner_is_handed_over_at_the_next_start(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_before(connection: psycopg.Connection, database: str, password: str) -> None:
        connection.execute(f"CREATE DATABASE {database}".encode())

    monkeypatch.setattr(owner, "ensure", as_before)
    monkeypatch.setattr(owner, "hand_over", lambda connection: connection.execute(OF_BEFORE))
    with Stack.of(data_dir).running():
        pass
    monkeypatch.undo()
    for _again in range(2):
        with Stack.of(data_dir).running() as stack:
            assert query(stack, "SELECT n FROM kept") == [(7,)]
            query(stack, "ALTER TABLE kept DISABLE TRIGGER stays; ALTER TABLE month_1 ADD CHECK (n > 1)")
            query(stack, "REFRESH MATERIALIZED VIEW reporting.view; ALTER VIEW shown SET (security_barrier = on)")
            query(stack, "CREATE OR REPLACE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'")
            query(stack, "CREATE TABLE IF NOT EXISTS reporting.more (n int); ALTER SEQUENCE kept_id_seq RESTART 100")
            with postgres_of(stack).as_superuser() as connection:
                assert connection.execute(owner.SUPERUSERS).fetchall() == []


@as_root
def test_a_closed_folder_stays_closed_and_its_cluster_goes_to_the_shelter() -> None:
    with folder(closed=True) as path, Stack.of(path).running() as stack:
        home = postgres_of(stack).home
        assert home.parent == account.SHELTER
        assert psutil.Process(stack.known["postgres"].pid).uids().real != 0
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not home.exists()


@as_root
def test_a_folder_closed_later_takes_its_data_along(data_dir: Path) -> None:
    with Stack.of(data_dir).running() as stack:
        query(stack, "CREATE TABLE kept AS SELECT 1 AS n")
    data_dir.parent.chmod(0o700)
    with Stack.of(data_dir).running() as stack:
        assert postgres_of(stack).home.parent == account.SHELTER
        assert query(stack, "SELECT n FROM kept") == [(1,)]


@as_root
def test_programs_in_a_closed_folder_are_copied_out_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "SHELTER", tmp_path / "shelter")
    source = tmp_path / "closed"
    source.mkdir(mode=0o700)
    (source / "program").write_text("#!/bin/sh\n")
    (source / "program").chmod(0o700)
    copy = account.copy_in({"bin": source}, "programs-1")
    assert stat.S_IMODE((copy / "bin" / "program").stat().st_mode) & 0o555 == 0o555
    assert account.copy_in({"bin": source}, "programs-1") == copy
    assert stat.S_IMODE(source.stat().st_mode) == 0o700


def test_given_services_are_used_and_none_is_started(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere:6379")
    assert environment.external_postgres()
    assert environment.external_redis()
    with Stack.of(data_dir).running() as stack:
        assert stack.services == ()
    assert not data_dir.exists()
