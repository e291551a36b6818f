"""How the Data page writes a source. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.reasons import without_addresses

from ..charts import Sparkline, sparkline
from ..presentation import UNKNOWN, ago, percent
from ..sources.coming import Coming
from ..sources.judging import RECENT, Flow, State, judge
from .job_rows import BAD, CAUTION, WELL, Mark

MARKS: Mapping[State, Mark] = {
    State.FINE: WELL,
    State.NEW: Mark("·", "flat"),
    State.OLD: Mark("·", "flat"),
    State.LATE: CAUTION,
    State.SILENT: BAD,
    State.FAILING: BAD,
}
TROUBLE = (State.FAILING, State.SILENT, State.LATE)  # the gravest first
MOST_NAMED = 3  # of those that need a look, beside the title


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the page writes it; `id` is None of what has no page of its own."""

    id: int | None
    name: str
    kind: str
    mark: Mark
    state: str
    why: str
    last: str
    last_at: datetime | None
    lag: str
    age: str
    spark: Sparkline | None
    volume: str
    waiting: str
    rejected: str
    rejected_note: str
    troubled: bool
    old: bool
    coming: str
    coming_note: str


def source_row(
    flow: Flow, labels: Mapping[str, str], now: datetime, coming: Mapping[int, Coming] | None = None
) -> SourceRow:
    """`labels` are of the providers, by name."""
    expected = (coming or {}).get(flow.id or 0)
    judged = judge(flow, now)
    provider = labels.get(flow.provider, "")
    rate = flow.error_rate
    return SourceRow(
        id=flow.id,
        name=without_addresses(flow.name),
        kind=" · ".join(filter(None, (f"Webhook of {provider}" if provider else flow.kind.value, flow.note))),
        mark=MARKS[judged.state],
        state=judged.state.value,
        why=judged.why,
        last=f"{ago((now - flow.last_at).total_seconds())} ago" if flow.last_at else UNKNOWN,
        last_at=flow.last_at,
        lag=UNKNOWN if flow.lag is None else ago(flow.lag),
        age=UNKNOWN if flow.age is None else ago(flow.age),
        spark=sparkline(flow.days) if any(flow.days) else None,
        volume=f"{flow.received:,}" if flow.days else UNKNOWN,
        waiting=f"{flow.waiting:,} wait" if flow.waiting else "",
        rejected=UNKNOWN if rate is None else percent(rate),
        rejected_note=_refused(flow),
        troubled=judged.state in TROUBLE,
        old=judged.state is State.OLD,
        coming=UNKNOWN if expected is None or expected.still_to_come is None else f"{expected.still_to_come:,}",
        coming_note=_of_day(expected),
    )


def _refused(flow: Flow) -> str:
    counted = ((flow.rejected, "rejected"), (flow.suppressed, "of erased people"))
    return ", ".join(f"{number:,} {word}" for number, word in counted if number)


def _of_day(coming: Coming | None) -> str:
    if coming is None or coming.of_day is None:
        return ""
    return f"{percent(coming.of_day)} of yesterday is usually here"


def gravest_first(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """Those that need a look before all others; otherwise as they come."""
    places = {state.value: place for place, state in enumerate(TROUBLE)}
    return sorted(rows, key=lambda row: places.get(row.state, len(places)))


def sentence(rows: Sequence[SourceRow]) -> str:
    """What needs a look, the first few by name; empty when all is well."""
    troubled = [f"{row.name} is {row.state}" for row in rows if row.troubled]
    more = len(troubled) - MOST_NAMED
    named = ", ".join(troubled[:MOST_NAMED]) + (f", and {more:,} more" if more > 0 else "")
    return f"needs a look: {named}" if troubled else ""


HEADS = ("Last", "Counted after", "Old on arrival", "30 days", f"{RECENT} days", "Rejected")
