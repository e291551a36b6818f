"""Leave to see people: opened with a purpose and a reason, ended early, and used to reveal one contact in full."""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import starmap
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import grants, reasons
from compliance.acting import actor_of
from compliance.api_keys import scope_required
from compliance.grants import CannotGrant, NoGrant, NotAllowed
from compliance.idempotency import IdempotentView

from .. import people
from ..queries.campaign import NoCampaignError, campaign_of
from .contact_schemas import ForbiddenContacts, GrantAnswer, Revealed
from .contacts import NO_STORE, forbidden, grant_answer
from .doors import Body, ExactJSONParser, checked
from .problems import MEDIA_TYPE, FieldError, Problem, bad_request
from .schemas import answers, problem

LARGEST = 2**31 - 1
NOT_JSON = {(415, MEDIA_TYPE): problem("Another content type than application/json.")}


def _bad(errors: Mapping[str, str]) -> Problem:
    return bad_request(
        "Some fields cannot be taken", "Each error names the field.", starmap(FieldError, errors.items())
    )


class GrantSerializer(Body):
    """What a grant is for. The reason is kept with the grant; the log has its keyed hash."""

    campaign = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="The campaign's `id`.")
    purpose = serializers.ChoiceField(list(grants.LABELS))
    reason = serializers.CharField(
        max_length=reasons.LONGEST,
        help_text=f"At least {reasons.SHORTEST} characters; no e-mail addresses and no phone numbers.",
    )


class RevealSerializer(Body):
    campaign = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="The campaign's `id`.")
    contact = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The contact's `id` in the list.")


class PeopleView(IdempotentView):
    """Whoever asks is a person, or a key that acts for one; nothing of it is kept by anybody."""

    permission_classes = [scope_required("contacts:read")]
    parser_classes = [ExactJSONParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        by = actor_of(request)
        try:
            grants.check_allowed(by)
        except NotAllowed as error:
            grants.refused(by, None, timezone.now())
            raise forbidden(error) from None

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = NO_STORE["Cache-Control"]
        return response


class ConsentView(PeopleView):
    @extend_schema(
        operation_id="pii_consent_open",
        summary="Open a grant for the contacts of one campaign, for 15 minutes",
        request=GrantSerializer,
        responses=answers(GrantAnswer, HTTPStatus.CREATED) | NOT_JSON,
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        asked = checked(GrantSerializer, request)
        now = timezone.now()
        try:
            campaign_of(asked["campaign"])
            grant = grants.open(**asked, by=actor_of(request), at=now)
        except NoCampaignError as error:
            raise _bad({"campaign": str(error)}) from None
        except CannotGrant as error:
            raise _bad(error.errors) from None
        return Response(grant_answer(grant, now), HTTPStatus.CREATED)


class GrantView(PeopleView):
    @extend_schema(
        operation_id="pii_consent_end",
        summary="End a grant of one's own early",
        responses=answers(None, HTTPStatus.NO_CONTENT) | {(404, MEDIA_TYPE): problem("You have no such grant.")},
        tags=["people"],
    )
    def delete(self, request: Request, grant_id: UUID) -> Response:
        try:
            grants.end(grant_id, by=actor_of(request), at=timezone.now())
        except NoGrant as error:
            raise Problem(HTTPStatus.NOT_FOUND, "No such grant", str(error)) from None
        return Response(status=HTTPStatus.NO_CONTENT)


class RevealView(PeopleView):
    keeps_answers = False

    @extend_schema(
        operation_id="pii_reveal",
        summary="Show one contact in full; each time it is logged",
        request=RevealSerializer,
        responses=answers(Revealed)
        | NOT_JSON
        | {
            (403, MEDIA_TYPE): ForbiddenContacts,
            (404, MEDIA_TYPE): problem("The contact has nothing to do with the campaign."),
        },
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        asked = checked(RevealSerializer, request)
        campaign, contact = asked["campaign"], asked["contact"]
        by, now = actor_of(request), timezone.now()
        try:
            grant = grants.required(by, campaign, now, [contact])
            name = people.revealed(grant, contact, by=by, at=now)
        except PermissionError as error:
            raise forbidden(error, campaign) from None
        except people.NoContact as error:
            raise Problem(HTTPStatus.NOT_FOUND, "No such contact", str(error)) from None
        return Response({"id": contact, "contact": name})
