"""A person's copy of all that is kept about them: a ZIP with JSON and CSV of each source, a page to read, a manifest.

It lies encrypted with the other files, for seven days or until it was fetched, once, by a signed link.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string

from .. import audit, crypto, spreadsheets
from ..models import DataSubjectRequest, RequestKind, RequestState
from ..reasons import without_addresses
from ..sources import Person, Row, sources
from . import requests

LIVES = timedelta(days=7)
SALT = "copy of a person's data"
READABLE_ROWS = 500  # of a source on the page; the files have all
PORTABLE = ("identity", "events")  # what the person gave or did, which is what Article 20 GDPR is about
READY = "The copy is ready to be fetched."


class Gone(LookupError):
    """The link is none of ours, has run out, or was used."""


def make(request: DataSubjectRequest, at: datetime) -> None:
    """Write the copy and close the request. One transaction; what a killed one left on disk is replaced."""
    with transaction.atomic():
        row = DataSubjectRequest.objects.select_for_update().get(pk=request.pk)
        if row.state != RequestState.VERIFIED:
            raise requests.CannotDo(f"It is {row.get_state_display().lower()}; first it must be known who asks.")
        person = requests.whole_person(row)
        row.copy_name = f"copies/{row.pk}.sealed"
        default_storage.delete(row.copy_name)
        default_storage.save(row.copy_name, ContentFile(crypto.encrypt(packed(row, person, at))))
        row.copy_until, row.state, row.closed_at, row.outcome = at + LIVES, RequestState.DONE, at, READY
        row.save()
        audit.note("copied", requests.OBJECT, str(row.pk), None, at)


def packed(request: DataSubjectRequest, person: Person, at: datetime) -> bytes:
    """The ZIP in clear."""
    found = {
        source.name: [_shown(row, person) for row in source.export(person)]
        for source in sources()
        if request.kind == RequestKind.ACCESS or source.category in PORTABLE
    }
    files: dict[str, bytes] = {"index.html": _page(request, found, at)}
    for name, rows in found.items():
        stem = name.replace(" ", "-")
        files[f"{stem}.json"] = json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
        files[f"{stem}.csv"] = _csv(rows).encode("utf-8-sig")
    files["manifest.json"] = _manifest(request, files, found, at)
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _shown(row: Row, person: Person) -> Row:
    """A text that names the person may name others, whose addresses are not theirs to have."""
    return {
        name: without_addresses(value, but=person.called) if isinstance(value, str) else value
        for name, value in row.items()
    }


def _csv(rows: list[Row]) -> str:
    text = StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = spreadsheets.writer(text)
    writer.writerow(map(spreadsheets.text, names))
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return spreadsheets.text(value) if isinstance(value, str) else value


def _page(request: DataSubjectRequest, found: Mapping[str, list[Row]], at: datetime) -> bytes:
    parts = [
        {
            "title": name.capitalize(),
            "file": name.replace(" ", "-"),
            "count": len(rows),
            "names": list(dict.fromkeys(column for row in rows for column in row)),
            "rows": [list(row.values()) for row in rows[:READABLE_ROWS]],
            "more": max(0, len(rows) - READABLE_ROWS),
        }
        for name, rows in found.items()
    ]
    return render_to_string("compliance/copy.html", {"request": request, "parts": parts, "at": at}).encode()


def _manifest(
    request: DataSubjectRequest, files: Mapping[str, bytes], found: Mapping[str, list[Row]], at: datetime
) -> bytes:
    """Whoever gets the files can tell that none is missing or was changed."""
    rows = {name.replace(" ", "-"): len(rows) for name, rows in found.items()}
    listed = [
        {
            "name": name,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": rows.get(name.partition(".")[0]),
        }
        for name, content in files.items()
    ]
    said = {"request": str(request.pk), "kind": request.kind, "made_at": at.isoformat(), "files": listed}
    return json.dumps(said, indent=1).encode()


def link_of(request: DataSubjectRequest) -> str:
    """What the address of the copy ends with; whoever has it may fetch the copy, once. Raises `Gone`."""
    if not request.copy_name or request.fetched_at:
        raise Gone("There is no copy to be fetched, or it was fetched already.")
    return signing.dumps(str(request.pk), salt=SALT)


def waiting(token: str, at: datetime) -> DataSubjectRequest:
    """The request whose copy the link leads to. Raises `Gone`."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIVES)
    except signing.BadSignature:
        raise Gone from None
    found = DataSubjectRequest.objects.filter(pk=pk, fetched_at=None, copy_until__gt=at).exclude(copy_name="").first()
    if found is None:
        raise Gone
    return found


def fetch(token: str, at: datetime) -> bytes:
    """The copy in clear, once: of two at the same moment one gets it. Raises `Gone`."""
    with transaction.atomic():
        row = DataSubjectRequest.objects.select_for_update().get(pk=waiting(token, at).pk)
        if row.fetched_at:
            raise Gone
        with default_storage.open(row.copy_name) as file:
            copy = crypto.decrypt(file.read())
        DataSubjectRequest.objects.filter(pk=row.pk).update(fetched_at=at)
        audit.note("fetched", requests.OBJECT, str(row.pk), None, at)
    drop([row])
    return copy


def cut(at: datetime) -> int:
    """Delete the copies that ran out, or were fetched and left behind; how many."""
    kept = DataSubjectRequest.objects.exclude(copy_name="")
    over = [*kept.filter(copy_until__lte=at), *kept.filter(copy_until__gt=at, fetched_at__isnull=False)]
    return drop(over)


def drop(rows: Iterable[DataSubjectRequest]) -> int:
    """Delete their files, then their names; how many."""
    count = 0
    for row in rows:
        default_storage.delete(row.copy_name)
        DataSubjectRequest.objects.filter(pk=row.pk).update(copy_name="")
        count += 1
    return count
