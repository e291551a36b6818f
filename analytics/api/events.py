"""`POST /api/v1/events`: up to 1,000 events at once."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api_keys import scope_required

from ..event_types import TYPE_RULES
from ..ingest import DEFAULT_SOURCE, record_events
from ..ingest.parsing import unknown_fields
from . import doors


class EventSerializer(serializers.Serializer[Any]):
    """One event; what it says is checked by `ingest.parsing`, these lines document it."""

    event_id = serializers.CharField(max_length=200, help_text="Its id in your system; a repeat is counted once.")
    type = serializers.ChoiceField([rule.name for rule in TYPE_RULES])
    occurred_at = serializers.DateTimeField(help_text="ISO 8601; without a zone it is taken as UTC.")
    contact = serializers.CharField(max_length=200, help_text="The person's id in your system; kept encrypted.")
    campaign = serializers.CharField(
        required=False,
        max_length=200,
        help_text="The campaign's id in your system; required for "
        + ", ".join(rule.name for rule in TYPE_RULES if rule.needs_campaign),
    )
    message = serializers.CharField(required=False, max_length=200, help_text="Where a campaign sends more than once.")
    order = serializers.CharField(required=False, max_length=200, help_text="The order; joins a refund to its sale.")
    amount = serializers.DecimalField(27, 9, required=False, help_text="Required for converted and refunded.")
    currency = serializers.CharField(required=False, help_text="ISO 4217; the reporting currency by default.")
    bounce = serializers.ChoiceField(["hard", "soft"], required=False)
    user_agent = serializers.CharField(required=False, help_text="Cut to 500 characters.")
    ip = serializers.IPAddressField(required=False, help_text="Kept only as a keyed hash of its /24 or /48 network.")
    url = serializers.URLField(required=False, help_text="The link clicked; kept only as a keyed hash.")
    machine = serializers.BooleanField(required=False, help_text="Your provider says that a machine did it.")


class EventsSerializer(serializers.Serializer[Any]):
    """Events and where they come from; a bare list of events will do, too."""

    events = serializers.ListField(child=EventSerializer(), min_length=1, max_length=doors.MOST_ITEMS)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=100, help_text="Event ids are unique within a source."
    )


class EventsView(doors.Door):
    """Takes events in. What is accepted is on disk; whether it was known already shows in the figures alone."""

    shows_figures = False
    permission_classes = [scope_required("events:write", "analytics.add_event")]

    @extend_schema(
        operation_id="events_create",
        summary="Send up to 1,000 events",
        request=EventsSerializer,
        responses={202: doors.VerdictsSerializer, **doors.PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        items = doors.items_of(request.data, "events")
        source = doors.named_source(request.data, DEFAULT_SOURCE)
        verdicts = record_events(items, source=source, at=timezone.now())
        return doors.answer(verdicts, lambda _: 202, **_warnings(items))


def _warnings(items: list[Any]) -> dict[str, list[str]]:
    ignored = unknown_fields(items)
    if not ignored:
        return {}
    names = ", ".join(name[:40] for name in ignored[:10])
    return {"warnings": [f"Fields that no event has were ignored: {names}."]}
