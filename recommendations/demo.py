"""The past of a demo: what rules would have found some weeks ago, what somebody decided, and what came of it.

Who decides is made up, and is called so. Nothing else is: the rules look at the days before their night, decisions are
those of `decisions.py` with the moments at which they would have been made, and the verdict is that of the job, on a
campaign that truly did better from then on.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import QuerySet

from analytics.changes import kept_cut
from analytics.demo import FAILING, MENDED, MENDED_AGO, PREFIX
from analytics.models import Campaign
from compliance.acting import Actor

from . import deadlines, decisions
from .models import Recommendation, State
from .outcomes import measure_due
from .proposing import propose

NIGHT, MORNING, NOON = time(1, 40), timedelta(hours=7), timedelta(hours=10)
SOMEBODY = "demo (made up)"
DONE = "already_done", "Made up with the demo: its budget was cut this week."


def past(at: datetime) -> None:
    """Run one night, decide in the morning, and let time pass until `at`. Only where there is nothing but a demo, and
    once: nobody is to find decisions of nobody among their own.
    """
    if Recommendation.objects.exists() or Campaign.objects.exclude(external_id__startswith=PREFIX).exists():
        return
    zone = ZoneInfo(kept_cut().time_zone)
    night = datetime.combine(at.astimezone(zone).date() - MENDED_AGO, NIGHT, zone)
    propose(night)
    _decide(night)
    for moment in _open().filter(expires_at__lte=at).order_by("expires_at").values_list("expires_at", flat=True):
        deadlines.keep(moment)
    measure_due(at)


def _decide(night: datetime) -> None:
    """Do what was found of what was mended that day, and dismiss what was found of the failing one."""
    by = Actor(User(username=SOMEBODY))
    for pk in _found("subject_line", MENDED):
        decisions.accept(pk, by, night + MORNING)
        decisions.implement(pk, by, night + NOON)
    for pk in _found("low_roas", FAILING):
        decisions.dismiss(pk, by, night + MORNING, *DONE)


def _found(rule: str, slug: str) -> list[int]:
    of_it = _open().filter(rule=rule, campaign__external_id__endswith=f"-{slug}")
    return list(of_it.values_list("pk", flat=True))


def _open() -> QuerySet[Recommendation]:
    return Recommendation.objects.filter(state=State.OPEN)
