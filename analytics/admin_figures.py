"""Which metrics a role is denied, and lists of the admin whose figures not everybody may see."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminRadioSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance import denials
from compliance.acting import actor_of
from compliance.models import MetricDenial
from compliance.read_only import ReadOnly

from .allowed import Allowed
from .asker import allowed_of
from .catalogue import BY_NAME, METRICS
from .catalogue.closing import closed


class Figures(ReadOnly):
    """A list without the fields that are, or tell, metrics which whoever looks may not see; nor is it found by them."""

    figures: Mapping[str, tuple[str, ...]] = {}  # by field, the metrics

    def hidden(self, allowed: Allowed) -> tuple[str, ...]:
        return tuple(field for field, metrics in self.figures.items() if not allowed.sees(*metrics))

    def get_list_display(self, request: HttpRequest) -> Any:
        hidden = self.hidden(allowed_of(request))
        return [field for field in super().get_list_display(request) if field not in hidden]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*(super().get_exclude(request, obj) or ()), *self.hidden(allowed_of(request))]


class DenialForm(forms.ModelForm):
    metric = forms.ChoiceField(
        widget=AdminRadioSelect(attrs={"class": "radiolist"}),
        help_text="What it closes besides is what it could else be worked out from.",
    )

    class Meta:
        model = MetricDenial
        fields = ("group", "metric")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [(metric.name, _in_words(metric.name)) for metric in METRICS]  # type: ignore[attr-defined]


def _in_words(metric: str) -> str:
    also = _closed_with(metric)
    return f"{BY_NAME[metric].label}: closes {also} as well" if also else BY_NAME[metric].label


def _closed_with(metric: str) -> str:
    return ", ".join(_inner(BY_NAME[name].label) for name in closed(frozenset({metric})) if name != metric)


def _inner(label: str) -> str:
    """Within a line; abbreviations stay as they are."""
    return label if label[1:2].isupper() else label[0].lower() + label[1:]


@admin.register(MetricDenial)
class MetricDenialAdmin(admin.ModelAdmin):
    """A role is shown no figure of a metric that it is denied: on no page, in no answer, no file. Superusers are shown
    all, and a key what both its owner and its group may see.
    """

    form = DenialForm
    list_display = ("group", "label", "closed_with")
    list_filter = ("group",)
    list_select_related = ("group",)
    ordering = ("group__name", "metric")
    show_full_result_count = False

    @admin.display(description="Metric", ordering="metric")
    def label(self, row: MetricDenial) -> str:
        """A metric that there is no more closes nothing."""
        return BY_NAME[row.metric].label if row.metric in BY_NAME else row.metric

    @admin.display(description="Closed with it, since it could be worked out from that")
    def closed_with(self, row: MetricDenial) -> str:
        return _closed_with(row.metric) or "–"

    def save_model(self, request: HttpRequest, obj: MetricDenial, form: Any, change: bool) -> None:
        obj.pk = denials.deny(obj.group, obj.metric, by=actor_of(request), at=timezone.now()).pk

    def delete_model(self, request: HttpRequest, obj: MetricDenial) -> None:
        denials.lift(obj, by=actor_of(request), at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MetricDenial]) -> None:
        for row in queryset.select_related("group"):
            self.delete_model(request, row)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
