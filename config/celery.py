"""Background jobs: how they are delivered, and when each of them runs."""

import os
import sys
from dataclasses import dataclass

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@dataclass(frozen=True)
class Row:
    """One job of the schedule: `when` is a number of seconds, or a crontab in UTC."""

    name: str
    task: str
    when: float | crontab
    why: str


# An empty installation was filled with a demo, which goes on.
DEMO = (
    Row(
        "go on with the demo",
        "analytics.tasks.go_on_with_demo",
        120,
        "figures of a demo move as real ones do; after hours without an event it would say that none arrives",
    ),
) * settings.DEMO

SCHEDULE = (
    Row("fold the inbox", "analytics.tasks.fold_inbox", 2, "a lost wake-up costs seconds, not events"),
    Row("run imports", "analytics.tasks.run_import", 10, "an uploaded file is imported, also when a worker is killed"),
    Row("refresh views", "analytics.tasks.refresh_views", 60, "BI tools read views at most a minute old"),
    Row(
        "make partitions",
        "analytics.tasks.make_partitions",
        crontab(hour="0", minute="20"),
        "the months ahead are there before their first event",
    ),
    Row(
        "make months of logs",
        "compliance.tasks.make_log_months",
        crontab(hour="0", minute="30"),
        "a log's month has its partition before its first row, so that it can go as a whole",
    ),
    Row("seal logs", "compliance.tasks.seal_logs", 10, "a row that is changed later shows, whoever changes it"),
    Row(
        "anchor logs",
        "compliance.tasks.anchor_logs",
        crontab(minute="5"),
        "how long the logs are is told where nobody who rules the database comes, so that a cut end shows",
    ),
    Row(
        "measure outcomes",
        "recommendations.tasks.measure_outcomes",
        crontab(hour="1", minute="20"),
        "what was done is judged before the rules look again, and those that miss are muted",
    ),
    Row(
        "recommend",
        "recommendations.tasks.recommend",
        crontab(hour="1", minute="40"),
        "each morning begins with what the rules find in the four weeks before it",
    ),
    Row(
        "keep deadlines",
        "recommendations.tasks.keep_deadlines",
        300,
        "what was put off comes back when it was to, and nothing can be accepted that is past its time",
    ),
    Row(
        "clean up",
        "compliance.tasks.clean_up",
        crontab(hour="2", minute="40"),
        "the record of jobs holds 90 days and does not grow for ever",
    ),
    Row(
        "keep no longer",
        "compliance.tasks.keep_no_longer",
        crontab(hour="2", minute="50"),
        "what is older than its retention policy says goes in the night",
    ),
    Row(
        "answer requests",
        "compliance.tasks.answer_requests",
        60,
        "people who ask for their data, or to be erased, wait for nobody to press a button",
    ),
    Row(
        "watch access",
        "compliance.tasks.watch_access",
        300,
        "who looks at people as nobody does is seen within minutes",
    ),
    Row(
        "send notices",
        "compliance.tasks.send_notices",
        60,
        "people are told within a minute, also after a server was away",
    ),
    Row(
        "undo imports",
        "analytics.tasks.undo_import",
        10,
        "an import that somebody wants undone begins to go within seconds, and one that was killed goes on",
    ),
    Row(
        "join addresses",
        "analytics.tasks.join_addresses",
        600,
        "who was kept under several spellings of an address is one contact soon after a release, by itself",
    ),
    Row(
        "watch figures",
        "analytics.tasks.watch_figures",
        600,
        "what is unusual in an hour is told minutes after it is complete",
    ),
    Row(
        "forecast arrivals",
        "analytics.tasks.forecast_arrivals",
        60,
        "what is still to come is told as of this minute, from how late each source usually is",
    ),
    Row(
        "verify totals",
        "analytics.tasks.verify_totals",
        crontab(hour="3", minute="10"),
        "running totals are recounted from the events, and any difference is reported",
    ),
    Row(
        "verify audit",
        "compliance.tasks.verify_audit",
        crontab(hour="3", minute="40"),
        "the logs are compared with their seals, and the first broken link is named",
    ),
    *DEMO,
)

FOLD_QUEUE = "fold"


@setup_logging.connect
def keep_our_lines(**_of_celery: object) -> None:
    """That somebody listens keeps Celery from setting up logs of its own: Django has."""


app = Celery("marketing")
app.conf.update(
    broker_url=settings.BROKER_URL,
    task_ignore_result=True,
    result_expires=None,  # no results, hence no job of Celery that cleans them up
    accept_content=["json"],
    task_serializer="json",
    # A task is done when it has ended, not when it was taken: a killed worker loses none.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=settings.JOB_MOST_SECONDS,  # then its process is killed
    worker_prefetch_multiplier=1,
    # A night of verifying takes minutes; a worker that does nothing else counts events and seals logs meanwhile.
    task_routes={task: {"queue": FOLD_QUEUE} for task in ("analytics.tasks.fold_inbox", "compliance.tasks.seal_logs")},
    broker_transport_options={
        # A killed worker's tasks come again after this. What takes longer comes again, too, and finds itself running.
        "visibility_timeout": settings.JOB_VISIBILITY_SECONDS,
        # kombu looks for lost tasks every interval x throttle seconds: 100 by default.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
    },
    broker_connection_retry_on_startup=True,
    # Without Redis whoever wakes a job hears so at once; the schedule makes up for it.
    task_publish_retry=False,
    worker_concurrency=1,
    worker_hijack_root_logger=False,
    beat_scheduler="config.schedule:Scheduler",
    timezone="UTC",
)
# Celery closes a worker's connection to the database before and after each task, so that every small fold would log in
# and read the catalogue anew, which takes longer than the fold itself. Django's own rules say how long one is kept.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize


@task_prerun.connect
@task_postrun.connect
def keep_connection(sender: Task, **_of_celery: object) -> None:
    """As before and after a request: what is too old or broken is closed, and the next use looks whether it lives."""
    if not sender.request.is_eager:
        close_old_connections()


app.steps["worker"].add("config.heartbeats:Heart")
app.autodiscover_tasks()
