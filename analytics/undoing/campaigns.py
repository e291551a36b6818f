"""What campaigns said before a file, field by field; those that it made go where nothing refers to them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import F

from .. import sql
from ..changes import changing_figures
from ..ingest import batch
from ..ingest.folding import Clock
from ..ingest.journal import KIND
from ..models import Campaign, ImportChange, ImportFile, InboxBatch

CHANGES = 500  # that are taken back in one transaction


def undo(record: ImportFile, clock: Clock) -> Iterator[int]:
    """Tells how many changes were taken back after each transaction."""
    while done := _some(record, clock):
        yield done


def _some(record: ImportFile, clock: Clock) -> int:
    theirs = ImportChange.objects.filter(import_file=record, kind=KIND).order_by("-id")
    if not theirs.exists():
        return 0
    with changing_figures(clock()):
        changes = list(theirs.select_for_update()[:CHANGES])
        known = Campaign.objects.in_bulk([change.target for change in changes])
        made = [campaign for change in changes if (campaign := _take_back(change, known)) is not None]
        referred = _referred(made)
        for campaign in made:
            if campaign.pk not in referred:
                _remove(campaign)
        stubs = sum(campaign.pk in referred for campaign in made)
        counts = {"undone": F("undone") + len(changes), "left_as_stubs": F("left_as_stubs") + stubs}
        ImportFile.objects.filter(pk=record.pk).update(**counts)
    return len(changes)


def _take_back(change: ImportChange, known: dict[int, Campaign]) -> Campaign | None:
    """Undo one change; its campaign, where that one was made by it and nobody else told of it since."""
    before = dict(change.before)
    later = list(ImportChange.objects.filter(kind=KIND, target=change.target, id__gt=change.pk).order_by("id"))
    for place, one in enumerate(later):
        shared = before.keys() & one.before.keys()
        one.before |= {field: before.pop(field) for field in shared}
        one.is_new = one.is_new or (change.is_new and place == 0)
        one.save(update_fields=["before", "is_new"])
    change.delete()
    campaign = known.get(change.target)
    if campaign is None:
        return None
    for name, value in before.items():
        field: Any = Campaign._meta.get_field(name)
        setattr(campaign, name, field.to_python(value))
    campaign.save()
    return campaign if change.is_new and not later else None


def _remove(campaign: Campaign) -> None:
    with connection.cursor() as cursor:
        for table in ("campaign_month", "campaign_hourly", "campaign_daily"):  # rows of nothing
            cursor.execute(f"DELETE FROM {table} WHERE campaign_id = %s", [campaign.pk])  # noqa: S608  of the tuple
    campaign.delete()


def _referred(campaigns: Iterable[Campaign]) -> set[int]:
    """Those that something tells of: costs, events, alerts, recommendations; also events that wait to be counted."""
    ids = {campaign.pk for campaign in campaigns}
    if not ids:
        return set()
    found = _by_models(ids) | _by_inbox() | _by(sql.load("undo/engaged"), ids)
    return found | _by(sql.load("undo/campaigns"), ids - found)


def _by_models(ids: set[int]) -> set[int]:
    found: set[int] = set()
    for field in Campaign._meta.get_fields(include_hidden=True):
        model: Any = field.related_model
        if field.auto_created and field.is_relation and model is not None:
            name = field.remote_field.name  # type: ignore[union-attr]
            found |= set(model.objects.filter(**{f"{name}__in": ids}).values_list(f"{name}_id", flat=True))
    return found


def _by_inbox() -> set[int]:
    payloads = InboxBatch.objects.values_list("payload", flat=True).iterator(chunk_size=20)
    return {campaign for payload in payloads for campaign in batch.campaigns_of(bytes(payload))}


def _by(statement: str, ids: set[int]) -> set[int]:
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaigns": sorted(ids)})
        return {campaign for (campaign,) in cursor.fetchall()}
