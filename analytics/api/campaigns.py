"""`/api/v1/campaigns`: GET ranks them, POST creates campaigns, or changes those that are known."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api_keys import scope_required

from .. import channels
from ..ingest import record_campaigns
from ..queries.cache import Question
from ..queries.orders import NAME
from ..queries.ranking import LIMIT, MOST, ranking
from ..scope import FILTERS, Scope, given_once, parse_metrics
from ..statuses import Status
from . import doors, figures
from .asking import FiguresView, answered, read_limit, read_scope
from .campaign_schemas import CampaignsAnswer
from .schemas import UNCHANGED, answers, parameters

READS, WRITES = scope_required("campaigns:read"), scope_required("campaigns:write", "analytics.change_campaign")
SCOPED = ("start", "end", "basis", *FILTERS, "metrics", "time_zone")
PAGED = ("ordering", "limit", "cursor")
PAGE_PARAMETERS: tuple[OpenApiParameter, ...] = (
    OpenApiParameter(
        "ordering",
        str,
        description="A metric or name, with - in front for falling values; by default -roi, or name where ROI is not "
        "shown to you. Unknown values stand last.",
    ),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, description="Rows of a page."
    ),
    OpenApiParameter("cursor", str, description="As `next` and `previous` have it."),
)


class CampaignSerializer(serializers.Serializer[Any]):
    """One campaign; what it says is checked by `ingest.campaigns`, these lines document it."""

    campaign = serializers.CharField(max_length=200, help_text="Its id in your system.")
    name = serializers.CharField(required=False, max_length=300, help_text="The id by default.")
    channel = serializers.ChoiceField(
        [channel.name for channel in channels.CHANNELS], required=False, help_text="Required for a new campaign."
    )
    status = serializers.ChoiceField([status.value for status in Status], required=False)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    budget = serializers.DecimalField(19, 4, required=False, allow_null=True)
    currency = serializers.CharField(required=False, help_text="ISO 4217; of the budget.")
    tags = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    reports_deliveries = serializers.BooleanField(
        required=False, help_text="False for a source that tells no deliveries: delivered is then sends - bounces."
    )


class CampaignListSerializer(serializers.Serializer[Any]):
    """Campaigns; a bare list or a single one will do, too."""

    campaigns = serializers.ListField(child=CampaignSerializer(), min_length=1, max_length=doors.MOST_ITEMS)


class CampaignsView(FiguresView, doors.Door):
    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.shows_figures = request.method != "POST"

    def get_permissions(self) -> list[BasePermission]:
        return [WRITES() if self.request.method == "POST" else READS()]

    @extend_schema(
        operation_id="campaigns",
        summary="Campaigns ranked by any metric, with what belongs to none and the total",
        parameters=[*parameters(*SCOPED), *PAGE_PARAMETERS],
        responses=answers(CampaignsAnswer) | UNCHANGED,
        tags=["figures"],
    )
    def get(self, request: Request) -> HttpResponse:
        now = timezone.now()
        scope = read_scope(request, now, (*SCOPED, *PAGED))
        params = dict(request.query_params.lists())
        metrics, limit = parse_metrics(params, scope.allowed), read_limit(params, LIMIT, MOST)
        ordering, cursor = given_once(params, "ordering") or _standard(scope), given_once(params, "cursor")
        address = _address(request, scope)

        def ask() -> figures.Json:
            page = ranking(scope, metrics, ordering=ordering, limit=limit, cursor=cursor, spark="", now=now)
            return figures.ranking(page, address)

        asked = (scope, metrics, ordering, limit, cursor, address)
        return answered(request, Question("campaigns", asked, allowed=scope.allowed), ask, now)

    @extend_schema(
        operation_id="campaigns_create",
        summary="Create or change up to 1,000 campaigns",
        description="Only the fields given change; a new campaign needs a channel.",
        request=CampaignListSerializer,
        responses=doors.RESPONSES,
    )
    def post(self, request: Request) -> Response:
        items = doors.items_of(request.data, "campaigns", single=True)
        return doors.answer(record_campaigns(items, at=timezone.now()), doors.created_or_ok)


def _standard(scope: Scope) -> str:
    """The order where none is asked for."""
    return "-roi" if scope.allowed.sees("roi") else NAME


def _address(request: Request, scope: Scope) -> str:
    """Where the other pages are, but for the cursor: the days as they are today, for tomorrow they would be others."""
    query = request.query_params.copy()
    query.pop("cursor", None)
    query["start"], query["end"] = f"{scope.start}", f"{scope.end}"
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
