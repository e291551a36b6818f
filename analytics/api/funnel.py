from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ..queries.cache import Question
from ..queries.funnel import funnel
from ..scope import FILTERS
from . import figures
from .asking import FiguresView, answered, read_scope
from .campaign_schemas import FunnelAnswer
from .schemas import UNCHANGED, answers, parameters

PARAMETERS = ("start", "end", "basis", *FILTERS, "time_zone")


class FunnelView(FiguresView):
    @extend_schema(
        operation_id="funnel",
        summary="Sent, delivered, opened, clicked, converted, with step and overall rates",
        parameters=parameters(*PARAMETERS),
        responses=answers(FunnelAnswer) | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request) -> HttpResponse:
        now = timezone.now()
        scope = read_scope(request, now, PARAMETERS)
        question = Question("funnel", (scope,), allowed=scope.allowed)
        return answered(request, question, lambda: figures.funnel(funnel(scope, now=now)), now)
