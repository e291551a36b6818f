"""From findings of rules to recommendations: what is new is kept, what nobody wanted stays quiet, what is old ends."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from django.db import transaction
from django.db.models import Q

from . import deadlines, reading
from .findings import Broken, Finding
from .models import Recommendation, RuleSetting, State
from .rules import RULES, SHARED, find_all
from .standing import alone, standing

QUIET = timedelta(days=30)  # so long nobody is told again what was dismissed or let go
AT_ONCE = 500  # rows of an insert

Settings = Mapping[str, Mapping[str, float]]  # the thresholds of rules, by their names


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of the findings (`found` = `new` + `standing` + `quiet`), and of recommendations of before; `broken`
    are rules that raised an error.
    """

    found: int
    new: int
    standing: int
    quiet: int
    expired: int
    woken: int
    broken: tuple[Broken, ...] = ()

    @property
    def changed(self) -> int:
        return self.new + self.expired + self.woken


def propose(at: datetime) -> Proposed:
    """Run the rules that are not muted. Safe to repeat, and safe beside another run, which waits for this one."""
    settings = _settings()
    seen = reading.snapshot(at, settings.get("list_health", {}).get("frequency"))
    broken: list[Broken] = []
    found = find_all(seen, settings, broken)
    with transaction.atomic():
        alone()
        kept = deadlines.keep(at)
        stands, quiet = standing(), _quiet(at)
        rest = [finding for finding in found if (finding.rule, finding.campaign) not in stands]
        new = [finding for finding in rest if (finding.rule, finding.campaign, finding.action) not in quiet]
        Recommendation.objects.bulk_create(
            [_born(finding, at, seen.currency, settings[finding.rule]) for finding in new], batch_size=AT_ONCE
        )
    stood, hushed = len(found) - len(rest), len(rest) - len(new)
    return Proposed(len(found), len(new), stood, hushed, kept.expired, kept.woken, tuple(broken))


def _settings() -> dict[str, dict[str, float]]:
    """The thresholds of every rule that is not muted: what people set, else the default."""
    changed = RuleSetting.objects.in_bulk()
    shared = changed.get(SHARED.name, RuleSetting()).thresholds
    return {
        rule.name: rule.settings(row.thresholds, shared)
        for rule in RULES
        if not (row := changed.get(rule.name, RuleSetting())).muted
    }


def _quiet(at: datetime) -> set[tuple[str, int, str]]:
    """Rule, campaign and action: whoever does not want to clean a list may want to hear that it complains."""
    closed = Recommendation.objects.filter(state__in=(State.DISMISSED, State.EXPIRED), closed_at__gt=at - QUIET)
    overslept = Q(state=State.EXPIRED, snoozed_until__isnull=False)
    return set(closed.exclude(overslept).values_list("rule", "campaign_id", "action"))


def _born(finding: Finding, at: datetime, currency: str, settings: Mapping[str, float]) -> Recommendation:
    return Recommendation(
        rule=finding.rule,
        rule_version=finding.version,
        campaign_id=finding.campaign,
        action=finding.action,
        proposal=finding.proposal,
        score=finding.score.value,
        base=finding.score.base,
        adequacy=finding.score.adequacy,
        stability=finding.score.stability,
        evidence=[_plain(figure) for figure in finding.evidence],
        expected=_plain(finding.expected),
        plan=_plain(finding.plan),
        settings=dict(settings),
        money=Decimal(str(round(finding.expected.money.mid, 2))),
        currency=currency,
        as_of=at,
        proposed_at=at,
        expires_at=at + timedelta(days=finding.expires_days),
    )


def _plain(part: Any) -> dict[str, Any]:
    """As JSON has it: days are texts."""
    return asdict(part, dict_factory=_texts)


def _texts(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _text(value) for name, value in pairs}


def _text(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return None  # a bound that is not there
    return value.isoformat() if isinstance(value, date) else value
