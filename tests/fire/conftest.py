"""One site for the tests that do not kill its database: PostgreSQL is somebody else's, short limits everywhere."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import Stack
from config.embedded.postgres import Postgres
from tests.config.services import PREFIX, delete
from tests.fire.site import STATEMENT, VISIBILITY, Site, installation


@pytest.fixture(scope="package")
def postgres() -> Iterator[Postgres]:
    """A server that nobody starts again."""
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX))
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    postgres = Postgres(data_dir)
    postgres.start()
    yield postgres
    delete(Stack(data_dir, (postgres,)))


@pytest.fixture(scope="package")
def site(postgres: Postgres) -> Iterator[Site]:
    limits = {"WEB_STATEMENT_SECONDS": str(STATEMENT), "JOB_VISIBILITY_SECONDS": str(VISIBILITY)}
    with installation(extra={"DATABASE_URL": postgres.url} | limits) as site:
        yield site
