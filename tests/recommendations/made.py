"""Recommendations laid down by hand, so that pages and decisions need no rule to find one."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from analytics.models import Campaign
from recommendations.models import Recommendation

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
START, END = date(2026, 10, 18), date(2026, 11, 15)
EVIDENCE = [
    {
        "label": "ROAS",
        "metric": "roas",
        "value": 0.4,
        "low": 0.3,
        "high": 0.5,
        "sample": 1400.0,
        "start": START.isoformat(),
        "end": END.isoformat(),
        "of_campaign": True,
    },
    {
        "label": "ROAS of its channel",
        "metric": "roas",
        "value": 2.5,
        "low": 2.1,
        "high": 3.0,
        "sample": 52000.0,
        "start": START.isoformat(),
        "end": END.isoformat(),
        "of_campaign": False,
    },
]
EXPECTED = {
    "metric": "roas",
    "before": 0.4,
    "after": {"low": 0.8, "mid": 1.2, "high": 1.6},
    "money": {"low": 500.0, "mid": 900.0, "high": 1300.0},
    "how": "What it costs in 30 days less what it brings in.",
}
PLAN = {
    "metric": "roas",
    "better": "higher",
    "days": 14,
    "minimum": 200,
    "against": "campaigns of its channel with the same finding that were left alone",
}
_numbers = count(1)


def made(
    rule: str = "low_roas", campaign: Campaign | None = None, state: str = "open", **fields: Any
) -> Recommendation:
    """A recommendation of `NOW` in this state, kept; without a campaign one of the channel search is made, too."""
    given: dict[str, Any] = {
        "rule": rule,
        "rule_version": 1,
        "campaign": campaign or _campaign(),
        "action": "cut",
        "proposal": "Cut its budget by half, or stop it.",
        "score": 0.504,
        "base": 0.8,
        "adequacy": 0.9,
        "stability": 0.7,
        "evidence": EVIDENCE,
        "expected": EXPECTED,
        "plan": PLAN,
        "settings": {"margin": 0.2},
        "money": "900.00",
        "currency": "USD",
        "as_of": NOW,
        "proposed_at": NOW,
        "expires_at": NOW + timedelta(days=14),
        "state": state,
    }
    return Recommendation.objects.create(**given | fields)


def _campaign() -> Campaign:
    name = f"campaign-{next(_numbers)}"
    return Campaign.objects.create(external_id=name, name=name.capitalize(), channel="search")
