"""The script that compose.yaml has PostgreSQL run on an empty database, run on an empty database."""

import os
import subprocess
from pathlib import Path

from config import environment
from tests.deploy.machine import Servers, servers
from tests.fire.site import Site, free_port

SCRIPT = environment.ROOT / "deploy/postgres/owner.sh"


def test_the_owner_that_it_makes_is_no_superuser_and_can_prepare_everything(tmp_path: Path) -> None:
    with servers() as running:
        port = emptied(running)
        made = subprocess.run(
            [str(SCRIPT)],
            env={
                "PATH": f"{running.postgres.bin}:{os.defpath}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(port),
                "PGPASSWORD": running.postgres.password,
                "POSTGRES_USER": "marketing",
                "POSTGRES_DB": "marketing",
                "POSTGRES_OWNER_PASSWORD": "it's a 'secret'",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        url = f"postgres://marketing_owner:it%27s%20a%20%27secret%27@127.0.0.1:{port}/marketing"
        site = Site(tmp_path, free_port(), running.variables | {"DATABASE_URL": url})
        assert "DATABASE_LOGIN=web" in site.run("prepare")
        assert site.query("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [
            (False, True)
        ]


def emptied(running: Servers) -> int:
    """The server as the image has it before its scripts: a superuser and an empty database."""
    with running.postgres.as_superuser("postgres") as connection:
        connection.execute("ALTER DATABASE marketing RENAME TO other")
        connection.execute("ALTER ROLE marketing_owner RENAME TO other_owner")
        connection.execute("CREATE DATABASE marketing")
        return connection.info.port
