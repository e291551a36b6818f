"""What the job does every minute: go on with each request as far as it goes, and tell why where it does not.

In a database that was restored from a backup erasures of since then come first.
"""

import logging
from datetime import datetime

from django.db import OperationalError
from django.db.models import Q

from .. import audit
from ..job_errors import JobFailedError, told
from ..models import DataSubjectRequest, RequestKind, RequestState
from ..sources import NotYet
from . import copies, erasing, following, reapplying, requests

LOCK_NOT_AVAILABLE = "55P03"
BUSY = "The door could not be closed for a moment: a long import is at work."
logger = logging.getLogger(__name__)


def work(at: datetime) -> int:
    """Go on with all that are due; how many came to their end. Raises what one failed with, after all others."""
    erasures = Q(kind=RequestKind.ERASURE, state__in=(RequestState.APPROVED, RequestState.RUNNING))
    due = erasures | Q(kind__in=requests.EXPORTS, state=RequestState.VERIFIED)
    failed: Exception | None = None
    try:
        done = reapplying.follow(at, settle=lambda _at: None, say=logger.info)
    except following.Unusable as error:  # erasures wait; whoever wants a copy does not
        done, failed = 0, JobFailedError(str(error))
    except NotYet as error:
        logger.warning("Erasures of before the database was restored wait: %s", error)
        return 0
    for request in DataSubjectRequest.objects.filter(due).order_by("due_at"):
        try:
            done += _go_on(request, at)
        except Exception as error:  # noqa: BLE001  raised below
            failed = failed or error
    if failed:
        raise failed
    return done


def _go_on(request: DataSubjectRequest, at: datetime) -> bool:
    """Whether it came to its end; why not stands with the request."""
    try:
        (copies.make if request.kind in requests.EXPORTS else erasing.run)(request, at)
    except NotYet as error:
        _wait(request, str(error))
        return False
    except Exception as error:
        if _door_is_busy(error):
            _wait(request, BUSY)
            return False
        _wait(request, told(error))
        audit.note("failed", requests.OBJECT, str(request.pk), None, at)
        raise
    return True


def _door_is_busy(error: Exception) -> bool:
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE


def _wait(request: DataSubjectRequest, why: str) -> None:
    DataSubjectRequest.objects.filter(pk=request.pk).update(waits_for=why)
