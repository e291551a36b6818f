"""How pages write an import: its state, how far it is, how fast, and what became of its rows. Pure but for counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Sum

from ..ingest.uploads import IDLE
from ..models import DeadLetterRow, ImportFile, InboxBatch
from ..presentation import SPACE, ago
from .job_rows import BAD, CAUTION, WELL, Mark

State = ImportFile.State
GOING, STILL = Mark("▸", "flat"), Mark("·", "flat")
MOST_REASONS = 10
CUT = "upload was cut"
KINDS = {"events": "Events", "campaigns": "Campaigns", "costs": "Costs", "rates": "Rates of currencies"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of what became of the rows."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Reason:
    text: str
    times: str
    line: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import; `percent` is None unless it goes on, `pace` says how fast and for how long yet."""

    pk: int
    name: str
    kind: str
    state: State
    word: str
    mark: Mark
    going: bool
    percent: int | None
    pace: str
    counts: tuple[Figure, ...]
    size: str
    by: str
    at: datetime
    reason: str


def import_rows(records: Iterable[ImportFile], now: datetime) -> list[ImportRow]:
    return [import_row(record, now) for record in records]


def import_row(record: ImportFile, now: datetime) -> ImportRow:
    state = State(record.state)
    running = state == State.RUNNING
    share = min(record.bytes_done / record.size, 1) if record.size else 0.0
    return ImportRow(
        pk=record.pk,
        name=record.name,
        kind=KINDS.get(record.kind, ""),
        state=state,
        word=CUT if _is_cut(record, now) else _word(record),
        mark=CAUTION if _is_cut(record, now) else _mark(record),
        going=running or (state in (State.UPLOADING, State.UNDOING) and not _is_cut(record, now)) or _stops(record),
        percent=min(int(share * 100), 99) if running and record.size else None,  # what is read is not counted yet
        pace=_pace(record, share, now) if running else "",
        counts=_counts(record),
        size=size(record.size) if record.size else "",
        by=record.uploaded_by.get_username() if record.uploaded_by else "",
        at=record.started_at,
        reason=record.reason,
    )


def size(count: int) -> str:
    """Bytes as people say them: `3.4 MB`."""
    if count < 1000:
        return f"{count}{SPACE}bytes"
    for unit, factor in (("kB", 1e3), ("MB", 1e6)):
        if count < 999.5 * factor:
            return f"{count / factor:.3g}{SPACE}{unit}"
    return f"{count / 1e9:.3g}{SPACE}GB"


def reasons(record: ImportFile) -> list[Reason]:
    """Why rows were rejected, the most frequent reasons first; and batches that could not be counted."""
    found = DeadLetterRow.objects.filter(import_file=record).values("reason")
    grouped = found.annotate(times=Count("id"), first=Min("line")).order_by("-times", "first")[:MOST_REASONS]
    told = [Reason(row["reason"], f"{row['times']:,}", f"{row['first']:,}") for row in grouped]
    for batch in InboxBatch.objects.filter(import_file=record, state=InboxBatch.State.DEAD)[:MOST_REASONS]:
        told.append(Reason(f"set aside: {batch.reason}", f"{batch.rows:,}", f"{batch.line:,}" if batch.line else ""))
    return told


def set_aside(record: ImportFile) -> int:
    """Rows that could not be counted and wait for a person."""
    dead = InboxBatch.objects.filter(import_file=record, state=InboxBatch.State.DEAD)
    return dead.aggregate(rows=Sum("rows"))["rows"] or 0


def _stops(record: ImportFile) -> bool:
    return record.state == State.CANCELLED and not record.has_stopped


def _is_cut(record: ImportFile, now: datetime) -> bool:
    """Whether nothing more of it has come for a while."""
    return record.state == State.UPLOADING and now - record.started_at > IDLE


def _word(record: ImportFile) -> str:
    if _stops(record):
        return "stopping"
    if record.state == State.RUNNING and record.asked_at and record.begun_at is None:
        return "about to start"
    if record.state == State.DONE and record.rejected:
        return "done, some rejected"
    if record.state == State.DONE and not record.read:
        return "done, had no rows"
    return {State.WAITING: "not started", State.UPLOADING: "being uploaded"}.get(State(record.state), str(record.state))


def _mark(record: ImportFile) -> Mark:
    if record.state == State.DONE:
        return CAUTION if record.rejected or not record.read else WELL
    if record.state == State.FAILED:
        return BAD
    if record.state == State.WAITING:
        return CAUTION
    return STILL if record.state in (State.CANCELLED, State.UNDONE) and not _stops(record) else GOING


def _pace(record: ImportFile, share: float, now: datetime) -> str:
    """Of the whole import so far, so that what stands still shows as slower and slower."""
    seconds = (now - record.begun_at).total_seconds() if record.begun_at else 0.0
    if seconds < 1 or not record.read:
        return ""
    words = [f"{record.read / seconds:,.0f} rows a second"]
    if 0 < share < 1:
        words.append(f"about {ago(seconds * (1 - share) / share)} left")
    return ", ".join(words) if share < 1 else "counting the last rows"


def _counts(record: ImportFile) -> tuple[Figure, ...]:
    if record.state in (State.UPLOADING, State.WAITING):
        return ()
    figures = {
        "Rows read": record.read,
        "Taken": record.taken,
        "Already known": record.known,
        "Rejected": record.rejected,
    }
    rarely = {
        "Replaced by later rows": record.replaced,
        "Totals, left out": record.totals,
        "No sale or refund, or a further line" if record.kind == "events" else "Reporting nothing": record.unreported,
        "Of erased people, dropped": record.suppressed,
    }
    figures |= {label: value for label, value in rarely.items() if value}
    return tuple(Figure(label, f"{value:,}") for label, value in figures.items())
