"""Totals laid down by hand, so that answers can be computed by hand; the fold has tests of its own."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from analytics.models import Campaign, CampaignDaily, CampaignHourly, DataVersion
from analytics.models.totals import Basis
from analytics.queries import state
from analytics.scope import Scope, parse

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
ZEROS: dict[str, Any] = {
    field.name: 0
    for field in CampaignHourly._meta.concrete_fields
    if field.name not in ("basis", "campaign_id", "hour", "pk")
}
DAY_ZEROS = ZEROS | {"cost": 0, "platform_impressions": 0, "platform_clicks": 0, "platform_conversions": 0}
BOTH = (Basis.SEND, Basis.EVENT)


def asked(**params: Any) -> Scope:
    """The scope of these parameters; by default the two days of `october`."""
    given = {"start": "2026-10-01", "end": "2026-10-03"} | params
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    return parse(lists, now=NOW, time_zone=given.get("time_zone", "UTC"), currency="USD")


def campaign(external_id: str, channel: str = "email", **fields: Any) -> Campaign:
    return Campaign.objects.create(external_id=external_id, name=external_id.capitalize(), channel=channel, **fields)


def on_day(day: date, campaign_id: int, bases: tuple[Basis, ...] = BOTH, **measures: Any) -> None:
    for basis in bases:
        CampaignDaily.objects.create(**DAY_ZEROS | measures, basis=basis, campaign_id=campaign_id, day=day)


def in_hour(hour: datetime, campaign_id: int, bases: tuple[Basis, ...] = BOTH, **measures: Any) -> None:
    for basis in bases:
        CampaignHourly.objects.create(**ZEROS | measures, basis=basis, campaign_id=campaign_id, hour=hour)


def version(
    number: int = 1, changed_at: datetime = datetime(2026, 11, 1, 12, tzinfo=UTC), **fields: Any
) -> DataVersion:
    cut = {"time_zone": "UTC", "currency": "USD", "window_days": 7}
    row, _ = DataVersion.objects.update_or_create(
        id=1, defaults={"version": number, "changed_at": changed_at, **cut, **fields}
    )
    state.renew()
    return row


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def october() -> dict[str, Campaign]:
    """Three campaigns and the unattributed on two days, and the days of September that they are compared with.

    spring   e-mail: 1,000 sends, 950 delivered, 380 opened, 95 clicked, 19 converted, 1,900.00, cost 500.00
    autumn   SMS without delivery reports: 200 sends, 10 bounces
    ads      search: 40 clicks of which 10 by the platform, 20 unique, 4 converted, 400.00, cost 250.00
    nobody   3 conversions, 33.33
    """
    spring, autumn = campaign("spring"), campaign("autumn", "sms", reports_deliveries=False)
    ads = campaign("ads", "search")
    first, second = date(2026, 10, 1), date(2026, 10, 2)
    mail: dict[str, Any] = {
        "sends": 600,
        "delivered": 570,
        "bounces": 30,
        "opens": 300,
        "unique_opens": 200,
        "machine_opens": 50,
    }
    on_day(first, spring.id, **mail, clicks=60, unique_clicks=50, conversions=12, converters=10, click_converters=8,
           revenue=Decimal("1200.00"), refunds=Decimal("100.00"), cost=Decimal("500.00"), unsubscribes=2)  # fmt: skip
    on_day(second, spring.id, sends=400, delivered=380, bounces=20, opens=250, unique_opens=180, clicks=50,
           unique_clicks=45, conversions=10, converters=9, click_converters=9, revenue=Decimal("700.00"),
           complaints=1)  # fmt: skip
    on_day(first, autumn.id, sends=200, bounces=10)
    on_day(second, ads.id, clicks=30, unique_clicks=20, impressions=1000, conversions=5, converters=4,
           click_converters=4, revenue=Decimal("400.00"), cost=Decimal("250.00"), platform_clicks=10,
           platform_impressions=4000, platform_conversions=9)  # fmt: skip
    on_day(second, 0, conversions=3, converters=3, revenue=Decimal("33.33"), refunds=Decimal("3.33"))
    on_day(date(2026, 9, 29), spring.id, sends=800, delivered=760, revenue=Decimal("800.00"), cost=Decimal("400.00"))
    on_day(date(2026, 9, 30), ads.id, sends=0, clicks=10, revenue=Decimal("200.00"))
    version()
    return {"spring": spring, "autumn": autumn, "ads": ads}
