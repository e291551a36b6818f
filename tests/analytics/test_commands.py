"""The operator's commands say what they found, and their exit status says it too."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from analytics import reporting, verify
from analytics.changes import changing_figures
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.models import CampaignDaily, DataVersion, ViewRefresh
from tests.analytics import inbox
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import at, uid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_send() -> None:
    inbox.campaigns(1)
    inbox.put([Happened(uid(1), 7, T.SENT, at(1), 1)])
    fold_inbox(inbox.NOW)


def run(name: str) -> str:
    out = StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def test_verify_totals_is_content_with_right_totals_and_says_what_it_compared() -> None:
    said = run("verify_totals")
    assert said.startswith("No difference")
    assert all(word in said for word in ("event 1", "campaign_hourly 2", "kpi_metrics_daily_mv 2"))


def test_views_that_rest_are_compared_all_the_same() -> None:
    run("verify_totals")
    ViewRefresh.objects.update(seconds=1e9, data_version=0, refreshed_at=timezone.now())
    report = verify.check(timezone.now())
    assert (set(reporting.VIEWS) - set(report.compared), report.due) == (set(), ())


@pytest.mark.django_db(transaction=True)
def test_views_that_another_refresh_is_at_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PATIENCE", 0)
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [reporting.REFRESH_LOCK])
        said = run("verify_totals")
    assert f"Not compared, for another refresh is at them: {', '.join(sorted(reporting.VIEWS))}." in said


@pytest.mark.django_db(transaction=True)
def test_while_events_come_in_every_total_and_view_is_compared() -> None:
    over = threading.Event()

    def write() -> int:
        folded = 0
        with closing(connection):
            while not over.is_set():
                inbox.put([Happened(uid(10 + folded), folded, T.SENT, at(1), 1)])
                folded += fold_inbox(inbox.NOW).taken
                for _ in range(30):  # a version every few milliseconds: between any two statements of the check
                    with changing_figures(inbox.NOW):
                        pass
        return folded

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        try:
            report = verify.check(timezone.now())
        finally:
            over.set()
    assert writer.result() > 0
    assert (report.differences, report.due) == ([], ())
    assert {"campaign_daily", "event", *reporting.VIEWS} <= set(report.compared)


@pytest.mark.parametrize(
    ("corrupt", "table"),
    [
        ("UPDATE campaign_hourly SET opens = opens + 1", "campaign_hourly"),
        ("UPDATE campaign_daily SET revenue = 1 WHERE basis = 0", "campaign_daily"),
        ("DELETE FROM campaign_daily WHERE basis = 1", "campaign_daily"),
        ("UPDATE campaign_attribution SET campaign_id = 0", "campaign_attribution"),
        ("DELETE FROM campaign_attribution", "campaign_attribution"),
        ("UPDATE engagement SET clicks = 5", "engagement"),
        ("INSERT INTO engagement (campaign_id, contact_id, message) VALUES (1, 99, '')", "engagement"),
        ("UPDATE contact_month SET revenue = revenue + 1", "contact_month"),
        ("UPDATE event SET value = value + 1 WHERE type = 7", "event"),
        ("UPDATE event SET machine = 3 WHERE type = 6", "event"),
        ("DELETE FROM event WHERE type = 1", "event_key"),
        ("DELETE FROM event_key", "event_key"),
        ("UPDATE campaign_daily SET sends = 9; UPDATE view_refresh SET data_version = 2", "kpi_metrics_daily_mv"),
    ],
)  # fmt: skip
def test_every_kind_of_corruption_is_found_by_one_run(corrupt: str, table: str) -> None:
    inbox.put([Happened(uid(2), 7, T.CLICKED, at(2), 1), Happened(uid(3), 7, T.CONVERTED, at(3), amount=Decimal(5))])
    fold_inbox(inbox.NOW)
    assert verify.check(timezone.now()).differences == []
    with connection.cursor() as cursor:
        cursor.execute(corrupt)
    assert table in {difference.table for difference in verify.check(timezone.now()).differences}


def test_another_cut_is_told_first_and_asks_for_a_rebuild(settings: LazySettings) -> None:
    settings.REPORTING_TIME_ZONE = "Asia/Kolkata"
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_totals", stdout=out)
    assert all(
        word in out.getvalue() for word in ("1 differences", "time_zone", "Asia/Kolkata", "run manage.py rebuild")
    )


def test_counting_keeps_to_its_cut_until_a_rebuild(settings: LazySettings) -> None:
    settings.REPORTING_TIME_ZONE = "Asia/Kolkata"
    inbox.put([Happened(uid(2), 7, T.SENT, at(1.9), 1)])
    fold_inbox(inbox.NOW)
    assert CampaignDaily.objects.get(basis=1).sends == 2
    settings.REPORTING_TIME_ZONE = "UTC"
    assert verify.differences() == []


def test_the_data_versions_time_never_runs_backwards() -> None:
    with changing_figures(inbox.NOW - timedelta(days=1)):
        pass
    assert DataVersion.objects.get().changed_at == inbox.NOW


def test_verify_totals_names_a_wrong_total_and_fails_and_rebuild_mends_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaign_hourly SET sends = 41 WHERE basis = 0")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_totals", stdout=out)
    assert end.value.code == 1
    assert all(word in out.getvalue() for word in ("campaign_hourly", "sends", "41"))
    assert "campaign_hourly: 1 rows written anew" in run("rebuild")
    assert run("verify_totals").startswith("No difference")
