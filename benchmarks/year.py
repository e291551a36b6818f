"""A year of messages, laid into `event` by SQL, for the fold would take long for ten millions; the totals are then made
by `rebuild`, which counts by the fold's own definition. `event_key`, which only the fold asks, stays empty.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from analytics.channels import CHANNELS
from analytics.event_types import EventType
from analytics.fold import partitions
from analytics.models import Campaign, Source
from analytics.rebuild import rebuild

START, END = datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
LIKELY = {"delivered": 0.97, "opened": 0.3, "clicked": 0.05, "converted": 0.006}  # of a message
EVENTS_OF_A_MESSAGE = 1 + sum(LIKELY.values())
CAMPAIGNS, MESSAGES_OF_A_CONTACT = 200, 20

FILL = """
-- One row is an event of a message: its sending and, by luck, what followed. No contact has two of one campaign.
INSERT INTO event
    (contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version, flagged,
     message, currency, amount, value)
SELECT
    contact, at + after, at + after, gen_random_uuid(), campaign, %(source)s, type, 0, 1, false, '',
    CASE WHEN type = %(converted)s THEN 'USD' END,
    CASE WHEN type = %(converted)s THEN round((20 + 100 * luck / %(converts)s)::numeric, 2) END,
    CASE WHEN type = %(converted)s THEN round((20 + 100 * luck / %(converts)s)::numeric, 2) END
FROM (
    SELECT contact, campaign, random() AS luck,
        %(start)s::timestamptz + ((campaign - 1) * 300.0 / %(campaigns)s + random() * 60) * interval '1 day' AS at
    FROM (
        SELECT 1 + number / %(each)s AS contact,
            1 + (number %% %(each)s * (%(campaigns)s / %(each)s) + number / %(each)s %% 10) AS campaign
        FROM generate_series(0, %(messages)s - 1) AS number
    ) planned
) message
CROSS JOIN LATERAL (
    VALUES
        (%(sent)s, interval '0', 1.0),
        (%(delivered)s, interval '1 minute', %(delivers)s),
        (%(opened)s, interval '3 hours', %(opens)s),
        (%(clicked)s, interval '4 hours', %(clicks)s),
        (%(converted)s, interval '1 day', %(converts)s)
) AS followed (type, after, likely)
WHERE luck < likely
"""

RAW = """
-- raw: one row is a day; what the time series says of it, from the events alone.
SELECT (sent_at AT TIME ZONE 'UTC')::date, count(*), count(delivered_at), count(opened_at), count(clicked_at)
FROM (
    SELECT
        min(occurred_at) FILTER (WHERE type = 1) AS sent_at,
        min(occurred_at) FILTER (WHERE type = 2) AS delivered_at,
        min(occurred_at) FILTER (WHERE type IN (5, 6) AND machine = 0) AS opened_at,
        min(occurred_at) FILTER (WHERE type = 6 AND machine = 0) AS clicked_at
    FROM event WHERE type IN (1, 2, 5, 6) GROUP BY contact_id, campaign_id, message
) message
GROUP BY 1 ORDER BY 1
"""
RAW_METRICS = ("sends", "delivered", "unique_opens", "unique_clicks")


def fill(events: int) -> int:
    """So many events in about; how many it became. Only into empty tables."""
    source = Source.objects.get_or_create(name="benchmark")[0].pk
    names = [f"campaign-{number}" for number in range(1, CAMPAIGNS + 1)]
    channels = [channel.name for channel in CHANNELS if channel.has_delivery]
    Campaign.objects.bulk_create(
        Campaign(id=number, external_id=name, name=name, channel=channels[number % len(channels)])
        for number, name in enumerate(names, start=1)
    )
    with connection.cursor() as cursor:
        partitions.ensure(cursor, _months())
        cursor.execute(FILL, _parameters(events, source))
        kept = cursor.rowcount
        cursor.execute(
            "INSERT INTO contact (id, created_at) SELECT DISTINCT contact_id, now() FROM event ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            """
            INSERT INTO campaign_month SELECT DISTINCT campaign_id, month, month + interval '1 month'
            FROM (SELECT campaign_id, date_trunc('month', occurred_at, 'UTC') AS month FROM event) seen
            """
        )
    rebuild(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return kept


def raw_answer() -> list[tuple[Any, ...]]:
    """Day, and its `RAW_METRICS`."""
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        return list(cursor.fetchall())


def _months() -> list[datetime]:
    months = [START]
    while months[-1] <= END:
        months.append(partitions.next_month(months[-1]))
    return months


def _parameters(events: int, source: int) -> dict[str, Any]:
    types = ("sent", "delivered", "opened", "clicked", "converted")
    return {
        **{name: EventType[name.upper()].value for name in types},
        "delivers": LIKELY["delivered"],
        "opens": LIKELY["opened"],
        "clicks": LIKELY["clicked"],
        "converts": LIKELY["converted"],
        "messages": round(events / EVENTS_OF_A_MESSAGE),
        "campaigns": CAMPAIGNS,
        "each": MESSAGES_OF_A_CONTACT,
        "source": source,
        "start": START,
    }
