"""Rates out of files: one a row, or as the European Central Bank writes them; the money they value follows."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from analytics import verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.models import CampaignAttribution, CurrencyRate
from analytics.rates import BadRate, Rate, record_rates
from tests.analytics import inbox
from tests.analytics.imports import Write, counts, rejected, run, writer
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import at, uid

pytestmark = pytest.mark.django_db
ECB = "Date,USD,JPY,CYP,GBP,"
DAY = date(2026, 1, 30)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path)


def imported(path: Path) -> tuple[int, str]:
    return run(path, command="import_rates")


def kept() -> dict[tuple[str, str], Decimal]:
    return {(rate.currency, str(rate.day)): rate.rate.normalize() for rate in CurrencyRate.objects.all()}


def test_the_central_banks_file_is_crossed_into_the_reporting_currency(write: Write) -> None:
    path = write(ECB, "2026-01-30,1.25,150,N/A,0.8,", "2026-01-29,1.20,N/A,N/A,,")
    assert imported(path) == (0, "")
    assert kept() == {
        ("EUR", "2026-01-30"): Decimal("1.25"),
        ("JPY", "2026-01-30"): Decimal("0.0083333333333333"),
        ("GBP", "2026-01-30"): Decimal("1.5625"),
        ("EUR", "2026-01-29"): Decimal("1.2"),
    }
    assert counts() == (2, 2, 0, 0)


def test_for_a_euro_installation_it_is_turned_round(write: Write, settings: LazySettings) -> None:
    settings.REPORTING_CURRENCY = "EUR"
    imported(write(ECB, "2026-01-30,1.25,160,N/A,0.8,"))
    assert kept() == {
        ("USD", "2026-01-30"): Decimal("0.8"),
        ("JPY", "2026-01-30"): Decimal("0.00625"),
        ("GBP", "2026-01-30"): Decimal("1.25"),
    }


def test_bad_rows_are_told_with_line_and_reason_and_the_others_hold(write: Write, capsys: Any) -> None:
    path = write(
        "day,currency,rate", "2026-01-01,EUR,1.1", "2026-01-01,EURO,1.1", "2026-01-01,USD,1", "2026-01-01,GBP,0",
        "2026-01-01,GBP,-1.2", "2026-01-01,GBP,NaN", "2026-01-01,GBP,1e12", "2026-01-01,GBP,much", "soon,GBP,1.3",
        "2999-01-01,GBP,1.3", "2026-01-02,eur,1.2", ",GBP,1.3",
    )  # fmt: skip
    assert imported(path)[0] == 1
    assert kept() == {("EUR", "2026-01-01"): Decimal("1.1"), ("EUR", "2026-01-02"): Decimal("1.2")}
    reasons = dict(rejected())
    assert sorted(reasons) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
    assert '"EURO" is no ISO 4217 code' in reasons[3]
    assert "USD is the reporting currency" in reasons[4]
    assert all("send a rate from" in reasons[line] for line in (5, 6, 7, 8))
    assert "rate: is not a number" in reasons[9]
    assert all(reasons[line].startswith("day: ") for line in (10, 11, 13))
    assert "10 rejected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        ("Date,JPY,", "2026-01-30,150,", "no rate of USD"),
        ("Date,USD,XYZ", "2026-01-30,1.2,3", '"XYZ" is no ISO 4217 code'),
        ("Date,USD,JPY", "2026-01-30,1.2,-3", "send a rate from"),
    ],
)
def test_a_wide_row_that_cannot_hold_is_rejected_whole(write: Write, header: str, row: str, says: str) -> None:
    assert imported(write(header, row))[0] == 1
    assert says in rejected()[0][1]
    assert kept() == {}


def test_a_file_without_days_is_refused(write: Write) -> None:
    status, error = imported(write("currency,rate", "EUR,1.1"))
    assert status == 1
    assert "lacks day" in error


def test_money_follows_and_a_second_run_changes_nothing_but_heals_what_a_kill_left(write: Write) -> None:
    inbox.campaigns(1)
    inbox.put([Happened(uid(1), 7, T.CONVERTED, at(1), 1, amount=Decimal(10))], currency="EUR")
    fold_inbox(inbox.NOW)
    CurrencyRate.objects.create(currency="EUR", day=DAY, rate=Decimal("1.5"))  # as stored by a run killed right then
    path = write("day,currency,rate", "2026-01-30,EUR,1.5")
    assert verify.differences() != []
    assert imported(path) == (0, "")
    assert counts() == (1, 0, 1, 0)
    assert CampaignAttribution.objects.get().value == Decimal("15.00")
    assert verify.differences() == []


@pytest.mark.parametrize(
    "rate", [Rate("EURO", DAY, Decimal(1)), Rate("USD", DAY, Decimal(1)), Rate("EUR", DAY, Decimal(0))]
)
def test_a_rate_that_cannot_hold_is_refused(rate: Rate) -> None:
    with pytest.raises(BadRate):
        record_rates([Rate("GBP", DAY, Decimal("1.3")), rate], inbox.NOW)
    assert kept() == {}
