"""What stands in the cells of a report: pure, knows no file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells are to be read. All of it is plain text and flags, so that it can be kept as JSON."""

    platform: str = ""  # whose export it is, as in `platforms`; "" for a plain file
    decimal: str = "."  # or ","
    dates: str = ""  # which number of a day comes first where it is no ISO day: "dmy" or "mdy"
    day: str = ""  # YYYY-MM-DD, the day of all rows, for a report without days
    currency: str = ""  # of all rows; "" where a column says it, or the reporting currency holds
    time_zone: str = ""  # IANA name of the zone that the platform cuts days in; "" for the reporting one
