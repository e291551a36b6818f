"""Settings refuse what would only fail later."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import settings


def test_a_time_zone_that_does_not_exist_stops_the_start() -> None:
    assert settings.time_zone("Europe/Berlin") == "Europe/Berlin"
    for name in ("Mars/Olympus", "", "../etc/passwd", "utc "):
        with pytest.raises(ImproperlyConfigured, match="REPORTING_TIME_ZONE"):
            settings.time_zone(name)


def test_a_currency_is_three_capital_letters() -> None:
    assert settings.currency("EUR") == "EUR"
    for code in ("eur", "EURO", "", "12A"):
        with pytest.raises(ImproperlyConfigured, match="REPORTING_CURRENCY"):
            settings.currency(code)
