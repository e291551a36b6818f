"""People of a campaign, taken in by the door and counted by the fold, for tests of who may see them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from analytics import redis
from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_events
from analytics.models import Campaign
from compliance.models import Identity, PiiAccess
from compliance.people import outside_id_hasher

CANARY = "canary.7f3a@example.com"
MASKED = "c•••@example.com"
NUMBERS = count()
DAY = datetime(2026, 10, 1, tzinfo=UTC)
NAMES = (CANARY, *(f"{name}@example.org" for name in ("ben", "cleo", "dora", "emil", "fay", "gus")))


def spring(names: Iterable[str] = NAMES, at: datetime = DAY) -> Campaign:
    """Seven were sent something at 9: all opened, the first clicked at 10 and bought at 11, which names no campaign.

    At 12 three unsubscribe, so few that they are not listed.
    """
    return took_in(list(deeds(list(names), at)), at)


def took_in(events: list[dict[str, Any]], at: datetime, external_id: str = "spring") -> Campaign:
    at += timedelta(days=1)
    record_campaigns([{"campaign": external_id, "name": external_id.capitalize(), "channel": "email"}], at=at)
    taken = record_events([event | {"event_id": f"{next(NUMBERS)}"} for event in events], source="test", at=at)
    assert not taken.rejected, taken.results
    fold_inbox(at)
    return Campaign.objects.get(external_id=external_id)


def deeds(names: list[str], day: datetime) -> Iterator[dict[str, Any]]:
    def event(kind: str, contact: str, hour: int, second: int = 0, **more: Any) -> dict[str, Any]:
        at = day + timedelta(hours=hour, seconds=second)
        named = {} if kind == "converted" else {"campaign": "spring"}
        return {"type": kind, "contact": contact, "occurred_at": at.isoformat(), **named, **more}

    for number, name in enumerate(names):
        yield event("sent", name, 9, number)
        yield event("delivered", name, 9, 60 + number)
        yield event("opened", name, 9, 600 + number)
    yield event("opened", names[0], 9, 700, machine=True)
    yield event("clicked", names[0], 10)
    yield event("converted", names[0], 11, amount="19.90", currency="USD", order="1")
    for number, name in enumerate(names[:3]):
        yield event("unsubscribed", name, 12, number)


def contact_of(name: str) -> int:
    """The contact's number."""
    return Identity.objects.get(outside_id_hash=bytes.fromhex(outside_id_hasher()(name))).contact_id


def acts() -> list[tuple[str, list[int]]]:
    """What the log says: each act, and upon whom."""
    return list(PiiAccess.objects.order_by("id").values_list("act", "contact_ids"))


READ = {"hash": "hgetall", "set": "smembers", "string": "get"}


def kept_in_redis() -> str:
    """Every key of the cache and what it holds, as text."""

    def read(client: Any) -> list[tuple[bytes, Any]]:
        return [(key, getattr(client, READ[client.type(key).decode()])(key)) for key in client.keys("*")]

    return repr(redis.ask(read))
