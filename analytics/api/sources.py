"""`GET sources`: what each source sent, whether that is as usual, and what is still to come; the Data page's rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.reasons import without_addresses

from ..asker import allowed_of
from ..sources.coming import Coming, by_source
from ..sources.judging import DAYS, RECENT, Flow, State, judge
from ..sources.kinds import Kind
from ..sources.reading import flows
from .asking import FiguresView, refuse_unknown
from .figures import Json
from .schemas import answers


class DayAnswer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="of UTC, on which it came")
    items = serializers.IntegerField()


class DelayAnswer(serializers.Serializer[Any]):
    hours = serializers.IntegerField(help_text="after the end of the hour in which it happened")
    share = serializers.FloatField(help_text="that is usually here by then, 0 to 1")


class SourceAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in Kind])
    state = serializers.ChoiceField([state.value for state in State], help_text="against its own rhythm")
    why = serializers.CharField(help_text="of the state, in words")
    last_item_at = serializers.DateTimeField(allow_null=True, help_text="when something came last")
    last_day = serializers.DateField(allow_null=True, help_text="the last day that costs are of")
    received = serializers.IntegerField(help_text=f"items of the last {RECENT} days that were not rejected")
    rejected = serializers.IntegerField(help_text=f"items of the last {RECENT} days, each with its reason on the page")
    suppressed = serializers.IntegerField(help_text=f"items of erased people in the last {RECENT} days")
    error_rate = serializers.FloatField(allow_null=True, help_text="rejected / (received + rejected)")
    inbox_waiting = serializers.IntegerField(help_text="batches that are not counted yet")
    inbox_dead = serializers.IntegerField(help_text="batches that could not be counted")
    counted_after_seconds = serializers.FloatField(allow_null=True, help_text="mean, from acceptance to the totals")
    age_seconds = serializers.FloatField(allow_null=True, help_text="mean, from when it happened to acceptance")
    still_to_come = serializers.IntegerField(
        allow_null=True, help_text="items of hours that are over, by the usual delay; null where none is known"
    )
    usual_delay = DelayAnswer(many=True, help_text="empty where none is known")
    days = DayAnswer(many=True, help_text=f"the last {DAYS}, the oldest first; empty where nobody counts what comes")


class SourcesMeta(serializers.Serializer[Any]):
    at = serializers.DateTimeField()


class SourcesAnswer(serializers.Serializer[Any]):
    results = SourceAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    meta = SourcesMeta()


class SourcesView(FiguresView):
    @extend_schema(
        operation_id="sources",
        summary="What each source sent, whether that is as usual, and what is still to come",
        responses=answers(SourcesAnswer),
        tags=["operation"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, ())
        now, allowed = timezone.now(), allowed_of(request)
        coming = by_source(now, allowed)
        results = [_source(flow, coming.get(flow.id or 0), now) for flow in flows(now, allowed)]
        return Response({"results": results, "next": None, "count": len(results), "meta": {"at": now}})


def _source(flow: Flow, coming: Coming | None, now: datetime) -> Json:
    judged = judge(flow, now)
    first = now.astimezone(UTC).date() - timedelta(days=len(flow.days) - 1)
    return {
        "name": without_addresses(flow.name),
        "kind": flow.kind.value,
        "state": judged.state.value,
        "why": judged.why,
        "last_item_at": flow.last_at,
        "last_day": flow.last_day,
        "received": flow.received,
        "rejected": flow.rejected,
        "suppressed": flow.suppressed,
        "error_rate": flow.error_rate,
        "inbox_waiting": flow.waiting,
        "inbox_dead": flow.dead,
        "counted_after_seconds": flow.lag,
        "age_seconds": flow.age,
        "still_to_come": coming.still_to_come if coming else None,
        "usual_delay": [{"hours": hours, "share": share} for hours, share in coming.curve] if coming else [],
        "days": [{"day": first + timedelta(days=place), "items": count} for place, count in enumerate(flow.days)],
    }
