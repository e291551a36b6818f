"""A backup that is put back: once the first page is answered, who was erased since is nowhere, and all else is there.

Both ways of the runbook, on PostgreSQL's own programs: a dump, and a copy of the cluster with its log, to a moment.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from config.embedded.owner import OWNER
from config.embedded.postgres import DATABASE, SUPERUSER, Postgres
from tests.fire.site import Site, eventually, installation

KPI = "/api/v1/kpi?metrics=sends"
PROMISED = 300  # seconds of what was taken in that a loss may cost
CANARY, NUMBER, NAME = "canary.7f3a@example.com", "+49 151 00042017", "Wilhelmina Canary-Finch"
ERASE = f"""
from django.utils import timezone
from compliance.subjects import working
from tests.compliance.requests import approved, fresh
request = approved({NUMBER!r}, at=timezone.now())
while fresh(request).state != "done":
    working.work(timezone.now())
"""
LOOK = f"""
import json
from tests.analytics import dump
kept = dump.everything()
print(json.dumps({{text: dump.places_of(text, kept) for text in {(CANARY, NUMBER, NAME)!r}}}))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with installation() as site:
        yield site


def take_in(site: Site, number: int) -> None:
    """The canary and ten others are sent something, open it and buy; it stands in a text of before doors refused it."""
    at = datetime.now(UTC).isoformat()
    told = {"occurred_at": at, "campaign": "c0"}
    names = [CANARY, *(f"somebody-{number}-{one}" for one in range(10))]
    events = [
        {"event_id": f"{kind} {name} {number}", "type": kind, "contact": name, **told, **more}
        for name in names
        for kind, more in (("sent", {}), ("opened", {}), ("converted", {"amount": "9.90", "currency": "USD"}))
    ]
    assert site.ask("POST", "/api/v1/events", events).status == 202
    contact = {"contact": CANARY, "phone": NUMBER, "name": NAME}
    assert site.ask("POST", "/api/v1/contacts", {"contacts": [contact]}, headers=once()).status == 200
    about = {"campaign": f"c{number}", "channel": "email", "name": "Spring"}
    assert site.ask("POST", "/api/v1/campaigns", [about]).status in (200, 201)
    site.query("UPDATE campaign SET name = %s WHERE external_id = %s", f"For {CANARY}", about["campaign"])
    eventually(lambda: site.query("SELECT count(*) FROM inbox") == [(0,)], seconds=20)


def once() -> dict[str, str]:
    return {"Idempotency-Key": f"{time.monotonic_ns()}"}


def figures(site: Site) -> list[tuple[Any, ...]]:
    """Every total of every campaign, day and hour."""
    daily, hourly = (site.query(f"SELECT * FROM campaign_{by} ORDER BY 1, 2, 3") for by in ("daily", "hourly"))
    assert daily
    return daily + hourly


def found(site: Site) -> dict[str, list[str]]:
    places: dict[str, list[str]] = json.loads(shell(site, LOOK).splitlines()[-1])
    return places


def shell(site: Site, code: str) -> str:
    return site.run("shell", "--no-imports", "--command", code)


def erased(site: Site) -> None:
    shell(site, ERASE)
    assert set(map(tuple, found(site).values())) == {()}


def lines(site: Site) -> int:
    ledger = site.data_dir / "erasures.jsonl"
    return len(ledger.read_text().splitlines()) if ledger.exists() else 0


@contextmanager
def put_back(site: Site) -> Iterator[Postgres]:
    """Everything is stopped; PostgreSQL is the block's. Afterwards all is served again, and says what it did."""
    site.stop()
    began = time.monotonic()
    yield site.postgres
    site.postgres.stop()
    site.output.write_text("")
    site.start()
    print(f"\nserved {time.monotonic() - began:.1f} s after the backup was taken up")  # noqa: T201
    assert "1 people were erased again" in site.output.read_text()


def run(postgres: Postgres, name: str, *words: str | Path) -> None:
    done = subprocess.run([postgres.bin / name, *words], env=password(postgres), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def password(postgres: Postgres) -> dict[str, str]:
    return os.environ | {"PGPASSWORD": postgres.password}


def as_superuser(postgres: Postgres) -> tuple[str, ...]:
    port = postgres.url.rpartition(":")[2].partition("/")[0]
    return ("--host=127.0.0.1", f"--port={port}", f"--username={SUPERUSER}")


def nothing_is_missing(site: Site, before: list[tuple[Any, ...]]) -> None:
    """Nobody is found who was erased, every total is as it was, and the logs hold."""
    assert found(site) == {CANARY: [], NUMBER: [], NAME: []}
    assert figures(site) == before
    for command in ("verify_totals", "verify_audit", "reapply_erasures --check"):
        site.run(*command.split())
    late = {"event_id": "late", "type": "opened", "contact": CANARY, "campaign": "c0"}
    taken = site.ask("POST", "/api/v1/events", [late | {"occurred_at": datetime.now(UTC).isoformat()}])
    assert "suppressed" in taken.text
    assert found(site)[CANARY] == []


def test_out_of_a_dump(site: Site, tmp_path: Path) -> None:
    known = lines(site)
    take_in(site, 1)
    file = tmp_path / "marketing.dump"
    run(site.postgres, "pg_dump", "--format=custom", f"--file={file}", site.database_url)
    before = figures(site)
    assert found(site)[CANARY] != []
    erased(site)

    with put_back(site) as postgres:
        postgres.start()
        with postgres.as_superuser("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(DATABASE)))
            order = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(order.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
        run(postgres, "pg_restore", "--no-acl", "--no-owner", "--exit-on-error", f"--dbname={postgres.url}", file)
    nothing_is_missing(site, before)
    assert lines(site) == known + 1


def test_under_a_site_that_goes_on_nobody_is_answered_until_it_is_done(site: Site) -> None:
    """The database of a backup that knew no ledger yet."""
    site.query("DELETE FROM ledger_followed")
    eventually(lambda: site.ask("GET", KPI).status == 503, seconds=10)
    assert site.ask("GET", "/api/v1/health").status == 200
    site.run("reapply_erasures")
    eventually(lambda: {site.ask("GET", KPI).status for _ in range(20)} == {200}, seconds=10)  # each process looks


@contextmanager
def receiving(postgres: Postgres, log: Path) -> Iterator[None]:
    """The log of the cluster goes to a folder as it is written, as the runbook has it."""
    log.mkdir()
    run(postgres, "pg_receivewal", *as_superuser(postgres), "--slot=drill", "--create-slot")
    words = (*as_superuser(postgres), "--slot=drill", f"--directory={log}", "--status-interval=1")
    receiver = subprocess.Popen([postgres.bin / "pg_receivewal", *words], env=password(postgres))
    try:
        yield
    finally:
        receiver.terminate()
        receiver.wait()


def fetched(postgres: Postgres) -> float:
    """In how many seconds all that is written now lies in the folder of `receiving`."""
    began = time.monotonic()
    with postgres.as_superuser() as connection:
        ((written,),) = connection.execute("SELECT pg_current_wal_lsn()::text").fetchall()
        there = "SELECT write_lsn >= %s::pg_lsn FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
        eventually(lambda: connection.execute(there, [written]).fetchall() == [(True,)], seconds=20)
    return time.monotonic() - began


def test_out_of_a_copy_and_its_log_to_a_moment(site: Site, tmp_path: Path) -> None:
    """All that was acknowledged until the moment is there, also what came after the copy was taken."""
    known = lines(site)
    site.query("DELETE FROM suppression")  # they come back
    postgres, copy, log = site.postgres, tmp_path / "copy", tmp_path / "log"
    with receiving(postgres, log):
        how = (f"--pgdata={copy}", "--checkpoint=fast", "--wal-method=none")
        run(postgres, "pg_basebackup", *as_superuser(postgres), *how)
        take_in(site, 2)
        behind = fetched(postgres)
        before = figures(site)
        ((moment,),) = site.query("SELECT clock_timestamp()")
        erased(site)
        fetched(postgres)
    print(f"\na loss would have cost what came in {behind:.1f} s")  # noqa: T201
    assert behind < PROMISED

    with put_back(site) as postgres:
        data = postgres.home / "data"
        shutil.rmtree(data)
        shutil.copytree(copy, data)
        for part in log.iterdir():
            shutil.copy2(part, data / "pg_wal" / part.name.removesuffix(".partial"))
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"recovery_target_time = '{moment}'\nrecovery_target_action = promote\n")
            settings.write("restore_command = 'false'\nhot_standby = off\n")
        (data / "recovery.signal").touch()
        if postgres.runs_as:
            for path in (data, *data.rglob("*")):
                os.chown(path, postgres.runs_as.uid, postgres.runs_as.gid)
        postgres.start()
    nothing_is_missing(site, before)
    assert lines(site) == known + 1
