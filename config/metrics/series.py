"""Every series of ours, with every value that its labels may have: no other is shown, and none is missing.

Those of Django's requests are in `requests.py`, and come from django-prometheus.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from analytics.fold.visible import VISIBLE
from analytics.parts import PARTS
from analytics.queries.cache import GIVEN, RESULTS
from analytics.reporting import VIEWS
from compliance.exports import EXPORTS, KINDS
from compliance.jobs import ENDED
from compliance.models import NoticeState
from config.celery import FOLD_QUEUE, SCHEDULE, app
from recommendations.models import State

Labels = tuple[str, ...]

PART, DATABASE, BROKER = "", "database", "broker"
JOBS = tuple(sorted({row.task.rpartition(".")[2] for row in SCHEDULE}))
QUEUES = (str(app.conf.task_default_queue), FOLD_QUEUE)
PROGRAMS = ("worker", "fold", "beat")


@dataclass(frozen=True, slots=True)
class Series:
    """A family of samples; `labels` are names with the values there may be. A counter's name ends in `_total`.

    `part` is the server that a fact is read from.
    """

    name: str
    kind: str  # counter, gauge or histogram
    what: str
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    part: str = DATABASE

    @property
    def samples(self) -> Iterator[Labels]:
        """The values of the labels of each of its samples, in the order of `labels`."""
        return product(*self.labels.values())


# Read from PostgreSQL and Redis when somebody asks: the same whichever process answers.
FACTS: tuple[Series, ...] = (
    Series(
        "marketing_part_up",
        "gauge",
        "Whether a server that everything stands on answers: 1 or 0.",
        {"part": tuple(name for name, _required, _ask in PARTS)},
        part=PART,
    ),
    Series(
        "marketing_heartbeat_age_seconds",
        "gauge",
        "Since a program last showed that it lives; since ever (Unix time) for one that never did.",
        {"program": PROGRAMS},
    ),
    Series(
        "marketing_inbox_batches",
        "gauge",
        "Accepted batches of events that wait to be counted, or were set apart (dead).",
        {"state": ("waiting", "dead")},
    ),
    Series("marketing_inbox_waiting_events", "gauge", "Events in the batches that wait."),
    Series("marketing_inbox_age_seconds", "gauge", "Since the oldest batch that waits was accepted, 0 for none."),
    Series(
        "marketing_fold_lag_seconds",
        "gauge",
        "For how long something accepted has been missing in the figures, 0 when nothing is.",
    ),
    Series(
        "marketing_dead_letters",
        "gauge",
        "Batches that could not be counted, and rows that were rejected; 100,000 are that many or more.",
        {"kind": ("batch", "row")},
    ),
    Series(
        "marketing_view_age_seconds",
        "gauge",
        "Since a materialized view was refreshed, if figures have changed since; 0 while it is current.",
        {"view": VIEWS},
    ),
    Series(
        "marketing_view_refreshed_timestamp_seconds",
        "gauge",
        "When a materialized view was last refreshed (Unix time), 0 for never.",
        {"view": VIEWS},
    ),
    Series(
        "marketing_job_runs_total",
        "counter",
        "Runs of jobs that ended, by how.",
        {"job": JOBS, "outcome": ENDED},
    ),
    Series("marketing_job_seconds_total", "counter", "How long runs of a job took, all together.", {"job": JOBS}),
    Series("marketing_job_last_seconds", "gauge", "How long the last run of a job took.", {"job": JOBS}),
    Series(
        "marketing_job_last_run_timestamp_seconds",
        "gauge",
        "When the last run of a job that ended so was begun (Unix time), 0 for never.",
        {"job": JOBS, "outcome": ENDED},
    ),
    Series(
        "marketing_job_late",
        "gauge",
        "Whether a job should have been started by its schedule and was not: 1 or 0.",
        {"job": JOBS},
    ),
    Series("marketing_queue_depth", "gauge", "Messages that no worker has taken yet.", {"queue": QUEUES}, part=BROKER),
    Series(
        "marketing_recommendations",
        "gauge",
        "Recommendations by their state.",
        {"state": tuple(str(state) for state in State)},
    ),
    Series(
        "marketing_pii_looks_total",
        "counter",
        "Looks at people (lists, timelines, reveals), and refused tries, once they are sealed.",
        {"outcome": ("shown", "refused")},
    ),
    Series("marketing_pii_reveals_total", "counter", "Contacts that were revealed in full, once that is sealed."),
    Series("marketing_dsar_open", "gauge", "Requests of people about their data that are not closed."),
    Series("marketing_dsar_overdue", "gauge", "Those of them that are past their time."),
    Series("marketing_access_alerts_open", "gauge", "Alerts of unusual access that nobody has acknowledged."),
    Series("marketing_marketing_alerts_open", "gauge", "Alerts of campaigns and their figures that are open."),
    Series(
        "marketing_notices",
        "gauge",
        "What people are told of through channels, of the last 90 days, by whether it has arrived.",
        {"state": tuple(str(state) for state in NoticeState)},
    ),
)

# Counted by each process for itself, and added up when somebody asks.
COUNTED: tuple[Series, ...] = (
    Series(
        "marketing_answers_total",
        "counter",
        "Answers given: kept (hit), computed (miss), an older one meanwhile (stale), without Redis (alone).",
        {"result": RESULTS},
    ),
    Series(
        "marketing_event_visible_seconds",
        "histogram",
        "From acceptance until counted, of each event that was kept.",
    ),
    Series("marketing_exports_total", "counter", "Files that were handed out.", {"kind": KINDS}),
)
COUNTERS = (GIVEN, VISIBLE, EXPORTS)
SERIES = FACTS + COUNTED


def table() -> str:
    """The series for people to read, as Markdown."""
    rows = [f"| `{one.name}{_told(one.labels)}` | {one.kind} | {one.what} |" for one in SERIES]
    return "\n".join(("| series | kind | what |", "| --- | --- | --- |", *rows))


def _told(labels: dict[str, tuple[str, ...]]) -> str:
    return f"{{{', '.join(labels)}}}" if labels else ""
