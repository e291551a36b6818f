"""What a migration may not do while the release before it is still served: take away, rename, or ask for more."""

import re
from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
# Tables that grow with use: an index on one is made CONCURRENTLY, or whoever writes waits until it is done.
LARGE = (
    *("event", "event_key", "engagement", "contact", "inbox", "api_request_log", "audit_trail", "pii_access_log"),
    "marketing_job_runs",
)
LARGE_MODELS = {"event", "eventkey", "contact", "inboxbatch", "loggedrequest", "auditentry", "piiaccess", "jobrun"}
MADE = r"\bCREATE\s+(?:TABLE|(?:MATERIALIZED\s+)?VIEW)\s+([\w.]+)"
DROP = r"\bDROP\s+(?:TABLE|COLUMN|(?:MATERIALIZED\s+)?VIEW)\s+(?:IF\s+EXISTS\s+)?([\w.]+)"
INDEX = rf"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)\S+\s+ON\s+({'|'.join(LARGE)})\b"
# The group is a name; where the same SQL makes it (anew), old code finds what it looks for, and nothing is large yet.
IN_SQL = {
    DROP: "takes away what old code may read",
    r"\bRENAME\b(?:\s+COLUMN)?\s*(\w*)": "renames what old code knows by its name",
    r"(\w+)\s+SET\s+NOT\s+NULL\b": "asks of old code for a value that it may not give",
    r"\bALTER\s+(?:COLUMN\s+)?(\w+)\s+(?:SET\s+DATA\s+)?TYPE\b": "writes the whole table anew behind a lock",
    INDEX: "holds up who writes: CONCURRENTLY",
}


def faults(migration: migrations.Migration, before: ProjectState) -> list[str]:
    """In words; `before` is what models were. One that is right, for the release before uses it no more, is told by
    `contracts` of the migration, a sentence that says so: then nothing is asked of it.
    """
    if getattr(migration, "contracts", ""):
        return []
    made = {one.name.lower() for one in migration.operations if isinstance(one, migrations.CreateModel)}
    found = [fault for each in migration.operations for fault in _of(each, made)]
    found += [fault for each in migration.operations for fault in _stricter(each, migration.app_label, before)]
    return [f"{migration.app_label}.{migration.name}: {fault}" for fault in found]


def _of(operation: Operation, made: set[str]) -> Iterator[str]:
    """`made` are models of the same migration, which old code does not know."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for each in operation.database_operations:
            yield from _of(each, made)
    elif isinstance(operation, AWAY):
        yield f"{type(operation).__name__} {getattr(operation, 'name', operation)}: old code still asks for it"
    elif isinstance(operation, migrations.RunSQL):
        yield from _of_sql(str(operation.sql))
    elif getattr(operation, "model_name", "").lower() in made:
        return
    elif isinstance(operation, migrations.AddField) and not _may_be_left_out(operation.field):
        yield f"{operation.name}: old code adds rows without it; null=True or db_default"
    elif type(operation) is migrations.AddIndex and operation.model_name.lower() in LARGE_MODELS:
        yield f"{operation.index.name}: holds up who writes; AddIndexConcurrently"


def _stricter(operation: Operation, app: str, before: ProjectState) -> Iterator[str]:
    """A field that may no longer be empty."""
    if isinstance(operation, migrations.AlterField):
        model = before.models.get((app, operation.model_name.lower()))
        if model and model.fields[operation.name].null and not operation.field.null:
            yield f"{operation.name}: old code may leave it empty"


def _may_be_left_out(field: Any) -> bool:
    """Django forgets `default` once a column is there; the database knows `db_default` alone."""
    return bool(field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)


def _of_sql(sql: str) -> Iterator[str]:
    words = re.sub(r"--[^\n]*", "", sql)
    made = {name.lower() for name in re.findall(MADE, words, re.IGNORECASE)}
    for pattern, why in IN_SQL.items():
        for found in re.finditer(pattern, words, re.IGNORECASE):
            if found[1].lower() not in made:
                yield f"{' '.join(found[0].split())}: {why}"
