"""The door for events: verify, parse, and one committed row in the inbox."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from compliance import crypto, people

from ..models import SuppressedEvents
from . import batch, dead_letters, hashes, lookups
from .in_clear import names_somebody
from .parsing import NewEvent, parse_event
from .values import Rejection, shown
from .verdicts import ACCEPTED, SUPPRESSED, Verdicts, rejected_items
from .wake import wake_fold
from .ways_out import Door, Way, WayOut

DEFAULT_SOURCE = "events"
PUT = """
-- One row is a batch that waits for the fold.
INSERT INTO inbox (received_at, source_id, import_file_id, rows, payload, state, reason, attempts)
VALUES (%(at)s, %(source)s, %(file)s, %(rows)s, %(payload)s, 'waiting', '', 0)
"""
InWordsOf = Callable[[int, Rejection], Rejection]  # of the item at a place


def record_events(
    items: Iterable[Any],
    *,
    source: str,
    at: datetime,
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
    in_words_of: InWordsOf | None = None,
    door: Door = Door.API,
) -> Verdicts:
    """Take events in, each as `parsing.parse_event` wants it; what is accepted is on disk when this returns.

    `lines` are the items' line numbers in their file. Whether an event was known already shows only after the fold.
    Events of a file wake no worker: whoever imports folds as well. `in_words_of` says why an item is rejected in the
    words of whoever sent it, where these are not ours.
    """
    with transaction.atomic():
        return take_in(
            items, source=source, at=at, import_file=import_file, lines=lines, in_words_of=in_words_of, door=door
        )


def take_in(
    items: Iterable[Any],
    *,
    source: str,
    at: datetime,
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
    in_words_of: InWordsOf | None = None,
    said: Sequence[Any] | None = None,
    ways: Sequence[Way] = (Way.CAMPAIGN,),
    door: Door = Door.API,
) -> Verdicts:
    """`record_events` as a part of the caller's transaction, which an error that is raised has broken.

    An item may be the reason already why it is none; what is rejected is kept as it was `said`, else as the items are.
    `ways` are those out of a campaign that is unknown.
    """
    items = list(items)
    lines = range(len(items)) if lines is None else lines
    currency = settings.REPORTING_CURRENCY
    parsed = [parse_event(item, now=at, reporting_currency=currency) for item in items]
    campaigns = lookups.campaign_ids({event.campaign for event in parsed if type(event) is NewEvent} - {""})
    events = _in_words([_of_known_campaign(event, campaigns, ways) for event in parsed], in_words_of)
    contacts = people.identify({event.contact for event in events if type(event) is NewEvent}, at)
    verdicts = Verdicts([_verdict(event, contacts) for event in events]).said(door)
    accepted = [
        (line, event)
        for line, event in zip(lines, events, strict=True)
        if type(event) is NewEvent and event.contact in contacts
    ]
    if accepted:
        _store(accepted, campaigns, contacts, source, at, import_file)
    if verdicts.suppressed:
        _note_suppressed(verdicts.suppressed, source, at)
    if verdicts.rejected:
        kept = rejected_items(verdicts, items if said is None else said, lines)
        dead_letters.keep(kept, source=source, at=at, import_file=import_file)
    if accepted and import_file is None:
        transaction.on_commit(wake_fold)
    return verdicts


def _in_words(events: list[NewEvent | Rejection], in_words_of: InWordsOf | None) -> list[NewEvent | Rejection]:
    if in_words_of is None:
        return events
    return [in_words_of(place, event) if isinstance(event, Rejection) else event for place, event in enumerate(events)]


def _verdict(event: NewEvent | Rejection, contacts: Mapping[str, int]) -> str | Rejection:
    if type(event) is NewEvent:
        return ACCEPTED if event.contact in contacts else SUPPRESSED
    return cast(Rejection, event)


def _note_suppressed(events: int, source: str, at: datetime) -> None:
    """How many were dropped is all that is kept of them."""
    day = {"day": at.astimezone(UTC).date(), "source_id": lookups.source_id(source)}
    SuppressedEvents.objects.bulk_create([SuppressedEvents(**day, events=0)], ignore_conflicts=True)
    SuppressedEvents.objects.filter(**day).update(events=F("events") + events)


def _of_known_campaign(
    event: NewEvent | Rejection, campaigns: dict[str, int], ways: Sequence[Way]
) -> NewEvent | Rejection:
    if isinstance(event, Rejection) or not event.campaign or event.campaign in campaigns:
        return event
    return unknown_campaign(event.campaign, ways=ways)


def unknown_campaign(external_id: str, name: str = "", *, ways: Sequence[Way] = (Way.CAMPAIGN,)) -> Rejection:
    """Why an item that names a campaign we do not know is rejected."""
    if names_somebody(external_id) or names_somebody(name, roles=True):
        return Rejection(
            "campaign",
            "campaign: is unknown and looks like somebody's address, so it is not created; give it another id or name",
        )
    return Rejection(
        "campaign",
        f"campaign: {shown(external_id)} is unknown",
        tuple(map(WayOut, ways)),
    )


def _store(
    accepted: list[tuple[int, NewEvent]],
    campaigns: dict[str, int],
    contacts: dict[str, int],
    source: str,
    at: datetime,
    import_file: int | None,
) -> None:
    """One row of the inbox, with whatever new contacts, user agents and source it names."""
    source_id = lookups.source_id(source)
    agents = lookups.user_agent_ids({event.user_agent for _, event in accepted if event.user_agent})
    lookups.add_contacts(set(contacts.values()), at)
    rows = _rows(accepted, campaigns, agents, contacts, source)
    values: dict[str, Any] = {
        "at": at,
        "source": source_id,
        "file": import_file,
        "rows": len(accepted),
        "payload": batch.encode(rows),
    }
    with connection.cursor() as cursor:
        cursor.execute(PUT, values)


def _rows(
    accepted: list[tuple[int, NewEvent]],
    campaigns: dict[str, int],
    agents: dict[str, int],
    contacts: dict[str, int],
    source: str,
) -> Iterator[batch.Row]:
    event_id = hashes.event_hasher(source)
    key = crypto.hash_key()
    for line, event in accepted:
        yield batch.Row(
            line,
            contacts[event.contact],
            event_id(event.event_id),
            event.occurred_at,
            event.type,
            campaigns[event.campaign] if event.campaign else 0,
            event.message,
            hashes.number(event.order, b"order", key) if event.order else None,
            event.amount,
            event.currency,
            agents[event.user_agent] if event.user_agent else None,
            event.machine,
            hashes.number(event.url, b"link", key) if event.url else None,
            hashes.number(event.network, b"network", key) if event.network else None,
        )
