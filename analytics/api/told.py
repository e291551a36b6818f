"""`POST /api/v1/contacts`: what up to 1,000 contacts are known by beside their id."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import fields
from compliance.api_keys import scope_required

from .doors import MOST_ITEMS, Body, Door, checked
from .problems import MEDIA_TYPE
from .schemas import answers, problem

LONGEST = 200
NOT_JSON = {(415, MEDIA_TYPE): problem("Another content type than application/json.")}


class ToldContact(serializers.Serializer[Any]):
    """A contact and what it is known by; all of it is kept encrypted."""

    contact = serializers.CharField(max_length=LONGEST, help_text="The person's id in your system, as events name it.")
    email = serializers.EmailField(max_length=LONGEST, required=False)
    phone = serializers.RegexField(r"^\+?[\d\s().\-/]{5,30}$", required=False)
    name = serializers.CharField(max_length=LONGEST, required=False)


class ToldContacts(Body):
    contacts = serializers.ListField(child=ToldContact(), min_length=1, max_length=MOST_ITEMS)


class ToldAnswer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    suppressed = serializers.IntegerField(help_text="Contacts who were erased: nothing of them is kept.")


class ToldView(Door):
    shows_figures = False
    permission_classes = [scope_required("contacts:write", "compliance.add_identityfield")]

    @extend_schema(
        operation_id="contacts_tell",
        summary="Say what up to 1,000 contacts are known by, so that their requests find them",
        request=ToldContacts,
        responses=answers(ToldAnswer) | NOT_JSON,
        tags=["people"],
    )
    def post(self, request: Request) -> Response:
        told: dict[str, dict[str, str]] = {}
        for one in checked(ToldContacts, request)["contacts"]:
            told.setdefault(one.pop("contact"), {}).update(one)
        learned = fields.learn(told, timezone.now())
        return Response({"accepted": learned.contacts, "suppressed": learned.suppressed})
