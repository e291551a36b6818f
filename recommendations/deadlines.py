"""What happens to recommendations by time alone: what was put off comes back, what is old or has no object ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from .models import Recommendation, State

PATIENCE = timedelta(days=30)  # what was accepted and is not done after so long will not be
OUTLIVES = ("winner",)  # rules whose proposals are of campaigns that have ended, too


@dataclass(frozen=True, slots=True)
class Kept:
    """How many came back, and how many ended."""

    woken: int
    expired: int


def keep(at: datetime) -> Kept:
    """Wake and end what is due at `at`. Safe to repeat."""
    return Kept(_wake(at), _expire(at))


def _wake(at: datetime) -> int:
    asleep = Recommendation.objects.filter(state=State.SNOOZED, snoozed_until__lte=at, expires_at__gt=at)
    return asleep.update(state=State.OPEN, snoozed_until=None, version=F("version") + 1)


def _expire(at: datetime) -> int:
    """What slept beyond its time is told by its `snoozed_until`: it ends like the others, and may be found anew."""
    waiting = Q(state=State.OPEN, expires_at__lte=at)
    undone = Q(state=State.ACCEPTED, decided_at__lte=at - PATIENCE)
    moot = Q(state__in=(State.OPEN, State.SNOOZED), campaign__status="ended") & ~Q(rule__in=OUTLIVES)
    overslept = Q(state=State.SNOOZED, snoozed_until__lte=at)
    ended = {"state": State.EXPIRED, "closed_at": at, "version": F("version") + 1}
    rows = Recommendation.objects
    return rows.filter(waiting | undone | moot).update(**ended, snoozed_until=None) + rows.filter(overslept).update(
        **ended
    )
