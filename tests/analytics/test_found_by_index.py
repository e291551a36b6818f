"""The indexes that 0028 makes beside writers: used by what asks for them, made anew where a try left one half made."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from analytics.models import CampaignCost, DeadLetterRow
from analytics.sources import apart
from analytics.sql import load

NAMES = ["campaign_costs_no_rate", "dead_letter_row_source"]
MADE = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s) ORDER BY 1"


def plan(statement: str, values: Any = None) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in cursor.fetchall())


def flooded() -> None:
    """One source has many rejected rows, another few, and PostgreSQL knows it."""
    DeadLetterRow.objects.bulk_create(
        DeadLetterRow(source_name="flood" if n % 500 else "shop", line=n, field="type", reason="is odd")
        for n in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dead_letter_row")


@pytest.mark.django_db
def test_rejected_rows_of_one_source_and_of_a_group_are_found_by_index() -> None:
    flooded()
    values = {"newest": apart.NEWEST, "most": apart.MOST, "source": "shop", "seen": apart.NEWEST}
    assert "dead_letter_row_source" in plan(load("sources/rejected"), values)
    group = {"key": "0" * 64, "before": apart.BEFORE_ALL, "seen": apart.SEEN_OF_ONE, "newest": apart.NEWEST}
    found = plan(load("sources/rejected_ids"), group)
    assert "dead_letter_row_pkey" not in found
    assert "dead_letter_row_source" in found


@pytest.mark.django_db
def test_amounts_of_a_file_without_a_rate_are_found_by_index() -> None:
    asked = CampaignCost.objects.filter(import_id=7, value=None).values_list("currency")
    assert "campaign_costs_no_rate" in plan(str(asked.query))


@pytest.mark.django_db(transaction=True)
def test_an_index_that_a_try_left_half_made_is_made_anew() -> None:
    migration = import_module("analytics.migrations.0028_found_by_index")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX campaign_costs_no_rate, dead_letter_row_source")
        cursor.execute("CREATE INDEX dead_letter_row_source ON dead_letter_row (line)")  # in place of an invalid one
        cursor.execute("SET lock_timeout = '2s'")
    with connection.schema_editor(atomic=False) as editor:
        migration.make(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute(MADE, [NAMES])
        (_, costs), (_, rows) = cursor.fetchall()
        assert costs.endswith("(import_id) WHERE (value IS NULL)")
        assert rows.endswith("(source_name, id)")
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("2s",), "what comes after waits as before"
        cursor.execute("RESET lock_timeout")
