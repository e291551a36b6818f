"""Putting events straight into the inbox, and reading the totals back, for tests of the fold."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from analytics.ingest import batch
from analytics.models import Campaign, CampaignHourly, InboxBatch, Source
from tests.analytics.oracle import Cell, Happened

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEASURES = [
    "sends", "delivered", "bounces", "opens", "unique_opens", "machine_opens", "clicks", "unique_clicks",
    "machine_clicks", "unsubscribes", "complaints", "impressions", "conversions", "converters", "click_converters",
    "revenue", "refunds",
]  # fmt: skip


def campaigns(*ids: int, channel: str = "email") -> None:
    for number in ids:
        Campaign.objects.get_or_create(
            id=number, defaults={"external_id": f"c{number}", "name": f"Campaign {number}", "channel": channel}
        )


def put(events: Sequence[Happened], currency: str = "USD") -> InboxBatch:
    """One waiting batch with these events."""
    source, _ = Source.objects.get_or_create(name="events")
    rows = [
        batch.Row(
            line, e.contact, e.event_id, e.at, e.type, e.campaign, e.message, e.order, e.amount,
            currency if e.amount is not None else None, None, e.flagged, e.link, e.network,
        )
        for line, e in enumerate(events)
    ]  # fmt: skip
    return InboxBatch.objects.create(received_at=NOW, source=source, rows=len(rows), payload=batch.encode(rows))


def kept_totals() -> dict[Cell, Decimal]:
    """`campaign_hourly` as the oracle writes it; cells that are nothing are left out."""
    return {
        ("send" if row.basis == 0 else "event", row.campaign_id, row.hour, name): Decimal(getattr(row, name))
        for row in CampaignHourly.objects.all()
        for name in MEASURES
        if getattr(row, name)
    }
