"""What the answers look like, for OpenAPI; the answers themselves are made in `shapes`."""

from typing import Any

from rest_framework import serializers

from analytics.api.campaign_schemas import HIDDEN
from analytics.api.doors import Body
from analytics.api.problems import MEDIA_TYPE
from analytics.api.schemas import ProblemDetails, problem

from ..decisions import LONGEST_NOTE
from ..models import State
from ..steps import REASONS, STEPS, UNDO

DECISIONS = [*(step.decision for step in STEPS), UNDO]


class RangeAnswer(serializers.Serializer[Any]):
    """A value with its 95 % interval."""

    low = serializers.FloatField()
    mid = serializers.FloatField()
    high = serializers.FloatField()


class ScoreAnswer(serializers.Serializer[Any]):
    """How much there is to it, 0 to 1: the product of the three."""

    value = serializers.FloatField()
    base = serializers.FloatField(help_text="how large the matter is")
    adequacy = serializers.FloatField(help_text="how much the sample can bear")
    stability = serializers.FloatField(help_text="how steady it has been")


class RecommendedCampaign(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    status = serializers.CharField()


class ListedRecommendation(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    rule = serializers.CharField()
    rule_version = serializers.IntegerField()
    campaign = RecommendedCampaign()
    action = serializers.CharField(help_text="what to do, as a word for machines")
    proposal = serializers.CharField(help_text="what to do, as a sentence for people; without figures if not shown")
    state = serializers.ChoiceField(State.values)
    version = serializers.IntegerField(help_text="raised by every change; If-Match takes it in quotes")
    score = ScoreAnswer(allow_null=True, help_text=HIDDEN)
    money = serializers.CharField(allow_null=True, help_text=f"what is expected of 30 days; {HIDDEN}")
    currency = serializers.CharField()
    as_of = serializers.DateTimeField(help_text="when its figures were read")
    proposed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    snoozed_until = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    implemented_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.DictField(allow_null=True, help_text=f"what came of it, once it was measured; {HIDDEN}")
    not_shown = serializers.ListField(
        child=serializers.ChoiceField(["figures", "money"]), help_text="what is left out: it is not shown to your role"
    )


class EvidenceAnswer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    metric = serializers.CharField()
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="of its 95 % interval")
    high = serializers.FloatField(allow_null=True)
    sample = serializers.FloatField(help_text="what it is divided by")
    start = serializers.DateField()
    end = serializers.DateField(help_text="not in it")
    of_campaign = serializers.BooleanField(help_text="the campaign's, else its channel's other campaigns'")
    hour = serializers.IntegerField(allow_null=True, help_text="of the messages that left in this hour of the day")
    against = serializers.IntegerField(allow_null=True, help_text="the hour of the day that `hour` is matched with")
    line = serializers.FloatField(allow_null=True, help_text="the messages in 28 days above which people get many")
    above = serializers.BooleanField(allow_null=True, help_text="of what came above the line, or not above it")
    receipt = serializers.CharField(help_text="the page that says where it comes from, then and now")


class ExpectedAnswer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    before = serializers.FloatField()
    after = RangeAnswer()
    money = RangeAnswer(allow_null=True, help_text=f"of 30 days, in the reporting currency; {HIDDEN}")
    how = serializers.CharField(help_text="how both were computed")


class PlanAnswer(serializers.Serializer[Any]):
    """How it will be judged."""

    metric = serializers.CharField()
    better = serializers.CharField(help_text="higher or lower")
    days = serializers.IntegerField(help_text="from the day after it was done")
    minimum = serializers.IntegerField(
        allow_null=True, help_text=f"of what the metric is divided by; with less nobody can tell; {HIDDEN}"
    )
    against = serializers.CharField()


class DecisionAnswer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(DECISIONS)
    reason = serializers.CharField(help_text="of a dismissal; else empty")
    note = serializers.CharField()
    by = serializers.CharField()
    key = serializers.CharField(help_text="the beginning of the API key; empty for a session")
    at = serializers.DateTimeField()
    before = serializers.CharField(help_text="the state that it was in")
    after = serializers.CharField(help_text="the state that it came into")


class RecommendationAnswer(ListedRecommendation):
    evidence = EvidenceAnswer(many=True, help_text="empty where not shown to you")
    expected = ExpectedAnswer(allow_null=True, help_text=HIDDEN)
    plan = PlanAnswer()
    settings = serializers.DictField(child=serializers.FloatField(), help_text="the rule's thresholds at its birth")
    decisions = DecisionAnswer(many=True)


class RecommendationsMeta(serializers.Serializer[Any]):
    states = serializers.ListField(child=serializers.CharField())
    rules = serializers.ListField(child=serializers.CharField(), help_text="empty for all, as those below")
    campaigns = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.CharField())
    ordering = serializers.CharField()
    computed_at = serializers.DateTimeField()


class RecommendationsAnswer(serializers.Serializer[Any]):
    results = ListedRecommendation(many=True)
    next = serializers.URLField(allow_null=True)
    count = serializers.IntegerField(help_text="in all")
    last_refreshed_at = serializers.DateTimeField(allow_null=True, help_text="the latest as_of of the page")
    meta = RecommendationsMeta()


class Dismissal(Body):
    reason = serializers.ChoiceField([reason.name for reason in REASONS])
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_NOTE,
        help_text="No e-mail addresses and no phone numbers.",
    )


class Snooze(Body):
    until = serializers.DateTimeField(help_text="At most 30 days ahead.")


class Implementation(Body):
    on = serializers.DateField(required=False, help_text="The day on which it was done; by default today.")


class AlreadyDecided(ProblemDetails):
    """A 409: what was decided, null where nobody decided anything."""

    decided = DecisionAnswer(allow_null=True)
    state = serializers.ChoiceField(State.values)
    version = serializers.IntegerField()


class AlreadyChanged(ProblemDetails):
    """A 412."""

    state = serializers.ChoiceField(State.values)
    version = serializers.IntegerField()


NONE_SUCH: dict[Any, Any] = {(404, MEDIA_TYPE): problem("There is no such recommendation.")}
REFUSALS: dict[Any, Any] = {
    **NONE_SUCH,
    (409, MEDIA_TYPE): AlreadyDecided,
    (412, MEDIA_TYPE): AlreadyChanged,
    (413, MEDIA_TYPE): problem("Too many bytes."),
    (415, MEDIA_TYPE): problem("Another content type than application/json."),
}
