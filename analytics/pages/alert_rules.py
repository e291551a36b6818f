"""The rules of alerts as a page shows them: those of the code and the lines that people drew, with their forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..alerts import rules
from ..alerts.rules import RULES, Rule
from ..alerts.setting import drawn
from ..allowed import Allowed
from ..catalogue import BY_NAME, NAMES
from ..channels import BY_NAME as CHANNELS
from ..channels import CHANNELS as ALL_CHANNELS
from ..models import AlertRule
from ..presentation import figure, money
from .options import Select, select

TITLES = {
    rules.BUDGET: "Budget overspent",
    rules.IDLE: "Cost without clicks",
    rules.SILENCE: "No events arrive",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody gave, and by field what is wrong with it."""

    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleRow:
    slug: str
    title: str
    why: str
    value: str
    number: str  # as the form has it; empty is the default
    bounds: str
    unit: str
    changed: bool
    muted: bool
    by: str
    form: Form


@dataclass(frozen=True, slots=True)
class LineRow:
    pk: int
    title: str
    by: str
    muted: bool
    selects: tuple[Select, ...]
    value: str
    campaign: str
    form: Form


@dataclass(frozen=True, slots=True)
class Table:
    rules: tuple[RuleRow, ...]
    lines: tuple[LineRow, ...]
    selects: tuple[Select, ...]  # of a new line
    new: Form


def table(allowed: Allowed, currency: str, *, of: str = "", form: Form | None = None) -> Table:
    """All rules of metrics that somebody may see; `form` is that of the rule or line `of`, or of a new one."""
    kept = {(row.rule, row.metric): row for row in AlertRule.objects.exclude(rule=AlertRule.LINE)}
    shown = [rule for rule in RULES if not rule.metric or allowed.sees(rule.metric)]
    forms = {of: form} if form else {}
    return Table(
        rules=tuple(_rule(rule, kept.get(_key(rule)), currency, forms.get(rule.slug, Form())) for rule in shown),
        lines=tuple(
            _line(line, allowed, currency, forms.get(str(line.pk), Form()))
            for line in drawn()
            if allowed.sees(line.metric)
        ),
        selects=_selects(allowed, forms["new"].given if "new" in forms and form else {}, "new"),
        new=forms.get("new", Form()),
    )


def _rule(rule: Rule, row: AlertRule | None, currency: str, form: Form) -> RuleRow:
    value = float(row.value) if row and row.value is not None else rule.default
    return RuleRow(
        slug=rule.slug,
        title=TITLES.get(rule.name) or f"{BY_NAME[rule.metric].label} out of range",
        why=rule.why,
        value=money(Decimal(repr(value)), currency) if rule.unit == "money" else f"{value:g} {rule.unit}",
        number=f"{value:g}" if row and row.value is not None else "",
        bounds=rule.bounds,
        unit=currency if rule.unit == "money" else rule.unit,
        changed=row is not None and row.value is not None,
        muted=row is not None and row.muted,
        by=row.made_by if row else "",
        form=form,
    )


def _line(line: AlertRule, allowed: Allowed, currency: str, form: Form) -> LineRow:
    metric = BY_NAME[line.metric]
    where = line.campaign.name or line.campaign.external_id if line.campaign else ""
    where = where or (CHANNELS[line.channel].label if line.channel else "all channels")
    side = "over" if line.over else "under"
    value = Decimal(line.value or 0)
    given = {"metric": line.metric, "side": side, "span": line.span, "channel": line.channel} | dict(form.given)
    return LineRow(
        pk=line.pk,
        title=f"{metric.label} of {where} {side} {figure(value, metric, currency)} in {_span(line.span)}",
        by=line.made_by,
        muted=line.muted,
        selects=_selects(allowed, given, str(line.pk)),
        value=form.given.get("value", f"{(value * 100 if metric.percent else value).normalize():f}"),
        campaign=form.given.get("campaign", line.campaign.external_id if line.campaign else ""),
        form=form,
    )


def _span(span: str) -> str:
    return "an hour" if span == rules.BY_HOUR else "a day"


def _selects(allowed: Allowed, given: Mapping[str, str], of: str) -> tuple[Select, ...]:
    metrics = [("", "Choose…"), *((name, BY_NAME[name].label) for name in allowed.of(NAMES))]
    channels = [("", "All"), *((channel.name, channel.label) for channel in ALL_CHANNELS)]
    offered = (
        ("metric", "Metric", metrics),
        ("side", "Is", [("over", "over"), ("under", "under")]),
        ("span", "In", [(rules.BY_HOUR, "an hour"), (rules.BY_DAY, "a day")]),
        ("channel", "Channel", channels),
    )
    return tuple(
        select(name, label, choices, given.get(name, "day" if name == "span" else ""), f"{name}-{of}")
        for name, label, choices in offered
    )


def _key(rule: Rule) -> tuple[str, str]:
    return rule.name, rule.metric if rule.name == rules.ANOMALY else ""
