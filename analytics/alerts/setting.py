"""What people set: the value of each rule, whether it is muted, and lines of their own; each change is audited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import connection, transaction
from django.db.models import QuerySet

from compliance import audit
from compliance.acting import Actor

from ..allowed import Allowed
from ..catalogue import BY_NAME, NAMES, Metric
from ..channels import BY_NAME as CHANNELS
from ..models import AlertRule, Campaign
from ..scope import echo
from .rules import BY_DAY, BY_HOUR, RULES, Chosen, Rule

OBJECT = "alert rule"
MOST_LINES = 200  # each asks one question an hour, or a day
LARGEST = Decimal("1e15")
DRAWN = ("metric", "over", "value", "span", "channel", "campaign")  # what makes a line another
SIDES = {"over": True, "under": False}


class CannotSet(ValueError):
    """By field, what is wrong and the way out."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def drawn() -> QuerySet[AlertRule]:
    """The lines that people drew, the oldest first."""
    return AlertRule.objects.filter(rule=AlertRule.LINE).select_related("campaign").order_by("pk")


def chosen() -> Chosen:
    """What the rules of the code compare with: what people set, else the default; without the muted ones."""
    kept = {(row.rule, row.metric): row for row in AlertRule.objects.exclude(rule=AlertRule.LINE)}
    values = {}
    for rule in RULES:
        row = kept.get(_of(rule))
        if row is None or not row.muted:
            values[rule.slug] = float(row.value) if row and row.value is not None else rule.default
    return Chosen(values)


def set_rule(rule: Rule, by: Actor, at: datetime, *, value: str, muted: bool) -> AlertRule:
    """Change a rule of the code; an empty value is the default. Raises `CannotSet`."""
    number = None if not value.strip() else _number(value)
    if number is not None and not rule.least <= number <= rule.most:
        raise CannotSet({"value": f"Choose {rule.bounds}, or nothing for {rule.default:g}."})
    with transaction.atomic():
        row, _ = AlertRule.objects.select_for_update().get_or_create(rule=rule.name, metric=_of(rule)[1])
        before = rule.default if row.value is None else float(row.value)
        after = rule.default if number is None else float(number)
        if after != before:
            audit.note("set value", OBJECT, rule.slug, by, at, before=before, after=after)
        if muted != row.muted:
            audit.note("mute" if muted else "unmute", OBJECT, rule.slug, by, at)
        row.value, row.muted, row.made_by = number, muted, by.username
        row.save()
    return row


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line as a form gives it, all texts: `where` is empty, `channel:email` or a campaign's external id."""

    metric: str
    side: str
    value: str
    span: str
    channel: str = ""
    campaign: str = ""
    muted: bool = False


def draw(given: Drawn, by: Actor, at: datetime, allowed: Allowed) -> AlertRule:
    """A new line. Raises `CannotSet`."""
    row = _checked(AlertRule(rule=AlertRule.LINE), given, allowed)
    with transaction.atomic():
        _one_at_a_time()
        lines = AlertRule.objects.filter(rule=AlertRule.LINE)
        if lines.filter(**{name: getattr(row, name) for name in DRAWN}).exists():
            raise CannotSet({"metric": "There is this threshold already; change that one."})
        if lines.count() >= MOST_LINES:
            raise CannotSet(
                {"metric": f"There are {MOST_LINES} thresholds, and no more are watched; remove one first."}
            )
        row.made_by = by.username
        row.save()
        audit.note("draw line", OBJECT, row.pk, by, at, **_said(row))
    return row


def _one_at_a_time() -> None:
    """Who clicks twice draws twice at the same moment; until the transaction ends the second waits."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE alert_rule IN SHARE ROW EXCLUSIVE MODE")


def redraw(pk: int, given: Drawn, by: Actor, at: datetime, allowed: Allowed) -> AlertRule:
    """Change a line. Raises `AlertRule.DoesNotExist`, `CannotSet`."""
    with transaction.atomic():
        row = _checked(_seen(pk, allowed), given, allowed)
        row.made_by = by.username
        row.save()
        audit.note("change line", OBJECT, row.pk, by, at, **_said(row))
    return row


def remove(pk: int, by: Actor, at: datetime, allowed: Allowed) -> None:
    """Raises `AlertRule.DoesNotExist`."""
    with transaction.atomic():
        row = _seen(pk, allowed)
        audit.note("remove line", OBJECT, row.pk, by, at, **_said(row))
        row.delete()


def _seen(pk: int, allowed: Allowed) -> AlertRule:
    """A line of a metric that somebody may not see is not there for them."""
    row = AlertRule.objects.select_for_update().get(rule=AlertRule.LINE, pk=pk)
    if not allowed.sees(row.metric):
        raise AlertRule.DoesNotExist(f"There is no line {pk}.")
    return row


def _checked(row: AlertRule, given: Drawn, allowed: Allowed) -> AlertRule:
    errors: dict[str, str] = {}
    row.metric, row.span, row.muted = given.metric, given.span, given.muted
    known = allowed.of(NAMES)
    if given.metric not in known:
        errors["metric"] = (
            "Choose a metric." if not given.metric else f"{echo(given.metric)!r} is no metric you may see."
        )
    if given.side not in SIDES:
        errors["side"] = "Choose over or under."
    if given.span not in (BY_HOUR, BY_DAY):
        errors["span"] = "Choose an hour or a day."
    elif given.metric in known and given.span == BY_HOUR and not BY_NAME[given.metric].has_hours:
        errors["span"] = f"{BY_NAME[given.metric].label} is known by the day; choose a day."
    row.over = SIDES.get(given.side, True)
    row.channel, row.campaign = _scope(given, errors)
    try:
        row.value = _value(given.value, BY_NAME.get(given.metric))
    except CannotSet as error:
        errors |= error.errors
    if errors:
        raise CannotSet(errors)
    return row


def _scope(given: Drawn, errors: dict[str, str]) -> tuple[str, Campaign | None]:
    if given.channel and given.channel not in CHANNELS:
        errors["channel"] = f"{echo(given.channel)!r} is no channel; choose one of the list."
    if not given.campaign:
        return given.channel, None
    found = Campaign.objects.filter(external_id=given.campaign.replace("\0", "\ufffd")).first()
    if found is None:
        errors["campaign"] = f"There is no campaign {echo(given.campaign)!r}; name it by its external id."
    elif given.channel:
        errors["campaign"] = "Choose a channel or a campaign, not both."
    return given.channel, found


def _value(text: str, metric: Metric | None) -> Decimal:
    """In the metric's unit; of what is shown in percent, percent."""
    number = _number(text)
    if number < 0 and (metric is None or metric.name not in ("roi", "net_revenue")):
        raise CannotSet({"value": "Give a value of 0 or more."})
    return number / 100 if metric is not None and metric.percent else number


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip().removesuffix("%").strip().replace(",", ""))
    except InvalidOperation:
        wrong = f"{echo(text)!r} is no number; write it as 1250 or 12.5." if text.strip() else "Give a value."
        raise CannotSet({"value": wrong}) from None
    if not number.is_finite() or number.copy_abs() > LARGEST:  # abs() overflows
        raise CannotSet({"value": "Give a value that a figure can have."})
    return number


def _said(row: AlertRule) -> dict[str, str | float | bool]:
    return {
        "metric": row.metric,
        "over": row.over,
        "value": float(row.value or 0),
        "span": row.span,
        "channel": row.channel,
        "campaign": row.campaign_id or 0,
        "muted": row.muted,
    }


def _each(rule: Rule) -> bool:
    """Whether there is one such rule for each metric."""
    return sum(other.name == rule.name for other in RULES) > 1


def _of(rule: Rule) -> tuple[str, str]:
    return rule.name, rule.metric if _each(rule) else ""
