"""Counting anew beside the totals: the outcome is that of one plain count, whatever comes in meanwhile."""

import random
from collections.abc import Generator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import islice

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from analytics import rebuild, reclassify, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.models import CampaignAttribution, CampaignDaily, ChangedDay, CurrencyRate, DataVersion
from analytics.period import Period
from analytics.rates import Rate, record_rates
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import MONEY, at, example, uid

pytestmark = pytest.mark.django_db
CORRUPT = """
UPDATE campaign_hourly SET opens = opens + 1, revenue = 7 WHERE campaign_id = 1;
DELETE FROM campaign_daily WHERE campaign_id = 2;
UPDATE campaign_attribution SET campaign_id = 2, message = 'x' WHERE type = 7;
DELETE FROM campaign_attribution WHERE type = 8;
UPDATE engagement SET clicks = clicks + 5; DELETE FROM engagement WHERE contact_id = 3;
INSERT INTO engagement (campaign_id, contact_id, message) VALUES (1, 99, '');
DELETE FROM contact_month WHERE contact_id < 5; UPDATE contact_month SET revenue = 3;
UPDATE event SET value = value + 1 WHERE type = 7 AND contact_id = 4
"""


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def steps(**options: Period) -> Generator[rebuild.Rebuilt]:
    return rebuild.run(lambda: inbox.NOW, events=15, **options)


def happened(luck: random.Random, count: int) -> list[Happened]:
    inbox.campaigns(1, 2)
    return [example(luck, number) for number in range(count)]


def fold(events: list[Happened]) -> None:
    inbox.put(events)
    fold_inbox(inbox.NOW)


def test_whatever_is_wrong_is_put_right_and_its_days_count_as_changed() -> None:
    events = happened(random.Random(1), 120)
    fold(events)
    run(CORRUPT)
    ChangedDay.objects.all().delete()
    assert {d.table for d in verify.differences()} >= {
        "campaign_hourly", "campaign_daily", "campaign_attribution", "engagement", "contact_month", "event",
    }  # fmt: skip
    *_, done = steps()
    assert done.events == 120
    assert done.changed["contact_month"] > 0
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []
    assert ChangedDay.objects.exists()


def test_right_totals_are_left_as_they_are() -> None:
    fold(happened(random.Random(2), 60))
    *_, done = steps()
    assert set(done.changed.values()) == {0}


def test_a_period_puts_right_its_own_days_only() -> None:
    fold([*happened(random.Random(3), 150), Happened(uid(800), 77, T.SENT, at(24 * 30), 1)])
    run("UPDATE campaign_daily SET sends = sends + 1, cost = 1; UPDATE campaign_hourly SET opens = opens + 1")
    start, end = date(2026, 2, 2), date(2026, 2, 5)
    *_, done = steps(period=Period(start, end))
    assert done.events == 150, "whoever did nothing in the period is not counted"
    wrong = {d.row for d in verify.differences() if d.table == "campaign_daily"}
    days = set(CampaignDaily.objects.values_list("day", flat=True))
    assert any(start <= day < end for day in days)
    assert {date.fromisoformat(row.rsplit("=", 1)[1]) for row in wrong} == {d for d in days if not start <= d < end}
    hours = {d.row.rsplit("=", 1)[1][:10] for d in verify.differences() if d.table == "campaign_hourly"}
    assert hours
    assert not any("2026-02-02" <= hour < "2026-02-05" for hour in hours)


def test_a_period_counts_contacts_that_come_into_it_meanwhile() -> None:
    events = happened(random.Random(4), 100)
    fold(events)
    run("UPDATE campaign_hourly SET sends = sends + 1")
    late = [Happened(uid(900 + n), 1 + n, T.SENT, at(72), 1, "late") for n in range(12)]
    with closing(steps(period=Period(date(2026, 2, 2), date(2026, 2, 3)))) as running:
        next(running)
        next(running)
        next(running)
        fold(late)
        list(running)
    wrong = {d.row for d in verify.differences() if d.table == "campaign_hourly"}
    assert wrong
    assert not any("2026-02-02" in row for row in wrong)


@pytest.mark.parametrize("seed", range(8))
def test_folds_between_its_steps_and_kills_leave_the_totals_of_one_plain_count(
    seed: int, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To another zone and window, with corrupted rows, new events after every step, and runs given up."""
    luck = random.Random(seed)
    events = happened(luck, 300)
    fold(events[:140])
    run("UPDATE campaign_hourly SET sends = sends + 1 WHERE campaign_id = 1; UPDATE engagement SET opens = 9")
    parts = [events[n : n + 16] for n in range(140, 300, 16)]
    monkeypatch.setattr(rebuild, "TOUCHED", 3)
    settings.REPORTING_TIME_ZONE, settings.ATTRIBUTION_WINDOW_DAYS = "America/New_York", 2
    monkeypatch.setattr(oracle, "WINDOW", timedelta(days=2))
    while parts:
        with closing(steps()) as running:
            for _ in islice(running, luck.randint(2, 14)):
                if parts and luck.random() < 0.8:
                    fold(parts.pop())
                elif luck.random() < 0.2:
                    list(islice(reclassify.run(lambda: inbox.NOW, everything=True, events=40), 2))
    *_, done = steps()
    assert done.events >= 140
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []
    assert DataVersion.objects.values_list("time_zone", "window_days").get() == ("America/New_York", 2)


def test_a_run_that_was_given_up_is_gone_on_with(settings: LazySettings) -> None:
    fold(happened(random.Random(5), 100))
    with closing(steps()) as running:
        counted = [step.events for step in islice(running, 4)][-1]
    assert 0 < counted < 100
    with closing(steps()) as running:
        assert next(running).events == counted
    settings.ATTRIBUTION_WINDOW_DAYS = 3  # another job: what was counted is of no use to it
    with closing(steps()) as running:
        assert next(running).events == 0


def test_readers_see_the_old_cut_until_all_is_counted(settings: LazySettings) -> None:
    inbox.campaigns(1)
    fold([Happened(uid(1), 7, T.SENT, at(0), 1)])
    settings.REPORTING_TIME_ZONE = "Asia/Kolkata"
    days = []
    for _ in steps():
        days.append(CampaignDaily.objects.get(basis=1).day)
    assert days == [date(2026, 1, 30)] * (len(days) - 1) + [date(2026, 1, 31)]


def test_rates_follow_the_reporting_currency(settings: LazySettings) -> None:
    """USD to EUR: what was worth 1.25 dollars is a euro, and pounds go by both rates of their day."""
    inbox.campaigns(1)
    record_rates(
        [Rate("EUR", date(2026, 1, 1), Decimal("1.25")), Rate("GBP", date(2026, 1, 2), Decimal("1.50"))], inbox.NOW
    )
    for number, currency in enumerate(("USD", "GBP", "EUR", "JPY"), start=1):
        inbox.put([Happened(uid(number), 7, T.CONVERTED, at(number), 1, amount=Decimal(100))], currency=currency)
    fold_inbox(inbox.NOW)
    settings.REPORTING_CURRENCY = "EUR"
    rebuild.rebuild(inbox.NOW)
    values = dict(CampaignAttribution.objects.values_list("currency", "value"))
    assert values == {"USD": Decimal(80), "GBP": Decimal(120), "EUR": Decimal(100), "JPY": None}
    assert set(CurrencyRate.objects.values_list("currency", "rate")) == {
        ("USD", Decimal("0.8")),
        ("GBP", Decimal("1.2")),
    }
    assert verify.differences() == []


def test_rates_that_change_at_any_step_make_it_start_over() -> None:
    inbox.campaigns(1)
    inbox.put([Happened(uid(n), n, T.CONVERTED, at(1), 1, amount=MONEY[1]) for n in range(1, 31)], currency="EUR")
    fold_inbox(inbox.NOW)
    length = len(list(steps()))
    for step in range(1, length):
        running = steps()
        assert len(list(islice(running, step))) == step
        record_rates([Rate("EUR", date(2026, 1, 1), Decimal(step))], inbox.NOW)
        *_, done = running
        assert done.events == 30
        assert set(done.changed.values()) == {0}
        assert CampaignDaily.objects.get(basis=1).revenue == 30 * 20 * step
        assert verify.differences() == []


def test_the_command_says_what_it_wrote_and_refuses_a_period_of_another_cut(settings: LazySettings) -> None:
    fold(happened(random.Random(6), 40))
    run("UPDATE campaign_daily SET sends = sends + 1")
    out = StringIO()
    call_command("rebuild", "--from", "2026-01-01", stdout=out)
    assert "40 events counted anew." in out.getvalue()
    assert verify.differences() == []
    settings.REPORTING_TIME_ZONE = "Asia/Kolkata"
    with pytest.raises(CommandError, match="run rebuild without them"):
        call_command("rebuild", "--from", "2026-01-01")


@pytest.mark.django_db(transaction=True)
def test_a_second_rebuild_beside_the_first_is_refused() -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [rebuild.REBUILD_LOCK])
    try:
        with pytest.raises(CommandError, match="running already"):
            call_command("rebuild")
    finally:
        other.close()
    call_command("rebuild", stdout=StringIO())
