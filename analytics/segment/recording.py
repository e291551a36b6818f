"""A batch of messages: their events by the one door in, what people are known by, and stubs of unknown campaigns."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from compliance import fields

from ..changes import changing_figures
from ..ingest import dead_letters, lookups, record_events
from ..ingest.dead_letters import Rejected
from ..ingest.values import Rejection
from ..models import Campaign
from .messages import Meant, Named, read

SOURCE = "segment"
LARGEST_MESSAGE = 32 * 1024  # bytes
MOST_NAMES = 200  # of a day that are told apart
TOO_MANY = "(further names)"

COUNT_OTHERS = """
-- One row is a name that came that day; beyond so many of them new ones share one.
INSERT INTO other_events (day, source_id, name, events)
SELECT %(day)s, %(source)s, CASE
    WHEN EXISTS (
        SELECT FROM other_events WHERE day = %(day)s AND source_id = %(source)s AND name = %(name)s
    ) OR (SELECT count(*) FROM other_events WHERE day = %(day)s AND source_id = %(source)s) < %(most)s
    THEN %(name)s ELSE %(beyond)s END, %(events)s
ON CONFLICT (day, source_id, name) DO UPDATE SET events = other_events.events + excluded.events
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the messages of a batch; `rejected` in their order."""

    events: int
    people: int
    others: int
    suppressed: int
    rejected: Sequence[Rejected]


def record(messages: Sequence[Any], *, kind: str, sent_at: datetime | None, at: datetime) -> Taken:
    """Take messages in; what is accepted is on disk when this returns, what is not is kept with its reason."""
    meant = [_too_large(one) or read(one, kind=kind, sent_at=sent_at, now=at) for one in messages]
    events = [(line, one) for line, one in enumerate(meant) if isinstance(one, Meant) and one.event]
    _add_stubs({one.campaign for _, one in events if one.campaign}, at)
    with transaction.atomic():
        lines = [line for line, _ in events]
        verdicts = record_events([one.event for _, one in events], source=SOURCE, at=at, lines=lines)
        refused = [Rejected(line, messages[line], one) for line, one in enumerate(meant) if isinstance(one, Rejection)]
        dead_letters.keep(refused, source=SOURCE, at=at)
        known = {one.contact: one.fields for one in meant if isinstance(one, Meant) and one.fields}
        learned = fields.learn(known, at) if known else None
        others = Counter(one.other for one in meant if isinstance(one, Meant) and one.other)
        _count_others(others, at)
    late = [
        Rejected(line, messages[line], result)
        for line, result in zip(lines, verdicts.results, strict=True)
        if isinstance(result, Rejection)
    ]
    return Taken(
        verdicts.accepted,
        learned.contacts if learned else 0,
        others.total(),
        verdicts.suppressed + (learned.suppressed if learned else 0),
        sorted([*refused, *late], key=lambda one: one.line),
    )


def _too_large(message: object) -> Rejection | None:
    size = len(json.dumps(message, default=str, ensure_ascii=False).encode(errors="surrogatepass"))
    if size <= LARGEST_MESSAGE:
        return None
    return Rejection("", f"the message has {size:,} bytes; send at most {LARGEST_MESSAGE:,} for each")


def _add_stubs(named: Iterable[Named], at: datetime) -> None:
    """Campaigns that nobody told us of, by what their events say; whoever tells us later makes them whole."""
    by_id = {one.external_id: one for one in named}
    missing = sorted(by_id.keys() - lookups.campaign_ids(by_id.keys()))
    if not missing:
        return
    with changing_figures(at):
        Campaign.objects.bulk_create(
            [
                Campaign(external_id=one, name=by_id[one].name, channel=by_id[one].channel, is_stub=True)
                for one in missing
            ],
            ignore_conflicts=True,
        )


def _count_others(others: Mapping[str, int], at: datetime) -> None:
    if not others:
        return
    day: dict[str, Any] = {"day": at.astimezone(UTC).date(), "source": lookups.source_id(SOURCE)}
    with connection.cursor() as cursor:
        for name, events in sorted(others.items()):
            cursor.execute(COUNT_OTHERS, day | {"name": name, "events": events, "most": MOST_NAMES, "beyond": TOO_MANY})
