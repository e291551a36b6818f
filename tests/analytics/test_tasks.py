from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from analytics import tasks, verify
from analytics.event_types import EventType
from analytics.fold import Folded, fold_inbox
from analytics.ingest import record_events, wake
from analytics.models import Campaign, Event, InboxBatch, ViewRefresh
from compliance.jobs import JobFailedError
from compliance.models import JobRun
from tests.analytics.events import event
from tests.analytics.inbox import campaigns, put
from tests.analytics.oracle import Happened
from tests.analytics.totals import october

pytestmark = pytest.mark.django_db


def folding(monkeypatch: pytest.MonkeyPatch, *answers: Folded) -> list[Any]:
    """Let the fold give these answers, one for each call; the calls are listed."""
    left, calls = list(answers), []

    def fold(at: Any) -> Folded:
        calls.append(at)
        return left.pop(0)

    monkeypatch.setattr(tasks, "fold_waiting", fold)
    return calls


def sent(event_id: int) -> Happened:
    return Happened(f"{event_id:032x}", 1, EventType.SENT, timezone.now(), campaign=1)


def test_the_fold_goes_on_until_all_is_counted_that_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    campaigns(1)
    for number in range(3):
        put([sent(number)])
    monkeypatch.setattr(tasks, "fold_waiting", lambda at: fold_inbox(at, limit_rows=1))
    tasks.fold_inbox()
    run = JobRun.objects.get()
    assert (run.name, run.outcome, run.rows) == ("fold_inbox", "done", 3)


def test_what_comes_during_a_fold_is_left_to_its_own_call(monkeypatch: pytest.MonkeyPatch) -> None:
    campaigns(1)
    put([sent(1)])

    def fold(at: datetime) -> Folded:
        folded = fold_inbox(at)
        InboxBatch.objects.filter(pk=put([sent(2)]).pk).update(received_at=timezone.now())
        return folded

    monkeypatch.setattr(tasks, "fold_waiting", fold)
    tasks.fold_inbox()
    assert (JobRun.objects.get().rows, InboxBatch.objects.count()) == (1, 1)


def test_a_batch_whose_call_was_swallowed_is_counted(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[float] = []
    monkeypatch.setattr(wake, "_send", lambda _task, countdown: woken.append(countdown))
    Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")
    for number in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            record_events([event(event_id=f"e{number}")], source="events", at=timezone.now())
    assert woken == [wake.PAUSE]
    tasks.fold_inbox()
    assert (Event.objects.count(), InboxBatch.objects.count()) == (3, 0)


def test_a_fold_tells_calls_how_long_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    folding(monkeypatch, Folded(1, 1, 0))
    took: list[float] = []
    monkeypatch.setattr(tasks, "folded_in", took.append)
    tasks.fold_inbox()
    assert len(took) == 1
    assert took[0] >= 0


def test_folds_that_found_nothing_are_counted() -> None:
    tasks.fold_inbox()
    tasks.fold_inbox()
    rows = JobRun.objects.values_list("outcome", "runs")
    assert {outcome for outcome, _ in rows} == {"nothing to do"}
    assert sum(runs for _, runs in rows) == 2


def test_a_dead_batch_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    folding(monkeypatch, Folded(dead=1), Folded())
    tasks.fold_inbox()
    assert JobRun.objects.get().rows == 0


def test_the_fold_gives_its_worker_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FOLD_SECONDS", 0.05)
    monkeypatch.setattr(tasks, "fold_waiting", lambda _at: Folded(1, 1, 0))
    tasks.fold_inbox()
    assert JobRun.objects.get().outcome == "done"


def test_views_are_refreshed_once_for_one_version() -> None:
    october()
    tasks.refresh_views()
    tasks.refresh_views()
    assert ViewRefresh.objects.count() == 7
    assert list(JobRun.objects.order_by("id").values_list("outcome", "rows")) == [("done", 7), ("nothing to do", 0)]


def test_partitions_are_there_three_months_ahead() -> None:
    tasks.make_partitions()
    tasks.make_partitions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relname ~ '^event_20.....$'")
        names = {name for (name,) in cursor.fetchall()}
    ahead = timezone.now() + timedelta(days=80)
    assert f"event_{ahead:%Y_%m}" in names
    assert [run.outcome for run in JobRun.objects.order_by("id")][1] == "nothing to do"


def test_totals_that_hold_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.verify_totals()
    assert (JobRun.objects.get().outcome, JobRun.objects.get().rows) == ("done", 0)


def test_a_difference_fails_the_run_and_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = verify.Difference("campaign_daily", "basis=0", "opens", 3, 2)
    monkeypatch.setattr(verify, "check", lambda _at: verify.Report([wrong] * 9))
    with pytest.raises(JobFailedError):
        tasks.verify_totals()
    run = JobRun.objects.get()
    assert (run.outcome, run.rows, run.error.count("opens")) == ("failed", 9, tasks.SHOWN_DIFFERENCES)
