"""Logs lie in months, and go by months; what is left still verifies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from compliance import audit, retention
from compliance.logs import anchors, keeping, months, seals
from compliance.logs.keeping import Months
from compliance.models import AuditAnchor, AuditEntry, AuditSeal, LoggedRequest
from compliance.subjects import holds
from tests.compliance.chains import TRAIL, by_force, check, positions, told
from tests.compliance.requests import officer

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY, FEBRUARY, MARCH = (datetime(2031, month, 20, 12, tzinfo=UTC) for month in (1, 2, 3))
APRIL = datetime(2031, 4, 1, tzinfo=UTC)
POLICY = Months("trail", "acts", 30, "tests", TRAIL)


@pytest.fixture(autouse=True)
def months_of_2031() -> Iterator[None]:
    """The month's partitions of this test, which are no other's."""
    months.ensure_ahead(datetime(2030, 12, 1, tzinfo=UTC))
    yield
    with connection.cursor() as cursor:
        for log in (*months.LOGS, *months.SEALS):
            for month in months.parts(log):
                if month.begins.year in (2030, 2031):
                    cursor.execute(f"DROP TABLE {month.name}")
    months.ensure_ahead(datetime.now(UTC))


def acts(*times: datetime) -> list[int]:
    return [audit.note("did", "thing", 1, None, at).pk for at in times]


def named(log: str) -> set[str]:
    return {month.name for month in months.parts(log)}


def test_a_month_that_is_over_goes_as_a_whole_and_the_rest_verifies() -> None:
    acts(JANUARY, JANUARY)
    seals.seal_all(JANUARY)
    anchors.cast(JANUARY)
    acts(FEBRUARY, MARCH)
    seals.seal_all(MARCH)

    assert POLICY.due(FEBRUARY, MARCH) == 2
    assert [*POLICY.cut(FEBRUARY, MARCH)].count(2) == 1
    assert [row.at for row in AuditEntry.objects.order_by("at")] == [FEBRUARY, MARCH]
    assert "audit_trail_2031_01" not in named(TRAIL)
    assert "audit_trail_2031_02" in named(TRAIL)
    assert [position for position, _ in positions()] == [3, 4]  # January's seals went, too
    assert told() == "audit_trail: 2 rows sealed from position 3 on, all as they were written."
    start = AuditAnchor.objects.get(kind="start")
    assert (start.position, start.before) == (2, datetime(2031, 2, 1, tzinfo=UTC))
    assert POLICY.due(FEBRUARY, MARCH) == sum(POLICY.cut(FEBRUARY, MARCH)) == 0
    acts(MARCH)
    seals.seal_all(MARCH)
    assert told().startswith("audit_trail: 3 rows sealed from position 3 on, all")


def test_what_was_written_late_leaves_its_seal_where_the_chain_needs_it() -> None:
    acts(JANUARY, FEBRUARY, JANUARY, MARCH)
    seals.seal_all(MARCH)
    assert sum(POLICY.cut(FEBRUARY, MARCH)) == 2
    assert [position for position, _ in positions()] == [1, 2, 3, 4]
    assert told() == "audit_trail: 3 rows sealed from position 2 on, all as they were written."
    assert sum(POLICY.cut(APRIL, APRIL)) == 2
    assert told() == "audit_trail: 0 rows sealed from position 5 on, all as they were written."
    acts(APRIL)
    seals.seal_all(APRIL)
    assert told() == "audit_trail: 1 row sealed from position 5 on, all as they were written."


def test_somebody_else_cannot_cut_the_beginning_in_its_name() -> None:
    acts(JANUARY, FEBRUARY, MARCH)
    seals.seal_all(MARCH)
    sum(POLICY.cut(FEBRUARY, MARCH))
    by_force("DELETE FROM audit_trail WHERE at < '2031-03-01'")
    assert told().startswith("audit_trail is broken at position 2, row")
    by_force("UPDATE audit_anchor SET position = 2, before = '2031-03-01', hash = (SELECT hash FROM audit_seal WHERE "
             "position = 2)")  # fmt: skip
    assert "is broken at" in told()


def test_nothing_goes_while_any_hold_stands() -> None:
    acts(JANUARY)
    hold = holds.place(["ada"], "Claim 4711 at court", "Counsel", APRIL, by=officer(), at=FEBRUARY)
    assert POLICY.due(FEBRUARY, MARCH) == sum(POLICY.cut(FEBRUARY, MARCH)) == 0
    holds.lift(hold, by=officer(), at=MARCH)
    assert POLICY.due(FEBRUARY, MARCH) == sum(POLICY.cut(FEBRUARY, MARCH)) == 1


def test_a_month_with_a_row_that_cannot_be_sealed_stays() -> None:
    acts(JANUARY)
    seals.seal_all(JANUARY)
    by_force(
        "INSERT INTO audit_trail (at, username, key_prefix, act, object_type, object_id, details, written_by) "
        "VALUES ('2031-01-21', '', '', '', '', '', '{}', '3')"
    )
    assert sum(POLICY.cut(FEBRUARY, MARCH)) == 0
    assert AuditEntry.objects.count() == 2
    assert "not sealed" in told()


def test_rows_that_came_before_their_month_was_there_get_one_and_go_with_it() -> None:
    old = datetime(2019, 5, 3, tzinfo=UTC)
    acts(old, JANUARY)
    seals.seal_all(JANUARY)
    before = AuditEntry.objects.values().get(at=old)
    assert POLICY.due(datetime(2031, 1, 1, tzinfo=UTC), FEBRUARY) == 1
    months.ensure_ahead(JANUARY)
    assert "audit_trail_2019_05" in named(TRAIL)
    assert AuditEntry.objects.values().get(at=old) == before
    assert check().breaks == 0
    acts(old)
    assert sum(POLICY.cut(datetime(2031, 1, 1, tzinfo=UTC), FEBRUARY)) == 2
    assert "audit_trail_2019_05" not in named(TRAIL)
    assert check().breaks == 0


def test_seals_of_the_month_stay_with_a_row_that_is_of_a_later_one() -> None:
    """A clock that is ahead: the row of February was sealed in January."""
    acts(JANUARY, FEBRUARY)
    seals.seal_all(JANUARY)
    sum(POLICY.cut(FEBRUARY, MARCH))
    assert AuditSeal.objects.count() == 2
    assert check().breaks == 0


def test_the_policies_of_the_three_logs_are_applied_and_noted() -> None:
    LoggedRequest.objects.create(at=JANUARY, method="POST", status=200, duration_ms=1)
    acts(JANUARY)
    seals.seal_all(JANUARY)
    year = JANUARY.replace(year=2032, month=3)
    assert {one.policy: one.rows for one in retention.would_go(year)}["request log"] == 1
    done = {one.policy: one.rows for one in retention.apply(year)}
    assert (done["request log"], done["audit trail"], done["access log"]) == (1, 0, 0)
    assert AuditEntry.objects.filter(act="applied", object_id="request log").exists()
    later = {one.policy: one.rows for one in retention.would_go(JANUARY + timedelta(days=2_557 + 12))}
    assert later["audit trail"] == 1
    assert check("api_request_log").breaks == 0


def test_the_month_of_a_moment_is_that_of_utc() -> None:
    assert keeping._month_of(datetime.fromisoformat("2031-02-01T00:30:00+02:00")) == JANUARY.replace(day=1, hour=0)
