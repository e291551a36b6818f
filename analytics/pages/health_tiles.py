"""What the Health page says above its jobs: figures, what waits, servers, programs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.heartbeats import lives
from compliance.job_list import JobState, State

from ..presentation import ago
from ..queries.answers import Completeness, Freshness
from .freshness import fresh
from .job_rows import BAD, CAUTION, WELL, Mark

QUIET = timedelta(minutes=3)  # without a refresh of views, which comes every minute
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
    figures: Freshness, up: Mapping[str, bool], silent: Mapping[str, float | None], now: datetime
) -> tuple[HealthTile, ...]:
    counted = figures.completeness
    return (
        _figures(counted, now),
        _waiting(counted),
        _dead(counted),
        _views(figures, now),
        _servers(up),
        _programs(silent),
    )


def sentence(tiles: Sequence[HealthTile], missed: str, jobs: Sequence[JobState]) -> str:
    """What needs a look; empty when all is well. `missed` names service levels."""
    troubled = [job.entry.title for job in jobs if job.state in TROUBLE]
    parts = [tile.label.lower() for tile in tiles if tile.mark is not WELL]
    found = [*parts, *filter(None, (missed,)), *(f"the job “{title}”" for title in troubled)]
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


def _servers(up: Mapping[str, bool]) -> HealthTile:
    down = [name for name, answers in up.items() if not answers]
    note = f"{', '.join(down)} {'does' if len(down) == 1 else 'do'} not answer" if down else ", ".join(up)
    value = f"{len(up) - len(down)} of {len(up)} up" if down else "all up"
    return HealthTile("servers", "Servers", value, note, BAD if down else WELL)


def _programs(silent: Mapping[str, float | None]) -> HealthTile:
    """By their heartbeats: for how many seconds each has been silent."""
    dead = {name: age for name, age in silent.items() if not lives(age)}
    note = ", ".join(
        f"{name} {'was never there' if age is None else f'silent for {ago(age)}'}" for name, age in dead.items()
    )
    value = f"{len(silent) - len(dead)} of {len(silent)} live" if dead else "all live"
    return HealthTile("programs", "Programs", value, note or ", ".join(silent), BAD if dead else WELL)


def _number(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
