"""The rejected rows of an import as a file: where each stood, why, and what it said unless that is of people.

Read a batch at a time by its place: a slow reader holds no transaction open, and no more than a batch is in memory.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone

from compliance import audit, crypto, exports, spreadsheets
from compliance.acting import actor_of

from .. import imports
from ..ingest.chosen import chosen
from ..ingest.rejected_rows import ABOUT
from ..models import DeadLetterRow, ImportFile
from .access import PageRequest, staff_page
from .imports import MAY_ADD, NEEDS_ADD

BATCH = 1_000
MARK = "\ufeff"  # without which Excel takes UTF-8 for the code page of its country
PEOPLE = "events"  # what rows of this kind say is of people, whom only a grant for a campaign shows


class _Echo:
    """What is written to it is given back."""

    def write(self, text: str) -> str:
        return text


@staff_page
def rejected_csv(request: PageRequest, pk: int) -> StreamingHttpResponse:
    if not request.user.has_perm(MAY_ADD):
        raise PermissionDenied(NEEDS_ADD)
    record = ImportFile.objects.filter(pk=pk).first()
    if record is None:
        raise Http404(f"There is no import {pk}; the list has those there are.")
    with_cells = record.kind != PEOPLE
    with transaction.atomic():
        audit.note("download rejected", imports.OBJECT, pk, actor_of(request), timezone.now(), cells=with_cells)
    exports.count(exports.REJECTED)
    response = StreamingHttpResponse(_text(record, with_cells), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{pk}.csv"'
    return response


def _text(record: ImportFile, with_cells: bool) -> Iterator[str]:
    writer, names = spreadsheets.writer(_Echo()), _names(record) if with_cells else ()
    yield MARK + str(writer.writerow([*ABOUT, *map(spreadsheets.text, names)]))
    for row in _rows(record):
        cells = _cells(bytes(row.content), names) if with_cells else ()
        about = (row.line, spreadsheets.text(row.field), spreadsheets.text(row.reason))
        yield str(writer.writerow([*about, *map(spreadsheets.text, cells)]))


def _rows(record: ImportFile) -> Iterator[DeadLetterRow]:
    """In the order of the file."""
    line, last = -1, -1
    while True:
        found = DeadLetterRow.objects.filter(import_file=record)
        behind = found.filter(line=line, pk__gt=last).order_by("pk")[:BATCH]
        batch = list(behind) or list(found.filter(line__gt=line).order_by("line", "pk")[:BATCH])
        if not batch:
            return
        yield from batch
        line, last = batch[-1].line, batch[-1].pk


def _names(record: ImportFile) -> tuple[str, ...]:
    """What the columns of the file are called here: our fields, and their own names of all others."""
    if not record.options:
        return ()
    choice = chosen(record)
    return tuple(choice.names[theirs] for theirs in choice.header if choice.names.get(theirs))


def _cells(sealed: bytes, names: Iterable[str]) -> list[str]:
    """What the row said, as it stands in the file: its cells under the names, then what stands under none."""
    try:
        said: Any = json.loads(crypto.decrypt(sealed))
    except crypto.CannotDecrypt:
        return []
    except ValueError:  # it was cut, so long it was
        return []
    if isinstance(said, dict):
        known = [str(said.pop(name, "") or "") for name in names]
        return [*known, *(f"{name}: {value}" for name, value in said.items() if name and value)]
    cells = [str(cell) for cell in said] if isinstance(said, list) else [str(said)]
    return [*("" for _ in names), *cells]  # nobody knows under which name which of them belongs
