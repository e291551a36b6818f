"""Segment's messages as events of ours, without a database."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ingest.parsing import NewEvent, parse_event
from analytics.ingest.stubs import Named
from analytics.ingest.values import Rejection
from analytics.segment import recording
from analytics.segment.messages import ODD_NAME, Meant, corrected, read

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
AT = "2026-10-05T11:59:00Z"


def track(event: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    said = {"type": "track", "userId": "u1", "messageId": "m1", "event": event, "timestamp": AT}
    return said | {"properties": properties or {}} | more


def meant(message: object, kind: str = "", sent_at: datetime | None = None) -> Meant:
    found = read(message, kind=kind, sent_at=sent_at, now=NOW)
    assert isinstance(found, Meant), found
    return found


def event_of(message: object) -> NewEvent:
    found = parse_event(meant(message).event, now=NOW, reporting_currency="USD")
    assert isinstance(found, NewEvent), found
    return found


def refused(message: object, kind: str = "") -> str:
    found = read(message, kind=kind, sent_at=None, now=NOW)
    assert isinstance(found, Rejection)
    return found.reason


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Email Sent", 1),
        ("Email Delivered", 2),
        ("Email Bounced", 3),
        ("Email Opened", 5),
        ("Email Link Clicked", 6),
        ("Unsubscribed", 9),
        ("Email Marked as Spam", 10),
    ],
)
def test_mail_events_read_as_ours(name: str, code: int) -> None:
    said = {"campaign_id": 17, "campaign_name": "Spring", "email_id": "e9", "link_url": "https://example.com/a"}
    context = {"ip": "192.0.2.7", "userAgent": "Mail/1.0"}
    found = event_of(track(name, said, context=context))
    assert (found.event_id, found.type, found.contact, found.campaign) == ("m1", code, "u1", "17")
    assert (found.message, found.url, found.user_agent) == ("e9", "https://example.com/a", "Mail/1.0")
    assert found.network == "192.0.2.0/24"
    assert meant(track(name, said)).campaign == Named("17", "Spring", "email")


@pytest.mark.parametrize("given", [4711, Decimal(4711), "4711"])
def test_ids_may_be_whole_numbers(given: object) -> None:
    found = event_of(track("Unsubscribed", userId=given, messageId=given))
    assert (found.contact, found.event_id) == ("4711", "4711")
    assert meant({"anonymousId": given}, "identify").contact == "4711"
    assert meant({"previousId": given, "userId": "u1"}, "alias").former == "4711"
    assert meant({"userId": "u1", "groupId": given}, "group").other == "group"


@pytest.mark.parametrize("given", [True, 1.5, Decimal("1.5"), Decimal("1E+9"), Decimal("NaN"), [], {"id": 1}])
@pytest.mark.parametrize("name", ["userId", "anonymousId", "messageId"])
def test_other_values_are_no_ids(name: str, given: object) -> None:
    said = track("Unsubscribed", **({"userId": None} if name == "anonymousId" else {})) | {name: given}
    assert refused(said).startswith(f"{name}: is ")


def test_a_soft_bounce_is_told_apart() -> None:
    assert event_of(track("Email Bounced", {"campaign_id": "s", "bounce_type": "Soft bounce"})).type == 4


@pytest.mark.parametrize(
    ("said", "former", "contact"),
    [
        ({"previousId": "a1", "userId": "u1"}, "a1", "u1"),
        ({"previousId": "a1", "userId": "u1", "anonymousId": "a2"}, "a1", "u1"),
        ({"userId": "u1", "anonymousId": "a2"}, "a2", "u1"),
        ({"previousId": "u1", "anonymousId": "a2"}, "u1", "a2"),
    ],
)
def test_an_alias_names_who_is_one(said: dict[str, str], former: str, contact: str) -> None:
    assert meant(said, "alias") == Meant(contact=contact, former=former)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"userId": "u1"}, "previousId: is missing"),
        ({"anonymousId": "a1"}, "previousId: is missing"),
        ({"previousId": "a1"}, "userId: is missing"),
        ({"previousId": "undefined", "userId": "u1"}, "previousId: stands for nobody"),
        ({"previousId": "a1", "userId": "[object Object]"}, "userId: stands for nobody"),
        ({"previousId": "a1", "userId": " Null "}, "userId: stands for nobody"),
        ({"previousId": "a1", "userId": "'null'"}, "userId: stands for nobody"),
        ({"previousId": 0, "userId": "u1"}, "previousId: stands for nobody"),
        ({"previousId": "00000000-0000-0000-0000-000000000000", "userId": "u1"}, "previousId: stands for nobody"),
        ({"previousId": "---", "userId": "u1"}, "previousId: stands for nobody"),
    ],
)
def test_nobody_is_merged_with_nobody_in_particular(said: dict[str, str], reason: str) -> None:
    assert reason in refused(said, "alias")


def test_orders_bear_money_and_the_campaign_of_the_link() -> None:
    said = {"order_id": 50314, "total": "27.50", "revenue": Decimal("25.00"), "currency": "eur"}
    context = {"campaign": {"name": "autumn-ads", "medium": "cpc", "source": "search-engine"}}
    found = meant(track("Order Completed", said, context=context))
    assert found.campaign == Named("autumn-ads", "autumn-ads", "search")
    event = event_of(track("Order Completed", said, context=context))
    assert (event.type, event.amount, event.currency, event.order) == (7, Decimal("25.00"), "EUR", "50314")
    back = event_of(track("Order Refunded", {"order_id": 50314, "total": 27.5}))
    assert (back.type, back.amount, back.currency, back.campaign) == (8, Decimal("27.5"), "USD", "")


def test_an_order_of_nothing_is_one_of_nothing() -> None:
    assert event_of(track("Order Completed", {"revenue": 0, "total": 5})).amount == 0


@pytest.mark.parametrize(
    ("medium", "channel"), [("E-Mail", "email"), ("ppc", "search"), ("sms", "sms"), ("", "other"), ("carrier", "other")]
)
def test_the_means_of_a_link_is_a_channel(medium: str, channel: str) -> None:
    context = {"campaign": {"name": "c", "medium": medium}}
    campaign = meant(track("Order Completed", {"total": 1}, context=context)).campaign
    assert campaign is not None
    assert campaign.channel == channel


def test_clocks_that_go_wrong_are_corrected() -> None:
    wrong = timedelta(days=400)
    given, sent_at = NOW - timedelta(minutes=9) - wrong, NOW - wrong
    assert corrected(given, sent_at, NOW) == NOW - timedelta(minutes=9)
    assert corrected(given, None, NOW) == given
    assert corrected(None, sent_at, NOW) == NOW
    oldest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert corrected(oldest, latest, NOW) == oldest
    sent = NOW + timedelta(hours=1)
    found = meant(track("Unsubscribed", timestamp=(sent - timedelta(seconds=3)).isoformat()), sent_at=sent)
    assert found.event is not None
    assert found.event["occurred_at"] == NOW - timedelta(seconds=3)


def test_people_are_known_by_what_they_identify_with() -> None:
    traits = {"email": "ann@example.com", "phone": "+44 20 7946 0000", "firstName": "Ann", "lastName": "Lee", "age": 40}
    found = meant({"type": "identify", "anonymousId": "a1", "traits": traits})
    assert (found.contact, found.event) == ("a1", None)
    assert found.fields == {"email": "ann@example.com", "phone": "+44 20 7946 0000", "name": "Ann Lee"}


def test_what_is_not_ours_is_only_named_and_never_names_anybody() -> None:
    assert meant(track("Product Viewed")).other == "Product Viewed"
    assert meant({"type": "page", "userId": "u1", "name": "Home"}).other == "page"
    for name in ("Call ann@example.com", "Call 020 7946 0000", "x" * 61):
        assert meant(track(name)).other == ODD_NAME


def test_a_message_without_an_id_is_the_same_when_it_comes_again() -> None:
    said = track("Unsubscribed")
    del said["messageId"]
    other = said | {"userId": "u2"}
    assert event_of(said).event_id == event_of(dict(reversed(said.items()))).event_id != event_of(other).event_id
    again = said | {"sentAt": NOW.isoformat(), "writeKey": "ab.cd"}
    assert event_of(again).event_id == event_of(said).event_id


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ([], "not an object"),
        ({"type": "charge", "userId": "u"}, "type: is none of"),
        ({"type": "track", "event": "Unsubscribed"}, "userId: is missing"),
        ({"type": "track", "userId": "u"}, "event: is missing"),
        (track("Email Opened", timestamp="yesterday"), "timestamp: is not a time"),
        (track("Email Opened") | {"properties": []}, "properties: is not an object"),
        ({"type": "identify", "userId": "u", "traits": "tall"}, "traits: is not an object"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(message: object, said: str) -> None:
    assert said in refused(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = ("type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "context", "traits")
KEYS = st.sampled_from(("campaign_id", "campaign", "name", "medium", "email_id", "total", "order_id", "ip", "email"))
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(("track", "identify", "page")), "userId": st.text()},
    optional={
        **dict.fromkeys(FIELDS[3:6], JSON),
        "event": st.sampled_from(("Email Opened", "Order Completed", "Order Refunded")) | JSON,
        **dict.fromkeys(FIELDS[6:], JSON | st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON))),
    },
)


@given(message=MESSAGES | JSON, sent_at=st.none() | st.datetimes(timezones=st.just(UTC)))
def test_nothing_that_can_be_sent_makes_it_fall(message: object, sent_at: datetime | None) -> None:
    found = read(message, kind="", sent_at=sent_at, now=NOW)
    assert isinstance(found, Meant | Rejection)
    if isinstance(found, Meant) and found.event:
        assert isinstance(parse_event(found.event, now=NOW, reporting_currency="USD"), NewEvent | Rejection)


TEXTS = st.text(st.characters(), max_size=8)  # half characters too
JSON = st.recursive(
    st.none() | st.booleans() | TEXTS | st.decimals(),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(TEXTS, some, max_size=4),
)


@given(JSON)
def test_no_message_has_more_bytes_than_it_is_taken_for(message: object) -> None:
    said = json.dumps(message, default=str, ensure_ascii=False).encode(errors="surrogatepass")
    assert len(said) <= recording.MOST_BYTES * len(repr(message))
