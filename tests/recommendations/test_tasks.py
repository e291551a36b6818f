"""The jobs, and what they spare the web server."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from compliance.jobs import JobFailedError
from compliance.models import JobRun
from recommendations import rules, tasks
from recommendations.models import Recommendation
from recommendations.rules import BY_NAME, RULES
from tests.recommendations.made import made
from tests.recommendations.test_proposing import failing_among_others

LOADED = """
import sys
import django
django.setup()
from django.urls import get_resolver
from config.celery import app
get_resolver().url_patterns
app.loader.import_default_modules()
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"numpy", "recommendations", "scipy"}))
print({"recommendations.tasks.recommend", "recommendations.tasks.measure_outcomes"} <= set(app.tasks))
"""


def test_whoever_serves_pages_or_sends_jobs_does_not_load_what_calculates() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    ran = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True)
    assert ran.stdout == "recommendations\nTrue\n", ran.stderr


@pytest.mark.django_db
def test_the_nightly_job_notes_what_it_changed() -> None:
    one = made(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.recommend()
    tasks.recommend()
    assert Recommendation.objects.get(pk=one.pk).state == "expired"
    runs = JobRun.objects.filter(name="recommend").order_by("id")
    assert list(runs.values_list("outcome", "rows")) == [("done", 1), ("nothing to do", 0)]


@pytest.mark.django_db
def test_a_rule_that_fails_costs_the_others_nothing_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    losing = failing_among_others(timezone.now().date())

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    broken = replace(BY_NAME["winner"], find=fails)
    monkeypatch.setattr(rules, "RULES", tuple(broken if one.name == "winner" else one for one in RULES))
    with pytest.raises(JobFailedError, match="6 times a rule failed"):
        tasks.recommend()
    assert Recommendation.objects.get().campaign_id == losing.pk
    run = JobRun.objects.get(name="recommend")
    assert (run.outcome, run.final) == ("failed", True)
    assert "winner over campaign " in run.error


@pytest.mark.django_db
def test_the_job_that_keeps_deadlines_notes_what_it_changed() -> None:
    one = made(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.keep_deadlines()
    tasks.keep_deadlines()
    assert Recommendation.objects.get(pk=one.pk).state == "expired"
    runs = JobRun.objects.filter(name="keep_deadlines").order_by("id")
    assert list(runs.values_list("outcome", "rows")) == [("done", 1), ("nothing to do", 0)]


@pytest.mark.django_db
def test_the_job_of_outcomes_notes_what_it_judged() -> None:
    one = made(state="implemented", implemented_on=date(2020, 1, 1))
    tasks.measure_outcomes()
    tasks.measure_outcomes()
    row = Recommendation.objects.get(pk=one.pk)
    assert (row.state, row.version) == ("cannot tell", 3)
    runs = JobRun.objects.filter(name="measure_outcomes").order_by("id")
    assert list(runs.values_list("outcome", "rows")) == [("done", 2), ("nothing to do", 0)]


@pytest.mark.django_db
def test_filling_a_demo_runs_the_rules_once() -> None:
    one = made(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    call_command("demo", contacts=40, campaigns=6, days=10)
    assert Recommendation.objects.get(pk=one.pk).state == "expired"
