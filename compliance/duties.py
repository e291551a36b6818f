"""What waits for whoever signs in: one visible table, shown on the admin's first page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from .jobs import FAILED
from .models import AccessReview, DataSubjectRequest, JobRun
from .notices import channels
from .reviews import signing
from .subjects import clocks
from .watching import alerts

LIST = "admin:compliance_{}_changelist"


@dataclass(frozen=True, slots=True)
class Duty:
    """`count` says how many wait at a moment; `late`: they are past their time."""

    words: str
    permission: str
    list: str
    query: str
    late: bool
    count: Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class Waiting:
    words: str
    count: int
    url: str
    late: bool


def _overdue(at: datetime) -> int:
    signing.ensure(at)
    return AccessReview.objects.filter(signed_at=None, due_at__lte=at).count()


def _to_sign(at: datetime) -> int:
    return AccessReview.objects.filter(signed_at=None, ends_at__lte=at, due_at__gt=at).count()


def _late_requests(at: datetime) -> int:
    return DataSubjectRequest.objects.filter(closed_at=None, due_at__lte=at).count()


def _near_requests(at: datetime) -> int:
    return DataSubjectRequest.objects.filter(closed_at=None, due_at__gt=at, due_at__lte=at + clocks.SOON).count()


def _broken_logs(at: datetime) -> int:
    """One where the last check of the logs found a break; which, its run says on the Health page."""
    last = JobRun.objects.filter(name="verify_audit", finished_at__isnull=False).order_by("-id").first()
    return int(last is not None and last.outcome == FAILED)


def _open_alerts(at: datetime) -> int:
    return alerts.open_ones().count()


def _broken_channels(at: datetime) -> int:
    return channels.broken().count()


_REVIEWS, _ALERTS = "compliance.view_accessreview", "compliance.view_accessalert"
_CHANNELS = "compliance.change_noticechannel"
DUTIES: tuple[Duty, ...] = (
    Duty(
        "Late requests",
        "compliance.view_datasubjectrequest",
        "datasubjectrequest",
        "deadline=LATE",
        True,
        _late_requests,
    ),
    Duty(
        "Requests due within a week",
        "compliance.view_datasubjectrequest",
        "datasubjectrequest",
        "deadline=SOON",
        False,
        _near_requests,
    ),
    Duty("Overdue reviews of accesses", _REVIEWS, "accessreview", "state=OVERDUE", True, _overdue),
    Duty("Reviews of accesses to be signed", _REVIEWS, "accessreview", "state=DUE", False, _to_sign),
    Duty("Open alerts of unusual access", _ALERTS, "accessalert", "state=open", True, _open_alerts),
    Duty("Channels whose last notice did not arrive", _CHANNELS, "noticechannel", "", True, _broken_channels),
    Duty("Logs that are not as written", "compliance.view_logfinding", "logfinding", "", True, _broken_logs),
)


def of(user: Any, at: datetime) -> list[Waiting]:
    """What waits for this person; what does not wait is left out."""
    asked = [(duty, duty.count(at)) for duty in DUTIES if user.has_perm(duty.permission)]
    return [
        Waiting(duty.words, count, f"{reverse(LIST.format(duty.list))}?{duty.query}", duty.late)
        for duty, count in asked
        if count
    ]
