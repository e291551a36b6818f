"""How much the pages are used: counted, without personal data.

A visitor is a hash keyed by the secret and the day: whoever reads the tables cannot join two days,
and a day's rows name nobody. What leaves `summary` are counts.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.utils.crypto import salted_hmac

from ..models import PageSession, PageViews

logger = logging.getLogger(__name__)

SAME_SESSION = timedelta(minutes=30)  # a longer pause starts another session

# One row comes out: this look's session, extended where the visitor's last one is not over, else begun.
COUNT = """
WITH counted AS (
    INSERT INTO page_views (day, page, views) VALUES (%(day)s, %(page)s, 1)
    ON CONFLICT (day, page) DO UPDATE SET views = page_views.views + 1
),
extended AS (
    UPDATE page_session SET last_at = greatest(last_at, %(at)s), views = views + 1
    WHERE day = %(day)s AND visitor = %(visitor)s AND first_at = (
        SELECT max(first_at) FROM page_session WHERE day = %(day)s AND visitor = %(visitor)s AND last_at > %(since)s
    )
    RETURNING first_at
)
INSERT INTO page_session (day, visitor, first_at, last_at, views)
SELECT %(day)s, %(visitor)s, %(at)s, %(at)s, 1 WHERE NOT EXISTS (SELECT FROM extended)
ON CONFLICT (day, visitor, first_at) DO UPDATE SET views = page_session.views + 1
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """`active_share`: staff who looked at least once ÷ active staff; None without staff. `median_seconds` from a
    session's first to its last view, None without sessions.
    """

    days: int
    active_share: float | None
    sessions: int
    median_seconds: float | None
    views: int


def count(page: str, user_pk: str, at: datetime) -> None:
    """Count one look at a page by somebody. Not being able to must not cost anybody the page."""
    day = at.date()
    row: dict[str, date | str | UUID | datetime] = {
        "day": day,
        "page": page,
        "visitor": visitor(user_pk, day),
        "at": at,
        "since": at - SAME_SESSION,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, row)
    except DatabaseError:
        logger.warning("A view of page %s was not counted", page, exc_info=True)


def visitor(user_pk: str, day: date) -> UUID:
    digest = salted_hmac(f"page visitor {day.isoformat()}", user_pk, algorithm="sha256").digest()
    return UUID(bytes=digest[:16])


def summary(days: int, *, today: date) -> Usage:
    """Use over so many days up to `today`, which is included."""
    known = [today - timedelta(days=back) for back in range(days)]
    sessions = list(PageSession.objects.filter(day__in=known).values_list("visitor", "first_at", "last_at"))
    views = PageViews.objects.filter(day__in=known).values_list("views", flat=True)
    lengths = [(last - first).total_seconds() for _, first, last in sessions]
    return Usage(
        days=days,
        active_share=_active_share({seen for seen, _, _ in sessions}, known),
        sessions=len(sessions),
        median_seconds=median(lengths) if lengths else None,
        views=sum(views),
    )


def _active_share(seen: set[UUID], days: list[date]) -> float | None:
    staff = get_user_model().objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True)
    looked = [any(visitor(str(pk), day) in seen for day in days) for pk in staff]
    return sum(looked) / len(looked) if looked else None
