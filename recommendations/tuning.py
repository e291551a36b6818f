"""What admins change of a rule: whether it speaks, and its thresholds within their bounds; each change is audited."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from compliance import audit
from compliance.acting import Actor
from compliance.reasons import fault

from .models import RuleSetting
from .rules import BY_NAME, RULES, Rule

LONGEST_REASON = 300
BECAUSE = "muted_because"


class CannotTune(ValueError):
    """By field, what is wrong and the way out."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def complete() -> None:
    """A row for each rule that has none yet."""
    known = set(RuleSetting.objects.values_list("rule", flat=True))
    missing = [RuleSetting(rule=rule.name) for rule in RULES if rule.name not in known]
    if missing:
        RuleSetting.objects.bulk_create(missing, ignore_conflicts=True)


def faults(rule: Rule, thresholds: Mapping[str, float], because: str) -> dict[str, str]:
    """By field, what is wrong and the way out; empty where all can be taken."""
    found = dict.fromkeys(thresholds.keys() - rule.thresholds.keys(), f"There is no such threshold of {rule.name}.")
    for name, threshold in rule.thresholds.items():
        if not threshold.least <= thresholds.get(name, threshold.default) <= threshold.most:
            found[name] = f"Choose {threshold.least:g} to {threshold.most:g}, or nothing for {threshold.default:g}."
    if wrong := fault(because, shortest=0, longest=LONGEST_REASON):
        found[BECAUSE] = wrong
    return found


def tune(
    name: str, by: Actor, at: datetime, *, thresholds: Mapping[str, float], muted: bool, because: str = ""
) -> RuleSetting:
    """Set a rule; thresholds that are not given, or are the default, follow the default. Raises `CannotTune`."""
    rule = BY_NAME[name]
    if errors := faults(rule, thresholds, because):
        raise CannotTune(errors)
    with transaction.atomic():
        row, _ = RuleSetting.objects.select_for_update().get_or_create(rule=name)
        before = rule.settings(row.thresholds)
        row.thresholds = {each: value for each, value in thresholds.items() if value != rule.thresholds[each].default}
        for each, value in rule.settings(row.thresholds).items():
            if value != before[each]:
                audit.note("set threshold", "rule", name, by, at, threshold=each, before=before[each], after=value)
        if muted != row.muted:
            audit.note("mute" if muted else "unmute", "rule", name, by, at)
        row.muted, row.muted_because = muted, because.strip() if muted else ""
        row.save()
    return row
