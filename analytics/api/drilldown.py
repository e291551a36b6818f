from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from compliance.api_keys import scope_required

from ..queries import drilldown
from ..queries.answers import Drilldown
from ..queries.cache import LISTS, Question
from ..scope import MAX_YEARS, Scope, ScopeError, echo, parse_day, parse_metrics
from . import figures
from .asking import FiguresView, answered, read_scope
from .contact_schemas import DRILLDOWN, ForbiddenContacts
from .contacts import contact_level
from .problems import MEDIA_TYPE
from .schemas import NO_CAMPAIGN, UNCHANGED, answers, parameters


class Level(StrEnum):
    DAY = "day"
    HOUR = "hour"
    CONTACT = "contact"


SHARED = ("level", "compare", "basis", "metrics", "time_zone")
KNOWN: dict[Level, tuple[str, ...]] = {Level.DAY: ("start", "end", *SHARED), Level.HOUR: ("date", *SHARED)}
LEVEL = OpenApiParameter("level", str, enum=[level.value for level in Level], description="By default day.")
DATE = OpenApiParameter(
    "date",
    {"type": "string", "format": "date"},
    description="Of hours and contacts, in place of start and end; by default the campaign's last day with events.",
)
HOUR = OpenApiParameter(
    "hour",
    {"oneOf": [{"type": "integer", "minimum": 0, "maximum": 23}, {"type": "string", "format": "date-time"}]},
    description="Of contacts: 0 to 23, or the `start` of an hour as level=hour gives it, which tells apart the two "
    "that a clock shows in autumn; by default the whole day.",
)
CURSOR = OpenApiParameter("cursor", str, description="Of contacts: where the page before ended, as its next says.")


class DrilldownView(FiguresView):
    def get_permissions(self) -> Sequence[Any]:
        """Whoever may read figures may not see people for that, nor the other way round."""
        if self.request.query_params.get("level") == Level.CONTACT:
            return [scope_required("contacts:read")()]
        return super().get_permissions()

    @extend_schema(
        operation_id="campaign_drilldown",
        summary="One campaign by day, by the hours of a day, or by contact",
        description=f"By day, all days of a period are given, of {MAX_YEARS} years at most; `metrics` shortens them.",
        parameters=[LEVEL, DATE, HOUR, CURSOR, *parameters("start", "end", *SHARED)],
        responses=answers(DRILLDOWN) | {(403, MEDIA_TYPE): ForbiddenContacts} | NO_CAMPAIGN | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        level = _level(request)
        if level is Level.CONTACT:
            return contact_level(request, pk)
        now = timezone.now()
        scope = read_scope(request, now, KNOWN[level])
        params = dict(request.query_params.lists())
        metrics, day = parse_metrics(params, scope.allowed), _day(params)

        def ask() -> Drilldown:
            return _slots(level, scope, pk, metrics, day, now)

        question = Question("drilldown", (level, scope, pk, metrics, day), LISTS, scope.allowed)
        return answered(request, question, lambda: figures.drilldown(ask()), now)


def _slots(level: Level, scope: Scope, pk: int, metrics: tuple[str, ...], day: date | None, now: datetime) -> Drilldown:
    if level is Level.HOUR:
        return drilldown.hours(scope, pk, metrics, day=day, now=now)
    return drilldown.days(scope, pk, metrics, now=now)


def _level(request: Request) -> Level:
    text = request.query_params.get("level") or Level.DAY.value
    if text not in list(Level):
        raise ScopeError("level", f"{echo(text)!r} is no level; it is one of {', '.join(Level)}.")
    return Level(text)


def _day(params: dict[str, list[str]]) -> date | None:
    given = params.get("date", [""])
    if len(given) > 1:
        raise ScopeError("date", f"date was given {len(given)} times; give it once.")
    return parse_day("date", given[0].strip())
