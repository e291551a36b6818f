from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from analytics import tasks, verify
from analytics.fold import Folded
from analytics.models import ViewRefresh
from compliance.jobs import JobFailedError
from compliance.models import JobRun
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


def test_the_fold_goes_on_until_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = folding(monkeypatch, Folded(2, 10, 1), Folded(1, 5, 0), Folded())
    tasks.fold_inbox()
    run = JobRun.objects.get()
    assert (len(calls), run.name, run.outcome, run.rows) == (3, "fold_inbox", "done", 15)


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
