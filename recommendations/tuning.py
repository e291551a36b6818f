"""What admins change of a rule: whether it speaks, and its thresholds within their bounds; each change is audited."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from compliance import audit
from compliance.acting import Actor
from compliance.reasons import fault

from .models import RuleSetting
from .rules import SHARED, TUNABLE, Tunable

LONGEST_REASON = 300
BECAUSE = "muted_because"


class CannotTune(ValueError):
    """By field, what is wrong and the way out."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def complete() -> None:
    """A row for each rule that has none yet, and for what they share."""
    known = set(RuleSetting.objects.values_list("rule", flat=True))
    missing = [RuleSetting(rule=name) for name in TUNABLE if name not in known]
    if missing:
        RuleSetting.objects.bulk_create(missing, ignore_conflicts=True)


def faults(rule: Tunable, thresholds: Mapping[str, float], because: str) -> dict[str, str]:
    """By field, what is wrong and the way out; empty where all can be taken."""
    found = dict.fromkeys(thresholds.keys() - rule.thresholds.keys(), f"There is no such threshold of {rule.name}.")
    for name, threshold in rule.thresholds.items():
        if not threshold.least <= thresholds.get(name, threshold.default) <= threshold.most:
            found[name] = f"Choose {threshold.bounds}, or nothing for {threshold.default:g}."
    if wrong := fault(because, shortest=0, longest=LONGEST_REASON):
        found[BECAUSE] = wrong
    return found


def tune(
    name: str, by: Actor, at: datetime, *, thresholds: Mapping[str, float], muted: bool, because: str = ""
) -> RuleSetting:
    """Set a rule, or what they share; thresholds that are not given, or are the default, follow the default.

    Raises `CannotTune`.
    """
    rule = TUNABLE[name]
    errors = faults(rule, thresholds, because)
    if muted and rule is SHARED:
        errors["muted"] = "What rules share cannot be muted; mute the rules."
    if errors:
        raise CannotTune(errors)
    with transaction.atomic():
        row, _ = RuleSetting.objects.select_for_update().get_or_create(rule=name)
        before = rule.chosen(row.thresholds)
        row.thresholds = {each: value for each, value in thresholds.items() if value != rule.thresholds[each].default}
        for each, value in rule.chosen(row.thresholds).items():
            if value != before[each]:
                audit.note("set threshold", "rule", name, by, at, threshold=each, before=before[each], after=value)
        because = because.strip() if muted else ""
        if muted != row.muted:
            audit.note("mute" if muted else "unmute", "rule", name, by, at)
        elif because != row.muted_because:
            audit.note("change why muted", "rule", name, by, at)
        row.muted, row.muted_because = muted, because
        row.save()
    return row
