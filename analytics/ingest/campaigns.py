"""The door for campaigns: created or changed by their outside id; only the fields given change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from .. import channels
from ..changes import raise_version, totals_locked
from ..models import Campaign
from ..statuses import Status
from . import dead_letters, in_clear, journal, values
from .values import Refused, Rejection, shown
from .verdicts import CREATED, UNCHANGED, UPDATED, Verdicts, rejected_items
from .ways_out import Door

LONGEST_ID = 200
LONGEST_NAME = 300
LONGEST_TAG = 60
MOST_TAGS = 50
WHOLE_DIGITS = 15
SOURCE = "campaigns"

Reader = Callable[[Mapping[str, Any]], Any]


def record_campaigns(
    items: Iterable[Any],
    *,
    at: datetime,
    import_file: int | None = None,
    lines: Sequence[int] | None = None,
    door: Door = Door.API,
) -> Verdicts:
    """Create campaigns, or change those that are known, in one transaction; items of the same id apply in order.

    Raises the data version when anything changed, since names and channels stand in every answer.
    """
    items = list(items)
    lines = range(len(items)) if lines is None else lines
    parsed = [parse_campaign(item) for item in items]
    with transaction.atomic():
        with totals_locked() as cursor:
            verdicts = _apply(parsed, at, import_file).said(door)
            if verdicts.count(CREATED, UPDATED):
                raise_version(cursor, at)
        rejected = rejected_items(verdicts, items, lines)
        dead_letters.keep(rejected, source=SOURCE, at=at, import_file=import_file)
    return verdicts


def parse_campaign(item: object) -> dict[str, Any] | Rejection:
    """The fields that an item gives, by the model's names; or why it cannot be taken. Pure: knows no campaign."""
    try:
        if not isinstance(item, Mapping):
            raise Refused("", 'the item is not an object with fields; send {"campaign": …, "name": …, "channel": …}')
        identified_by = "external_id" if item.get("external_id") else "campaign"
        given: dict[str, Any] = {"external_id": values.required_text(item, identified_by, LONGEST_ID)}
        for field, read in READERS.items():
            if field in item:
                given[field] = read(item)
        return {field: value for field, value in given.items() if value is not None or field in CLEARABLE}
    except Refused as refused:
        return refused.rejection


def _choice(field: str, choices: Iterable[str]) -> Reader:
    known = list(choices)

    def read(item: Mapping[str, Any]) -> str | None:
        value = values.text(item, field, LONGEST_TAG)
        if value and value not in known:
            raise Refused(field, f"{shown(value)} is unknown; send one of {', '.join(known)}")
        return value or None

    return read


def _budget(item: Mapping[str, Any]) -> Any:
    budget = values.money(item, "budget", WHOLE_DIGITS)
    if budget is not None and (budget < 0 or budget != round(budget, 4)):
        raise Refused("budget", "is negative or has more than 4 decimals; send a positive amount")
    return budget


def _tags(item: Mapping[str, Any]) -> list[str] | None:
    tags = item["tags"]
    if tags is None:
        return None
    if isinstance(tags, str):
        tags = [tag for tag in tags.replace(";", ",").split(",") if tag.strip()]
    if not isinstance(tags, list) or len(tags) > MOST_TAGS:
        raise Refused("tags", f"is no list of at most {MOST_TAGS} texts; send one")
    for tag in tags:
        values.clear_text({"tags": tag}, "tags", LONGEST_TAG)
    return [values.required_text({"tags": tag}, "tags", LONGEST_TAG) for tag in tags]


READERS: dict[str, Reader] = {
    "name": lambda item: values.clear_text(item, "name", LONGEST_NAME, roles=True) or None,
    "channel": _choice("channel", channels.BY_NAME),
    "status": _choice("status", Status),
    "starts_at": lambda item: values.moment(item, "starts_at"),
    "ends_at": lambda item: values.moment(item, "ends_at"),
    "budget": _budget,
    "currency": lambda item: values.currency(item, "currency", "") or None,
    "tags": _tags,
    "reports_deliveries": lambda item: values.flag(item, "reports_deliveries"),
}
CLEARABLE = frozenset({"starts_at", "ends_at", "budget"})
FIELDS = ("campaign", *READERS)


def _apply(parsed: list[dict[str, Any] | Rejection], at: datetime, import_file: int | None) -> Verdicts:
    named = {given["external_id"] for given in parsed if isinstance(given, dict)}
    known = {campaign.external_id: campaign for campaign in Campaign.objects.filter(external_id__in=named)}
    stored = set(known)
    before = {name: {field: getattr(one, field) for field in (*READERS, "is_stub")} for name, one in known.items()}
    changed: set[str] = set()
    results: list[str | Rejection] = []
    for given in parsed:
        result = given if isinstance(given, Rejection) else _change(known, given)
        results.append(result)
        if isinstance(given, dict) and result in (CREATED, UPDATED):
            changed.add(given["external_id"])
    Campaign.objects.bulk_create(known[name] for name in sorted(changed - stored))
    for name in changed & stored:
        known[name].updated_at, known[name].is_stub = at, False
    Campaign.objects.bulk_update(
        [known[name] for name in sorted(changed & stored)], [*READERS, "updated_at", "is_stub"], batch_size=500
    )
    told: dict[str, set[str]] = {}
    for given, result in zip(parsed, results, strict=True):
        if isinstance(given, dict) and not isinstance(result, Rejection):
            told.setdefault(given["external_id"], set()).update(given.keys() - {"external_id"})
    _keep_journal({known[name]: fields for name, fields in told.items()}, before, at, import_file)
    return Verdicts(results)


def _keep_journal(
    told: dict[Campaign, set[str]], before: dict[str, dict[str, Any]], at: datetime, import_file: int | None
) -> None:
    """`told` are the fields that were given, also those that said so before."""
    if import_file is None:
        journal.forget({campaign.pk: fields for campaign, fields in told.items()})
        return
    new = {campaign.pk for campaign in told if campaign.external_id not in before}
    said = {
        campaign.pk: journal.without_a_file(campaign.external_id, READERS)
        if campaign.pk in new
        else {field: before[campaign.external_id][field] for field in (*fields, "is_stub")}
        for campaign, fields in told.items()
    }
    journal.note(said, new, import_file, at)


def _change(known: dict[str, Campaign], given: dict[str, Any]) -> str | Rejection:
    """Put the fields given on the campaign in memory, a new one if need be; what that did."""
    campaign = known.get(given["external_id"])
    if campaign is None and "channel" not in given:
        return Rejection("channel", f"channel: is missing; a new campaign needs one of {', '.join(channels.BY_NAME)}")
    if campaign is None and in_clear.names_somebody(given["external_id"]):
        return Rejection("campaign", f"campaign: {in_clear.WAY_OUT}")
    before = {} if campaign is None else {field: getattr(campaign, field) for field in given}
    starts_at = given.get("starts_at", campaign.starts_at if campaign else None)
    ends_at = given.get("ends_at", campaign.ends_at if campaign else None)
    if starts_at and ends_at and ends_at < starts_at:
        return Rejection("ends_at", "ends_at: lies before starts_at; send an end that comes after the start")
    if campaign is None:
        defaults = {"name": given["external_id"]}
        if given.get("budget") is not None:
            defaults["currency"] = settings.REPORTING_CURRENCY
        known[given["external_id"]] = Campaign(**(defaults | given))
        return CREATED
    for field, value in given.items():
        setattr(campaign, field, value)
    return UPDATED if before != given or campaign.is_stub else UNCHANGED
