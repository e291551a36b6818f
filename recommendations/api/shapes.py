"""Recommendations as JSON: money is a string, other figures are numbers, unknown is null."""

from django.urls import reverse

from analytics.api.figures import Json, instant
from analytics.models import Campaign

from ..models import Decision, Recommendation

LATER: Json = {"hour": None, "against": None, "line": None, "above": None}  # what older evidence lacks


def listed(row: Recommendation) -> Json:
    return {
        "id": row.pk,
        "rule": row.rule,
        "rule_version": row.rule_version,
        "campaign": _campaign(row.campaign),
        "action": row.action,
        "proposal": row.proposal,
        "state": row.state,
        "version": row.version,
        "score": {"value": row.score, "base": row.base, "adequacy": row.adequacy, "stability": row.stability},
        "money": f"{row.money:f}",
        "currency": row.currency,
        "as_of": instant(row.as_of),
        "proposed_at": instant(row.proposed_at),
        "expires_at": instant(row.expires_at),
        "snoozed_until": instant(row.snoozed_until),
        "decided_at": instant(row.decided_at),
        "implemented_on": row.implemented_on.isoformat() if row.implemented_on else None,
        "closed_at": instant(row.closed_at),
        "outcome": row.outcome,
    }


def whole(row: Recommendation) -> Json:
    return {
        **listed(row),
        "evidence": [
            {**LATER, **figure, "receipt": reverse("recommendations:figure", args=[row.pk, number])}
            for number, figure in enumerate(row.evidence)
        ],
        "expected": row.expected,
        "plan": row.plan,
        "settings": row.settings,
        "decisions": [decision(each) for each in sorted(row.decisions.all(), key=lambda each: each.pk)],
    }


def decision(row: Decision) -> Json:
    return {
        "decision": row.decision,
        "reason": row.reason,
        "note": row.note,
        "by": row.username,
        "key": row.key_prefix,
        "at": instant(row.at),
        "before": row.state_before,
        "after": row.state_after,
    }


def _campaign(campaign: Campaign) -> Json:
    return {
        "id": campaign.pk,
        "external_id": campaign.external_id,
        "name": campaign.name,
        "channel": campaign.channel,
        "status": campaign.status,
    }
