"""What each source sent: a bounded number of queries, none of which reads an event."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from ..allowed import Allowed
from ..hooks import addresses
from ..models import Campaign, Hook
from ..queries.running import Row, rows_of
from ..segment.recording import SOURCE as SEGMENT
from ..sql import load
from .judging import DAYS, RECENT, Flow
from .kinds import Kind, types_seen

CAMPAIGNS = "campaigns"
NAMELESS = ("costs", "rates")  # what of these names no source is rejected under


def flows(now: datetime, allowed: Allowed) -> list[Flow]:
    """Every source that ever sent something, or that a webhook was made for; seven queries."""
    today = now.astimezone(UTC).date()
    sources = _rows("events", {"recent": today - timedelta(days=RECENT - 1)})
    days = _days(today, allowed)
    ended = addresses.ended()
    hooks = {hook.name: hook for hook in Hook.objects.all()}
    rejected = {row["name"]: row["rejected"] for row in sources}
    costs = list(_costs(today, now, [name for name, count in rejected.items() if count]))
    told = {flow.name for flow in costs}
    events = [
        _flow(row, days.get(row["id"], {}), hooks.get(row["name"]), today, ended.get(row["name"]))
        for row in sources
        if row["last_at"] or row["waiting"] or row["dead"] or row["name"] in hooks or _only_rejected(row, told)
    ]
    alone = {name: count for name, count in rejected.items() if name not in {flow.name for flow in events}}
    return [*events, *_with_rejected(costs, alone), *_campaigns(rejected.get(CAMPAIGNS, 0))]


def flow_of(source: int, now: datetime, allowed: Allowed) -> Flow | None:
    """One source of events; None where there is none of this id."""
    return next((flow for flow in flows(now, allowed) if flow.id == source), None)


def _rows(name: str, values: dict[str, Any]) -> Sequence[Row]:
    return rows_of(load(f"sources/{name}"), values)


def _days(today: date, allowed: Allowed) -> Mapping[int, Mapping[date, Row]]:
    found: dict[int, dict[date, Row]] = defaultdict(dict)
    for row in _rows("days", {"since": today - timedelta(days=DAYS - 1), "types": types_seen(allowed)}):
        found[row["id"]][row["day"]] = row
    return found


def _only_rejected(row: Row, told: set[str]) -> bool:
    """Of an event source of which everything was rejected; rejected costs and campaigns stand with theirs."""
    return bool(row["rejected"]) and row["name"] not in told and row["name"] not in (CAMPAIGNS, *NAMELESS)


def series(counts: Mapping[date, int], today: date) -> tuple[int, ...]:
    """Counts of the last days, today last, 0 where there are none."""
    return tuple(counts.get(today - timedelta(days=back), 0) for back in reversed(range(DAYS)))


def _flow(row: Row, days: Mapping[date, Row], hook: Hook | None, today: date, ended_at: datetime | None) -> Flow:
    """`ended_at` is when a webhook of its name was; what came later came otherwise."""
    recent = [of for day, of in days.items() if day > today - timedelta(days=RECENT)]
    live = sum(of["live"] for of in recent)
    last_at = max(filter(None, (row["last_at"], row["waiting_at"], hook and hook.last_at)), default=None)
    return Flow(
        name=row["name"],
        kind=_kind(row, days, hook),
        days=series({day: of["taken"] + of["known"] for day, of in days.items()}, today),
        last_at=last_at,
        id=row["id"],
        hook=hook.pk if hook else None,
        provider=hook.provider if hook else "",
        refused_at=hook.refused_at if hook else None,
        rejected=row["rejected"],
        suppressed=row["suppressed"],
        waiting=row["waiting"],
        dead=row["dead"],
        lag=sum(of["waited"] for of in recent) / live if live else None,
        age=sum(of["aged"] for of in recent) / live if live else None,
        ended=ended_at is not None and (last_at is None or last_at <= ended_at),
    )


def _kind(row: Row, days: Mapping[date, Row], hook: Hook | None) -> Kind:
    if hook is not None:
        return Kind.WEBHOOK
    if row["name"] == SEGMENT:
        return Kind.SEGMENT
    taken, live = sum(of["taken"] for of in days.values()), sum(of["live"] for of in days.values())
    return Kind.FILES if taken and not live else Kind.API


def _costs(today: date, now: datetime, rejected: Sequence[str]) -> Iterator[Flow]:
    """`rejected` names the sources of which something was in the last `RECENT` days."""
    found: dict[str, list[Row]] = defaultdict(list)
    recent = datetime.combine(today - timedelta(days=RECENT - 1), time(), UTC)
    since = today - timedelta(days=DAYS - 1)
    for row in _rows("costs", {"since": since, "recent": recent, "rejected": rejected, "now": now}):
        found[row["name"]].append(row)
    for name, told in found.items():
        yield Flow(
            name=name,
            kind=Kind.COSTS,
            days=series({row["day"]: row["rows"] for row in told if row["day"]}, today),
            last_at=max(filter(None, (told[0]["told_at"], *(row["last_at"] for row in told)))),
            note=f"up to {told[0]['last_day']:%Y-%m-%d}",
            last_day=told[0]["last_day"],
            lately=told[0]["lately"],
            ended=told[0]["ended"],
        )


def _with_rejected(costs: Sequence[Flow], rejected: Mapping[str, int]) -> Iterator[Flow]:
    """Sources of costs with what was rejected of them; what named no source has a row of its own."""
    for flow in costs:
        yield replace(flow, rejected=rejected.get(flow.name, 0))
    for name in NAMELESS:
        if rejected.get(name) and name not in {flow.name for flow in costs}:
            yield Flow(name=name, kind=Kind.COSTS, days=(0,) * DAYS, rejected=rejected[name])


def _campaigns(rejected: int) -> Iterator[Flow]:
    """All campaigns together; those that only events or costs tell of are stubs."""
    of_stubs = Count("pk", filter=Q(is_stub=True))
    known = Campaign.objects.aggregate(all=Count("pk"), stubs=of_stubs, last=Max("updated_at"))
    if known["all"] or rejected:
        stubs = f", only events or costs tell of {known['stubs']:,}" if known["stubs"] else ""
        note = f"{known['all']:,} known{stubs}"
        yield Flow(CAMPAIGNS, Kind.CAMPAIGNS, (), last_at=known["last"], rejected=rejected, note=note)
