"""One event, from what was sent to what is kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.event_types import TYPE_RULES, EventType
from analytics.ingest.parsing import FIELDS, NewEvent, parse_event, unknown_fields
from analytics.ingest.values import Rejection
from tests.analytics.events import NOW, event

RULES = [rule.name for rule in TYPE_RULES]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
near_values = st.sampled_from(
    [*RULES, "2026-10-05T10:00:00Z", "", " ", "\0", "1e9999", "-1", "0", "NaN", "USD", "hard", "true", "::1", "x" * 300]
)


def parse(item: object) -> NewEvent | Rejection:
    return parse_event(item, now=NOW, reporting_currency="USD")


def taken(**fields: Any) -> NewEvent:
    parsed = parse(event(**fields))
    assert isinstance(parsed, NewEvent), parsed
    return parsed


def refused(**fields: Any) -> Rejection:
    parsed = parse(event(**fields))
    assert isinstance(parsed, Rejection), parsed
    return parsed


@given(json_values | st.dictionaries(st.sampled_from(FIELDS), json_values | near_values))
def test_whatever_comes_is_taken_or_refused_with_a_reason(item: object) -> None:
    parsed = parse(item)

    assert isinstance(parsed, NewEvent) or parsed.reason
    if isinstance(parsed, Rejection):
        parsed.reason.encode()
        assert "\0" not in parsed.reason
        assert len(parsed.reason) < 400


@given(st.dictionaries(st.sampled_from(FIELDS), json_values | near_values))
def test_one_odd_field_never_breaks_the_others(fields: dict[str, Any]) -> None:
    parsed = parse(event(**fields))

    if isinstance(parsed, Rejection):
        assert parsed.field in FIELDS
    else:
        assert (parsed.event_id + parsed.campaign + parsed.contact + parsed.message + parsed.order).encode()


@pytest.mark.parametrize("zero", ["0", "-0", "0.000", "0e-99999", "0E+99999"])
def test_a_zero_is_plain_whatever_its_exponent(zero: str) -> None:
    """A database keeps no 0e-99999, and one such event would hold up its whole batch."""
    assert str(taken(type="converted", amount=zero).amount) == "0"


@given(st.decimals(min_value=0, max_value=Decimal("999999999999999999.999999999"), places=9))
def test_money_is_kept_to_the_last_digit(amount: Decimal) -> None:
    assert taken(type="converted", amount=str(amount)).amount == amount


@pytest.mark.parametrize("name", RULES)
def test_every_kind_of_event_is_taken(name: str) -> None:
    money = {"amount": "1.50"} if name in ("converted", "refunded") else {}
    assert taken(type=name, **money).type in list(EventType)


@pytest.mark.parametrize(
    ("bounce", "code"),
    [("", EventType.BOUNCED_HARD), ("hard", EventType.BOUNCED_HARD), ("soft", EventType.BOUNCED_SOFT)],
)
def test_a_bounce_is_hard_unless_it_is_said_to_be_soft(bounce: str, code: EventType) -> None:
    assert taken(type="bounced", bounce=bounce).type == code


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-10-05T10:00:00Z", datetime(2026, 10, 5, 10, tzinfo=UTC)),
        ("2026-10-05T10:00:00+02:00", datetime(2026, 10, 5, 8, tzinfo=UTC)),
        ("2026-10-05 10:00:00.123456", datetime(2026, 10, 5, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-10-05", datetime(2026, 10, 5, tzinfo=UTC)),
        (" 2026-10-05 ", datetime(2026, 10, 5, tzinfo=UTC)),
        ((NOW + timedelta(minutes=4)).isoformat(), NOW + timedelta(minutes=4)),
        ("2000-01-01", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_kept_in_utc(sent: str, kept: datetime) -> None:
    assert taken(occurred_at=sent).occurred_at == kept


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
    ],
)
def test_of_an_address_only_its_network_is_kept(ip: str, network: str) -> None:
    assert taken(ip=ip).network == network


def test_a_long_user_agent_is_cut_and_blanks_around_ids_do_not_count() -> None:
    parsed = taken(user_agent="x" * 600, contact=" ada ", event_id=" 1 ", campaign=" c ")

    assert (parsed.user_agent, parsed.contact, parsed.event_id, parsed.campaign) == ("x" * 500, "ada", "1", "c")


def test_the_currency_is_the_reporting_one_unless_it_is_named() -> None:
    assert taken(type="converted", amount=1).currency == "USD"
    assert taken(type="converted", amount=1, currency="eur").currency == "EUR"
    assert taken(currency="nonsense without money").currency is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": "  "}, "event_id"),
        ({"event_id": 17}, "event_id"),
        ({"event_id": "x" * 201}, "event_id"),
        ({"event_id": "x" * 5_000_000}, "event_id"),
        ({"event_id": "a\0b"}, "event_id"),
        ({"event_id": "\ud800"}, "event_id"),
        ({"contact": ""}, "contact"),
        ({"contact": ["ada"]}, "contact"),
        ({"type": "Sent"}, "type"),
        ({"type": 1}, "type"),
        ({"type": {}}, "type"),
        ({"campaign": ""}, "campaign"),
        ({"occurred_at": None}, "occurred_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": 1_700_000_000}, "occurred_at"),
        ({"occurred_at": "2" * 5_000_000}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
        ({"occurred_at": "1999-12-31T23:59:59Z"}, "occurred_at"),
        ({"occurred_at": (NOW + timedelta(minutes=6)).isoformat()}, "occurred_at"),
        ({"amount": "5"}, "amount"),
        ({"type": "converted"}, "amount"),
        ({"type": "converted", "amount": "-0.01"}, "amount"),
        ({"type": "converted", "amount": "1,5"}, "amount"),
        ({"type": "converted", "amount": "1_000"}, "amount"),
        ({"type": "converted", "amount": "１"}, "amount"),
        ({"type": "converted", "amount": "NaN"}, "amount"),
        ({"type": "converted", "amount": "Infinity"}, "amount"),
        ({"type": "converted", "amount": float("inf")}, "amount"),
        ({"type": "converted", "amount": Decimal("sNaN")}, "amount"),
        ({"type": "converted", "amount": "1e18"}, "amount"),
        ({"type": "converted", "amount": "1e999999"}, "amount"),
        ({"type": "converted", "amount": "0.0000000001"}, "amount"),
        ({"type": "converted", "amount": True}, "amount"),
        ({"type": "converted", "amount": 10**5_000}, "amount"),
        ({"type": "refunded", "amount": 0}, "amount"),
        ({"type": "converted", "amount": 1, "currency": "XYZ"}, "currency"),
        ({"type": "converted", "amount": 1, "currency": 5}, "currency"),
        ({"type": "bounced", "bounce": "bouncy"}, "bounce"),
        ({"ip": "203.0.113.300"}, "ip"),
        ({"ip": "203.0.113.3:80"}, "ip"),
        ({"url": "x" * 5_000_000}, "url"),
        ({"machine": "perhaps"}, "machine"),
        ({"machine": 1}, "machine"),
        ({"user_agent": 5}, "user_agent"),
        ({"message": "x" * 201}, "message"),
        ({"order": "x" * 201}, "order"),
    ],
)
def test_what_an_event_cannot_be_is_refused_with_its_field(fields: dict[str, Any], field: str) -> None:
    rejection = refused(**fields)

    assert rejection.field == field
    assert rejection.reason.startswith(f"{field}: ")


@pytest.mark.parametrize("field", ["type", "campaign", "contact", "ip", "currency", "occurred_at", "bounce", "machine"])
def test_a_reason_never_repeats_an_address(field: str) -> None:
    money = {"type": "converted", "amount": 1} if field != "bounce" else {"type": "bounced"}
    rejection = refused(**{**money, field: "ada@example.com" + "x" * 200})

    assert "ada" not in rejection.reason


def test_a_reason_says_the_way_out() -> None:
    rejection = refused(occurred_at="2031-01-01T00:00:00Z")

    assert rejection.reason == (
        "occurred_at: 2031-01-01T00:00:00Z lies more than 5 minutes in the future; send the time it happened, in UTC"
    )


def test_fields_that_no_event_has_are_named() -> None:
    assert unknown_fields([event(colour=1), 5, event(size=2, colour=3)]) == ["colour", "size"]
