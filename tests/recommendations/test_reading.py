"""The snapshot that rules get: four weeks, as totals are cut, of one moment."""

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.history import Day, Hour
from analytics.models import HourForecast, SourceForecast
from recommendations import reading
from tests.analytics.totals import campaign, in_hour, midnight, on_day, version

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def test_it_has_the_28_days_before_today_and_no_other() -> None:
    spring = campaign("spring", status="paused", ends_at=datetime(2026, 12, 1, 22, tzinfo=UTC))
    campaign("idle")
    for days in (0, 1, 28, 29):
        on_day(TODAY - timedelta(days), spring.pk, sends=10 + days)
        in_hour(midnight(TODAY - timedelta(days)) + timedelta(hours=9), spring.pk, delivered=3, unique_clicks=1)
    on_day(TODAY - timedelta(1), 0, revenue=5)
    seen = reading.snapshot(AT)
    assert (seen.as_of, seen.start, seen.end, seen.currency) == (AT, date(2026, 10, 23), TODAY, "USD")
    (found,) = seen.campaigns
    assert (found.id, found.external_id, found.name) == (spring.pk, "spring", "Spring")
    assert (found.channel, found.status, found.ends_on) == ("email", "paused", date(2026, 12, 1))
    assert found.days == (Day(date(2026, 10, 23), sends=38), Day(date(2026, 11, 19), sends=11))
    assert found.hours == (Hour(9, 6, 2),)


def test_a_day_of_which_much_is_usually_still_to_come_waits() -> None:
    SourceForecast.objects.create(source_id=1, at=AT, usual=[], seen=0, day_events=0)
    late = {"arrived": 0, "unknown": 0, "to_come": 100, "usual": 100, "share": 0}
    HourForecast.objects.create(hour=midnight(TODAY - timedelta(1)), kind=1, **late)
    seen = reading.snapshot(AT)
    assert (seen.start, seen.end) == (date(2026, 10, 22), TODAY - timedelta(1))


def test_days_and_hours_are_those_of_the_zone_and_money_of_the_currency_that_totals_stand_in() -> None:
    version(time_zone="America/New_York", currency="EUR")  # where it is still the day before
    spring = campaign("spring", ends_at=datetime(2026, 12, 1, 2, tzinfo=UTC))
    for day in (18, 19):
        on_day(date(2026, 11, day), spring.pk, sends=day)
    in_hour(datetime(2026, 11, 19, 4, tzinfo=UTC), spring.pk, delivered=4)  # 23 o'clock on the 18th
    in_hour(datetime(2026, 11, 19, 5, tzinfo=UTC), spring.pk, delivered=5)
    seen = reading.snapshot(AT)
    assert (seen.start, seen.end, seen.currency) == (date(2026, 10, 22), date(2026, 11, 19), "EUR")
    (found,) = seen.campaigns
    assert found.ends_on == date(2026, 11, 30)
    assert found.days == (Day(date(2026, 11, 18), sends=18),)
    assert found.hours == (Hour(23, 4, 0),)
