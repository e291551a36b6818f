"""One Segment message, from what a client sent to what it means here: pure. Source: Segment's specs of events.

An event keeps the client's own words (`event_id`, `type`, …), so `ingest.parsing` checks it as it checks every other.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from ..ingest.in_clear import WAY_OUT as IN_CLEAR
from ..ingest.in_clear import names_somebody
from ..ingest.stubs import Named
from ..ingest.values import Refused, Rejection, moment, text, text_of

LONGEST = 200
LONGEST_NAME = 300
CALLS = ("track", "identify", "page", "screen", "alias", "group")
OF_THE_CALL = frozenset({"sentAt", "receivedAt", "writeKey", "type"})  # a message may bear them, too
# A name that says what was done and not who did it; of others it is only said that there were some.
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z _:./()-]{0,59}")
ODD_NAME = "(names that are not kept)"

# What clients say instead of an id, by mistake or for want of one: whoever is merged with it is merged with everybody.
# Compared without quotes and in small letters; as well all that is made of zeros, dashes and the like alone. Sources:
# what Segment blocks by default, PostHog refuses, and what their users report.
NOBODY = frozenset((
    "-1", "anonymous", "anonymous_id", "anonymousid", "default", "distinct_id", "distinctid", "email", "false", "guest",
    "id", "n/a", "nan", "nil", "no_id", "nobody", "none", "not authenticated", "not_authenticated", "null", "test",
    "true", "unauthenticated", "undefined", "unknown", "user", "user_id", "userid", "visitor", "void",
    "[object object]",
))  # fmt: skip
_NOTHING = re.compile(r"[0\W_]*")

EMAIL = "email"
# What marketing calls its means in links, by our channels; Source: Google's default channel groups.
MEDIA: Mapping[str, str] = {
    **dict.fromkeys(("email", "e-mail", "e_mail", "newsletter"), EMAIL),
    **dict.fromkeys(("sms", "text"), "sms"),
    **dict.fromkeys(("push", "notification", "mobile"), "push"),
    "whatsapp": "whatsapp",
    **dict.fromkeys(("cpc", "ppc", "paidsearch", "paid-search", "search"), "search"),
    **dict.fromkeys(("social", "paid-social", "paidsocial", "paid_social", "social-media", "sm"), "social"),
    **dict.fromkeys(("display", "banner", "cpm", "expandable", "interstitial"), "display"),
    **dict.fromkeys(("video", "paid-video"), "video"),
    **dict.fromkeys(("affiliate", "affiliates"), "affiliate"),
}
OTHER_MEDIUM = "other"


NOTHING: Mapping[str, str] = MappingProxyType({})


class Meant(NamedTuple):
    """What a message means: at most one event of ours, what a contact is known by, and else only its name.

    `former` is another id of the contact, who was not known to be the same person. `named_by` is the field of the
    message that says which campaign it is.
    """

    event: Mapping[str, Any] | None = None
    campaign: Named | None = None
    named_by: str = ""
    contact: str = ""
    former: str = ""
    fields: Mapping[str, str] = NOTHING
    other: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """How an event of the specs reads here; `money` are the properties that may say how much, the first one given."""

    type: str
    money: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)


TRACKS: Mapping[str, Track] = {
    "email sent": Track("sent"),
    "email delivered": Track("delivered"),
    "email opened": Track("opened"),
    "email link clicked": Track("clicked"),
    "email bounced": Track("bounced"),
    "email marked as spam": Track("complained"),
    "unsubscribed": Track("unsubscribed"),
    "order completed": Track("converted", ("revenue", "total", "value")),
    "order refunded": Track("refunded", ("total", "revenue", "value")),
}

PROPERTIES, LINK = "properties.", "context.campaign."
CAMPAIGN_NAME = f"{PROPERTIES}campaign_name"
# What our fields are made of here; money and the campaign of an order stand elsewhere than those of a mail.
THEIRS: Mapping[str, str] = {
    "event_id": "messageId",
    "occurred_at": "timestamp",
    "contact": "userId",
    "campaign": "properties.campaign_id",
    "message": "properties.email_id",
    "order": "properties.order_id",
    "amount": "properties.revenue",
    "currency": "properties.currency",
    "user_agent": "context.userAgent",
    "ip": "context.ip",
    "url": "properties.link_url",
}
THEIRS_OF_TYPE: Mapping[str, Mapping[str, str]] = {
    "converted": {"campaign": "context.campaign.name"},
    "refunded": {"campaign": "context.campaign.name", "amount": "properties.total"},
}


def in_their_words(meant: Meant, rejection: Rejection) -> Rejection:
    """Why the event of a message is not taken, by the name that the field has in the message."""
    if rejection.field == "campaign" and meant.campaign:
        field: str | None = meant.named_by
        if names_somebody(meant.campaign.name, roles=True) and not names_somebody(meant.campaign.external_id):
            return Rejection(CAMPAIGN_NAME, f"{CAMPAIGN_NAME}: {IN_CLEAR}")
    else:
        of_type = THEIRS_OF_TYPE.get(meant.event["type"], {}) if meant.event else {}
        field = of_type.get(rejection.field) or THEIRS.get(rejection.field)
    if field is None:
        return rejection
    return Rejection(field, f"{field}: {rejection.reason.removeprefix(f'{rejection.field}: ')}", rejection.ways)


def read(message: object, *, kind: str, sent_at: datetime | None, now: datetime) -> Meant | Rejection:
    """What a message means, or why it cannot be taken. Never raises. `kind` is "" where the message says it itself."""
    try:
        if type(message) is not dict and not isinstance(message, Mapping):
            raise Refused("", 'the message is not an object; send {"type": "track", "userId": …, "event": …}')
        return _read(message, kind or text(message, "type", LONGEST), sent_at, now)
    except Refused as refused:
        return refused.rejection


def corrected(given: datetime | None, sent_at: datetime | None, now: datetime) -> datetime:
    """When it happened by our clock: as long before it arrived as, by the client's, before it was sent."""
    if given is None:
        return now
    try:
        return given if sent_at is None else now - (sent_at - given)
    except OverflowError:
        return given  # of a clock that is thousands of years wrong; refused as what it is


def _read(message: Mapping[str, Any], kind: str, sent_at: datetime | None, now: datetime) -> Meant:
    if kind not in CALLS:
        raise Refused("type", f"is none of {', '.join(CALLS)}; send one of them")
    contact = _id(message, "userId") or _id(message, "anonymousId")
    if not contact:
        raise Refused("userId", "is missing, and so is anonymousId; send one of the two with every message")
    if kind == "alias":
        return Meant(contact=_of_one(contact, "userId"), former=_former(message))
    if kind == "identify":
        return Meant(contact=contact, fields=_known_by(_object(message, "traits")))
    if kind != "track":
        return Meant(other=kind)
    name = text(message, "event", LONGEST)
    if not name:
        raise Refused("event", "is missing or empty; send the name of what was tracked")
    track = TRACKS.get(name.casefold())
    if track is None:
        return Meant(other=name if _PLAIN_NAME.fullmatch(name) else ODD_NAME)
    at = corrected(moment(message, "timestamp"), sent_at, now)
    properties, context = _object(message, "properties"), _object(message, "context")
    named = _of_mail(properties) if not track.money else None
    campaign, named_by = named or _of_link(_object(context, "campaign", "context.")) or (None, "")
    event_id = _id(message, "messageId") or _id_of(message)
    return Meant(_event(event_id, track, contact, at, campaign, properties, context), campaign, named_by, contact)


def _former(message: Mapping[str, Any]) -> str:
    """The id of before: `previousId`, or of clients that leave it out what they called somebody whom nobody knew."""
    former = _id(message, "previousId")
    if not former and _id(message, "userId"):
        former = _id(message, "anonymousId")
    if not former:
        raise Refused("previousId", "is missing; send the id that the person had before")
    return _of_one(former, "previousId")


def _of_one(contact: str, name: str) -> str:
    """An id by which two may be made one: none that stands for everybody whom a client does not know."""
    bare = contact.strip(" \t\"'`").casefold()
    if bare in NOBODY or _NOTHING.fullmatch(bare):
        raise Refused(name, "stands for nobody in particular; send an id that one person has")
    return contact


def _event(
    event_id: str,
    track: Track,
    contact: str,
    at: datetime,
    campaign: Named | None,
    properties: Mapping[str, Any],
    context: Mapping[str, Any],
) -> dict[str, Any]:
    """An event as `ingest.parsing` wants it."""
    event: dict[str, Any] = {
        "event_id": event_id,
        "type": track.type,
        "occurred_at": at,
        "contact": contact,
        "campaign": campaign.external_id if campaign else "",
        "user_agent": context.get("userAgent"),
        "ip": context.get("ip"),
    }
    if track.money:
        amount = next((properties[name] for name in track.money if properties.get(name) not in (None, "")), None)
        more = {
            "amount": amount,
            "currency": properties.get("currency"),
            "order": _word(properties, "order_id", PROPERTIES),
        }
    else:
        more = {"message": _word(properties, "email_id", PROPERTIES), "url": properties.get("link_url")}
        if track.type == "bounced" and _is_soft(properties):
            more["bounce"] = "soft"
    event.update(more)
    return event


def _of_mail(properties: Mapping[str, Any]) -> tuple[Named, str] | None:
    """The campaign that a mail was of, and the field that says so: its id, or for want of one its name."""
    external_id = _word(properties, "campaign_id", PROPERTIES)
    name = _word(properties, "campaign_name", PROPERTIES, LONGEST_NAME if external_id else LONGEST)
    if not (external_id or name):
        return None
    field = f"{PROPERTIES}campaign_id" if external_id else CAMPAIGN_NAME
    return Named(external_id or name, name or external_id, EMAIL), field


def _of_link(campaign: Mapping[str, Any]) -> tuple[Named, str] | None:
    """The UTM parameters of the link that somebody came by, as the client's context has them; and the field."""
    name = _word(campaign, "name", LINK)
    channel = MEDIA.get(_word(campaign, "medium", LINK).casefold(), OTHER_MEDIUM)
    return (Named(name, name, channel), f"{LINK}name") if name else None


def _is_soft(properties: Mapping[str, Any]) -> bool:
    return any("soft" in _word(properties, name, PROPERTIES).casefold() for name in ("bounce_type", "type"))


def _known_by(traits: Mapping[str, Any]) -> dict[str, str]:
    """What `compliance.fields` keeps of a person; all else that a client tells of one is nobody's business here."""
    email, phone, name, first, last = (
        _word(traits, name, "traits.") for name in ("email", "phone", "name", "firstName", "lastName")
    )
    found = {"email": email, "phone": phone, "name": name or " ".join(filter(None, (first, last)))}
    return {kind: value for kind, value in found.items() if value}


def _object(item: Mapping[str, Any], name: str, within: str = "") -> Mapping[str, Any]:
    value = item.get(name)
    if value is None:
        return NOTHING
    if type(value) is not dict and not isinstance(value, Mapping):
        raise Refused(within + name, "is not an object; send one, or leave it out")
    return value


def _word(item: Mapping[str, Any], name: str, within: str = "", longest: int = LONGEST) -> str:
    """A text, or a number as text, since clients send ids as both; `within` is where the item stands in the message."""
    value = item.get(name)
    if value is None:
        return ""
    if type(value) is not str and not isinstance(value, str | bool | list | Mapping):
        value = str(value)
    return text_of(value, within + name, longest)


def _id(message: Mapping[str, Any], name: str) -> str:
    """An id of a person or a message, which many clients have as a whole number; others are none."""
    value = message.get(name)
    if isinstance(value, float) or (isinstance(value, Decimal) and value.as_tuple().exponent != 0):
        raise Refused(name, "is a number with a fraction, or too long a one; send text, or a whole number")
    return _word(message, name)


def _id_of(message: Mapping[str, Any]) -> str:
    """Of a message without an id: the same for the same message, whenever and in whatever call it is sent again."""
    itself = {name: value for name, value in message.items() if name not in OF_THE_CALL}
    said = json.dumps(itself, sort_keys=True, default=str)
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()
