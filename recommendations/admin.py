"""The admin of rules, which are tuned here; recommendations and decisions are looked up, and decided on their page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import ModelFormMetaclass
from django.http import HttpRequest
from django.utils import timezone

from analytics.admin_figures import Figures
from analytics.catalogue import NAMES
from compliance.acting import actor_of
from compliance.read_only import ReadOnly

from . import tuning
from .models import Decision, Recommendation, RuleSetting
from .rules import SHARED, TUNABLE, Threshold, Tunable


class RuleForm(forms.ModelForm):
    """A rule's thresholds are fields beside `muted`, in a form of its own for each (`_form_of`)."""

    rule: Tunable

    class Meta:
        model = RuleSetting
        fields = ("muted", tuning.BECAUSE)
        widgets = {tuning.BECAUSE: forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "muted": "A muted rule finds nothing more.",
            tuning.BECAUSE: "Shown beside the rule; names nobody.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.rule.thresholds:
            self.initial[name] = self.instance.thresholds.get(name)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for field, reason in tuning.faults(self.rule, self.thresholds, given.get(tuning.BECAUSE, "")).items():
            self.add_error(field, reason)
        return given

    @property
    def thresholds(self) -> dict[str, float]:
        given = {name: self.cleaned_data.get(name) for name in self.rule.thresholds}
        return {name: value for name, value in given.items() if value is not None}


def _form_of(rule: Tunable) -> Any:
    fields = {name: _field(name, threshold) for name, threshold in rule.thresholds.items()}
    return ModelFormMetaclass("RuleForm", (RuleForm,), {"rule": rule, "__module__": __name__, **fields})


def _field(name: str, threshold: Threshold) -> forms.FloatField:
    bounds = f"{threshold.bounds} ({threshold.unit}); empty for {threshold.default:g}."
    return forms.FloatField(
        required=False, label=name.replace("_", " ").capitalize(), help_text=f"{threshold.help} {bounds}"
    )


@admin.register(RuleSetting)
class RuleSettingAdmin(admin.ModelAdmin):
    """Every rule of the table has a row, made when somebody first looks, and so has what they share."""

    list_display = ("title", "muted", "muted_because", "changed", "changed_at")
    list_filter = ("muted",)
    readonly_fields = ("title", "why")
    show_full_result_count = False

    @admin.display(description="Rule")
    def title(self, row: RuleSetting) -> str:
        return TUNABLE[row.rule].title

    @admin.display(description="Why")
    def why(self, row: RuleSetting) -> str:
        return TUNABLE[row.rule].why

    @admin.display(description="Changed thresholds")
    def changed(self, row: RuleSetting) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in row.thresholds.items()) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleSetting]:
        tuning.complete()
        return super().get_queryset(request).filter(rule__in=TUNABLE)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=_form_of(TUNABLE[obj.rule]), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        mute = () if obj.rule == SHARED.name else ("muted", tuning.BECAUSE)
        thresholds = tuple(TUNABLE[obj.rule].thresholds)
        return (None, {"fields": ("title", "why", *mute)}), ("Thresholds", {"fields": thresholds})

    def save_model(self, request: HttpRequest, obj: RuleSetting, form: RuleForm, change: bool) -> None:
        tuning.tune(
            obj.rule,
            actor_of(request),
            timezone.now(),
            thresholds=form.thresholds,
            muted=obj.muted,
            because=obj.muted_because,
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Recommendation)
class RecommendationAdmin(Figures):
    """What whoever may see every metric sees; others see each on its page, as far as they may."""

    figures = dict.fromkeys(
        ("proposal", "score", "base", "adequacy", "stability", "evidence", "expected", "plan", "money", "outcome"),
        NAMES,
    )
    list_display = ("id", "rule", "campaign", "state", "money", "currency", "proposed_at", "decided_at", "closed_at")
    list_filter = ("state", "rule")
    list_select_related = ("campaign",)
    search_fields = ("campaign__external_id", "campaign__name")
    date_hierarchy = "proposed_at"
    ordering = ("-id",)


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("at", "username", "key_prefix", "decision", "recommendation_id", "reason", "note", "state_after")
    list_filter = ("decision", "reason")
    search_fields = ("username", "=recommendation__id")
    date_hierarchy = "at"
    ordering = ("-id",)
