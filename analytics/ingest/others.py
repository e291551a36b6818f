"""What a source tells that no event of ours is made of: counted by name and day, so that nothing just disappears."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from . import lookups

MOST_NAMES = 200  # of a day that are told apart
TOO_MANY = "(further names)"

COUNT = """
-- One row is a name that came that day; beyond so many of them new ones share one.
INSERT INTO other_events (day, source_id, name, events)
SELECT %(day)s, %(source)s, CASE
    WHEN EXISTS (
        SELECT FROM other_events WHERE day = %(day)s AND source_id = %(source)s AND name = %(name)s
    ) OR (SELECT count(*) FROM other_events WHERE day = %(day)s AND source_id = %(source)s) < %(most)s
    THEN %(name)s ELSE %(beyond)s END, %(events)s
ON CONFLICT (day, source_id, name) DO UPDATE SET events = other_events.events + excluded.events
"""


def count(told: Mapping[str, int], source: str, at: datetime) -> None:
    """Add how many of each name came, in the caller's transaction; in the order of names, so that no two calls wait
    for each other.
    """
    if not told:
        return
    of: dict[str, Any] = {"day": at.astimezone(UTC).date(), "source": lookups.source_id(source)}
    with connection.cursor() as cursor:
        for name, events in sorted(told.items()):
            cursor.execute(COUNT, of | {"name": name, "events": events, "most": MOST_NAMES, "beyond": TOO_MANY})
