"""A dump and restore into another cluster: its transactions have lower numbers, and the chain goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from compliance.logs import anchors
from config.embedded import Stack
from config.embedded.postgres import Postgres
from config.environment import ROOT
from tests.compliance.chains import sealed, written
from tests.config.services import FAST, delete, make_data_dir

pytestmark = pytest.mark.django_db(transaction=True)
USE_NUMBERS = "DO $$ BEGIN FOR n IN 1..9000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
AFTERWARDS = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from compliance import audit
from compliance.logs import seals, verify
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_current_xact_id() < min(written_by::text)::xid8 FROM audit_trail")
    print("lower numbers:", cursor.fetchone()[0])
for n in range(3):
    audit.note("did", "thing", n, None, timezone.now())
print("sealed:", seals.seal_all(timezone.now()))
audit.note("did", "thing", 4, None, timezone.now())
print("sealed:", seals.seal_all(timezone.now()))
print(verify.check_log("audit_trail", timezone.now() + timedelta(hours=1), patience=0).words)
"""


@pytest.fixture
def other() -> Iterator[Postgres]:
    folder = make_data_dir()
    server = Postgres(folder, FAST)
    server.start()
    yield server
    server.stop()
    delete(Stack.of(folder))


def test_the_chain_goes_on_after_a_restore(other: Postgres) -> None:
    with connection.cursor() as cursor:
        cursor.execute(USE_NUMBERS)
    sealed(5)
    anchors.cast(timezone.now())
    written(2)
    database = settings.DATABASES["default"]
    source = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/"
    source += connection.settings_dict["NAME"]
    dump = subprocess.run([str(other.bin / "pg_dump"), "--no-acl", source], capture_output=True, check=True).stdout
    restore = [str(other.bin / "psql"), "--quiet", "--set", "ON_ERROR_STOP=1", other.url]
    subprocess.run(restore, input=dump, capture_output=True, check=True)

    environment = os.environ | {"DATABASE_URL": other.url}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", AFTERWARDS]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [
        "lower numbers: True",
        "sealed: 5",
        "sealed: 1",
        "audit_trail: 11 rows sealed, all as they were written.",
    ]
