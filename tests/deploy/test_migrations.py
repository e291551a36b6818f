"""What was migrated since the release before only adds, and holds nobody up who reads meanwhile."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from benchmarks.migrations import ACTS, Reader, migrate_to
from config.database import migrating
from tests.deploy import previous
from tests.deploy.expand import faults
from tests.deploy.machine import Servers, servers
from tests.fire.site import Site, eventually, free_port

EARLIER = ("analytics.0010", "compliance.0022", "recommendations.0003")
ROWS = 50_000
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
APPS = ("analytics", "compliance", "recommendations")


def test_every_migration_since_the_release_before_only_adds() -> None:
    known, loader = previous.migrations(), MigrationLoader(None)
    there = {key: one for key, one in sorted(loader.disk_migrations.items()) if key[0] in APPS}
    assert known <= there.keys(), "what was once released stays as it is"
    found = []
    for key in there.keys() - known:
        found += faults(there[key], loader.project_state(key, at_end=False))
    assert found == []


class Careless(migrations.Migration):
    operations = [
        migrations.RemoveField("campaign", "name"),
        migrations.AddField("campaign", "colour", models.TextField(default="red")),
        migrations.AddField("campaign", "shape", models.TextField(db_default="round")),
        migrations.AddField("campaign", "taste", models.TextField(null=True)),
        migrations.AddIndex("event", models.Index(fields=["type"], name="slow")),
        migrations.RunSQL("ALTER TABLE contact ALTER COLUMN id TYPE text; CREATE INDEX slow ON event (type)"),
        migrations.RunSQL("CREATE TABLE new (id int); -- RENAME\nCREATE INDEX new_id ON new (id)"),
        migrations.RunSQL("DROP MATERIALIZED VIEW reporting.v; CREATE MATERIALIZED VIEW reporting.v AS SELECT 1"),
        migrations.RunSQL("DROP TABLE audit_chain"),
        migrations.AlterField("inboxbatch", "failing_since", models.DateTimeField()),
    ]


def test_what_would_break_old_code_or_hold_it_up_is_found() -> None:
    before = MigrationLoader(None).project_state()
    found = faults(Careless("careless", "analytics"), before)
    assert [fault.partition(": ")[2].partition(":")[0] for fault in found] == [
        "RemoveField name",
        "colour",
        "slow",
        "ALTER COLUMN id TYPE",
        "CREATE INDEX slow ON event",
        "DROP TABLE audit_chain",
        "failing_since",
    ]
    Careless.contracts = "nothing asks for it since the release before"  # type: ignore[attr-defined]
    assert faults(Careless("careless", "analytics"), before) == []


@pytest.fixture(scope="module")
def database() -> Iterator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture(scope="module")
def site(database: Servers, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Not served: what its commands do is asked."""
    return Site(tmp_path_factory.mktemp("data"), free_port(), database.variables)


def test_migrations_run_beside_readers_and_one_who_never_ends_without_anybody_seeing_an_error(
    site: Site, database: Servers
) -> None:
    """From where the schema was earlier, with somebody in a transaction that has touched every table."""
    migrate_to(site.run, EARLIER)
    url = database.postgres.url
    with psycopg.connect(url) as filling:
        filling.execute(ACTS.encode(), {"rows": ROWS})
    with psycopg.connect(url) as holder, Reader(url, rate=50) as reader:
        for table in reader.tables:
            holder.execute(f'SELECT FROM "{table}" LIMIT 1'.encode())
        going_on = site.command("prepare")
        eventually(lambda: bool(site.query(WAITING)), seconds=30)
        time.sleep(migrating.LOCK_WAIT + 1)
        assert going_on.poll() is None, "it waits for the other to end, again and again"
        holder.rollback()
        printed, _ = going_on.communicate(timeout=300)
    assert going_on.returncode == 0, printed
    assert "A table is in use; the migration is tried again" in printed
    assert "in a transaction for" in printed
    assert reader.failed == []
    assert reader.answered > 200
    assert reader.slowest < migrating.LOCK_WAIT + 2, "nobody queues behind a migration that queues"
    site.run("migrate", "--check")


@pytest.mark.django_db(transaction=True)
def test_who_never_gets_a_table_gives_up_and_says_who_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "LOCK_WAIT", 0.2)
    holding, over = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s), 'the other'", [migrating.ONE_AT_A_TIME])
            holding.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(30)
    time.sleep(1.1)
    said: list[str] = []
    try:
        with pytest.raises(migrating.Blocked, match=r"(?s)in use 2 times.*the other"):
            migrating.migrate(said.append, tries=2, pause=0.1)
    finally:
        over.set()
        thread.join()
    assert len(said) == 1
    migrating.migrate(said.append)
    assert len(said) == 1
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",), "what comes after waits as it always did"
