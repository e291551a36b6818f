"""Recommendations as JSON: money is a string, other figures are numbers, unknown is null."""

from django.urls import reverse

from analytics.allowed import Allowed
from analytics.api.figures import Json, instant
from analytics.models import Campaign

from ..models import Decision, Recommendation
from ..shown import Shown, proposal_of, shown_of

LATER: Json = {"hour": None, "against": None, "line": None, "above": None}  # what older evidence lacks


def listed(row: Recommendation, allowed: Allowed) -> Json:
    shown = shown_of(row, allowed)
    return {
        "id": row.pk,
        "rule": row.rule,
        "rule_version": row.rule_version,
        "campaign": _campaign(row.campaign),
        "action": row.action,
        "proposal": proposal_of(row, shown),
        "state": row.state,
        "version": row.version,
        "score": _score(row) if shown.figures else None,
        "money": f"{row.money:f}" if shown.money else None,
        "currency": row.currency,
        "as_of": instant(row.as_of),
        "proposed_at": instant(row.proposed_at),
        "expires_at": instant(row.expires_at),
        "snoozed_until": instant(row.snoozed_until),
        "decided_at": instant(row.decided_at),
        "implemented_on": row.implemented_on.isoformat() if row.implemented_on else None,
        "closed_at": instant(row.closed_at),
        "outcome": _outcome(row, shown),
        "not_shown": shown.left_out,
    }


def whole(row: Recommendation, allowed: Allowed) -> Json:
    shown = shown_of(row, allowed)
    return {
        **listed(row, allowed),
        "evidence": [
            {**LATER, **figure, "receipt": reverse("recommendations:figure", args=[row.pk, number])}
            for number, figure in enumerate(row.evidence)
            if shown.figures
        ],
        "expected": _without_money(row.expected, shown) if shown.figures else None,
        "plan": row.plan | ({} if shown.figures else {"minimum": None}),
        "settings": row.settings,
        "decisions": [decision(each) for each in sorted(row.decisions.all(), key=lambda each: each.pk)],
    }


def _score(row: Recommendation) -> Json:
    return {"value": row.score, "base": row.base, "adequacy": row.adequacy, "stability": row.stability}


def _outcome(row: Recommendation, shown: Shown) -> Json | None:
    """Its verdict is the state that it is in."""
    return _without_money(row.outcome, shown) if row.outcome and shown.figures else None


def _without_money(kept: Json, shown: Shown) -> Json:
    return kept if shown.money else kept | {"money": None}


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
