"""Counting anew from `event` and `campaign_costs`, contact by contact, into temporary tables of the transaction.

`verify` holds the kept totals against them; `rebuild` puts them in the totals' place. Contacts come in ranges of about
as many events each, so neither memory nor a transaction grows with the events kept.
"""

# ruff: noqa: S608 (the names in these statements are those of our own tables)

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db.backends.utils import CursorWrapper

from . import sql

BY_KEY = "SET LOCAL enable_nestloop = on"
HASHED = "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = on"
UNKNOWN = 10_000  # events that the planner may join without statistics
LEAST, MOST = -(2**63), 2**63 - 1  # of all contacts' numbers

# table kept -> temporary table with what it should hold: rows of contacts, and totals
OF_CONTACT: tuple[tuple[str, str], ...] = (
    ("campaign_attribution", "recount_ledger"),
    ("engagement", "recount_engagement"),
    ("contact_month", "recount_contact_month"),
)
TOTALS: tuple[tuple[str, str], ...] = (("campaign_hourly", "recount_hourly"), ("campaign_daily", "recount_daily"))
COUNTED = OF_CONTACT + TOTALS
# what identifies a row of each kept table, and which rows the recount speaks of
KEYS: dict[str, tuple[str, ...]] = {
    "campaign_attribution": ("contact_id", "event_id"),
    "engagement": ("campaign_id", "contact_id", "message"),
    "contact_month": ("contact_id", "month"),
    "campaign_hourly": ("basis", "campaign_id", "hour"),
    "campaign_daily": ("basis", "campaign_id", "day"),
}
ONLY: dict[str, str] = {"campaign_attribution": "model = 0"}
UNKEPT = frozenset({"value_kept"})  # columns that only the recount has
OF_RANGE = "true"
OF_CONTACTS = "e.contact_id = ANY(%(contacts)s)"
OF_PERIOD = """e.contact_id IN (
    SELECT contact_id FROM event
    WHERE contact_id BETWEEN %(first)s AND %(last)s AND occurred_at >= coalesce(%(starts_at)s::timestamptz, '-infinity')
        AND occurred_at < coalesce(%(ends_at)s::timestamptz, 'infinity')
)"""
_CONTACTS: tuple[str, ...] = (
    sql.load("recount/ledger"),
    sql.load("recount/delta", engagement="count/engagement", messages="count/messages", events="recount/events",
             credit="count/credits", credits="recount/credits"),
    sql.load("recount/engagement", engagements="count/engagements", messages="count/messages",
             events="recount/events"),
    sql.load("recount/contact_month"),
)  # fmt: skip
_TOTALS: tuple[str, ...] = (sql.load("recount/hourly"), sql.load("recount/daily"))
_BORDER = "SELECT contact_id FROM event_key WHERE contact_id >= %s ORDER BY contact_id, event_id OFFSET %s LIMIT 1"


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts from `first` to `last`, both among them."""

    first: int
    last: int


def contacts_from(cursor: CursorWrapper, first: int, events: int) -> Contacts:
    """The contacts from `first` on that have about so many events together; one contact alone may have more."""
    cursor.execute(_BORDER, [first, events])
    row = cursor.fetchone()
    return Contacts(first, max(row[0] - 1, first) if row else MOST)


def all_contacts(cursor: CursorWrapper, events: int) -> Iterator[Contacts]:
    """Every contact, in ranges of about so many events."""
    last = LEAST - 1
    while last < MOST:
        contacts = contacts_from(cursor, last + 1, events)
        yield contacts
        last = contacts.last


def begin(cursor: CursorWrapper) -> None:
    """Make the temporary tables; they go with the transaction."""
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SET LOCAL work_mem = '128MB'")
    for table in ("recount_event", "recount_delta", *(counted for _, counted in COUNTED)):
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")  # of an earlier count in the same transaction
    cursor.execute(sql.load("recount/tables"))


def contacts(
    cursor: CursorWrapper,
    contacts: Contacts,
    values: dict[str, Any],
    whose: str = OF_RANGE,
    rates: str = "currency_rate",
) -> int:
    """Add what these contacts' events say to the temporary tables; how many events. `values` as `steps.parameters`."""
    events = bring(cursor, contacts, values, whose, rates)
    count(cursor, contacts, values)
    return events


def bring(cursor: CursorWrapper, contacts: Contacts, values: dict[str, Any], whose: str, rates: str) -> int:
    """Put these contacts' events into `recount_event`, and no others; how many."""
    cursor.execute("TRUNCATE recount_event")
    cursor.execute(BY_KEY)
    statement = sql.load("recount/event").replace("{{whose}}", whose).replace("{{rates}}", rates)
    cursor.execute(statement, values | asdict(contacts))
    events = cursor.rowcount
    if events > UNKNOWN:
        cursor.execute("ANALYZE recount_event")
    return events


def count(cursor: CursorWrapper, contacts: Contacts, values: dict[str, Any]) -> None:
    """Add what the events in `recount_event` say to the temporary tables."""
    cursor.execute(HASHED)  # one contact may have most of the events at work, which no statistics tell
    for statement in _CONTACTS:
        cursor.execute(statement, values | asdict(contacts))


def totals(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    """Make the temporary tables of totals, from what was added and from the costs."""
    for statement in _TOTALS:
        cursor.execute(statement, values)


def columns(cursor: CursorWrapper, table: str, recounted: str) -> list[str]:
    """The columns of a kept table that a recount speaks of, without its keys."""
    cursor.execute(f"SELECT * FROM {recounted} LIMIT 0")
    names = [column.name for column in cursor.description or ()]
    return [name for name in names if name not in KEYS[table] and name not in UNKEPT]


def compared(cursor: CursorWrapper, table: str, recounted: str) -> str:
    """SQL of the rows that differ: kept as `k`, recounted as `r`; `kept_row` and `there` are null where one is missing.

    A row of totals that went back to nothing is no difference; a recount has no row for it.
    """
    names = columns(cursor, table, recounted)
    differs = " OR ".join(f"k.{name} IS DISTINCT FROM r.{name}" for name in names)
    empty = " AND ".join(f"k.{name} = 0" for name in names) if "sends" in names else "false"
    return (
        f"(SELECT *, true AS kept_row FROM {table} WHERE {ONLY.get(table, 'true')}) k "
        f"FULL JOIN (SELECT *, true AS there FROM {recounted}) r USING ({', '.join(KEYS[table])}) "
        f"WHERE ((there IS NULL AND NOT ({empty})) OR kept_row IS NULL OR (there AND ({differs})))"
    )
