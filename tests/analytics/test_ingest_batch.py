"""The payload of a batch: what goes in comes out of PostgreSQL's COPY unchanged."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.ingest import batch

TYPES = (
    "line integer, contact_id bigint, event_id uuid, occurred_at timestamptz, type smallint, campaign_id integer, "
    "message text, order_key bigint, amount numeric, currency text, user_agent_id integer, flagged boolean, "
    "link bigint, network bigint"
)
big = st.integers(-(2**63), 2**63 - 1)
rows = st.builds(
    batch.Row,
    line=st.integers(0, 2**31 - 1),
    contact_id=big,
    event_id=st.uuids().map(lambda value: value.hex),
    occurred_at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    type=st.integers(1, 12),
    campaign_id=st.integers(0, 2**31 - 1),
    message=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    | st.sampled_from(["\\N", "\\."]),
    order_key=st.none() | big,
    amount=st.none() | st.decimals(0, 10**18, places=9),
    currency=st.sampled_from([None, "USD"]),
    user_agent_id=st.none() | st.integers(1, 2**31 - 1),
    flagged=st.booleans(),
    link=st.none() | big,
    network=st.none() | big,
)


def through_postgresql(payload: bytes) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE batch_test ({TYPES}) ON COMMIT DROP")
        with cursor.cursor.copy("COPY batch_test FROM STDIN") as copy:
            copy.write(batch.decode(payload))
        cursor.execute("SELECT * FROM batch_test")
        found = cursor.fetchall()
        cursor.execute("DROP TABLE batch_test")
    return found


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(rows, max_size=5))
def test_rows_arrive_as_they_were(sent: list[batch.Row]) -> None:
    expected = [row._replace(event_id=uuid.UUID(row.event_id)) for row in sent]  # type: ignore[arg-type]

    assert through_postgresql(batch.encode(sent)) == [tuple(row) for row in expected]


def test_a_damaged_payload_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="damaged"):
        batch.decode(b"no batch")


def test_columns_name_the_fields_in_order() -> None:
    assert tuple(column.split()[0] for column in TYPES.split(", ")) == batch.COLUMNS
    row = batch.Row(
        1, 2, "ab" * 16, datetime(2026, 1, 1, tzinfo=UTC), 3, 0, "", None, Decimal("1.5"), "USD", None, False, None, -4
    )
    text = "1\t2\t" + "ab" * 16 + "\t2026-01-01T00:00:00+00:00\t3\t0\t\t\\N\t1.5\tUSD\t\\N\tf\t\\N\t-4\n"
    assert batch.decode(batch.encode([row])) == text.encode()


@given(st.lists(rows, max_size=5), st.integers(1, 2**63 - 1))
def test_each_row_bears_the_id_of_its_batch(sent: list[batch.Row], batch_id: int) -> None:
    payload = batch.encode(sent)
    count, text = batch.numbered(payload, batch_id)
    assert count == len(sent)
    assert text.splitlines() == [b"%d\t%b" % (batch_id, row) for row in batch.decode(payload).splitlines()]
