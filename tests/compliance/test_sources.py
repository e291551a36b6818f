"""Whatever may say something of a person is known, and somebody owns it."""

from collections.abc import Mapping

import pytest
from django.apps import apps
from django.db import connection, models

from compliance.sources import TRACES, Fields, Kind, classified, sources

OURS = ("analytics", "compliance", "config", "recommendations")
COLUMNS = """
-- One row is a column of a table or view that is kept; partitions are as the table that they are parts of.
SELECT relname, attname FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('public', 'reporting') AND relkind IN ('r', 'p', 'm') AND NOT relispartition
    AND attnum > 0 AND NOT attisdropped
"""


@pytest.fixture
def columns(db: None) -> dict[str, set[str]]:
    """Every table that the database has."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
    return found


def unclassified(columns: Mapping[str, set[str]], fields: Mapping[str, Fields]) -> set[str]:
    return {
        f"{table}.{column}"
        for table, names in columns.items()
        for column in names
        if table not in fields or not (fields[table].others or column in fields[table].kinds)
    }


def unowned(fields: Mapping[str, Fields], owned: set[str]) -> set[str]:
    return {
        table
        for table, held in fields.items()
        if table not in owned and ({*held.kinds.values(), held.others} & {*TRACES})
    }


def owned_tables() -> set[str]:
    return {table for source in sources() for table in source.tables}


def test_every_column_of_every_table_is_classified(columns: dict[str, set[str]]) -> None:
    assert unclassified(columns, classified()) == set()


def test_nothing_is_classified_that_is_not_there(columns: dict[str, set[str]]) -> None:
    named = {(table, column) for table, held in classified().items() for column in held.kinds}
    assert {one for one in named if one[1] not in columns.get(one[0], ())} == set()
    assert set(classified()) <= set(columns)


def test_every_field_of_our_models_is_classified_by_name() -> None:
    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS]
    fields = {
        f"{model._meta.db_table}.{field.column}": classified()[model._meta.db_table].kinds.get(str(field.column))
        for model in ours
        for field in model._meta.concrete_fields
        if not isinstance(field, models.CompositePrimaryKey)
    }
    assert len(fields) > 200
    assert [name for name, kind in fields.items() if kind is None] == []


def test_every_table_with_a_trace_of_a_person_has_a_source() -> None:
    assert unowned(classified(), owned_tables()) == set()


def test_what_has_a_contact_is_no_nothing(columns: dict[str, set[str]]) -> None:
    bearing = {(table, name) for table, names in columns.items() for name in names if name.startswith("contact_id")}
    assert {one for one in bearing if classified()[one[0]].kinds[one[1]] is not Kind.LINK} == set()


def test_a_column_that_nobody_classified_is_found(columns: dict[str, set[str]]) -> None:
    columns["campaign"].add("owner_email")
    columns["visitor"] = {"contact_id"}
    assert unclassified(columns, classified()) == {"campaign.owner_email", "visitor.contact_id"}


def test_a_table_that_nobody_owns_is_found() -> None:
    fields = {**classified(), "visitor": Fields(link="contact_id"), "opinion": Fields(nothing="id", free="words")}
    assert unowned(fields, owned_tables()) == {"visitor", "opinion"}


def test_sources_have_names_of_their_own() -> None:
    names = [source.name for source in sources()]
    assert len(set(names)) == len(names)
    assert names[0] == "identity"  # nobody comes in anew while the rest is erased
