from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ..queries.cache import LISTS, Question
from ..queries.details import details
from . import figures
from .asking import FiguresView, answered, read_scope
from .campaign_schemas import DetailsAnswer
from .schemas import NO_CAMPAIGN, UNCHANGED, answers, parameters

PARAMETERS = ("start", "end", "compare", "basis", "time_zone")


class DetailsView(FiguresView):
    @extend_schema(
        operation_id="campaign_details",
        summary="One campaign: every metric with comparison and median, trend, funnel, pacing, best hour",
        parameters=parameters(*PARAMETERS),
        responses=answers(DetailsAnswer) | NO_CAMPAIGN | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        now = timezone.now()
        scope = read_scope(request, now, PARAMETERS)
        question = Question("details", (scope, pk), LISTS, scope.allowed)
        return answered(request, question, lambda: figures.details(details(scope, pk, now=now)), now)
