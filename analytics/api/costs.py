"""`POST /api/v1/costs`: what campaigns cost, by day."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api_keys import scope_required

from ..ingest import record_costs
from . import doors


class CostSerializer(serializers.Serializer[Any]):
    """One cost; what it says is checked by `ingest.costs`, these lines document it."""

    campaign = serializers.CharField(max_length=200, help_text="The campaign's id in your system.")
    date = serializers.DateField()
    amount = serializers.DecimalField(23, 9, help_text="What was spent; below 0 for a credit or correction.")
    currency = serializers.CharField(required=False, help_text="ISO 4217; the reporting currency by default.")
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=100, help_text="Who reports it, such as google-ads."
    )
    item = serializers.CharField(required=False, max_length=200, help_text="Tells apart several costs of one day.")
    impressions = serializers.IntegerField(required=False, min_value=0, help_text="As the platform reports them.")
    clicks = serializers.IntegerField(required=False, min_value=0)
    conversions = serializers.FloatField(required=False, help_text="Fractions are kept; below 0 for a correction.")
    time_zone = serializers.CharField(
        required=False, help_text="IANA name of the zone that `date` is of; the reporting zone by default. It is kept."
    )


class CostListSerializer(serializers.Serializer[Any]):
    """Costs, and optionally the source of those that name none; a bare list or a single one will do, too."""

    costs = serializers.ListField(child=CostSerializer(), min_length=1, max_length=doors.MOST_ITEMS)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=100
    )


class CostsView(doors.Door):
    """Takes costs in. A repeat for the same campaign, date, source and item replaces the earlier one."""

    shows_figures = False
    permission_classes = [scope_required("costs:write", "analytics.change_campaigncost")]

    @extend_schema(
        operation_id="costs_create",
        summary="Send or correct up to 1,000 costs",
        request=CostListSerializer,
        responses=doors.RESPONSES,
    )
    def post(self, request: Request) -> Response:
        items = doors.items_of(request.data, "costs", single=True)
        source = doors.named_source(request.data, "")
        return doors.answer(record_costs(items, at=timezone.now(), source=source), doors.created_or_ok)
