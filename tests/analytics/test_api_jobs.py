"""Jobs by API: who may see them, who may start one, and what is answered when that cannot be."""

from typing import Any

import pytest
from celery import Celery
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from compliance import job_list
from compliance.models import AuditEntry, JobRun
from config.schedule import sync_schedule
from tests.compliance.keys import headers

pytestmark = pytest.mark.django_db
JOBS, START = "/api/v1/jobs", "/api/v1/jobs/verify_totals/run"


@pytest.fixture(autouse=True)
def schedule(started_jobs: object) -> None:
    sync_schedule()


def test_every_job_is_listed_with_its_last_run(client: Client) -> None:
    now = timezone.now()
    ran = JobRun.objects.create(
        name="verify_totals", reason="the schedule says so", started_at=now, finished_at=now, outcome="failed", rows=3,
        error="3 values differ",
    )  # fmt: skip
    answer = client.get(JOBS, headers=headers("jobs:read"))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    listed = {job["name"]: job for job in answer.json()["results"]}
    assert answer.json()["count"] == len(listed) >= 5
    assert listed["fold_inbox"]["schedule"] == "every 2 seconds"
    job = listed["verify_totals"]
    assert (job["title"], job["schedule"], job["state"], job["failures_24h"], job["p95_seconds"]) == (
        "Verify totals",
        "daily at 03:10 UTC",
        "failed",
        1,
        0.0,
    )
    assert job["last_run"] == {
        "id": ran.pk,
        "job": "verify_totals",
        "outcome": "failed",
        "reason": "the schedule says so",
        "attempt": 1,
        "started_at": now.isoformat().replace("+00:00", "Z"),
        "duration_seconds": 0.0,
        "rows": 3,
        "error": "3 values differ",
    }


def started(client: Client, headers: dict[str, str], body: object = None) -> Any:
    return client.post(START, body, content_type="application/json", headers=headers)


def test_a_job_is_started_and_its_run_can_be_looked_at(client: Client) -> None:
    key = headers("jobs:run", "jobs:read")
    answer = started(client, key)
    assert answer.status_code == 202
    run = answer.json()["run"]
    assert (run["outcome"], run["reason"]) == ("waiting", "started by key test")
    assert client.get(answer["Location"], headers=key).json() == run
    again = started(client, key)
    assert (again.status_code, again.json()["run"]) == (409, run)
    assert AuditEntry.objects.count() == 1


def test_what_it_takes_no_account_of_is_refused(client: Client) -> None:
    key = headers("jobs:run")
    assert [started(client, key, body).status_code for body in ({"full": True}, [1])] == [400, 400]
    assert JobRun.objects.count() == 0
    assert started(client, key, {}).status_code == 202


def test_the_same_idempotency_key_starts_it_once(client: Client) -> None:
    key = headers("jobs:run") | {"Idempotency-Key": "tonight"}
    assert started(client, key).json() == started(client, key).json()
    assert JobRun.objects.count() == 1


def test_what_is_not_there_is_not_found(client: Client) -> None:
    key = headers("jobs:run", "jobs:read")
    assert client.post("/api/v1/jobs/nothing/run", content_type="application/json", headers=key).status_code == 404
    assert client.get("/api/v1/jobs/runs/1", headers=key).status_code == 404


def test_without_a_broker_it_is_503_and_nothing_was_started(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_list, "current_app", Celery(broker="redis://127.0.0.1:1/0", set_as_current=False))
    answer = started(client, headers("jobs:run") | {"Idempotency-Key": "tonight"})
    assert (answer.status_code, JobRun.objects.count()) == (503, 0)
    assert "nothing was started" in answer.json()["detail"]


def test_seeing_and_starting_are_scopes_of_their_own_and_staff_need_the_permission(client: Client) -> None:
    assert client.get(JOBS).status_code == 401
    assert client.get(JOBS, headers=headers("jobs:run")).status_code == 403
    assert started(client, headers("jobs:read")).status_code == 403
    ada = User.objects.create_user("ada", is_staff=True)
    client.force_login(ada)
    assert client.get(JOBS).status_code == 200
    assert client.post(START, content_type="application/json").status_code == 403
    ada.user_permissions.add(Permission.objects.get(codename="run_job"))
    assert client.post(START, content_type="application/json").status_code == 202


def test_parameters_that_mean_nothing_are_refused(client: Client) -> None:
    assert client.get(f"{JOBS}?state=failed", headers=headers("jobs:read")).status_code == 400
