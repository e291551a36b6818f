"""`GET /api/v1/recommendations`: the list, and one with all that it stands on."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.allowed import Allowed
from analytics.api.asking import FiguresView, read_limit, refuse_unknown
from analytics.api.figures import Json, instant
from analytics.api.problems import Problem
from analytics.api.schemas import answers
from analytics.asker import allowed_of
from analytics.channels import BY_NAME as CHANNELS
from analytics.scope import given_once, some_of
from compliance.api_keys import scope_required

from .. import queries
from ..decisions import NoRecommendation
from ..models import Recommendation, State
from ..queries import LIMIT, MOST, Wanted
from ..rules import BY_NAME as RULES
from ..shown import by_money
from . import shapes
from .schemas import NONE_SUCH, RecommendationAnswer, RecommendationsAnswer

READS = scope_required("recommendations:read")
ALL = "all"
STATES = (*State.values, ALL)
PARAMETERS: tuple[OpenApiParameter, ...] = (
    OpenApiParameter(
        "state", str, many=True, enum=STATES, description="By default open; several times or with commas."
    ),
    OpenApiParameter("rule", str, many=True, enum=list(RULES), description="Several times or with commas."),
    OpenApiParameter("campaign", str, many=True, description="Only these campaigns, by external id; several times."),
    OpenApiParameter("channel", str, many=True, enum=list(CHANNELS), description="Several times or with commas."),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, description="Rows of a page."
    ),
    OpenApiParameter("cursor", str, description="As `next` has it."),
)


class RecommendationsView(FiguresView):
    permission_classes = [READS]

    @extend_schema(
        operation_id="recommendations",
        summary="Recommendations, those worth most first",
        description="Amounts are compared in the reporting currency, by its latest rates; those of a currency without "
        "a rate come last. To whoever is not shown what they are worth, the newest come first.",
        parameters=[*PARAMETERS],
        responses=answers(RecommendationsAnswer),
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, [parameter.name for parameter in PARAMETERS])
        params = dict(request.query_params.lists())
        wanted = _wanted(params)
        allowed = allowed_of(request)
        money = by_money(allowed)
        page = queries.page(wanted, read_limit(params, LIMIT, MOST), given_once(params, "cursor"), money)
        return Response(
            {
                "results": [shapes.listed(row, allowed) for row in page.rows],
                "next": _address(request, page.next),
                "count": page.count,
                "last_refreshed_at": instant(max((row.as_of for row in page.rows), default=None)),
                "meta": _meta(wanted, money),
            }
        )


class RecommendationView(FiguresView):
    permission_classes = [READS]

    @extend_schema(
        operation_id="recommendation",
        summary="One recommendation: evidence, expectation, plan, decisions, outcome",
        responses=answers(RecommendationAnswer) | NONE_SUCH,
        tags=["recommendations"],
    )
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, ())
        try:
            return answer(queries.find(pk), allowed_of(request))
        except NoRecommendation as error:
            raise no_such(error) from None


def answer(row: Recommendation, allowed: Allowed) -> Response:
    """One recommendation, as far as it may be seen; its ETag is what `If-Match` takes."""
    return Response(shapes.whole(row, allowed), headers={"ETag": f'"{row.version}"'})


def no_such(error: NoRecommendation) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "No such recommendation", str(error))


def _wanted(params: Mapping[str, Sequence[str]]) -> Wanted:
    states = some_of(params, "state", STATES) or (State.OPEN.value,)
    return Wanted(
        states=() if ALL in states else states,
        rules=some_of(params, "rule", RULES),
        campaigns=tuple(text for text in params.get("campaign", ()) if text),
        channels=some_of(params, "channel", CHANNELS),
    )


def _address(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _meta(wanted: Wanted, money: bool) -> Json:
    return {
        "states": list(wanted.states or State.values),
        "rules": list(wanted.rules),
        "campaigns": list(wanted.campaigns),
        "channels": list(wanted.channels),
        "ordering": "-money" if money else "-id",
        "computed_at": instant(timezone.now()),
    }
