"""What the Health page says above its jobs: figures, what waits, servers, worker. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.job_list import JobState, State
from compliance.timetable import Every

from ..presentation import UNKNOWN, ago
from ..queries.answers import Completeness, Freshness
from .freshness import fresh
from .job_rows import BAD, CAUTION, WELL, Mark

QUIET = timedelta(minutes=3)  # without a sign of what comes every minute or more often
TROUBLE = (State.LATE, State.FAILED, State.LOST)


@dataclass(frozen=True, slots=True)
class HealthTile:
    name: str
    label: str
    value: str
    note: str
    mark: Mark
    dead: bool = False  # what it counts waits for a person, in the admin


def health_tiles(
    figures: Freshness, up: dict[str, bool], jobs: Sequence[JobState], now: datetime
) -> tuple[HealthTile, ...]:
    counted = figures.completeness
    return (
        _figures(counted, now),
        _waiting(counted),
        _dead(counted),
        _views(figures, now),
        _servers(up),
        _worker(jobs, now),
    )


def sentence(tiles: Sequence[HealthTile], jobs: Sequence[JobState]) -> str:
    """What needs a look; empty when all is well."""
    troubled = [job.entry.title for job in jobs if job.state in TROUBLE]
    parts = [tile.label.lower() for tile in tiles if tile.mark is not WELL]
    found = [*parts, *(f"the job “{title}”" for title in troubled)]
    return f"needs a look: {', '.join(found)}" if found else ""


def _figures(counted: Completeness, now: datetime) -> HealthTile:
    state = fresh(counted, now, now)
    if state.age:
        return HealthTile("figures", "Figures", ago(state.age), "behind what came in", CAUTION)
    last = counted.last_event_at
    note = f"last event {ago((now - last).total_seconds())} ago" if last else "no event yet"
    return HealthTile("figures", "Figures", "up to date", note, WELL)


def _waiting(counted: Completeness) -> HealthTile:
    oldest = counted.oldest_waiting_seconds
    note = f"the oldest for {ago(oldest)}" if oldest is not None else "nothing to count"
    return HealthTile("waiting", "Waiting", _number(counted.inbox_waiting_rows, "event"), note, WELL)


def _dead(counted: Completeness) -> HealthTile:
    dead = counted.inbox_dead
    note = "wait for a person" if dead else "all were counted"
    return HealthTile(
        "dead", "Set apart", _number(dead, "batch", "batches"), note, CAUTION if dead else WELL, dead=bool(dead)
    )


def _views(figures: Freshness, now: datetime) -> HealthTile:
    behind = [view for view in figures.views if not view.current]
    oldest = min((view.refreshed_at for view in behind if view.refreshed_at), default=None)
    note = f"refreshed {ago((now - oldest).total_seconds())} ago" if oldest else "for BI tools"
    value = "up to date" if not behind else f"{len(behind)} behind"
    late = oldest is not None and now - oldest > QUIET
    return HealthTile("views", "Views", value, note, CAUTION if late else WELL)


def _servers(up: dict[str, bool]) -> HealthTile:
    down = [name for name, answers in up.items() if not answers]
    note = f"{', '.join(down)} {'does' if len(down) == 1 else 'do'} not answer" if down else ", ".join(up)
    value = f"{len(up) - len(down)} of {len(up)} up" if down else "all up"
    return HealthTile("servers", "Servers", value, note, BAD if down else WELL)


def _worker(jobs: Sequence[JobState], now: datetime) -> HealthTile:
    """The worker that has been silent for longest, by how often it should have something to do."""
    signs = [_sign(queue, jobs, now) for queue in sorted({job.entry.queue for job in jobs})]
    told = [sign for sign in signs if sign]
    if not told:
        return HealthTile("worker", "Worker", UNKNOWN, "nothing comes often enough to tell", WELL)
    silent, note, last = max(told, key=lambda sign: sign[0])
    value = f"{ago((now - last).total_seconds())} ago" if last else UNKNOWN
    return HealthTile("worker", "Worker", value, note, CAUTION if silent > 1 else WELL)


def _sign(queue: str, jobs: Sequence[JobState], now: datetime) -> tuple[float, str, datetime | None] | None:
    """Of the worker of a queue: for how many times as long as it may it has been silent, what that is called, and when
    it took its last job. None where no job comes every so often.
    """
    own = [job for job in jobs if job.entry.queue == queue]
    every = [job.entry.when.interval for job in own if job.entry.enabled and isinstance(job.entry.when, Every)]
    if not every:
        return None
    last = max((job.ticked_at for job in own if job.ticked_at), default=None)
    whose = f"the {queue} worker" if queue else "the worker"
    if last is None:
        return math.inf, f"{whose} took no job yet", None
    return (now - last) / max(QUIET, 2 * min(every)), f"{whose} took its last job", last


def _number(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
