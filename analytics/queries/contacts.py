"""The contacts of a campaign, by number: who did something on a day or in an hour, and what one of them did.

By the date of the event, whatever the basis of the figures above: people are looked for by when something happened.
Nobody's data stands here; who a contact is, `compliance.people` alone knows. Nothing of this is kept in Redis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from .. import cursors
from ..clock import shown_twice, time_of_day
from ..event_types import TYPE_RULES
from ..fold.partitions import month_of, next_month
from ..history import SMALLEST_GROUP as SMALLEST_GROUP
from ..models.totals import Basis
from ..scope import ScopeError, echo, parse_day
from .running import Row, rows

PAGE = 50
COUNTED = 1_000  # contacts of a slot; how many more there are is not counted, so that a page's cost is bounded
TYPE_NAMES: dict[int, str] = {code.value: rule.name for rule in TYPE_RULES for code in rule.codes}
BEGINNING = (datetime.min.replace(tzinfo=UTC), 0)
END = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
_FIRSTS = "queries/slot_contacts"


@dataclass(frozen=True, slots=True)
class ContactSlot:
    """A day of the reporting zone or an hour of its clock: two hours where the clock goes back, unless `begins` says
    which one of them, none where it skips.
    """

    day: date
    hour: int | None
    starts_at: datetime
    ends_at: datetime
    begins: datetime | None = None

    @classmethod
    def of(cls, day: date, hour: int | None, time_zone: str) -> "ContactSlot":
        zone = ZoneInfo(time_zone)
        first, last = (0, 24) if hour is None else (hour, hour + 1)
        return cls(day, hour, _instant(day, first, zone), _instant(day, last, zone))

    @classmethod
    def at(cls, start: datetime, time_zone: str) -> "ContactSlot":
        """The hour that begins then."""
        begins = start.astimezone(ZoneInfo(time_zone))
        slot = cls.of(begins.date(), begins.hour, time_zone)
        if not shown_twice(begins):
            return slot
        starts_at = start.astimezone(UTC)
        return replace(slot, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), begins=begins)

    @property
    def asked(self) -> dict[str, str]:
        """The parameters that ask for it."""
        day = {"date": self.day.isoformat()}
        if self.hour is None:
            return day
        return day | {"hour": self.begins.isoformat(timespec="minutes") if self.begins else f"{self.hour}"}

    @property
    def clock(self) -> str:
        """When its hour begins; empty for a day."""
        if self.begins:
            return time_of_day(self.begins)
        return "" if self.hour is None else f"{self.hour:02}:00"


COUNTS: dict[str, tuple[str, ...]] = {  # what is counted of a contact, and the metrics that it adds up to
    "sent": ("sends",),
    "opened": ("opens",),
    "clicked": ("clicks",),
    "converted": ("conversions",),
    "by_machine": ("machine_opens", "machine_clicks"),
}
AMOUNTS = ("revenue", "refunds")  # what the amounts of a timeline add up to


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a contact did in a slot: how often, by themselves, and what machines did for them; and what was last."""

    contact_id: int
    first_at: datetime
    sent: int
    opened: int
    clicked: int
    converted: int  # credited to the campaign
    by_machine: int
    last_type: str
    last_at: datetime
    last_by_machine: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """A page of a slot's contacts, those first who did something first. `count` is None where they are over `COUNTED`.

    `too_few`: a group smaller than `SMALLEST_GROUP` is counted, and not broken down.
    """

    slot: ContactSlot
    rows: tuple[Deeds, ...]
    next: str  # the cursor of the page behind this one; empty on the last
    count: int | None

    @property
    def too_few(self) -> bool:
        return self.count is not None and 0 < self.count < SMALLEST_GROUP


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a contact; money only where it converts or refunds, as it was entered."""

    at: datetime
    type: str
    machine: bool
    message: str
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of what one contact did with one campaign, the latest first. Without rows: nothing, or nothing more."""

    rows: tuple[Moment, ...]
    next: str


def slot_asked(params: Mapping[str, Sequence[str]], campaign: int, *, time_zone: str, now: datetime) -> ContactSlot:
    """The slot that `date` and `hour` name: by default the last day on which the campaign has events, else today.

    Raises `ScopeError`.
    """
    day, hour = parse_day("date", _one(params, "date")), _one(params, "hour")
    if "T" in hour:
        return _slot_at(hour, day, time_zone)
    if hour and not (hour.isascii() and hour.isdecimal() and len(hour) <= 2 and int(hour) < 24):
        raise ScopeError(
            "hour", f"{echo(hour)!r} is no hour of a day; give 0 to 23, or leave it out for the whole day."
        )
    if hour and day is None:
        raise ScopeError("date", "An hour is one of a day; give its date too, such as 2026-10-01.")
    slot = ContactSlot.of(day or _last_day(campaign, time_zone, now), int(hour) if hour else None, time_zone)
    if slot.starts_at == slot.ends_at:
        raise ScopeError("hour", f"There is no {slot.clock} on {slot.day}: the clock is put forward then.")
    return slot


def cursor_asked(params: Mapping[str, Sequence[str]]) -> str:
    return _one(params, cursors.FIELD)


def contacts(campaign: int, slot: ContactSlot, cursor: str = "", *, limit: int = PAGE) -> Contacts:
    """The contacts of a campaign in a slot, a page of them, by two statements at most. Raises `ScopeError`."""
    place = _place_of(campaign, slot, cursor)
    found = rows("contacts", _bound(campaign, slot, place, limit + 1), firsts=_FIRSTS)
    more = len(found) > limit
    total = count(campaign, slot) if more or cursor else len(found)
    if total is not None and total < SMALLEST_GROUP:
        return Contacts(slot, (), "", total)
    shown = tuple(_deeds(row) for row in found[:limit])
    behind = cursors.write(_list_of(campaign, slot), _place(shown[-1].first_at, shown[-1].contact_id)) if more else ""
    return Contacts(slot, shown, behind, total)


def count(campaign: int, slot: ContactSlot) -> int | None:
    """How many contacts a slot has; None where they are over `COUNTED`."""
    found: int = rows("contacts_count", _bound(campaign, slot, BEGINNING, COUNTED + 1), firsts=_FIRSTS)[0]["count"]
    return None if found > COUNTED else found


def timeline(campaign: int, contact: int, cursor: str = "", *, limit: int = PAGE) -> Timeline:
    """What one contact did with one campaign, a page of it. Raises `ScopeError` for a bad cursor."""
    of = f"timeline {campaign} {contact}"
    place = cursors.read(of, cursor)
    at, event = (datetime.fromisoformat(str(place[0])), UUID(str(place[1]))) if place else END
    asked = {"campaign": campaign, "contact": contact, "before_at": at, "before_event": event, "limit": limit + 1}
    found = rows("timeline", asked)
    last = found[limit - 1] if len(found) > limit else None
    behind = cursors.write(of, _place(last["occurred_at"], str(last["event_id"]))) if last else ""
    return Timeline(tuple(_moment(row) for row in found[:limit]), behind)


def belongs(campaign: int, contact: int) -> bool:
    """Whether a contact has anything to do with a campaign."""
    return bool(timeline(campaign, contact, limit=1).rows)


def _slot_at(text: str, day: date | None, time_zone: str) -> ContactSlot:
    """The hour of a moment as an answer writes it; its `+` may have become the blank that it is in an address."""
    try:
        start = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        start = None
    if start and start.tzinfo:
        parse_day("hour", start.date().isoformat())
    begins = start.astimezone(ZoneInfo(time_zone)) if start and start.tzinfo else None
    if begins is None or begins.time().replace(hour=0) != time():
        raise ScopeError("hour", f"{echo(text)!r} is no hour of a day; write it as 2026-10-25T02:00+02:00.")
    if day not in (None, begins.date()):
        raise ScopeError(
            "hour", f"{echo(text)!r} is not an hour of {day}; leave out the date, or give that of the hour."
        )
    return ContactSlot.at(begins, time_zone)


def _one(params: Mapping[str, Sequence[str]], field: str) -> str:
    values = params.get(field, ())
    if len(values) > 1:
        raise ScopeError(field, f"{field} was given {len(values)} times; give it once.")
    return values[0].strip() if values else ""


def _last_day(campaign: int, time_zone: str, now: datetime) -> date:
    found = rows("last_hour", {"basis": Basis.EVENT.value, "campaign": campaign})
    moment: datetime = found[0]["hour"] if found else now
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    whole, hour = divmod(hour, 24)
    return datetime.combine(day + timedelta(days=whole), time(hour), zone).astimezone(UTC)


def _bound(campaign: int, slot: ContactSlot, place: tuple[datetime, int], limit: int) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "after_at": max(place[0], slot.starts_at - timedelta(seconds=1)),
        "after_contact": place[1],
        "limit": limit,
        "month": month_of(slot.starts_at),
        "months_end": next_month(month_of(slot.ends_at)),
        "no_time": timedelta(0),
    }


def _place_of(campaign: int, slot: ContactSlot, cursor: str) -> tuple[datetime, int]:
    place = cursors.read(_list_of(campaign, slot), cursor)
    return (datetime.fromisoformat(str(place[0])), int(place[1])) if place else BEGINNING


def _list_of(campaign: int, slot: ContactSlot) -> str:
    return f"contacts {campaign} {slot.starts_at.isoformat()} {slot.ends_at.isoformat()}"


def _place(at: datetime, which: str | int) -> tuple[str, str | int]:
    return at.astimezone(UTC).isoformat(), which


def _deeds(row: Row) -> Deeds:
    named = {name: row[name] for name in Deeds.__slots__ if name != "last_type"}
    return Deeds(**named, last_type=TYPE_NAMES[row["last_type"]])


def _moment(row: Row) -> Moment:
    kept = {name: row[name] for name in ("machine", "message", "amount", "currency")}
    return Moment(at=row["occurred_at"], type=TYPE_NAMES[row["type"]], **kept)
