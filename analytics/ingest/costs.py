"""The door for costs: one row per campaign, day, source and item; a repeat replaces it and the totals follow."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.backends.utils import CursorWrapper

from .. import sql
from ..changes import kept_cut, raise_version, totals_locked
from . import dead_letters, lookups, values
from .events import unknown_campaign
from .values import Refused, Rejection
from .verdicts import CREATED, REPLACED, UNCHANGED, UPDATED, Verdicts, rejected_items

LONGEST_ID = 200
LONGEST_SOURCE = 100
WHOLE_DIGITS = 14
FIELDS = ("campaign", "date", "amount", "currency", "source", "item", "impressions", "clicks", "conversions")


class NewCost(NamedTuple):
    """One valid cost in outside terms."""

    campaign: str
    date: date
    source: str
    item: str
    amount: Decimal
    currency: str
    impressions: int | None
    clicks: int | None
    conversions: int | None


def record_costs(
    items: Iterable[Any],
    *,
    at: datetime,
    source: str = "",
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
) -> Verdicts:
    """Store costs and move the totals of their days by what differs, in one transaction.

    `source` is that of items which name none. Of several items for the same campaign, day, source and item the last
    one holds, the others are `replaced`. A batch that changes nothing leaves the data version alone.
    """
    items = list(items)
    lines = range(len(items)) if lines is None else lines
    currency = settings.REPORTING_CURRENCY
    parsed = [parse_cost(item, today=at.date(), reporting_currency=currency, source=source) for item in items]
    campaigns = lookups.campaign_ids({cost.campaign for cost in parsed if isinstance(cost, NewCost)})
    results: list[str | Rejection] = []
    costs: dict[tuple[str, date, str, str], tuple[int, NewCost]] = {}
    for place, cost in enumerate(parsed):
        if isinstance(cost, NewCost) and cost.campaign not in campaigns:
            cost = unknown_campaign(cost.campaign)
        results.append(cost if isinstance(cost, Rejection) else REPLACED)
        if isinstance(cost, NewCost):
            costs[cost[:4]] = (place, cost)
    with transaction.atomic():
        for place, status in _write(costs.values(), campaigns, at, import_file).items():
            results[place] = status
        verdicts = Verdicts(results)
        rejected = rejected_items(verdicts, items, lines)
        dead_letters.keep(rejected, source=source or "costs", at=at, import_file=import_file)
    return verdicts


def parse_cost(item: object, *, today: date, reporting_currency: str, source: str) -> NewCost | Rejection:
    """The cost that an item describes, or why it cannot be taken. Pure: knows no campaign. Never raises."""
    try:
        if not isinstance(item, Mapping):
            raise Refused("", 'the item is not an object with fields; send {"campaign": …, "date": …, "amount": …}')
        amount = values.money(item, "amount", WHOLE_DIGITS)
        if amount is None or amount < 0:
            raise Refused("amount", "is missing or negative; send what was spent, 0 or more")
        return NewCost(
            values.required_text(item, "campaign", LONGEST_ID),
            values.day(item, "date", today),
            values.text(item, "source", LONGEST_SOURCE)
            or source
            or values.required_text(item, "source", LONGEST_SOURCE),
            values.text(item, "item", LONGEST_ID),
            amount,
            values.currency(item, "currency", reporting_currency),
            values.count(item, "impressions"),
            values.count(item, "clicks"),
            values.count(item, "conversions"),
        )
    except Refused as refused:
        return refused.rejection


def _write(
    costs: Iterable[tuple[int, NewCost]], campaigns: dict[str, int], at: datetime, import_file: int | None
) -> dict[int, str]:
    """Write the costs; what was done, by place in the batch."""
    costs = list(costs)
    statuses = {place: UNCHANGED for place, _ in costs}
    if not costs:
        return statuses
    with totals_locked() as cursor:
        changed = _changed(cursor, costs, campaigns, at, import_file)
        if changed:
            raise_version(cursor, at)
        statuses |= {place: CREATED if is_new else UPDATED for place, is_new in changed}
    return statuses


def _changed(
    cursor: CursorWrapper,
    costs: list[tuple[int, NewCost]],
    campaigns: dict[str, int],
    at: datetime,
    import_file: int | None,
) -> list[tuple[int, bool]]:
    cursor.execute(
        sql.load("ingest/costs"),
        {
            "at": at,
            "import_file": import_file,
            "currency": kept_cut().currency,
            "places": [place for place, _ in costs],
            "campaign_ids": [campaigns[cost.campaign] for _, cost in costs],
            "dates": [cost.date for _, cost in costs],
            "sources": [cost.source for _, cost in costs],
            "items": [cost.item for _, cost in costs],
            "amounts": [cost.amount for _, cost in costs],
            "currencies": [cost.currency for _, cost in costs],
            "impressions": [cost.impressions for _, cost in costs],
            "clicks": [cost.clicks for _, cost in costs],
            "conversions": [cost.conversions for _, cost in costs],
        },
    )
    return cursor.fetchall()
