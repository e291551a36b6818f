"""When the rules last looked at the campaigns."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from analytics.presentation import ago
from compliance.jobs import DONE, NOTHING
from compliance.models import JobRun

from ..models import Recommendation
from ..tasks import recommend

LATE_AFTER = timedelta(hours=26)  # they look every night


@dataclass(frozen=True, slots=True)
class Looked:
    at: datetime
    words: str
    late: bool


def looked(now: datetime) -> Looked | None:
    """None while they never did. A demo is looked at as it is filled in, which is no run of the job."""
    ended = JobRun.objects.filter(name=recommend.name.rpartition(".")[2], outcome__in=(DONE, NOTHING))
    run = ended.order_by("-started_at").values_list("started_at", flat=True).first()
    found = Recommendation.objects.aggregate(at=Max("as_of"))["at"]
    at = max(filter(None, (run, found)), default=None)
    return Looked(at, ago((now - at).total_seconds()), now - at > LATE_AFTER) if at else None
