"""The door for costs: one row per campaign, day, source and item; a repeat replaces it and the totals follow."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count

from .. import sql
from ..changes import kept_cut, raise_version, totals_locked
from ..models import CampaignCost
from . import cells, dead_letters, lookups, stubs, values
from .campaigns import LONGEST_NAME
from .cells import LeftOut, Reading
from .events import unknown_campaign
from .values import Refused, Rejection
from .verdicts import CREATED, REPLACED, UNCHANGED, UPDATED, Verdicts, rejected_items
from .ways_out import Door, Way

LONGEST_ID = 200
LONGEST_SOURCE = 100
WHOLE_DIGITS = 14
CONVERSIONS_DIGITS = 12
FIELDS = (
    "campaign", "date", "amount", "currency", "source", "item", "impressions", "clicks", "conversions", "time_zone",
    "campaign_name", "last_day",
)  # fmt: skip
# the last two say something in files alone: what a campaign is called, and that a row is of no more than its day
Number = TypeVar("Number", int, Decimal)
MOST = Decimal(10) ** WHOLE_DIGITS
CANNOT_BE_ADDED = Rejection(
    "amount",
    "amount: cannot be added to the rows before it of the same campaign and day; they are in another currency, or the "
    "sum is too large",
)


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
    conversions: Decimal | None
    time_zone: str
    campaign_name: str


@dataclass(slots=True)
class _Sum:
    """What a batch says of one campaign, day, source and item, and the places of the items that say it."""

    cost: NewCost
    places: list[int]


def record_costs(
    items: Iterable[Any],
    *,
    at: datetime,
    source: str = "",
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
    said: Sequence[Any] | None = None,
    adds: bool = False,
    channel: str = "",
    door: Door = Door.API,
) -> Verdicts:
    """Store costs and move the totals of their days by what differs, in one transaction.

    `source` is that of items which name none. Of several items for the same campaign, day, source and item the last
    one holds, the others are `replaced`; where a file `adds` they add up, across its batches too. With a `channel`,
    campaigns that nobody told of become stubs in it. A batch that changes nothing leaves the data version alone.
    What is rejected is kept as it was `said` before it was read, else as the items are.
    """
    items = list(items)
    lines = range(len(items)) if lines is None else lines
    currency = settings.REPORTING_CURRENCY
    parsed = [parse_cost(item, today=at.date(), reporting_currency=currency, source=source) for item in items]
    with transaction.atomic():
        if channel:
            stubs.add({_named(cost, channel) for cost in parsed if isinstance(cost, NewCost)}, at)
        campaigns = lookups.campaign_ids({cost.campaign for cost in parsed if isinstance(cost, NewCost)})
        results, sums = _keyed(parsed, campaigns, adds)
        for place, status in _write(sums, campaigns, at, import_file, adds).items():
            results[place] = status
        verdicts = Verdicts(results).said(door)
        rejected = rejected_items(verdicts, items if said is None else said, lines)
        dead_letters.keep(rejected, source=source or "costs", at=at, import_file=import_file)
    return verdicts


def without_rate(import_file: int) -> list[str]:
    """What to know of the amounts of a file that no rate converts, a sentence for each currency."""
    theirs = CampaignCost.objects.filter(import_id=import_file, value=None).values_list("currency")
    return [
        f"{amounts:,} amount{' has' if amounts == 1 else 's have'} no rate of {currency} and "
        f"{'is' if amounts == 1 else 'are'} shown as unconverted; import rates, and figures follow."
        for currency, amounts in theirs.annotate(amounts=Count("pk")).order_by("currency")
    ]


def _named(cost: NewCost, channel: str) -> stubs.Named:
    return stubs.Named(cost.campaign, cost.campaign_name or cost.campaign, channel)


def _keyed(
    parsed: Iterable[NewCost | Rejection], campaigns: Container[str], adds: bool
) -> tuple[list[str | Rejection], list[_Sum]]:
    """What to write, one for each campaign, day, source and item; and the verdicts so far."""
    results: list[str | Rejection] = []
    sums: dict[tuple[str, date, str, str], _Sum] = {}
    for place, cost in enumerate(parsed):
        if isinstance(cost, NewCost) and cost.campaign not in campaigns:
            cost = unknown_campaign(cost.campaign, cost.campaign_name, ways=(Way.CAMPAIGN, Way.CREATES))
        before = sums.get(cost[:4]) if isinstance(cost, NewCost) else None
        if adds and before is not None and isinstance(cost, NewCost):
            cost = _added(before.cost, cost)
        results.append(cost if isinstance(cost, Rejection) else REPLACED)
        if isinstance(cost, NewCost):
            one = sums.setdefault(cost[:4], _Sum(cost, []))
            if not adds:
                one.places.clear()
            one.cost = cost
            one.places.append(place)
    return results, list(sums.values())


def _added(one: NewCost, other: NewCost) -> NewCost | Rejection:
    """Both together; what only one reports is what it reports."""
    if one.currency != other.currency or abs(one.amount + other.amount) >= MOST:
        return CANNOT_BE_ADDED
    return other._replace(
        amount=one.amount + other.amount,
        impressions=_plus(one.impressions, other.impressions),
        clicks=_plus(one.clicks, other.clicks),
        conversions=_plus(one.conversions, other.conversions),
    )


def _plus(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def parse_cost(item: object, *, today: date, reporting_currency: str, source: str) -> NewCost | Rejection:
    """The cost that an item describes, or why it cannot be taken. Pure: knows no campaign. Never raises."""
    try:
        if not isinstance(item, Mapping):
            raise Refused("", 'the item is not an object with fields; send {"campaign": …, "date": …, "amount": …}')
        amount = values.money(item, "amount", WHOLE_DIGITS)
        if amount is None:
            raise Refused("amount", "is missing; send what was spent, below 0 for a credit")
        return NewCost(
            values.required_text(item, "campaign", LONGEST_ID),
            values.day(item, "date", today),
            values.clear_text(item, "source", LONGEST_SOURCE)
            or source
            or values.required_text(item, "source", LONGEST_SOURCE),
            values.clear_text(item, "item", LONGEST_ID),
            amount,
            values.currency(item, "currency", reporting_currency),
            values.count(item, "impressions"),
            values.count(item, "clicks"),
            values.money(item, "conversions", CONVERSIONS_DIGITS),
            values.time_zone(item, "time_zone"),
            values.text(item, "campaign_name", LONGEST_NAME),
        )
    except Refused as refused:
        return refused.rejection


def read_row(item: Mapping[str, str], label: str, reading: Reading) -> dict[str, Any] | Rejection | LeftOut:
    """A row of a report as `record_costs` takes it; see `cells.read_costs`."""
    return cells.read_costs(item, label, reading, settings.REPORTING_CURRENCY)


def _write(
    sums: Sequence[_Sum], campaigns: Mapping[str, int], at: datetime, import_file: int | None, adds: bool
) -> dict[int, str | Rejection]:
    """Write the costs; what was done, by place in the batch."""
    if not sums:
        return {}
    with totals_locked() as cursor:
        changed = dict(_changed(cursor, sums, campaigns, at, import_file, adds))
        if any(is_new is not None for is_new in changed.values()):
            raise_version(cursor, at)
    verdict: dict[bool | None, str | Rejection] = {True: CREATED, False: UPDATED, None: CANNOT_BE_ADDED}
    return {
        place: verdict[changed[one.places[-1]]] if one.places[-1] in changed else UNCHANGED
        for one in sums
        for place in one.places
    }


def _changed(
    cursor: CursorWrapper,
    sums: Sequence[_Sum],
    campaigns: Mapping[str, int],
    at: datetime,
    import_file: int | None,
    adds: bool,
) -> list[tuple[int, bool | None]]:
    costs = [one.cost for one in sums]
    cursor.execute(
        sql.load("ingest/costs"),
        {
            "at": at,
            "import_file": import_file,
            "adds": adds,
            "currency": kept_cut().currency,
            "places": [one.places[-1] for one in sums],
            "campaign_ids": [campaigns[cost.campaign] for cost in costs],
            "dates": [cost.date for cost in costs],
            "sources": [cost.source for cost in costs],
            "items": [cost.item for cost in costs],
            "amounts": [cost.amount for cost in costs],
            "currencies": [cost.currency for cost in costs],
            "impressions": [cost.impressions for cost in costs],
            "clicks": [cost.clicks for cost in costs],
            "conversions": [cost.conversions for cost in costs],
            "time_zones": [cost.time_zone for cost in costs],
        },
    )
    return cursor.fetchall()
