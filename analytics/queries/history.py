"""What campaigns did on each day, and in each hour of the day, counted as the KPIs count it; many campaigns at once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection

from analytics import sql

from ..history import Day, Hour
from ..models.totals import Basis

FETCHED = 5_000  # rows at once
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


def _read(name: str, params: dict[str, Any], make: Callable[[tuple[Any, ...]], Read]) -> dict[int, tuple[Read, ...]]:
    """The rows of a query, made into what they are, by the campaign that they begin with."""
    rows = _rows(sql.load(f"queries/{name}"), params | {"basis": Basis.SEND.value})
    return {campaign: tuple(map(make, found)) for campaign, found in groupby(rows, key=itemgetter(0))}


def _rows(statement: str, params: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Read by a cursor of the database: they are hundreds of thousands."""
    bound = params | {"campaigns": None if params["campaigns"] is None else list(params["campaigns"])}
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, bound)
        while found := cursor.fetchmany(FETCHED):
            yield from found
