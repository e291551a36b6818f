from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ..asker import allowed_of
from ..catalogue import DEFINITION_VERSION, METRICS
from ..queries import freshness, kpis
from ..queries.cache import Question
from . import figures
from .asking import FiguresView, answered, any_scope, read_question, refuse_unknown
from .schemas import (
    GRAIN_PARAMETER,
    SCOPE_PARAMETERS,
    UNCHANGED,
    CatalogueAnswer,
    FreshnessAnswer,
    KpiAnswer,
    TimeseriesAnswer,
    answers,
)


class KpiView(FiguresView):
    @extend_schema(
        operation_id="kpi",
        summary="Totals of a period, the compared period, the change",
        parameters=[*SCOPE_PARAMETERS],
        responses=answers(KpiAnswer) | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request) -> HttpResponse:
        now = timezone.now()
        scope, metrics = read_question(request, now)
        question = Question("kpi", (scope, metrics), allowed=scope.allowed)
        return answered(request, question, lambda: figures.kpis(kpis.summary(scope, metrics, now=now)), now)


class TimeseriesView(FiguresView):
    @extend_schema(
        operation_id="kpi_timeseries",
        summary="The same by hour, day, week or month",
        parameters=[*SCOPE_PARAMETERS, GRAIN_PARAMETER],
        responses=answers(TimeseriesAnswer) | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request) -> HttpResponse:
        now = timezone.now()
        scope, metrics = read_question(request, now)
        question = Question("timeseries", (scope, metrics), allowed=scope.allowed)
        return answered(request, question, lambda: figures.timeseries(kpis.timeseries(scope, metrics, now=now)), now)


class FreshnessView(FiguresView):
    @extend_schema(
        operation_id="freshness",
        summary="How far figures and views are behind what was accepted",
        responses=answers(FreshnessAnswer),
        tags=["operation"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        return Response(figures.freshness(freshness.freshness(now=timezone.now())))


class MetricsView(FiguresView):
    permission_classes = [any_scope("metrics:read", "kpi:read")]

    @extend_schema(
        operation_id="metrics",
        summary="The catalogue: what every metric that is shown to you means, and how it is computed",
        responses=answers(CatalogueAnswer),
        tags=["figures"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        allowed = allowed_of(request)
        rows = [figures.metric(metric) for metric in METRICS if allowed.sees(metric.name)]
        meta = {"definition_version": DEFINITION_VERSION}
        return Response({"results": rows, "next": None, "count": len(rows), "meta": meta})
