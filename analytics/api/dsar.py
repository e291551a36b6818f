"""Requests of people about their data, for a privacy portal: entered here, and asked how far they are."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.acting import actor_of
from compliance.api_keys import scope_required
from compliance.idempotency import IdempotentView
from compliance.models import DataSubjectRequest, Regime, RequestKind, RequestState
from compliance.subjects import requests
from compliance.subjects.requests import LONGEST_IDENTIFIER, MOST_IDENTIFIERS, CannotDo

from .doors import Body, ExactJSONParser, checked
from .problems import MEDIA_TYPE, FieldError, Problem, bad_request
from .schemas import answers, problem

NOT_JSON = {(415, MEDIA_TYPE): problem("Another content type than application/json.")}


class DsarSerializer(Body):
    """What somebody asks; who it is leaves this body encrypted."""

    kind = serializers.ChoiceField(RequestKind.values)
    regime = serializers.ChoiceField(Regime.values, help_text="Whose clock runs.")
    identifiers = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_IDENTIFIER),
        min_length=1,
        max_length=MOST_IDENTIFIERS,
        help_text="What the person is known by: `contact` of events, other addresses, the name.",
    )
    received_at = serializers.DateTimeField(required=False, help_text="When it came; now by default.")


class DsarAnswer(serializers.Serializer[Any]):
    """How far a request is. Nothing in it says whose it is."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(RequestKind.values)
    regime = serializers.ChoiceField(Regime.values)
    state = serializers.ChoiceField(RequestState.values)
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


SAID = ("id", "kind", "regime", "state", "received_at", "due_at", "closed_at")


class DsarView(IdempotentView):
    shows_figures = False
    permission_classes = [scope_required("dsar:write", "compliance.add_datasubjectrequest")]
    parser_classes = [ExactJSONParser]

    @extend_schema(
        operation_id="dsar_create",
        summary="Enter a request of a person: 201, or 200 with the open one of the same kind and person",
        request=DsarSerializer,
        responses=answers(DsarAnswer) | answers(DsarAnswer, HTTPStatus.CREATED) | NOT_JSON,
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        asked = checked(DsarSerializer, request)
        try:
            entered, new = requests.receive(**asked, by=actor_of(request), at=timezone.now())
        except CannotDo as error:
            raise bad_request(
                "Some fields cannot be taken", "Each error names the field.", [FieldError(error.field, str(error))]
            ) from None
        return Response(_answer(entered), HTTPStatus.CREATED if new else HTTPStatus.OK)


class DsarStateView(IdempotentView):
    permission_classes = [scope_required("dsar:write", "compliance.view_datasubjectrequest")]

    @extend_schema(
        operation_id="dsar_read",
        summary="How far a request of a person is",
        responses=answers(DsarAnswer) | {(404, MEDIA_TYPE): problem("There is no such request.")},
        tags=["people"],
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        found = DataSubjectRequest.objects.filter(pk=request_id).first()
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, "No such request", "There is none of this id; a POST answered it.")
        return Response(_answer(found))


def _answer(request: DataSubjectRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in SAID}
