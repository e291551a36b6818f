"""Ways out of what is wrong with a file or a row: data where the fault is found, words for whoever sent it. Pure.

A reader says what is wrong and by which ways it can be mended (`WayOut`). Only the door knows what its user has in
hands, options of a command, a form or a call, and words the ways so: `WORDS` has a row for each way and a column for
each door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum


class Door(Enum):
    """Where somebody stands who is told of a fault."""

    COMMAND = "command"
    FORM = "form"
    API = "api"


class Way(StrEnum):
    """What can be done about a fault."""

    ENCODING = "encoding"
    DELIMITER = "delimiter"
    COLUMN = "column"
    MAPPING = "mapping"
    PLATFORM = "platform"
    DAY = "day"
    NO_DAY = "no_day"
    DATES = "dates"
    DECIMAL = "decimal"
    CURRENCY = "currency"
    TIME_ZONE = "time_zone"
    CAMPAIGN = "campaign"
    CREATES = "creates"
    TYPE = "type"
    STATUS = "status"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Words:
    """One way out as each door says it, to be read on behind a semicolon; "" where that door has no such way.

    `{field}` is the field of ours that it is about, `{example}` what could be said for it.
    """

    command: str
    form: str
    api: str = ""


LABELS: Mapping[str, str] = {  # what the form calls what it asks beside the columns
    "encoding": "Encoding",
    "delimiter": "Cells are separated by",
    "source": "Source",
    "type": "What each row is",
    "currency": "Currency of all rows",
    "day": "Day of all rows",
    "time_zone": "Time zone of its days",
    "decimal": "Numbers are written",
    "dates": "Days are written",
    "adds": "Rows of one campaign and day",
    "creates": "Campaigns that are unknown",
}
WORDS: Mapping[Way, Words] = {
    Way.ENCODING: Words(
        "say what the file is written in, perhaps --encoding {example}",
        f"choose what the file is written in under “{LABELS['encoding']}”, perhaps {{example}}",
    ),
    Way.DELIMITER: Words(
        "say what separates its cells (--delimiter)",
        f"choose what separates its cells under “{LABELS['delimiter']}”",
    ),
    Way.COLUMN: Words(
        "name the column that is the {field}, such as --map {example}={field}", "choose the column that is the {field}"
    ),
    Way.MAPPING: Words("mend --map", "choose its columns anew"),
    Way.PLATFORM: Words("leave --platform out", "choose the columns yourself"),
    Way.DAY: Words(
        "say the day that all of it is booked on: --day 2026-10-05",
        f"give the day that all of it is booked on under “{LABELS['day']}”",
    ),
    Way.NO_DAY: Words("leave the day out (--day)", f"leave “{LABELS['day']}” empty"),
    Way.DATES: Words("say which (--dates dmy or mdy)", f"choose which under “{LABELS['dates']}”"),
    Way.DECIMAL: Words("say what stands before decimals (--decimal)", f"choose the other under “{LABELS['decimal']}”"),
    Way.CURRENCY: Words("say which it is (--currency)", f"give it under “{LABELS['currency']}”"),
    Way.TIME_ZONE: Words("say which zone that is (--time-zone)", f"give the zone under “{LABELS['time_zone']}”"),
    Way.CAMPAIGN: Words(
        "create it first (import_campaigns)",
        "create it first, by a file of campaigns",
        "create it first (POST /api/v1/campaigns)",
    ),
    Way.CREATES: Words(
        "have such campaigns made (--create-campaigns)", f"choose “are created” for “{LABELS['creates']}”"
    ),
    Way.TYPE: Words(
        "say what each row is, such as --type converted for an order", f"choose it under “{LABELS['type']}”"
    ),
    Way.STATUS: Words(
        "write paid or unpaid there", "write paid or unpaid there, or choose “not taken” for that column, and all count"
    ),
    Way.AGAIN: Words(
        "bring the whole file and run this again, known rows are counted once",
        "upload the whole file again, known rows are counted once",
    ),
}


@dataclass(frozen=True, slots=True)
class WayOut:
    """A way out of one fault: which, and what it is about."""

    way: Way
    field: str = ""
    example: str = ""

    def said(self, door: Door) -> str:
        """In the words of a door; empty where it has no such way."""
        words: str = getattr(WORDS[self.way], door.value)
        return words.replace("{field}", self.field).replace("{example}", self.example)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, a sentence with its full stop, and ways out of it, any one of which will do."""

    what: str
    ways: tuple[WayOut, ...] = ()

    def said(self, door: Door) -> str:
        ways = either(self.ways, door)
        return f"{self.what} {ways[0].upper()}{ways[1:]}." if ways else self.what


def either(ways: Sequence[WayOut], door: Door) -> str:
    """These ways as one clause in the words of a door; "" where it has none of them."""
    return ", or ".join(words for way in ways if (words := way.said(door)))
