"""The materialized views say what the totals say."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from analytics import reporting
from analytics.catalogue import NAMES
from analytics.channels import DELIVERING
from analytics.models import CampaignDaily, ChangedDay, ContactMonth, DataVersion, ViewRefresh
from analytics.models.totals import Basis
from analytics.queries import kpis
from analytics.queries.freshness import freshness
from analytics.queries.funnel import funnel
from analytics.sql import load
from tests.analytics.totals import NOW, asked, campaign, in_hour, october, on_day, version

LATER = datetime(2026, 11, 15, 13, tzinfo=UTC)


def shown(view: str, where: str = "true") -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM reporting.{view} WHERE {where} ORDER BY 1, 2, 3")
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def same(row: dict[str, Any], values: Any) -> None:
    """The view's unrounded figures are the query layer's rounded ones."""
    for name in NAMES:
        value = values[name]
        kept = row[name]
        if isinstance(value, Decimal):
            assert round(kept, 2) == value, name
        else:
            assert (None if kept is None else float(kept)) == value, name


@pytest.fixture
def refreshed(db: None) -> None:
    october()
    spring = kpis.by_campaign(asked(), now=NOW).rows[0].campaign_id
    in_hour(datetime(2026, 10, 1, 9, tzinfo=UTC), spring, opens=3)
    for contact, month, conversions, revenue in (
        (1, 8, 1, 10),
        (1, 10, 2, 30),
        (2, 8, 1, 5),
        (3, 10, 1, 7),
        (4, 8, 0, 0),
    ):
        ContactMonth.objects.create(
            contact_id=contact, month=date(2026, month, 1), conversions=conversions, revenue=revenue
        )
    assert reporting.refresh_views(NOW).views == reporting.VIEWS


@pytest.mark.usefixtures("refreshed")
@pytest.mark.parametrize("basis", ["send", "event"])
def test_days_equal_the_query_layer(basis: str) -> None:
    for day in (1, 2):
        scope = asked(start=f"2026-10-0{day}", end=f"2026-10-0{day + 1}", basis=basis)
        (row,) = shown("kpi_metrics_daily_mv", f"basis = '{basis}' AND day = '{scope.start}'")
        same(row, {name: kpi.value for name, kpi in kpis.summary(scope, now=NOW).figures.items()})


@pytest.mark.usefixtures("refreshed")
def test_channels_equal_the_query_layer() -> None:
    answer = kpis.by_channel(asked(start="2026-10-02"), now=NOW)
    rows = {row["channel"]: row for row in shown("channel_metrics_daily_mv", "basis = 'send' AND day = '2026-10-02'")}
    assert set(rows) == {"email", "search", "unattributed"}
    for found in answer.rows:
        same(rows[found.channel.name if found.channel else "unattributed"], found.values)


@pytest.mark.usefixtures("refreshed")
def test_campaigns_over_all_time_equal_the_query_layer() -> None:
    answer = kpis.by_campaign(asked(start="2026-09-01"), now=NOW)
    rows = {row["campaign_id"]: row for row in shown("campaign_performance_mv", "basis = 'send'")}
    for found in (*answer.rows, answer.unattributed):
        assert found is not None
        same(rows[found.campaign_id], found.values)
    assert rows[0]["name"] == "Unattributed"


@pytest.mark.usefixtures("refreshed")
def test_return_on_spend_by_campaign_and_day() -> None:
    rows = shown("roi_metrics_daily_mv", "basis = 'send' AND day >= '2026-10-01'")
    assert [(row["external_id"], row["cost"], row["attributed_net_revenue"], row["roas"]) for row in rows] == [
        ("spring", 500, 1100, Decimal("2.2")),
        ("spring", 0, 700, None),
        ("ads", 250, 400, Decimal("1.6")),
    ]
    assert rows[0]["roi"] == Decimal("1.2")


@pytest.mark.usefixtures("refreshed")
def test_funnels_add_up_to_the_query_layer() -> None:
    steps = {step.name: step.value for step in funnel(asked(start="2026-09-01"), now=NOW).steps}
    rows = shown("funnel_metrics_mv", "basis = 'send'")
    assert [row["external_id"] for row in rows] == ["spring", "autumn"]
    assert {name: sum(row[name] for row in rows) for name in steps} == steps
    assert rows[0]["converted_without_click"] == 2


@pytest.mark.usefixtures("refreshed")
def test_hours_and_cohorts() -> None:
    assert [(row["basis"], row["opens"]) for row in shown("engagement_hourly_mv")] == [("event", 3), ("send", 3)]
    columns = ("acquired_month", "months_since", "contacts", "active", "conversions", "revenue")
    assert [tuple(row[name] for name in columns) for row in shown("cohort_retention_mv")] == [
        (date(2026, 8, 1), 0, 2, 2, 2, 15),
        (date(2026, 8, 1), 2, 2, 1, 2, 30),
        (date(2026, 10, 1), 0, 1, 1, 1, 7),
    ]


@pytest.mark.usefixtures("refreshed")
def test_a_refresh_happens_only_when_figures_changed() -> None:
    assert reporting.refresh_views(LATER).views == ()
    assert all(view.current and view.refreshed_at == NOW for view in freshness(now=LATER).views)
    on_day(date(2026, 10, 5), campaign("late").id, sends=7)
    version(2)
    assert not any(view.current for view in freshness(now=LATER).views)
    assert reporting.refresh_views(LATER).views == reporting.VIEWS
    assert shown("kpi_metrics_daily_mv", "day = '2026-10-05'")[0]["sends"] == 7
    assert {refresh.data_version for refresh in ViewRefresh.objects.all()} == {2}


@pytest.mark.usefixtures("refreshed")
def test_a_view_that_takes_long_rests_longer() -> None:
    ViewRefresh.objects.filter(name="roi_metrics_daily_mv").update(seconds=30)
    version(2)
    minutes = timedelta(minutes=1)
    ChangedDay.objects.create(basis=0, day=date(2026, 10, 1), changed_at=NOW)
    assert "roi_metrics_daily_mv" not in reporting.refresh_views(NOW + 4 * minutes).views
    assert ChangedDay.objects.exists()
    assert reporting.refresh_views(NOW + 5 * minutes).views == ("roi_metrics_daily_mv",)
    assert not ChangedDay.objects.exists()


@pytest.mark.django_db
def test_a_refresh_takes_the_notes_it_saw() -> None:
    version()
    ChangedDay.objects.create(basis=0, day=date(2026, 10, 1), changed_at=NOW)
    reporting.refresh_views(NOW)
    assert not ChangedDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_note_written_during_the_refresh_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    version()
    ChangedDay.objects.create(basis=0, day=date(2026, 10, 1), changed_at=NOW)
    ChangedDay.objects.create(basis=0, day=date(2026, 10, 2), changed_at=NOW)
    drop = reporting._drop

    def fold_then_drop(notes: list[reporting.Note]) -> None:
        ChangedDay.objects.filter(day=date(2026, 10, 2)).update(changed_at=NOW)  # even at the same instant
        drop(notes)

    monkeypatch.setattr(reporting, "_drop", fold_then_drop)
    reporting.refresh_views(NOW)
    assert list(ChangedDay.objects.values_list("day", flat=True)) == [date(2026, 10, 2)]


@pytest.mark.django_db(transaction=True)
def test_one_refresh_works_at_a_time_and_the_other_leaves() -> None:
    version()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [reporting.REFRESH_LOCK])
            assert reporting.refresh_views(NOW) == reporting.Refreshed(busy=True)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [reporting.REFRESH_LOCK])
    finally:
        other.close()
    assert reporting.refresh_views(NOW).views == reporting.VIEWS


@pytest.mark.django_db(transaction=True)
def test_a_failed_refresh_raises_and_leaves_the_old_freshness(monkeypatch: pytest.MonkeyPatch) -> None:
    version()
    reporting.refresh_views(NOW)
    version(2)
    monkeypatch.setattr(reporting, "VIEWS", (*reporting.VIEWS, "no_such_view"))
    with pytest.raises(DatabaseError):
        reporting.refresh_views(LATER)
    assert {(refresh.refreshed_at, refresh.data_version) for refresh in ViewRefresh.objects.all()} == {(NOW, 1)}


@pytest.mark.django_db
def test_nothing_came_yet_and_views_are_fresh_all_the_same() -> None:
    assert not DataVersion.objects.exists()
    assert reporting.refresh_views(NOW).views == reporting.VIEWS
    assert reporting.refresh_views(NOW).views == ()


@pytest.mark.django_db
def test_views_stand_over_totals_alone_and_tell_no_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT matviewname, definition FROM pg_matviews WHERE schemaname = 'reporting'")
        definitions = dict(cursor.fetchall())
    assert set(definitions) == set(reporting.VIEWS)
    for view, definition in definitions.items():
        words = definition.replace("(", " ").split()
        assert {"event", "engagement", "campaign_attribution", "now"}.isdisjoint(words), view
        if "'email'" in (text := load(f"views/{view}.v1")):
            assert ", ".join(f"'{name}'" for name in DELIVERING) in text, view


@pytest.mark.django_db
def test_an_ordinary_transaction_may_refresh() -> None:
    version()
    with transaction.atomic():
        on_day(date(2026, 10, 5), campaign("late").id, (Basis.SEND,), sends=7)
        reporting.refresh_views(NOW)
        assert shown("kpi_metrics_daily_mv")[0]["sends"] == 7
        CampaignDaily.objects.all().delete()
