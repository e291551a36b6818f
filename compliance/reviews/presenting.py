"""A quarter's report as pages show it, with the way from each figure to its rows of the log; and as a table."""

from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from .. import grants, spreadsheets
from ..acting import Actor
from ..models import AccessReview, ReviewFinding
from . import report, signing
from .report import Person, Report
from .signing import State
from .standing import FEWEST, MEASURES, MORE, OUT, TIMES

ACTS = {"grants": "granted", "listed": "listed", "revealed": "revealed", "refused": "refused"}  # of the log, by figure
LOOKS = "listed,timeline,revealed"
ERASED = "[erased "


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure; `url` leads to the rows it counts."""

    label: str
    count: int
    before: int | None
    url: str

    @property
    def now(self) -> str:
        return f"{self.count:,}"

    @property
    def earlier(self) -> str:
        """Empty where there is no quarter before."""
        return "" if self.before is None else f"{self.before:,}"


def quarter(review: AccessReview, found: Report, by: Actor, at: datetime) -> dict[str, Any]:
    """What the page of a quarter shows."""
    signatures, state = list(review.signatures.order_by("at")), signing.state(review, at)
    left = signing.unsigned(found, signatures)
    over = state in (State.DUE, State.OVERDUE)
    followed = set(review.findings.filter(closed_at=None).values_list("who", flat=True))
    return {
        "state": state.value,
        "overdue": state is State.OVERDUE,
        "over": over,
        "report": found,
        "people": [(one, _cells(review, one), _purposes(one), one.who in followed) for one in found.people],
        "measures": [measure.label for measure in MEASURES],
        "signatures": [
            (signature, signing.still_said(signature, found), signing.outlived(signature, review))
            for signature in signatures
        ],
        "left": left,
        "signable": over and by.user_id not in {signature.signed_by_id for signature in signatures},
        "own": next((person for person in found.people if person.user_id == by.user_id), None),
        **_stated(),
    }


def person(review: AccessReview, shown: Person, by: Actor) -> dict[str, Any]:
    """What the page of one person shows."""
    given = report.reasons(review, shown.who)
    return {
        "person": shown,
        "cells": _cells(review, shown),
        "purposes": [(grants.LABELS.get(name, name), count) for name, count in sorted(shown.purposes.items())],
        "reasons": [reason | {"purpose": grants.LABELS.get(reason["purpose"], reason["purpose"])} for reason in given],
        "gone": sum(reason["grants"] for reason in given if reason["reason"] is None),
        "redacted": sum(reason["grants"] for reason in given if ERASED in (reason["reason"] or "")),
        "most": report.REASONS if len(given) == report.REASONS else 0,
        "findings": ReviewFinding.objects.filter(review=review, who=shown.who).order_by("-opened_at"),
        "is_own": shown.user_id == by.user_id,
        "log": _log(review, shown),
        **_stated(),
    }


def _purposes(shown: Person) -> str:
    """What their grants were for, the most frequent first."""
    by_count = sorted(shown.purposes.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count:,} for {name.replace('_', ' ')}" for name, count in by_count)


def _stated() -> dict[str, Any]:
    """What figures mean, in numbers."""
    hours = f"{settings.WORKING_DAY_BEGINS}:00–{settings.WORKING_DAY_ENDS}:00"
    return {
        "hours": f"Monday to Friday, {hours}, {settings.REPORTING_TIME_ZONE}",
        "score": OUT,
        "fewest": FEWEST,
        "times": TIMES,
        "more": MORE,
    }


def _cells(review: AccessReview, shown: Person) -> list[Cell]:
    return [
        Cell(
            measure.label,
            shown.figures[measure.name],
            None if shown.before is None else shown.before[measure.name],
            _log(review, shown, **_acts(measure.name)),
        )
        for measure in MEASURES
    ]


def _acts(name: str) -> dict[str, str]:
    """Which acts of the log a figure counts."""
    if name in ACTS:
        return {"act__exact": ACTS[name]}
    return {"act__in": LOOKS} | ({"hours": "outside"} if name == "outside" else {})


def _log(review: AccessReview, shown: Person, **more: str) -> str:
    """The rows of the log of one person in a quarter."""
    of_nobody = {"user_id__isnull": "True", "key_prefix__exact": shown.who.removeprefix("key-")}
    who = of_nobody if shown.user_id is None else {"user_id__exact": str(shown.user_id)}
    bounds = {"at__gte": review.starts_at.isoformat(), "at__lt": review.ends_at.isoformat()}
    return f"{reverse('admin:compliance_piiaccess_changelist')}?{urlencode({**who, **bounds, **more})}"


def csv_of(found: Report) -> str:
    """A line for each person, in the order of the report."""
    out = StringIO()
    write = spreadsheets.writer(out)
    purposes = [purpose.name for purpose in grants.PURPOSES]
    names = [measure.label for measure in MEASURES]
    head = ["who", "name", "role", *names, "looks", "looks by key", "different reasons"]
    before = [f"{measure.label}, quarter before" for measure in MEASURES]
    write.writerow([*head, *(f"grants for {name}" for name in purposes), *before, "score", "stands out"])
    for one in found.people:
        write.writerow([*_texts(one), *one.figures.values(), *_more(one, purposes)])
    return out.getvalue()


def _texts(one: Person) -> list[str]:
    return [spreadsheets.text(said) for said in (one.who, one.name, one.role)]


def _more(one: Person, purposes: list[str]) -> list[Any]:
    was = ["" if one.before is None else one.before[measure.name] for measure in MEASURES]
    score = "" if one.standing.score is None else f"{one.standing.score:.1f}"
    said = spreadsheets.text(" ".join(one.standing.lines))
    return [*(one.purposes.get(name, 0) for name in purposes), *was, spreadsheets.text(score), said]
