"""Money in other currencies: valued by the rate of its day, revalued when that is restated."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import LazySettings

from analytics import verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.models import CampaignAttribution, CampaignDaily, CurrencyRate, DataVersion
from analytics.rates import Rate, record_rates
from analytics.rebuild import rebuild
from tests.analytics import inbox
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import at, uid

pytestmark = pytest.mark.django_db
TEN = Decimal(10)


def revenue() -> Decimal:
    return sum((row.revenue for row in CampaignDaily.objects.filter(basis=1)), Decimal(0))


def put_two_euro_conversions() -> None:
    inbox.campaigns(1)
    inbox.put(
        [Happened(uid(1), 7, T.CONVERTED, at(1), 1, amount=TEN), Happened(uid(2), 7, T.CONVERTED, at(30), amount=TEN)],
        currency="EUR",
    )
    fold_inbox(inbox.NOW)


def test_a_late_rate_values_its_day_and_those_after() -> None:
    put_two_euro_conversions()
    assert revenue() == 0
    record_rates([Rate("EUR", date(2026, 2, 1), Decimal("1.20"))], inbox.NOW)
    assert revenue() == Decimal("12.00")
    record_rates([Rate("EUR", date(2026, 1, 1), Decimal("1.10"))], inbox.NOW)
    assert revenue() == Decimal("23.00")
    assert verify.differences() == []


def test_a_rate_taken_back_leaves_the_money_unconverted() -> None:
    put_two_euro_conversions()
    record_rates([Rate("EUR", date(2026, 1, 1), Decimal("1.10"))], inbox.NOW)
    record_rates([Rate("EUR", date(2026, 1, 1), None)], inbox.NOW)
    assert (revenue(), CurrencyRate.objects.count()) == (0, 0)
    assert set(CampaignAttribution.objects.values_list("value", flat=True)) == {None}
    assert verify.differences() == []


def test_a_rebuild_cuts_days_in_the_new_zone_and_currency(settings: LazySettings) -> None:
    put_two_euro_conversions()
    settings.REPORTING_TIME_ZONE, settings.REPORTING_CURRENCY = "Asia/Kolkata", "EUR"
    assert {d.column for d in verify.differences()} == {"time_zone", "currency"}
    rebuild(inbox.NOW)
    assert verify.differences() == []
    days = set(CampaignDaily.objects.filter(basis=1).values_list("day", "revenue"))
    assert days == {(date(2026, 1, 31), TEN), (date(2026, 2, 1), TEN)}
    version = DataVersion.objects.get()
    assert (version.time_zone, version.currency) == ("Asia/Kolkata", "EUR")
