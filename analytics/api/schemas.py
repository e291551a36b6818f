"""What the answers look like, for OpenAPI; the answers themselves are made in `figures`."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers

from ..catalogue import NAMES, Better, Unit
from ..channels import CHANNELS
from ..scope import LONGEST_SEARCH, BasisName, Compare, Grain
from ..statuses import Status
from .problems import MEDIA_TYPE


@extend_schema_field(
    {
        "description": "Integer for counts, decimal string for money, number for ratios, null where unknown.",
        "anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "string"}],
        "nullable": True,
    }
)
class ValueField(serializers.Field[Any, Any, Any, Any]):
    pass


class FieldProblem(serializers.Serializer[Any]):
    field = serializers.CharField()
    reason = serializers.CharField()


class ProblemDetails(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]
    metrics = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="of a 403: those asked for that are not shown to you"
    )


class Completeness(serializers.Serializer[Any]):
    """What was accepted and is not yet in the figures."""

    inbox_waiting = serializers.IntegerField(help_text="batches")
    inbox_waiting_rows = serializers.IntegerField()
    inbox_dead = serializers.IntegerField(help_text="batches that could not be folded")
    oldest_waiting_seconds = serializers.FloatField(allow_null=True)
    last_event_at = serializers.DateTimeField(allow_null=True)


class MissingCosts(serializers.Serializer[Any]):
    """A day of which a source of costs, that has one of it by now in other weeks, has none."""

    source = serializers.CharField()  # type: ignore[assignment]
    day = serializers.DateField()


class PeriodCompleteness(Completeness):
    """What was accepted and is not yet in the figures; and of the period's events, what is not here yet.

    From how late each source usually is, for all sources whatever the filters, by the date of the event.
    """

    arrived = serializers.FloatField(
        allow_null=True, help_text="share of the period's events that is here, 0 to 1; null while nobody can tell"
    )
    arrived_conversions = serializers.FloatField(allow_null=True, help_text="the same of conversions")
    still_to_come = serializers.IntegerField(
        allow_null=True, help_text="events, to two digits; null too for whoever may not see each kind of event"
    )
    missing_costs = MissingCosts(many=True)


class Span(serializers.Serializer[Any]):
    start = serializers.DateField()
    end = serializers.DateField(help_text="not in it")


class AskedScope(Span):
    compare = serializers.ChoiceField([choice.value for choice in Compare])
    compared = Span(allow_null=True)
    channels = serializers.ListField(child=serializers.CharField())
    campaigns = serializers.ListField(child=serializers.CharField(), help_text="external ids")
    statuses = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField(), help_text="any of them")
    search = serializers.CharField(help_text="part of a name or external id")
    grain = serializers.ChoiceField([choice.value for choice in Grain])


class AnswerMeta(serializers.Serializer[Any]):
    """How to read the figures."""

    scope = AskedScope()
    basis = serializers.ChoiceField([choice.value for choice in BasisName])
    time_zone = serializers.CharField()
    currency = serializers.CharField()
    not_shown = serializers.ListField(
        child=serializers.CharField(), help_text="metrics that are not shown to whoever asks; no answer has them"
    )
    definition_version = serializers.IntegerField()
    data_version = serializers.IntegerField()
    computed_at = serializers.DateTimeField(
        help_text="completeness is of this moment; figures only change with data_version"
    )
    completeness = PeriodCompleteness()
    warnings = serializers.ListField(child=serializers.CharField())


class Figure(serializers.Serializer[Any]):
    """`previous` and `change` (relative) stand here only with a comparison, `comparable` while days of it are not over.

    Then the change is from `previous` to `comparable`, else to `value`.
    """

    value = ValueField()
    previous = ValueField(required=False)
    change = serializers.FloatField(required=False, allow_null=True)
    comparable = ValueField(required=False, help_text="The value of the days that are over.")


class Comparison(serializers.Serializer[Any]):
    """Which days of the period are compared, and with which: the running day is not, for it is not over."""

    days = Span()
    against = Span()


class KpiAnswer(serializers.Serializer[Any]):
    metrics = serializers.DictField(child=Figure())
    comparison = Comparison(required=False, allow_null=True, help_text="Only while days are not over; null if none is.")
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()


@extend_schema_field({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]})
class SlotField(serializers.Field[Any, Any, Any, Any]):
    pass


class SeriesPoint(serializers.Serializer[Any]):
    """One slot: a date for days, weeks and months, a time with its offset for hours."""

    start = SlotField()
    end = SlotField(help_text="not in it")
    partial = serializers.BooleanField(help_text="cut by the period, or not over")  # type: ignore[assignment]
    metrics = serializers.DictField(child=ValueField())
    previous = serializers.DictField(child=ValueField(), required=False)


class TimeseriesAnswer(serializers.Serializer[Any]):
    grain = serializers.ChoiceField([choice.value for choice in Grain])
    points = SeriesPoint(many=True)
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()


class ViewState(serializers.Serializer[Any]):
    name = serializers.CharField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    data_version = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True, help_text="how long the refresh took")
    current = serializers.BooleanField()
    behind_seconds = serializers.FloatField(allow_null=True, help_text="since its refresh; 0 while it lacks nothing")


class FreshnessAnswer(serializers.Serializer[Any]):
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    seconds_since_refresh = serializers.FloatField(allow_null=True)
    data_version = serializers.IntegerField()
    definition_version = serializers.IntegerField()
    completeness = Completeness()
    views = ViewState(many=True)


class CatalogueMetric(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.ChoiceField([unit.value for unit in Unit])
    percent = serializers.BooleanField()
    better = serializers.ChoiceField([better.value for better in Better])
    definition = serializers.CharField()
    formula = serializers.CharField()
    additive = serializers.BooleanField()


class CatalogueMeta(serializers.Serializer[Any]):
    definition_version = serializers.IntegerField()


class CatalogueAnswer(serializers.Serializer[Any]):
    results = CatalogueMetric(many=True)
    next = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    meta = CatalogueMeta()


class HealthPart(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["up", "down"])
    required = serializers.BooleanField(help_text="needed for any answer")  # type: ignore[assignment]


class HealthAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["up", "degraded", "down"])
    parts = serializers.DictField(child=HealthPart())


def problem(description: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemDetails, description=description)


def answers(success: Any, status: int = HTTPStatus.OK) -> dict[Any, Any]:
    """The responses of an endpoint that gives figures, or people."""
    return {
        int(status): success,
        (400, MEDIA_TYPE): problem("A parameter cannot be used; `errors` name it and the way out."),
        (401, MEDIA_TYPE): problem("No session and no valid key."),
        (403, MEDIA_TYPE): problem("Known, but not allowed; or not shown these metrics, which `metrics` name."),
    }


NO_CAMPAIGN: dict[Any, Any] = {(404, MEDIA_TYPE): problem("There is no campaign of that id.")}
UNCHANGED: dict[Any, Any] = {304: OpenApiResponse(description="If-None-Match names what the answer still is.")}


def _choice(name: str, choices: type[Compare] | type[BasisName] | type[Grain], text: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, enum=[choice.value for choice in choices], description=text)


def _several(name: str, text: str, choices: list[str] | None = None, *, commas: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, many=True, enum=choices, explode=not commas, style="form", description=text)


SCOPE_PARAMETERS: tuple[OpenApiParameter, ...] = (
    OpenApiParameter(
        "start", {"type": "string", "format": "date"}, description="First day; by default 30 days until end."
    ),
    OpenApiParameter(
        "end", {"type": "string", "format": "date"}, description="Day after the last; by default tomorrow."
    ),
    _choice("compare", Compare, "What to compare with; by default nothing."),
    _choice("basis", BasisName, "Count on the day of sending (default) or of the event."),
    _several("channel", "Only these channels; several times or with commas.", [channel.name for channel in CHANNELS]),
    _several("campaign", "Only these campaigns, by external id; several times."),
    _several("status", "Only campaigns of these; several times or with commas.", [status.value for status in Status]),
    _several("tag", "Only campaigns with any of these tags; several times."),
    OpenApiParameter(
        "search",
        {"type": "string", "maxLength": LONGEST_SEARCH},
        description="Only campaigns with this in their name or external id, in any case.",
    ),
    _several("metrics", "Which metrics, with commas; by default all that are shown to you.", list(NAMES), commas=True),
    OpenApiParameter("time_zone", str, description="Must be the reporting time zone of the installation."),
)
GRAIN_PARAMETER = _choice("grain", Grain, "By hour, day (default), week from Monday, or month.")


def parameters(*names: str) -> list[OpenApiParameter]:
    """Those of `SCOPE_PARAMETERS` that an endpoint takes."""
    return [parameter for parameter in SCOPE_PARAMETERS if parameter.name in names]
