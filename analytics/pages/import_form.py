"""The form that says what is in an uploaded file: which column is which field, and what no column says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

from ..currencies import MINOR_UNITS
from ..days import read_day
from ..event_types import TYPE_RULES
from ..ingest import DEFAULT_SOURCE, importing, looking, rejected_rows
from ..ingest.cells import Reading
from ..ingest.chosen import Chosen
from ..ingest.files import Readable
from ..ingest.importing import KINDS, Kind
from ..ingest.in_clear import WAY_OUT, names_somebody
from ..ingest.looking import Look
from ..ingest.ways_out import LABELS, Door
from ..models import ImportFile
from .import_rows import KINDS as KIND_LABELS
from .options import Option, Select, select

LONGEST_SOURCE = 100
DECIMALS = {".": "1,234.56", ",": "1.234,56"}
DATES = {"": "2026-10-05", "dmy": "05/10/2026, day first", "mdy": "10/05/2026, month first"}
ENCODINGS = {
    "": "as recognised",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows (cp1252)",
}
DELIMITERS = {"": "as recognised", ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
TYPES = {
    "": "as a column says",
    "converted": "an order (converted)",
    "refunded": "a refund (refunded)",
    **{rule.name: rule.name for rule in TYPE_RULES if not rule.bears_money},
}
FLAGS = {  # what is said by choosing one of two
    "adds": {"": "the last one holds", "yes": "add up"},
    "creates": {"": "are rejected", "yes": "are created"},
}
ASKED: Mapping[str, tuple[str, ...]] = {  # beside the columns, by kind
    "events": ("source", "type", "currency", "time_zone", "decimal", "dates", "creates"),
    "campaigns": (),
    "costs": ("source", "currency", "day", "time_zone", "decimal", "dates", "adds", "creates"),
    "rates": (),
}


WRITTEN = {"encoding": ENCODINGS, "delimiter": DELIMITERS}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: its heading, the select that says which field it is, and its first cells."""

    heading: str
    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked beside the columns."""

    name: str
    label: str
    value: str
    hint: str
    type: str = "text"
    select: Select | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What the page shows: `errors` are those of columns, by what they are about."""

    look: Look
    notes: tuple[str, ...]
    kind: Select
    written: tuple[Select, ...]  # how the file is written, where that was recognised wrongly
    columns: tuple[Column, ...]
    fields: tuple[Field, ...]
    required: tuple[str, ...]
    errors: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(field.error for field in self.fields)


@dataclass(frozen=True, slots=True)
class Unread:
    """What can be said of a file of which nothing can be read as it was recognised."""

    kind: Select
    written: tuple[Select, ...]


def unread(given: Mapping[str, str]) -> Unread:
    """`given` is what was asked for: see `recognise`."""
    labels = [("", "as recognised"), *((one.name, KIND_LABELS[one.name]) for one in KINDS)]
    return Unread(select("kind", "What is in it", labels, given.get("kind", "")), _written(given))


def _written(given: Mapping[str, str]) -> tuple[Select, ...]:
    return tuple(
        select(name, LABELS[name], list(known.items()), given.get(name, "")) for name, known in WRITTEN.items()
    )


def recognise(file: Readable, given: Mapping[str, str]) -> tuple[Kind, Look]:
    """The kind that was asked for, else the one whose fields most columns are; raises `BrokenFile`.

    `given` may say the kind and how the file is written: `kind`, `encoding`, `delimiter`.
    """
    encoding, delimiter = (given.get(name, "") if given.get(name) in WRITTEN[name] else "" for name in WRITTEN)
    wanted = importing.BY_NAME.get(given.get("kind", ""))
    kinds = (wanted,) if wanted else KINDS
    looks = [(kind, looking.look(file, kind, encoding=encoding, delimiter=delimiter)) for kind in kinds]
    return max(looks, key=_likeness)


def _likeness(found: tuple[Kind, Look]) -> tuple[bool, bool, int]:
    """An export of a platform or a shop is of its kind, a file that names no rate is of none; else columns that are a
    field speak for a kind, and missing ones twice against it.
    """
    kind, look = found
    ours = set(look.mapping.values()) & set(kind.fields)
    missing = set(kind.needs(ours, look.reading)) - ours - {"source"}
    may_be = kind.name != "rates" or "rate" in ours or any(name.strip().upper() in MINOR_UNITS for name in look.header)
    return may_be, bool(look.platform), len(ours) - 2 * len(missing)


def guessed(kind: Kind, look: Look) -> Chosen:
    """What is chosen before anybody chose."""
    source = {"events": DEFAULT_SOURCE, "costs": look.platform}.get(kind.name, kind.name)
    mapping = {theirs: ours for theirs, ours in look.mapping.items() if ours in kind.fields}
    return _chosen(kind, look, source, mapping, look.reading)


def _chosen(kind: Kind, look: Look, source: str, mapping: Mapping[str, str], reading: Reading) -> Chosen:
    return Chosen(
        kind.name, source, dict(mapping), look.encoding, look.delimiter, look.header_line, look.header, reading
    )


def read(given: Mapping[str, str], kind: Kind, look: Look) -> Chosen:
    """What somebody chose, as they gave it; `problems` says what is wrong with it."""
    mapping = {}
    for place, theirs in enumerate(look.header):
        ours, plain = given.get(f"column-{place}", ""), theirs.strip().lower()
        if ours in kind.fields:
            mapping[theirs] = ours
        elif plain in kind.fields or plain in kind.aliases:
            mapping[theirs] = ""
    before = guessed(kind, look)
    asked: dict[str, Any] = {name: given[name].strip() for name in ASKED[kind.name] if name in given}
    source = asked.pop("source", before.source)
    asked |= {name: bool(asked[name]) for name in FLAGS if name in asked}
    asked |= {"currency": asked["currency"].upper()} if "currency" in asked else {}
    reading = replace(look.reading, **asked)
    return _chosen(kind, look, source, mapping, replace(reading, adds=reading.adds or bool(reading.day)))


def problems(choice: Chosen, record: ImportFile) -> dict[str, str]:
    """What is wrong with a choice, by field; "columns" for what is so of all of them."""
    kind, found = importing.BY_NAME[choice.kind], {}
    ours = list(_names(choice, kind).values())
    twice = sorted({name for name in ours if ours.count(name) > 1})
    asked = ASKED[kind.name]  # what is asked beside the columns says itself what is wrong with it
    missing = [name for name in choice.request(record).required if name not in ours and name not in asked]
    if fault := _fault_of_header(choice, kind):
        found["columns"] = fault
    elif twice:
        found["columns"] = f"Two columns are {_list(twice)}; choose one of them."
    elif missing:
        found["columns"] = f"No column is {_list(missing)}; choose which one is."
    for name in asked:
        if fault := _fault(name, choice, ours):
            found[name] = fault
    return found


def _fault_of_header(choice: Chosen, kind: Kind) -> str:
    """What no choice of columns can settle: names that stand there twice, of those that are read, or cannot be kept."""
    if any("\0" in theirs for theirs in choice.header):
        return importing.NUL_IN_HEADER.said(Door.FORM)
    theirs = (rejected_rows.own(choice.header), choice.mapping)
    plain, mapped = ([name.strip().lower() for name in names] for names in theirs)
    only = kind.reader(choice.reading) is not None and bool(mapped)
    twice = sorted({name for name in plain if plain.count(name) > 1 and (not only or name in mapped)})
    if not twice:
        return ""
    names = " and ".join(f"“{name[:60]}”" if name else "a column without a name" for name in twice[:5])
    return f"The header has {names} more than once; rename all but one in the file, and upload it again."


def _names(choice: Chosen, kind: Kind) -> dict[str, str]:
    """The field that each column is, of those that are one."""
    return {theirs: name for theirs, name in choice.names.items() if name in kind.fields}


def _fault(name: str, choice: Chosen, ours: Sequence[str]) -> str:
    value = _value(choice, name)
    if name == "source":
        needed = "source" not in ours
        if (needed and not value) or len(value) > LONGEST_SOURCE or not value.isprintable():
            return "Give 1 to 100 printable characters, such as the name of the platform."
        if names_somebody(value):
            return f"It {WAY_OUT}."
    if name == "currency" and value and value not in MINOR_UNITS:
        return "Give a code of three letters, such as EUR."
    if name == "time_zone" and value and value not in available_timezones():
        return "Give a zone by its name, such as Europe/Berlin."
    if name == "type" and (fault := _fault_of_type(value, ours)):
        return fault
    if name == "day" and value and not _is_day(value):
        return "Give a day as YYYY-MM-DD."
    if name == "day" and value and "date" in ours:
        return "A column says the day; leave this empty, or take no column for it."
    if value not in {"decimal": DECIMALS, "dates": DATES, "type": TYPES}.get(name, (value,)):
        return "Choose one of the list."
    return ""


def _fault_of_type(value: str, ours: Sequence[str]) -> str:
    if value and "type" in ours:
        return "A column says it; leave this as it says, or take no column for it."
    if not value and "type" not in ours:
        return "Choose what each row is, or the column that says it."
    if not value and {"status", "refunded"} & set(ours):
        return "What was paid or refunded is read where all rows are one; choose which, or take no column for it."
    return ""


def _value(choice: Chosen, name: str) -> str:
    """What is chosen beside the columns, as the form gives it."""
    if name in FLAGS:
        return "yes" if getattr(choice.reading, name) else ""
    return choice.source if name == "source" else str(getattr(choice.reading, name))


def _is_day(text: str) -> bool:
    try:
        read_day(text)
    except ValueError:
        return False
    return True


def form(kind: Kind, look: Look, choice: Chosen, errors: Mapping[str, str], given: Mapping[str, str]) -> ImportForm:
    """`given` is what was asked for: see `recognise`."""
    names = _names(choice, kind)
    labels = [(one.name, KIND_LABELS[one.name]) for one in KINDS]
    return ImportForm(
        look=look,
        notes=tuple(note.said(Door.FORM) for note in look.notes),
        written=_written(given),
        kind=select("kind", "What is in it", labels, kind.name),
        columns=tuple(_column(place, theirs, names.get(theirs, ""), kind) for place, theirs in enumerate(look.header)),
        fields=tuple(_field(name, choice, errors.get(name, "")) for name in _asked(kind, names.values(), choice)),
        required=kind.needs(names.values(), choice.reading),
        errors=tuple(filter(None, (errors.get("columns", ""), errors.get("file", "")))),
    )


def _asked(kind: Kind, ours: Collection[str], choice: Chosen) -> tuple[str, ...]:
    """What is asked beside the columns: where one of them says what each row is, nothing of the rows."""
    return ("source",) if kind.typed and "type" in ours and not choice.reading.type else ASKED[kind.name]


def _column(place: int, theirs: str, ours: str, kind: Kind) -> Column:
    nothing = "by its name" if kind.name == "rates" else "not taken"
    offered = [("", nothing), *((name, name.replace("_", " ")) for name in kind.fields)]
    options = tuple(Option(value, text, value == ours) for value, text in offered)
    return Column(theirs.strip() or f"column {place + 1}", f"column-{place}", options)


def _field(name: str, choice: Chosen, error: str) -> Field:
    value = _value(choice, name)
    offered, label = {"type": TYPES, "decimal": DECIMALS, "dates": DATES, **FLAGS}, LABELS[name]
    if name in offered:
        choices = list(offered[name].items())
        return Field(name, label, value, "", select=select(name, label, choices, value), error=error)
    hint = {
        "source": "where it comes from",
        "currency": "if no column says it",
        "day": "if the report has none",
        "time_zone": "if not the reporting one",
    }[name]
    return Field(name, label, value, hint, "date" if name == "day" else "text", error=error)


def _list(names: Sequence[str]) -> str:
    return " and ".join(name.replace("_", " ") for name in names)
