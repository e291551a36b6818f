"""`POST /api/v1/campaigns`: create campaigns, or change those that are known."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api_keys import scope_required

from .. import channels
from ..ingest import record_campaigns
from ..statuses import Status
from . import doors


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

    campaigns = CampaignSerializer(many=True)


class CampaignsView(doors.Door):
    """Takes campaigns in. Only the fields given change; a new campaign needs a channel."""

    permission_classes = [scope_required("campaigns:write", "analytics.change_campaign")]

    @extend_schema(
        operation_id="campaigns_create",
        summary="Create or change up to 1,000 campaigns",
        request=CampaignListSerializer,
        responses=doors.RESPONSES,
    )
    def post(self, request: Request) -> Response:
        items = doors.items_of(request.data, "campaigns", single=True)
        return doors.answer(record_campaigns(items, at=timezone.now()), doors.created_or_ok)
