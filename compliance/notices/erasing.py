"""What channels may know of somebody whom campaigns reach: an address of theirs that somebody typed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .. import crypto
from ..models import NoticeChannel
from ..sources import Counts, Person, Row
from ..subjects import search
from . import channels


@dataclass(frozen=True, slots=True)
class ChannelAddresses:
    """Erased, they are taken off the list; a channel with nobody left is switched off."""

    name: str = "channels"
    category: str = "texts"
    tables: tuple[str, ...] = ("notice_channel",)

    def export(self, person: Person) -> Iterator[Row]:
        for channel, _, theirs in _found(person):
            yield {"channel": channel.name, "addresses": theirs}

    def erase(self, person: Person, at: datetime) -> Counts:
        found = list(_found(person))
        for channel, others, _ in found:
            channel.address = crypto.encrypt("\n".join(others).encode()) if others else None
            channel.enabled, channel.changed_at = channel.enabled and bool(others), at
            channel.save(update_fields=["address", "enabled", "changed_at"])
            if not others:
                channels.drop_waiting(channel, "Its only address was erased.")
        return {"notice_channel": len(found)} if found else {}

    def verify(self, person: Person) -> Counts:
        left = sum(1 for _ in _found(person))
        return {"notice_channel": left} if left else {}


def _found(person: Person) -> Iterator[tuple[NoticeChannel, list[str], list[str]]]:
    """Channels that know the person, with the addresses of others and with theirs."""
    pattern = search.of_python(person.called)
    for channel in NoticeChannel.objects.filter(address__isnull=False).order_by("pk") if pattern else ():
        try:
            known = channels.addresses(channel)
        except crypto.CannotDecrypt:
            continue
        theirs = [address for address in known if pattern and pattern.search(address)]
        if theirs:
            yield channel, [address for address in known if address not in theirs], theirs
