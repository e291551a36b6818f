"""Running a question: the parameters that a scope binds, and its rows."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Q

from analytics import sql

from ..catalogue.sums import PARTS, Sums
from ..channels import DELIVERING
from ..models import Campaign
from ..models.totals import Basis
from ..scope import BasisName, Compare, Period, Scope, ScopeError, echo
from .snapshot import once

Row = Mapping[str, Any]
NUL = "\x00"
ASKED, COMPARED = 1, 2  # the positions of the two periods in the SQL files

_BASES = {BasisName.SEND: Basis.SEND, BasisName.EVENT: Basis.EVENT}


def rows(name: str, params: dict[str, Any], **parts: str) -> tuple[Row, ...]:
    """The rows of `sql/queries/<name>.sql` with these bound parameters."""
    return rows_of(sql.load(f"queries/{name}", **parts), params)


def rows_of(statement: str, params: dict[str, Any]) -> tuple[Row, ...]:
    """The rows of a statement of ours that no file holds whole."""
    return once(repr((statement, params)), lambda: _read(statement, params))


def _read(statement: str, params: dict[str, Any]) -> tuple[Row, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        columns = [column.name for column in cursor.description or ()]
        return tuple(MappingProxyType(dict(zip(columns, row, strict=True))) for row in cursor.fetchall())


def summed_rows(name: str, params: dict[str, Any], *, over: str = "campaigns") -> tuple[Row, ...]:
    """The rows of a query over the totals of a scope, summed by "campaigns", or in slots of "days" or "hours"."""
    return rows(name, params, scoped=f"queries/scoped_{over}", sums="queries/sums")


def sums_of(row: Row) -> Sums:
    """The summed parts in one row of `summed_rows`."""
    return Sums(**{name: row[name] for name in PARTS})


def bound(scope: Scope, periods: Sequence[Period] = ()) -> dict[str, Any]:
    """The parameters that every query of a scope binds; `periods` in place of the asked and the compared one.

    Raises `ScopeError` for a campaign that does not exist.
    """
    periods = periods or ([scope.period] if scope.compared is None else [scope.period, scope.compared])
    back = "1 year" if scope.compare is Compare.LAST_YEAR else f"{scope.period.days} days"
    return {
        "starts": [period.start for period in periods],
        "ends": [period.end for period in periods],
        "shifts": ["0 days", back, back][: len(periods)],  # from a day compared with to the day it is set against
        "start_day": scope.start,
        "end_day": scope.end,
        "grain": scope.grain.value,
        "time_zone": scope.time_zone,
        "basis": _BASES[scope.basis].value,
        "campaigns": list(once(repr(scope), lambda: _campaign_ids(scope))) if scope.filtered else None,
        "delivering": list(DELIVERING),
    }


def _campaign_ids(scope: Scope) -> tuple[int, ...]:
    """The campaigns that the filters leave; what belongs to none is not among them."""
    if scope.campaigns:
        return _named(scope)
    return tuple(Campaign.objects.filter(_left_by(scope)).order_by("pk").values_list("pk", flat=True))


def _named(scope: Scope) -> tuple[int, ...]:
    """Those named that the other filters leave. Raises `ScopeError` for one that is not there at all."""
    found = Campaign.objects.filter(external_id__in=_storable(scope.campaigns)).annotate(left=_left_by(scope))
    known = {external_id: (pk, left) for external_id, pk, left in found.values_list("external_id", "pk", "left")}
    for external_id in scope.campaigns:
        if external_id not in known:
            raise ScopeError(
                "campaign", f"There is no campaign {echo(external_id)!r}; name campaigns by their external id."
            )
    return tuple(sorted(pk for pk, left in known.values() if left))


def _left_by(scope: Scope) -> Q:
    left = Q(pk__gt=0)
    if scope.channels:
        left &= Q(channel__in=scope.channels)
    if scope.statuses:
        left &= Q(status__in=scope.statuses)
    if scope.tags:
        left &= Q(tags__overlap=_storable(scope.tags))
    if scope.search:
        text = scope.search.replace(NUL, "\ufffd")
        left &= Q(name__icontains=text) | Q(external_id__icontains=text)
    return left


def _storable(texts: Sequence[str]) -> list[str]:
    """Without those that the database refuses to look for, and that nothing can be called."""
    return [text for text in texts if NUL not in text]
