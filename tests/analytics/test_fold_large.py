"""Of a message with more kept events than a fold reads, what it does not read counts all the same."""

from datetime import timedelta

import pytest
from django.db import connection

from analytics import machine_rules, reclassify, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox, steps
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import MONEY, at, uid

ADA = 7


@pytest.fixture(autouse=True)
def five_are_many(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MOST_READ", 5)
    inbox.campaigns(1)


def fold(*events: Happened) -> list[Happened]:
    inbox.put(events)
    fold_inbox(inbox.NOW)
    return list(events)


def clicks(hours: range) -> list[Happened]:
    return [Happened(uid(hour), ADA, T.CLICKED, at(hour), 1) for hour in hours]


def burst_at(hour: float) -> list[Happened]:
    """Two clicks which together with a touch at that hour come from three networks."""
    return [
        Happened(uid(60 + n), ADA, T.CLICKED, at(hour) + timedelta(seconds=n), 1, network=1 + n) for n in (1, 2)
    ]  # fmt: skip


def assert_counted(events: list[Happened]) -> None:
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []


def test_the_only_open_may_turn_out_a_machine_s_long_after_the_first_click() -> None:
    """Then the first click implies the open again."""
    kept = fold(*clicks(range(1, 9)), Happened(uid(50), ADA, T.OPENED, at(100), 1, network=1))
    assert_counted(kept + fold(*burst_at(100)))


def test_an_open_beside_the_one_that_turns_out_a_machine_s_is_still_an_open() -> None:
    opens = [Happened(uid(50 + hour), ADA, T.OPENED, at(hour), 1, network=1) for hour in (50, 100)]
    kept = fold(*clicks(range(1, 9)), *opens)
    assert_counted(kept + fold(*burst_at(100)))


def test_a_conversion_s_row_does_not_say_when_the_message_was_delivered() -> None:
    sends = [Happened(uid(hour), ADA, T.SENT, at(hour), 1) for hour in range(1, 9)]
    kept = fold(*sends, Happened(uid(20), ADA, T.DELIVERED, at(2), 1))
    kept += fold(Happened(uid(21), ADA, T.CONVERTED, at(100), 1, amount=MONEY[1]))
    assert_counted(kept + fold(Happened(uid(22), ADA, T.OPENED, at(2) + timedelta(seconds=1), 1)))


@pytest.mark.parametrize("apart", [119, 121, 241])
def test_a_first_click_that_newer_rules_give_to_a_machine_is_followed(
    apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold classes the neighbours of its touches by today's rules; the rest waits for `reclassify`."""
    delivered = at(0.5)
    kept = fold(
        *clicks(range(3, 12)),
        Happened(uid(40), ADA, T.DELIVERED, delivered, 1),
        Happened(uid(41), ADA, T.CLICKED, delivered + timedelta(seconds=5), 1),
    )
    monkeypatch.setattr(machine_rules, "RULES_VERSION", machine_rules.RULES_VERSION + 1)
    monkeypatch.setattr(machine_rules, "OPEN_SECONDS", 10)
    kept += fold(Happened(uid(42), ADA, T.CLICKED, delivered + timedelta(seconds=5 + apart), 1))
    assert verify.differences() == []
    list(reclassify.run(lambda: inbox.NOW))
    assert_counted(kept)


def test_the_refunds_of_a_contact_with_many_orders_look_up_theirs_alone() -> None:
    orders = range(1, 601)
    fold(*(Happened(uid(n), ADA, T.CONVERTED, at(n / 10), 1, order=n, amount=MONEY[1]) for n in orders))
    before = ledger_rows_read()
    fold(*(Happened(uid(1_000 + n), ADA, T.REFUNDED, at(n / 10 + 1), order=n, amount=MONEY[0]) for n in orders))
    assert ledger_rows_read() - before < 10 * len(orders)
    assert verify.differences() == []


def ledger_rows_read() -> int:
    """By this transaction, through any index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'campaign_attribution'")
        return int(cursor.fetchone()[0])
