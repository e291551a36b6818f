"""The jobs of the schedule: how each is doing, and starting one now."""

from http import HTTPStatus
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance import job_list
from compliance.acting import actor_of
from compliance.api_keys import scope_required
from compliance.job_list import PERMISSION, JobRuns, JobState, NoBroker, NoJob, State
from compliance.jobs import find_run
from compliance.models import JobRun

from .asking import refuse_unknown
from .doors import Door, Nothing, checked
from .problems import MEDIA_TYPE, Problem
from .schemas import ProblemDetails, answers, problem

NO_STORE = {"Cache-Control": "no-store"}
OUTCOMES = ["waiting", "running", "done", "nothing to do", "failed", "lost"]


class RunAnswer(serializers.Serializer[Any]):
    """One run of a job."""

    id = serializers.IntegerField()
    job = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES, help_text="lost: its process died; the job is done again by itself")
    reason = serializers.CharField(help_text="why it ran")
    attempt = serializers.IntegerField()
    started_at = serializers.DateTimeField(help_text="while it waits: when it was asked for")
    duration_seconds = serializers.FloatField(allow_null=True, help_text="null until it has ended")
    rows = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(help_text="empty when there was none")


class JobAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField(help_text="what it is for")
    schedule = serializers.CharField(help_text="in words")
    enabled = serializers.BooleanField()
    state = serializers.ChoiceField([state.value for state in State])
    late = serializers.BooleanField(help_text="due, and not begun")
    last_run = RunAnswer(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True, help_text="null while it is switched off")
    runs_24h = serializers.IntegerField()
    failures_24h = serializers.IntegerField(help_text="failed or lost")
    missed_24h = serializers.IntegerField(help_text="ticks of the schedule that were not sent")
    p95_seconds = serializers.FloatField(
        allow_null=True, help_text=f"of the last {job_list.LAST_RUNS} that did something"
    )


class JobsMeta(serializers.Serializer[Any]):
    at = serializers.DateTimeField()


class JobsAnswer(serializers.Serializer[Any]):
    results = JobAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    meta = JobsMeta()


class StartedAnswer(serializers.Serializer[Any]):
    run = RunAnswer()


class ConflictDetails(ProblemDetails):
    run = RunAnswer(help_text="the one that is not over")


class JobsView(APIView):
    permission_classes = [scope_required("jobs:read")]

    @extend_schema(
        operation_id="jobs",
        summary="Every job of the schedule, how it is doing and when it is due",
        responses=answers(JobsAnswer),
        tags=["operation"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        now = timezone.now()
        results = [_job(job) for job in job_list.jobs(now)]
        return Response(
            {"results": results, "next": None, "count": len(results), "meta": {"at": now}}, headers=NO_STORE
        )


class RunView(APIView):
    permission_classes = [scope_required("jobs:read")]

    @extend_schema(
        operation_id="jobs_run",
        summary="One run of a job",
        responses=answers(RunAnswer)
        | {(404, MEDIA_TYPE): problem("There is no such run, or it is older than 90 days.")},
        tags=["operation"],
    )
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, ())
        run = find_run(pk, timezone.now())
        if run is None:
            raise NotFound("There is no such run, or it is older than 90 days.")
        return Response(_run(run), headers=NO_STORE)


class JobRunView(Door):
    """It takes no field; the body may be left out."""

    shows_figures = False
    permission_classes = [scope_required("jobs:run", PERMISSION)]

    @extend_schema(
        operation_id="jobs_start",
        summary="Start a job now; Location says where to look at its run",
        request=None,
        responses=answers(StartedAnswer, HTTPStatus.ACCEPTED)
        | {
            (404, MEDIA_TYPE): problem("There is no such job."),
            (409, MEDIA_TYPE): OpenApiResponse(ConflictDetails, description="It waits or runs already."),
            (503, MEDIA_TYPE): problem("The queue of jobs cannot be reached; nothing was started."),
        },
        tags=["operation"],
    )
    def post(self, request: Request, name: str) -> Response:
        checked(Nothing, request)
        try:
            run = job_list.start(name, actor_of(request), timezone.now())
        except NoJob as error:
            raise NotFound(str(error)) from None
        except JobRuns as error:
            raise Problem(HTTPStatus.CONFLICT, "It runs already", str(error), run=_run(error.run)) from None
        except NoBroker as error:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "No queue", str(error)) from None
        headers = NO_STORE | {"Location": reverse("api-job-run", args=[run.pk])}
        return Response({"run": _run(run)}, HTTPStatus.ACCEPTED, headers=headers)


def _job(job: JobState) -> dict[str, Any]:
    return {
        "name": job.entry.name,
        "title": job.entry.title,
        "why": job.entry.why,
        "schedule": job.entry.when.words,
        "enabled": job.entry.enabled,
        "state": job.state.value,
        "late": job.late,
        "last_run": _run(job.last) if job.last else None,
        "next_due_at": job.next_due_at,
        "runs_24h": job.runs,
        "failures_24h": job.failures,
        "missed_24h": job.missed,
        "p95_seconds": job.p95_seconds,
    }


def _run(run: JobRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "job": run.name,
        "outcome": run.outcome,
        "reason": run.reason,
        "attempt": run.attempt,
        "started_at": run.started_at,
        "duration_seconds": run.seconds,
        "rows": run.rows,
        "error": run.error,
    }
