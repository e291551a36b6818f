"""The rules as pages show them: what each looks for, with which settings, and whether it is muted."""

from dataclasses import dataclass
from typing import Any

from .. import rules
from ..models import RuleSetting

RULES = getattr(rules, "RULES", ())
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


def title_of(rule: str) -> str:
    """What a page calls a rule; one that is no more still has recommendations."""
    return TITLES.get(rule, rule.replace("_", " ").capitalize())


def standings() -> tuple[Standing, ...]:
    """Every rule, in the order of their table."""
    changed = RuleSetting.objects.in_bulk()
    return tuple(_standing(rule, changed.get(rule.name)) for rule in RULES)


def _standing(rule: Any, changed: RuleSetting | None) -> Standing:
    given = changed.thresholds if changed else {}
    return Standing(
        name=rule.name,
        title=rule.title,
        why=rule.why,
        settings=tuple(
            (each.help, f"{given.get(name, each.default):g} {each.unit}".strip(), name in given)
            for name, each in rule.thresholds.items()
        ),
        muted=(changed.muted_because or "Muted by an admin.") if changed and changed.muted else "",
    )
