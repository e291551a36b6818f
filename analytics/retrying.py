"""A rejected row through its door once more: what it named may be known by now."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from compliance import audit, crypto
from compliance.acting import Actor

from .changes import totals_locked
from .ingest import campaigns, importing, record_campaigns, record_costs, record_events
from .ingest.cells import LeftOut, Reading
from .ingest.costs import NewCost, parse_cost
from .ingest.dead_letters import LONGEST_CONTENT, LONGEST_FIELD
from .ingest.values import Rejection
from .ingest.verdicts import ACCEPTED, CREATED, REPLACED, SUPPRESSED, UNCHANGED, UPDATED
from .ingest.ways_out import Door
from .models import CampaignCost, DeadLetterRow, ImportFile
from .segment import recording
from .segment.messages import CALLS

if TYPE_CHECKING:
    from django.db.models import QuerySet

OBJECT = "rejected row"
PAGE = 500
COSTS = "costs"  # the source of costs whose rows name their own
SAID_SINCE = Rejection(
    "", "a later file or call says otherwise of its campaign, day, source and item; send the cost anew if it is right"
)
GONE = (ImportFile.State.UNDOING, ImportFile.State.UNDONE)

Through = Callable[[DeadLetterRow, Any, datetime], str | Rejection]


class _RejectedAgain(Exception):
    """Raised to roll back whatever the door did, for it keeps what it rejects as a row of its own."""

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection


class _CannotRetry(Exception):
    """Why the row cannot go through its door at all, and the way out."""


def retry_row(dead_letter_id: int, at: datetime, by: Actor | None = None) -> str | Rejection:
    """What became of the row: one that is taken is rejected no more, and its import's counts follow; else why not.

    A row that its door rejects again stays, with the reason of today.
    """
    try:
        with transaction.atomic():
            return _retry(dead_letter_id, at, by)
    except _CannotRetry as why:
        return Rejection("", str(why))
    except _RejectedAgain as again:
        said = {"field": again.rejection.field[:LONGEST_FIELD], "reason": again.rejection.reason}
        DeadLetterRow.objects.filter(pk=dead_letter_id).update(**said)
        return again.rejection


def retry_rows(rows: "QuerySet[DeadLetterRow]", at: datetime, by: Actor | None = None) -> Iterator[str | Rejection]:
    """Retry these rows in order, each in a transaction of its own; whoever asks stops where it becomes too long."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        for row in page:
            yield retry_row(row, at, by)
        last = page[-1]


def _retry(dead_letter_id: int, at: datetime, by: Actor | None) -> str:
    row = DeadLetterRow.objects.select_for_update(of=("self",)).filter(pk=dead_letter_id).first()
    if row is None:
        raise _CannotRetry("The row is not there any more: it was taken, or went with its time.")
    if row.import_file and row.import_file.state in GONE:
        raise _CannotRetry("Its import was undone; import the file again.")
    item = _item(row)
    result = _door(row, item)(row, item, at)
    if isinstance(result, Rejection):
        raise _RejectedAgain(result)
    if row.import_file_id:
        _count(row.import_file_id, result)
    row.delete()
    audit.note("retry", OBJECT, dead_letter_id, by, at, result=result, import_file=row.import_file_id)
    return result


def _item(row: DeadLetterRow) -> Mapping[str, Any]:
    """What was sent. Raises `_CannotRetry` where it is not there, or is no item."""
    try:
        content = crypto.decrypt(bytes(row.content)).decode()
        item = json.loads(content)
    except crypto.CannotDecrypt:
        raise _CannotRetry("No key opens it any more; send it again.") from None
    except ValueError:
        kept = f"Only its first {LONGEST_CONTENT:,} bytes were kept" if len(content) >= LONGEST_CONTENT else "It is cut"
        raise _CannotRetry(f"{kept}; mend it where it came from and send it again.") from None
    if isinstance(item, dict):
        return item
    if row.import_file_id:
        raise _CannotRetry("The row has not the cells that its header has; mend the file and import it again.")
    raise _CannotRetry("It is no item with fields, so no door reads it; mend it where it came from and send it again.")


def _door(row: DeadLetterRow, item: Mapping[str, Any]) -> Through:
    """The door that it came to: its file's, else the one whose fields it has."""
    if row.import_file and row.import_file.kind == "rates":
        raise _CannotRetry(
            "All money is valued anew by rates, so they come as files; mend the file and import it again."
        )
    if row.import_file:
        return _through_file
    if row.source_name == recording.SOURCE and "event_id" not in item:
        return _through_segment
    if row.source_name == campaigns.SOURCE and not {"event_id", "amount"} & item.keys():
        return _through_campaigns
    if "event_id" not in item and {"date", "amount"} & item.keys():
        return _through_costs
    return _through_events


def _through_file(row: DeadLetterRow, item: Any, at: datetime) -> str | Rejection:
    assert row.import_file is not None
    kind = importing.BY_NAME[row.import_file.kind]
    reading = Reading(**row.import_file.options.get("reading", {}))
    door = Door.COMMAND if row.import_file.asked_at is None else Door.FORM
    item = importing.read_anew(kind, item, reading, door)
    if isinstance(item, LeftOut):
        raise _CannotRetry("It is a total, or reports nothing; discard it.")
    if isinstance(item, Rejection):
        return item
    options = kind.options(reading) | {"door": door}
    if kind.name == COSTS and _is_said_since(row, item, at):
        return SAID_SINCE
    verdicts = kind.record(
        [item], source=_source(row), at=at, import_file=row.import_file.pk, lines=[row.line], **options
    )
    return verdicts.results[0]


def _through_events(row: DeadLetterRow, item: Any, at: datetime) -> str | Rejection:
    return record_events([item], source=row.source_name, at=at, lines=[row.line]).results[0]


def _through_costs(row: DeadLetterRow, item: Any, at: datetime) -> str | Rejection:
    if _is_said_since(row, item, at):
        return SAID_SINCE
    return record_costs([item], source=_source(row), at=at, lines=[row.line]).results[0]


def _is_said_since(row: DeadLetterRow, item: Any, at: datetime) -> bool:
    """Whether something else wrote the cost after the row was rejected. Locks totals: nothing does meanwhile."""
    cost = parse_cost(item, today=at.date(), reporting_currency=settings.REPORTING_CURRENCY, source=_source(row))
    if not isinstance(cost, NewCost):
        return False
    since = CampaignCost.objects.filter(
        campaign__external_id=cost.campaign, date=cost.date, source=cost.source, item=cost.item,
        updated_at__gt=row.created_at,
    )  # fmt: skip
    others = Q() if row.import_file_id is None else ~Q(import_id=row.import_file_id)
    with totals_locked():
        return since.filter(others).exists()


def _through_campaigns(row: DeadLetterRow, item: Any, at: datetime) -> str | Rejection:
    return record_campaigns([item], at=at, lines=[row.line]).results[0]


def _through_segment(row: DeadLetterRow, item: Any, at: datetime) -> str | Rejection:
    """A message that says no time of its own is as old as the row; one that says no type came to an address of one."""
    if item.get("type") not in CALLS:
        raise _CannotRetry("The message came to the address of its type and says none itself; send it again.")
    message = item if item.get("timestamp") else {**item, "timestamp": row.created_at.isoformat()}
    taken = recording.record([message], kind="", sent_at=None, at=at)
    if taken.rejected:
        return taken.rejected[0].rejection
    return SUPPRESSED if taken.suppressed else ACCEPTED


def _source(row: DeadLetterRow) -> str:
    return "" if row.source_name == COSTS else row.source_name


def _count(import_file: int, result: str) -> None:
    """The file's counts, as if the row had been taken at once; the fold counts its events itself."""
    counted = {"taken": (CREATED, UPDATED), "known": (UNCHANGED, REPLACED), "suppressed": (SUPPRESSED,)}
    more = {name: F(name) + 1 for name, results in counted.items() if result in results}
    ImportFile.objects.filter(pk=import_file).update(rejected=F("rejected") - 1, **more)
