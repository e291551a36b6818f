"""Imports: the list of them, one with its form, its progress or its end, and what people do with it."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance import masks
from compliance.acting import Actor, actor_of
from compliance.reasons import shows_somebody

from .. import imports
from ..imports import CannotAct, can_cancel, can_start, can_undo
from ..ingest import costs
from ..ingest.chosen import chosen
from ..ingest.files import BrokenFile
from ..ingest.uploads import Gone, Uploaded
from ..ingest.ways_out import Door
from ..models import ImportFile
from ..sources import telling
from . import import_form, usage
from .access import PageRequest, staff_act, staff_page, wants_fragment
from .campaign import Crumb
from .import_form import ImportForm
from .import_rows import import_row, import_rows, reasons, set_aside
from .navigation import page_context

TAB = "analytics:data"
LIST = "analytics:imports"
MAY_ADD, MAY_CHANGE = "analytics.add_importfile", "analytics.change_importfile"
NEEDS_ADD = "This needs the permission to import files (Can add import file)."
NEEDS_CHANGE = "This needs the permission to cancel and undo imports (Can change import file)."
LISTED, PANEL, FIRST_ROWS = 100, 5, 8
KNOWN = ImportFile.objects.select_related("uploaded_by")


def crumbs(*behind: Crumb) -> tuple[Crumb, ...]:
    return (Crumb("Data", reverse(TAB)), Crumb("Imports", reverse(LIST)), *behind)


@staff_page
def all_imports(request: PageRequest) -> HttpResponse:
    """The newest ones, or those that came `before` one."""
    usage.count("imports", str(request.user.pk), timezone.now())
    template = "analytics/_imports.html" if wants_fragment(request) else "analytics/imports.html"
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    return render(request, template, _listed(request, LISTED, before) | page_context(request, TAB))


@staff_page
def panel(request: PageRequest) -> HttpResponse:
    """The last few, for other pages."""
    return render(request, "analytics/_imports_panel.html", _listed(request, PANEL))


def _listed(request: PageRequest, most: int, before: int | None = None) -> dict[str, Any]:
    """`older` is what the next page comes before; None where there is none."""
    found = KNOWN if before is None else KNOWN.filter(pk__lt=before)
    rows = import_rows(found.order_by("-id")[: most + 1], timezone.now())
    rows, older = rows[:most], rows[most - 1].pk if len(rows) > most else None
    going = any(row.going for row in rows)
    may_add = request.user.has_perm(MAY_ADD)
    return {"imports": rows, "going": going, "most": most, "may_add": may_add, "before": before, "older": older}


@staff_page
def one(request: PageRequest, pk: int) -> HttpResponse:
    """The form of one that waits; the progress of one that runs; else what became of it."""
    return shown(request, _find(pk), request.GET)


@staff_act
def start(request: PageRequest, pk: int) -> HttpResponse:
    _check(request, MAY_ADD, NEEDS_ADD)
    record = _find(pk)
    try:
        kind, look = import_form.recognise(Uploaded(record), request.POST.dict())
        choice = import_form.read(request.POST.dict(), kind, look)
        errors = import_form.problems(choice, record)
        if not errors:
            imports.start(pk, choice, actor_of(request), timezone.now())
    except (BrokenFile, Gone) as error:
        return shown(request, record, request.POST, problem=_said(error))
    except CannotAct as error:
        return shown(request, _find(pk), request.POST, problem=str(error), status=HTTPStatus.CONFLICT)
    if errors:
        made = import_form.form(kind, look, choice, errors, request.POST.dict())
        return shown(request, record, request.POST, made=made, status=HTTPStatus.BAD_REQUEST)
    return _done(request, pk)


@staff_act
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, imports.cancel)


@staff_act
def undo(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, imports.undo)


def _act(request: PageRequest, pk: int, act: Callable[[int, Actor, Any], ImportFile]) -> HttpResponse:
    _check(request, MAY_CHANGE, NEEDS_CHANGE)
    record = _find(pk)
    try:
        act(pk, actor_of(request), timezone.now())
    except CannotAct as error:
        return shown(request, record, request.GET, problem=str(error), status=HTTPStatus.CONFLICT)
    return _done(request, pk)


def _done(request: PageRequest, pk: int) -> HttpResponse:
    return shown(request, _find(pk), QueryDict()) if request.htmx else redirect("analytics:import", pk)


def shown(
    request: PageRequest,
    record: ImportFile,
    given: QueryDict,
    *,
    made: ImportForm | None = None,
    problem: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The page of an import; `made` is its form as it was refused."""
    may_add, may_change = request.user.has_perm(MAY_ADD), request.user.has_perm(MAY_CHANGE)
    waits, asked = can_start(record), {name: str(value) for name, value in given.items()}
    if waits and may_add and made is None:
        try:
            made = _form(record, asked)
        except (BrokenFile, Gone) as error:
            problem = problem or _said(error)
    row = import_row(record, timezone.now())
    context = {
        "row": row,
        **_chosen_columns(made if waits else None),
        "rows": _first_rows(request, record, made) if made and waits else (),
        "waits": waits,
        "unread": import_form.unread({"kind": record.kind} | asked) if waits and may_add and made is None else None,
        "problem": problem,
        "empty": record.state == ImportFile.State.DONE and not record.read,
        "reasons": [] if row.going else reasons(record),
        "notes": costs.without_rate(record.pk) if record.kind == "costs" and not row.going else [],
        "set_aside": set_aside(record) if not row.going else 0,
        "no_revenue": record.state == ImportFile.State.DONE and record.kind == "costs" and not telling.has_revenue(),
        "may_add": may_add,
        "may_change": may_change,
        "can_cancel": may_change and can_cancel(record),
        "can_undo": may_change and can_undo(record, timezone.now()),
        "crumbs": crumbs(Crumb(record.name)),
    }
    template = "analytics/_import.html" if wants_fragment(request) else "analytics/import.html"
    return render(request, template, context | page_context(request, TAB), status=status)


def _said(error: BrokenFile | Gone) -> str:
    """Why a file cannot be read, in the words of the form."""
    return error.said(Door.FORM) if isinstance(error, BrokenFile) else str(error)


def _form(record: ImportFile, given: dict[str, str]) -> ImportForm:
    """As it was chosen where it ran before, else as it is guessed."""
    asked = {"kind": record.kind} | given
    kind, look = import_form.recognise(Uploaded(record), asked)
    choice = import_form.guessed(kind, look)
    if record.kind == kind.name and record.options and not given:
        choice = chosen(record)
    return import_form.form(kind, look, choice, {}, asked)


def _chosen_columns(made: ImportForm | None) -> dict[str, Any]:
    """The form, and of its columns: what is needed of them, what of that none is yet, how many are taken."""
    if made is None:
        return {"form": None}
    taken = {option.value for column in made.columns for option in column.options if option.selected and option.value}
    needed = [name for name in made.required if name != "source"]  # which is asked beside the columns
    given = {field.name for field in made.fields if field.value}
    missing = [name for name in needed if name not in taken and not (name == "date" and "day" in given)]
    no_source = "source" in made.required and not {"source"} & (taken | given)
    words = {"needed": _written(needed), "missing": _written(missing)}
    return {"form": made, "taken": len(taken), "no_source": no_source, **words}


def _written(names: Sequence[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _first_rows(request: PageRequest, record: ImportFile, made: ImportForm) -> tuple[tuple[str, ...], ...]:
    """The first rows, for whoever uploaded them; even so the cells that name somebody are hidden.

    Whoever else may start the import sees how the columns are called: what stands in them may be of people, whatever
    the file is taken for yet.
    """
    if record.uploaded_by_id is None or record.uploaded_by_id != request.user.pk:
        return ()
    people = {
        place
        for place, column in enumerate(made.columns)
        if any(option.selected and option.value == "contact" for option in column.options)
    }
    return tuple(
        tuple(
            masks.mask(cell) if cell and (place in people or shows_somebody(cell)) else cell
            for place, cell in enumerate(row)
        )
        for row in made.look.rows[:FIRST_ROWS]
    )


def _check(request: PageRequest, permission: str, needed: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(needed)


def _find(pk: int) -> ImportFile:
    record = KNOWN.filter(pk=pk).first()
    if record is None:
        raise Http404(f"There is no import {pk}; the list has those there are.")
    return record
