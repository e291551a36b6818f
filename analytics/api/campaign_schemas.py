"""What the answers about funnels and single campaigns look like, for OpenAPI."""

from typing import Any

from rest_framework import serializers

from ..pacing import Pace
from ..scope import BasisName
from .schemas import AnswerMeta, Comparison, Figure, SeriesPoint, ValueField

HIDDEN = "null where not shown to you"


class FunnelStep(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="a metric, or click_converters: who converted after a click")
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.IntegerField()
    step_rate = serializers.FloatField(allow_null=True, help_text="of the step before")
    overall_rate = serializers.FloatField(allow_null=True, help_text="of the first step")


class FunnelParts(serializers.Serializer[Any]):
    """Sent, delivered, opened, clicked, converted after a click; of channels without delivery the last two. Steps that
    are not shown to whoever asks are left out.
    """

    steps = FunnelStep(many=True)
    conversions_without_click = serializers.IntegerField(
        allow_null=True, help_text="contacts; they are in no step; null where not shown to you"
    )


class FunnelAnswer(FunnelParts):
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()


class NamedCampaign(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    status = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())


class OneCampaign(NamedCampaign):
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class FigureWithMedian(Figure):
    median = ValueField(help_text="of the channel's other campaigns; null of fewer than three")


class MedianOf(serializers.Serializer[Any]):
    channel = serializers.CharField()
    campaigns = serializers.IntegerField(help_text="others of the channel with figures in the period")


class PacingAnswer(serializers.Serializer[Any]):
    """Over the campaign's life. Money is in the reporting currency, except `budget`, which is in `currency`."""

    budget = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    budget_value = serializers.CharField(allow_null=True, help_text="at the latest rate, that of `rate_day`")
    rate_day = serializers.DateField(allow_null=True)
    spent = serializers.CharField()
    spent_share = serializers.FloatField(allow_null=True, help_text="of the budget")
    unconverted_costs = serializers.IntegerField(help_text="costs without a rate, not in `spent`")
    last_cost_on = serializers.DateField(allow_null=True)
    time_gone = serializers.FloatField(allow_null=True, help_text="share of the campaign's time, 0 to 1")
    expected = serializers.CharField(allow_null=True, help_text="spent by now if it were spent evenly")
    projected = serializers.CharField(allow_null=True, help_text="spent at the end if it goes on as so far")
    pace = serializers.ChoiceField([pace.value for pace in Pace], allow_null=True, help_text="within a tenth: on track")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="why parts are null")


class HourCounts(serializers.Serializer[Any]):
    hour = serializers.IntegerField(help_text="0 to 23, in the reporting zone")
    unique_opens = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    unique_clicks = serializers.IntegerField(allow_null=True, help_text=HIDDEN)


class BestHourAnswer(serializers.Serializer[Any]):
    """The hour of day at which most people first clicked, or opened where too few click, on the event date."""

    metric = serializers.ChoiceField(["unique_clicks", "unique_opens"])
    basis = serializers.ChoiceField([BasisName.EVENT.value])
    hour = serializers.IntegerField(allow_null=True)
    value = serializers.IntegerField(allow_null=True)
    stands_on = serializers.IntegerField(help_text="how many of `metric` in all")
    unknown = serializers.CharField(help_text="why `hour` is null; else empty")
    hours = HourCounts(many=True)


class MachineAnswer(serializers.Serializer[Any]):
    """Machine opens and clicks, which are in no other figure, and their share of all."""

    opens = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    clicks = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    open_share = serializers.FloatField(allow_null=True)
    click_share = serializers.FloatField(allow_null=True)


class DetailsAnswer(serializers.Serializer[Any]):
    campaign = OneCampaign()
    metrics = serializers.DictField(child=FigureWithMedian())
    comparison = Comparison(required=False, allow_null=True, help_text="Only while days are not over; null if none is.")
    median_of = MedianOf()
    trend = SeriesPoint(many=True)
    funnel = FunnelParts()
    pacing = PacingAnswer(allow_null=True, help_text=HIDDEN)
    best_hour = BestHourAnswer(allow_null=True, help_text=HIDDEN)
    machine = MachineAnswer()
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()


class DrilldownAnswer(serializers.Serializer[Any]):
    results = SeriesPoint(many=True)
    next = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()


class RankedCampaign(NamedCampaign):
    metrics = serializers.DictField(child=ValueField())


class RankedFigures(serializers.Serializer[Any]):
    metrics = serializers.DictField(child=ValueField())


class CampaignsAnswer(serializers.Serializer[Any]):
    """Figures are of now, the order is that of the first page for half an hour: so no row is lost or doubled while data
    comes in. All campaigns and the unattributed add up to the total, which is that of `GET kpi`.
    """

    columns = serializers.ListField(child=serializers.CharField(), help_text="metrics")
    ordering = serializers.CharField()
    results = RankedCampaign(many=True)
    unattributed = RankedFigures(allow_null=True, help_text="what belongs to no campaign; null under a filter")
    total = RankedFigures()
    count = serializers.IntegerField(help_text="campaigns in all")
    position = serializers.IntegerField(help_text="place of the first result, from 1")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    last_refreshed_at = serializers.DateTimeField(allow_null=True)
    meta = AnswerMeta()
