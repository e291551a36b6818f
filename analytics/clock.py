"""What a clock shows, which in autumn shows an hour twice. Pure."""

from datetime import datetime, timedelta


def shown_twice(at: datetime) -> bool:
    """Whether the clock of its zone shows this time twice, since it is put back between."""
    first, second = (at.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    return first > second


def time_of_day(at: datetime, form: str = "%H:%M") -> str:
    """With the zone's abbreviation where the time alone would be two moments: `02:00 CEST` and `02:00 CET`."""
    return f"{at:{form} %Z}" if shown_twice(at) else f"{at:{form}}"
