"""Campaigns ranked by a figure, a page at a time: the order in SQL, the figures of the page's rows alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection

from analytics import sql

from ..catalogue import NAMES, Value, compute
from ..catalogue.expressions import expression
from ..catalogue.sums import EMPTY, EMPTY_HOUR, PARTS
from ..scope import Compare, Grain, Scope, ScopeError
from . import orders
from .answers import Meta, Values
from .meta import meta_of
from .orders import NAME, Cursor, Ordering
from .running import Row, bound, rows_of, sums_of
from .slots import place, slots
from .wholes import whole

LIMIT, MOST = 50, 200  # rows of a page
FETCHED = 500  # rows at once, of all
Spark = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """`spark` is one metric by slot of the period; empty where none was asked for."""

    pk: int
    external_id: str
    name: str
    channel: str
    status: str
    tags: tuple[str, ...]
    values: Values
    spark: Spark = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """`rows` of `count` campaigns from the place `position` on, which is 1 for the first; figures as they are now, in
    the order that they had at the first page. `next` and `previous` are cursors, empty where there is no such page.

    All campaigns and the `unattributed` (None under a filter) add up to `total`, which equals the KPIs.
    """

    meta: Meta
    metrics: tuple[str, ...]
    ordering: str
    rows: tuple[Ranked, ...]
    count: int
    position: int
    unattributed: Values | None
    total: Values
    next: str
    previous: str


def ranking(
    scope: Scope,
    metrics: tuple[str, ...] = NAMES,
    *,
    ordering: str = "-roi",
    limit: int = LIMIT,
    cursor: str = "",
    spark: str = "net_revenue",
    now: datetime,
) -> Ranking:
    """One page; a comparison in the scope does not matter, its grain only for the sparks of the metric `spark`.

    Raises `ScopeError` for an ordering, limit or cursor that cannot be used, `NotShown` for metrics not allowed.
    """
    if not 1 <= limit <= MOST:
        raise ScopeError("limit", f"A page has 1 to {MOST} rows.")
    order, scope = Ordering.read(ordering, scope.allowed), replace(scope, compare=Compare.NONE)
    campaigns = repr(replace(scope, grain=Grain.DAY))
    question = f"{campaigns} {order}"
    given = Cursor.read(cursor, question) if cursor else None
    params = bound(scope)
    meta = meta_of(scope, metrics, params, now=now)
    sums = whole(campaigns, params, meta)
    page = _page(order, scope.currency, params, given, limit, orders.token_of(question, meta))
    params["campaigns"] = list(page.ids)
    found = {row["id"]: row for row in rows_of(_ranked_sql(order, scope.currency), params)}
    sparks = _sparks(scope, spark, params, now) if spark else {}
    shown = [found[pk] for pk in page.ids if pk in found]
    nobody = compute(sums.unattributed, metrics, scope.currency) if sums.unattributed != EMPTY else None
    return Ranking(
        meta=meta,
        metrics=metrics,
        ordering=ordering,
        rows=tuple(_ranked(row, metrics, scope.currency, sparks.get(row["id"], ())) for row in shown),
        count=page.count,
        position=page.start + 1,
        unattributed=nobody,
        total=compute(sums.total, metrics, scope.currency),
        next=page.next(shown).sign(question) if shown and page.start + len(page.ids) < page.count else "",
        previous=page.previous(shown, limit).sign(question) if shown and page.start else "",
    )


def every_row(
    scope: Scope, metrics: tuple[str, ...] = NAMES, *, ordering: str = "-roi", now: datetime
) -> Iterator[Ranked]:
    """All rows in the order of this moment, read as they are asked for.

    Raises `ScopeError` and `NotShown` at once, not on reading.
    """
    scope.allowed.check(*metrics)
    order, params = Ordering.read(ordering, scope.allowed), bound(scope, [scope.period])
    statement = f"{_ranked_sql(order, scope.currency)} ORDER BY value {order.direction} NULLS LAST, id"
    return _read_through(statement, params, metrics, scope.currency)


def _read_through(statement: str, params: dict[str, Any], metrics: tuple[str, ...], currency: str) -> Iterator[Ranked]:
    """By a cursor of the database, so that neither side sorts or holds them twice."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, params)
        columns = [column.name for column in cursor.description or ()]
        while found := cursor.fetchmany(FETCHED):
            yield from (_ranked(dict(zip(columns, row, strict=True)), metrics, currency) for row in found)


@dataclass(frozen=True, slots=True)
class _Page:
    """The ids of one page, which begins at `start`, counted from 0, in the order `token` of `count` campaigns."""

    token: str
    ids: tuple[int, ...]
    start: int
    count: int

    def next(self, rows: Sequence[Row]) -> Cursor:
        end = self.start + len(self.ids)
        return Cursor(self.token, end, 0, _text(rows[-1]["value"]), rows[-1]["id"])

    def previous(self, rows: Sequence[Row], limit: int) -> Cursor:
        """Its anchor ranks right before the first row."""
        back = min(limit, self.start)
        return Cursor(self.token, self.start, back, _text(rows[0]["value"]), rows[0]["id"] - 1)


def _page(
    order: Ordering, currency: str, params: dict[str, Any], given: Cursor | None, limit: int, token: str
) -> _Page:
    if given:
        start = given.place - given.back
        if kept := orders.recall(given.token, start, limit):
            return _Page(given.token, tuple(kept[0]), start, kept[1])
    anchor = {"value": given and given.value, "pk": given and given.pk}
    (row,) = rows_of(_order_sql(order, currency), params | anchor)
    if len(row["ids"]) > limit:
        orders.keep(token, row["ids"])
    start = max(0, row["passed"] - given.back) if given else 0
    return _Page(token, tuple(row["ids"][start : start + limit]), start, len(row["ids"]))


def _sparks(scope: Scope, metric: str, params: dict[str, Any], now: datetime) -> dict[int, Spark]:
    scope.allowed.check(metric)
    hourly = scope.grain is Grain.HOUR
    found = slots(scope, now=now)
    starts = [slot.start for slot in found]
    nothing = _float(compute(EMPTY_HOUR if hourly else EMPTY, (metric,), scope.currency)[metric])
    values = {pk: [nothing] * len(found) for pk in params["campaigns"]}
    statement = _sparks_sql(metric, scope.currency, over="hours" if hourly else "days")
    for row in rows_of(statement, params):
        values[row["campaign_id"]][place(starts, row["slot"])] = _float(row["value"])
    return {pk: tuple(line) for pk, line in values.items()}


def _ranked(row: Row, metrics: tuple[str, ...], currency: str, spark: Spark = ()) -> Ranked:
    return Ranked(
        pk=row["id"],
        external_id=row["external_id"],
        name=row["name"],
        channel=row["channel"],
        status=row["status"],
        tags=tuple(row["tags"]),
        values=compute(sums_of(row), metrics, currency),
        spark=spark,
    )


def _float(value: Value) -> float | None:
    return None if value is None else float(value)


def _text(value: Decimal | str | None) -> str | None:
    return None if value is None else str(value)


@cache
def _ranked_sql(order: Ordering, currency: str) -> str:
    parts = ",\n".join(f"        coalesce(summed.{part}, 0) AS {part}" for part in PARTS)
    text = sql.load("queries/ranked", scoped="queries/scoped_campaigns", sums="queries/sums")
    return text.replace("{{parts}}", parts).replace("{{value}}", order.expression(currency))


@cache
def _order_sql(order: Ordering, currency: str) -> str:
    text = sql.load("queries/order")
    open_parts = {
        "direction": order.direction,
        "later": "<" if order.falling else ">",
        "type": "text" if order.by == NAME else "numeric",
        "ranked": _ranked_sql(order, currency),
    }
    for name, words in open_parts.items():
        text = text.replace("{{" + name + "}}", words)
    return text


@cache
def _sparks_sql(metric: str, currency: str, *, over: str) -> str:
    text = sql.load("queries/sparks", scoped=f"queries/scoped_{over}", sums="queries/sums")
    return text.replace("{{value}}", expression(metric, currency))
