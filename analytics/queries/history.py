"""What campaigns did on each day, and in each hour of the day, counted as the KPIs count it; many campaigns at once.

And what the people whom they reached got and did over weeks, of all campaigns of the channel: sums, of nobody alone.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection

from analytics import sql

from ..channels import DELIVERING
from ..history import RECENT, SMALLEST_GROUP, ClickHour, Crowd, Day, Hour, Matched, crowded_days, matched_days
from ..models.totals import Basis

FETCHED = 5_000  # rows at once
PEOPLE = 4_000  # of a campaign that are looked at: their numbers draw them, so that it is the same ones each time
# A planner that knows little of what a query has made so far would look each of millions of messages up.
ALL_AT_ONCE = "SET LOCAL enable_nestloop = off; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '64MB'"
FOR_ALL, FOR_SOME = "queries/reached_kept", "queries/reached"
Read = TypeVar("Read")


def days(start: date, end: date, campaigns: Sequence[int] | None = None) -> dict[int, tuple[Day, ...]]:
    """By campaign its days in `[start, end)` on which something happened, oldest first; of all campaigns or of some."""
    known: dict[date, date] = {}  # one object a day, not one a row
    return _read(
        "days",
        {"start_day": start, "end_day": end, "campaigns": campaigns},
        lambda row: Day(known.setdefault(row[1], row[1]), *row[2:]),
    )


def hours(
    start: date, end: date, time_zone: str, campaigns: Sequence[int] | None = None
) -> dict[int, tuple[Hour, ...]]:
    """By campaign the hours of the day in which messages left that arrived, over the days `[start, end)`."""
    params = {"start_day": start, "end_day": end, "time_zone": time_zone, "campaigns": campaigns}
    return _read("hours_of_send", params, lambda row: Hour(*row[1:]))


def click_hours(
    today: date, time_zone: str, campaigns: Sequence[int], people: int = PEOPLE
) -> dict[int, tuple[ClickHour, ...]]:
    """By campaign the hours of the day in which its people got something, but its usual one; by `matched_days`."""
    return _click_hours(_of_people(today, time_zone, campaigns, people), FOR_SOME)


def crowds(
    today: date, time_zone: str, line: float, campaigns: Sequence[int], people: int = PEOPLE
) -> dict[int, Crowd]:
    """By campaign what its people got of its channel in 28 days, and whether it did them good; by `crowded_days`."""
    return _crowds(_of_people(today, time_zone, campaigns, people), line, FOR_SOME)


def of_people(
    today: date, time_zone: str, line: float | None, people: int = PEOPLE
) -> tuple[dict[int, tuple[ClickHour, ...]], dict[int, Crowd]]:
    """`click_hours` and `crowds` of all campaigns, in a transaction that may write what is temporary; without a line
    no crowds.
    """
    params = _of_people(today, time_zone, None, people)
    with connection.cursor() as cursor:
        cursor.execute(ALL_AT_ONCE)
        cursor.execute(sql.load("queries/reached_all", reached=FOR_SOME), params)
        cursor.execute("ANALYZE reached_message")
        found = _click_hours(params, FOR_ALL), {} if line is None else _crowds(params, line, FOR_ALL)
        cursor.execute("DROP TABLE reached_message")
    return found


def _click_hours(params: dict[str, Any], reached: str) -> dict[int, tuple[ClickHour, ...]]:
    parts = {"reached": reached, "hours": "queries/hours_of_send", "matched": "queries/matched"}
    return _read("click_hours", params, lambda row: ClickHour(row[1], row[2], Matched(*row[3:])), parts)


def _crowds(params: dict[str, Any], line: float, reached: str) -> dict[int, Crowd]:
    start, _ = crowded_days(params["end_day"])
    parts = {"reached": reached, "matched": "queries/matched"}
    read = _read("crowding", params | {"start_day": start, "line": line}, lambda row: row, parts)
    return {campaign: _crowd(line, rows) for campaign, rows in read.items()}


def _crowd(line: float, rows: Sequence[tuple[Any, ...]]) -> Crowd:
    outcomes = {row[5]: Matched(*row[6:]) for row in rows if row[5] is not None}
    people, of_people, messages, above = rows[0][1:5]
    return Crowd(line, people, of_people, messages, above, outcomes.get("unsubscribed"), outcomes.get("clicked"))


def _of_people(today: date, time_zone: str, campaigns: Sequence[int] | None, people: int) -> dict[str, Any]:
    history_day, settled_day = matched_days(today)
    return {
        "history_day": history_day,
        "start_day": today - RECENT,
        "settled_day": settled_day,
        "end_day": today,
        "time_zone": time_zone,
        "campaigns": campaigns,
        "people": people,
        "fewest": SMALLEST_GROUP,
        "delivering": list(DELIVERING),
    }


def _read(
    name: str, params: dict[str, Any], make: Callable[[tuple[Any, ...]], Read], parts: dict[str, str] | None = None
) -> dict[int, tuple[Read, ...]]:
    """The rows of a query, made into what they are, by the campaign that they begin with."""
    rows = _rows(sql.load(f"queries/{name}", **(parts or {})), params | {"basis": Basis.SEND.value})
    return {campaign: tuple(map(make, found)) for campaign, found in groupby(rows, key=itemgetter(0))}


def _rows(statement: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Read by a cursor of the database: they are hundreds of thousands."""
    bound = params | {"campaigns": None if params["campaigns"] is None else list(params["campaigns"])}
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, bound)
        while found := cursor.fetchmany(FETCHED):
            yield from found
