"""What a file changes of campaigns, field by field, with what stood there before: so it can be undone.

What is told otherwise than by a file stands for good, so what files had changed of those fields is forgotten then.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..models import Campaign, ImportChange

KIND = ImportChange.Kind.CAMPAIGN
STUB = "is_stub"
Said = Mapping[str, Any]


def plain(values: Said) -> dict[str, Any]:
    """Values of a campaign's fields as JSON has them; `Field.to_python` reads them back."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def without_a_file(external_id: str, fields: Iterable[str]) -> dict[str, Any]:
    """What a campaign would say that only a file told of: the stub that is left where something refers to it."""
    stub = Campaign(external_id=external_id, name=external_id, is_stub=True)
    return {field: getattr(stub, field) for field in (*fields, STUB) if field != "channel"}


def note(said: Mapping[int, Said], new: Collection[int], import_file: int, at: datetime) -> None:
    """Keep what the fields said, by campaign, that this file told of; those `new` are its own.

    Of a field that is the file's already nothing is kept: what came before it stands in its earlier change.
    """
    own = _whose(said)
    changes = []
    for campaign, fields in said.items():
        before = {field: value for field, value in fields.items() if own.get((campaign, field)) != import_file}
        if before:
            changes.append(
                ImportChange(
                    import_file_id=import_file,
                    kind=KIND,
                    target=campaign,
                    is_new=campaign in new,
                    before=plain(before),
                    changed_at=at,
                )
            )
    ImportChange.objects.bulk_create(changes, batch_size=1_000)


def _whose(campaigns: Iterable[int]) -> dict[tuple[int, str], int]:
    """The file that told of each field last."""
    changes = ImportChange.objects.filter(kind=KIND, target__in=list(campaigns)).order_by("id")
    return {(change.target, field): change.import_file_id for change in changes for field in change.before}


def forget(told: Mapping[int, Iterable[str]]) -> None:
    """Of these fields, by campaign, nothing comes back any more; and the campaigns are not a file's alone."""
    for change in ImportChange.objects.filter(kind=KIND, target__in=list(told)).select_for_update():
        fields = {*told[change.target], STUB}
        change.before = {field: value for field, value in change.before.items() if field not in fields}
        change.is_new = False
        if change.before:
            change.save(update_fields=["before", "is_new"])
        else:
            change.delete()
