"""The rules as pages show them: what each looks for, with which settings, and whether it is muted.

What they share stands first, once.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from analytics import presentation

from ..models import RuleSetting
from ..rules import RULES, TUNABLE, Threshold, Tunable

TITLES: dict[str, str] = {rule.name: rule.title for rule in RULES}


@dataclass(frozen=True, slots=True)
class Standing:
    name: str
    title: str
    why: str
    settings: tuple[
        tuple[str, str, bool], ...
    ]  # what it is called, its value with its unit, and whether it was changed
    muted: str  # why, empty while it speaks
    url: str  # where it is changed


def title_of(rule: str) -> str:
    """What a page calls a rule; one that is no more still has recommendations."""
    return TITLES.get(rule, rule.replace("_", " ").capitalize())


def standings() -> tuple[Standing, ...]:
    """What rules share, and every rule, in the order of their table."""
    changed = RuleSetting.objects.in_bulk()
    return tuple(_standing(rule, changed.get(rule.name)) for rule in TUNABLE.values())


def _standing(rule: Tunable, changed: RuleSetting | None) -> Standing:
    given = changed.thresholds if changed else {}
    return Standing(
        name=rule.name,
        title=rule.title,
        why=rule.why,
        settings=tuple(
            (rule.thresholds[name].help, _value(value, rule.thresholds[name]), name in given)
            for name, value in rule.chosen(given).items()
        ),
        url=reverse("admin:recommendations_rulesetting_change", args=[rule.name]),
        muted=(changed.muted_because or "Muted by an admin.") if changed and changed.muted else "",
    )


def _value(number: float, threshold: Threshold) -> str:
    """With its unit; a ratio has none."""
    if threshold.unit == "share":
        return presentation.percent(number)
    if threshold.unit == "money":
        return presentation.money(Decimal(repr(number)), settings.REPORTING_CURRENCY)
    return f"{number:,g} {threshold.unit}".removesuffix(" ratio")
