"""What the answers about people look like, for OpenAPI."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from compliance import grants

from ..queries.contacts import TYPE_NAMES
from .campaign_schemas import HIDDEN, DrilldownAnswer
from .schemas import ProblemDetails


class GrantAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    campaign = serializers.IntegerField()
    purpose = serializers.ChoiceField(list(grants.LABELS))
    opened_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    seconds_left = serializers.IntegerField()


class LastEvent(serializers.Serializer[Any]):
    type = serializers.ChoiceField(sorted(set(TYPE_NAMES.values())))
    at = serializers.DateTimeField()
    machine = serializers.BooleanField()


class ContactRow(serializers.Serializer[Any]):
    """One contact and what they did in the slot."""

    id = serializers.IntegerField()
    contact = serializers.CharField(allow_null=True, help_text="masked; null where the identity was erased")
    sent = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    opened = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    clicked = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    converted = serializers.IntegerField(allow_null=True, help_text=f"credited to the campaign by last touch; {HIDDEN}")
    by_machine = serializers.IntegerField(
        allow_null=True, help_text=f"opens and clicks of machines, which are in no other figure; {HIDDEN}"
    )
    last_event = LastEvent()


class ContactMeta(serializers.Serializer[Any]):
    date = serializers.DateField()
    hour = serializers.IntegerField(allow_null=True)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="not in it")
    basis = serializers.CharField(help_text="always event: people are looked for by when something happened")
    time_zone = serializers.CharField()
    definition_version = serializers.IntegerField()
    smallest_group = serializers.IntegerField(help_text="fewer contacts are counted and not listed")
    warnings = serializers.ListField(child=serializers.CharField())


class ContactsAnswer(serializers.Serializer[Any]):
    """The contact level: who did something on the day or in the hour, those first who did something first."""

    results = ContactRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="the address of the next page")
    count = serializers.IntegerField(allow_null=True, help_text="null where there are more than are counted")
    grant = GrantAnswer()
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = ContactMeta()


DRILLDOWN = PolymorphicProxySerializer(
    component_name="DrilldownLevel", serializers=[DrilldownAnswer, ContactsAnswer], resource_type_field_name=None
)


class Revealed(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    contact = serializers.CharField(allow_null=True, help_text="in full; null where the identity was erased")


class WayToGrant(serializers.Serializer[Any]):
    method = serializers.CharField()
    url = serializers.CharField()
    takes = serializers.DictField(help_text="what each field of the body takes")
    page = serializers.CharField(help_text="where a person opens one")


class ForbiddenContacts(ProblemDetails):
    """A 403; `grant` says how to get one where that would help."""

    grant = WayToGrant(required=False)
