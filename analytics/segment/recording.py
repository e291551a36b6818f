"""A batch of messages: their events by the one door in, what people are known by, and stubs of unknown campaigns."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance import fields
from compliance import merging as identities

from ..ingest import dead_letters, others, stubs
from ..ingest.dead_letters import Rejected
from ..ingest.events import take_in
from ..ingest.values import Rejection
from ..ingest.wake import wake_fold
from ..merging import REFUSED
from .messages import Meant, in_their_words, read

SOURCE = "segment"
LARGEST_MESSAGE = 32 * 1024  # bytes
MOST_BYTES = 4  # of JSON in UTF-8 for a character of `repr`, which is made in a fifth of the time


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the messages of a batch; `rejected` in their order."""

    events: int
    people: int
    merges: int
    others: int
    suppressed: int
    rejected: Sequence[Rejected]


def record(messages: Sequence[Any], *, kind: str, sent_at: datetime | None, at: datetime) -> Taken:
    """Take messages in; what is accepted is on disk when this returns, what is not is kept with its reason."""
    meant = [_too_large(one) or read(one, kind=kind, sent_at=sent_at, now=at) for one in messages]
    events = [(line, one) for line, one in enumerate(meant) if isinstance(one, Meant) and one.event]
    stubs.add({one.campaign for _, one in events if one.campaign}, at)
    with transaction.atomic():
        lines = [line for line, _ in events]
        verdicts = take_in(
            [one.event for _, one in events],
            source=SOURCE,
            at=at,
            lines=lines,
            in_words_of=lambda place, rejection: in_their_words(events[place][1], rejection),
        )
        refused = [Rejected(line, messages[line], one) for line, one in enumerate(meant) if isinstance(one, Rejection)]
        known = {one.contact: one.fields for one in meant if isinstance(one, Meant) and one.fields}
        learned = fields.learn(known, at) if known else None
        aliases = [(line, one) for line, one in enumerate(meant) if isinstance(one, Meant) and one.former]
        noted = identities.note([(one.former, one.contact) for _, one in aliases], at)
        if noted.merges:
            transaction.on_commit(wake_fold)
        full = [line for line, one in aliases if (one.former, one.contact) in noted.refused]
        refused += [Rejected(line, messages[line], REFUSED) for line in full]
        dead_letters.keep(refused, source=SOURCE, at=at)
        told = Counter(one.other for one in meant if isinstance(one, Meant) and one.other)
        others.count(told, SOURCE, at)
    late = [
        Rejected(line, messages[line], result)
        for line, result in zip(lines, verdicts.results, strict=True)
        if isinstance(result, Rejection)
    ]
    return Taken(
        verdicts.accepted,
        learned.contacts if learned else 0,
        noted.merges,
        told.total(),
        verdicts.suppressed + noted.suppressed + (learned.suppressed if learned else 0),
        sorted([*refused, *late], key=lambda one: one.line),
    )


def _too_large(message: object) -> Rejection | None:
    if len(repr(message)) * MOST_BYTES <= LARGEST_MESSAGE:
        return None
    size = len(json.dumps(message, default=str, ensure_ascii=False).encode(errors="surrogatepass"))
    if size <= LARGEST_MESSAGE:
        return None
    return Rejection("", f"the message has {size:,} bytes; send at most {LARGEST_MESSAGE:,} for each")
