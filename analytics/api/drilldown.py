from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from ..queries import drilldown
from ..queries.answers import Drilldown
from ..queries.cache import LISTS, Question
from ..scope import Scope, ScopeError, echo, parse_day, parse_metrics
from . import figures
from .asking import FiguresView, answered, read_scope
from .campaign_schemas import DrilldownAnswer
from .problems import Problem
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
    description="Of the hours, in place of start and end; by default the campaign's last day with events.",
)


class DrilldownView(FiguresView):
    @extend_schema(
        operation_id="campaign_drilldown",
        summary="One campaign by day, by the hours of a day, or by contact",
        parameters=[LEVEL, DATE, *parameters("start", "end", *SHARED)],
        responses=answers(DrilldownAnswer) | NO_CAMPAIGN | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        level = _level(request)
        if level is Level.CONTACT:
            return _contact_level(request, pk)
        now = timezone.now()
        scope = read_scope(request, now, KNOWN[level])
        params = dict(request.query_params.lists())
        metrics, day = parse_metrics(params), _day(params)

        def ask() -> Drilldown:
            return _slots(level, scope, pk, metrics, day, now)

        question = Question("drilldown", (level, scope, pk, metrics, day), LISTS)
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


def _contact_level(request: Request, pk: int) -> HttpResponse:
    raise Problem(HTTPStatus.FORBIDDEN, "Contacts need a grant", "Contacts are shown to nobody yet.")
