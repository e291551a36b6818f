"""The facts of an installation, read when somebody asks: six statements in PostgreSQL, one pipeline in Redis."""

import logging
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from analytics.parts import PARTS, SECONDS
from analytics.reporting import VIEWS
from compliance import job_list

from .series import BROKER, DATABASE, FACTS, JOBS, PART, QUEUES, Labels, Series

HERE = Path(__file__).parent / "sql"
MOST = 100_000  # rows that are counted one by one
Key = tuple[str, Labels]

logger = logging.getLogger(__name__)


class Facts:
    """A collector of Prometheus. What cannot be read is left out, and `marketing_part_up` says why."""

    def collect(self) -> Iterator[Metric]:
        found = dict(_parts())
        up = {name for (_, (name,)), value in found.items() if value}
        read: set[str] = {PART}
        for part, ask in ((DATABASE, _database), (BROKER, _broker)):
            if part in up and (samples := ask()) is not None:
                found |= samples
                read.add(part)
        for series in FACTS:
            if series.part in read:
                yield _family(series, found)


def _family(series: Series, found: Mapping[Key, float]) -> Metric:
    """All samples that there may be, and no other."""
    kind = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    family = kind(series.name.removesuffix("_total"), series.what, labels=list(series.labels))
    never = time.time() if series.name == "marketing_heartbeat_age_seconds" else 0.0
    for labels in series.samples:
        family.add_metric(labels, found.get((series.name, labels), never))
    return family


def _parts() -> Iterator[tuple[Key, float]]:
    for name, _required, ask in PARTS:
        yield ("marketing_part_up", (name,)), float(ask())


def _database() -> dict[Key, float] | None:
    """Every sample that PostgreSQL knows of; None when it does not answer."""
    asked: dict[str, Any] = {"views": list(VIEWS), "most": MOST, "jobs": list(JOBS)}
    found: dict[Key, float] = {}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for file in sorted(HERE.glob("*.sql")):
                cursor.execute(_sql(file), asked)
                found |= {(series, tuple(labels)): float(value) for series, labels, value in cursor.fetchall()}
            found |= {("marketing_job_late", (name,)): 1.0 for name in job_list.late(timezone.now())}
    except Error:
        logger.warning("The facts that /metrics tells could not be read.", exc_info=True)
        return None
    return found


def _broker() -> dict[Key, float] | None:
    try:
        client = redis.Redis.from_url(settings.BROKER_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
        with client, client.pipeline(transaction=False) as pipeline:
            for queue in QUEUES:
                pipeline.llen(queue)
            return {
                ("marketing_queue_depth", (queue,)): float(n)
                for queue, n in zip(QUEUES, pipeline.execute(), strict=True)
            }
    except redis.RedisError:
        return None


@cache
def _sql(file: Path) -> str:
    return file.read_text()
