"""The job: an hour that is complete is judged once, and what is unusual is told once, whatever happens meanwhile."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction

from analytics.alerts import telling
from analytics.alerts.acts import snooze
from analytics.alerts.watch import watch
from analytics.models import (
    AlertWatch,
    Campaign,
    CampaignHourly,
    DataVersion,
    InboxBatch,
    MarketingAlert,
    Source,
)
from analytics.models.totals import Basis
from compliance.acting import Actor
from compliance.models import MetricDenial

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 6, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LAST = NOW.replace(minute=0) - HOUR  # the last hour that is over
MEASURES = (
    "sends delivered bounces opens unique_opens machine_opens clicks unique_clicks machine_clicks unsubscribes "
    "complaints impressions conversions converters click_converters revenue refunds"
)
ZEROS = dict.fromkeys(MEASURES.split(), 0)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What channels would have been told."""
    messages: list[Any] = []
    notices = SimpleNamespace(
        Message=lambda **fields: SimpleNamespace(**fields), tell=lambda one, at: messages.append(one)
    )
    monkeypatch.setattr(telling, "find_spec", lambda _name: notices)
    monkeypatch.setattr(telling, "import_module", lambda _name: notices)
    return messages


@pytest.fixture
def campaign() -> Campaign:
    """A newsletter with forty opens in every hour of nine weeks, up to the last one that is over."""
    campaign = Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")
    hours = [LAST - number * HOUR for number in range(24 * 7 * 9)]
    CampaignHourly.objects.bulk_create(
        hourly(campaign, hour, opens=40 + number % 3) for number, hour in enumerate(hours)
    )
    DataVersion.objects.update_or_create(
        id=1,
        defaults={
            "version": 1, "changed_at": NOW, "last_event_at": NOW, "time_zone": "UTC", "currency": "USD",
            "window_days": 7,
        },
    )  # fmt: skip
    return campaign


def hourly(campaign: Campaign, hour: datetime, **measures: Any) -> CampaignHourly:
    return CampaignHourly(basis=Basis.EVENT, campaign_id=campaign.pk, hour=hour, **ZEROS | measures)


def set_opens(campaign: Campaign, hour: datetime, opens: int) -> None:
    rows = CampaignHourly.objects.filter(campaign_id=campaign.pk, hour=hour)
    if not rows.update(opens=opens):
        hourly(campaign, hour, opens=opens).save(force_insert=True)


def last_event(at: datetime) -> None:
    DataVersion.objects.update(last_event_at=at)


def test_as_usual_nothing_is_told(campaign: Campaign, told: list[Any]) -> None:
    assert (watch(NOW).hours, told) == (24, [])
    assert not MarketingAlert.objects.exists()
    assert AlertWatch.objects.get().judged_until == LAST + HOUR


def test_a_tenth_of_the_opens_is_one_alert_of_everything_told_once(campaign: Campaign, told: list[Any]) -> None:
    set_opens(campaign, LAST, 4)
    watch(NOW)
    watch(NOW)
    watch(NOW + timedelta(minutes=10))
    alert = MarketingAlert.objects.get()
    assert (alert.metric, alert.channel, alert.over, alert.since, alert.closed_at) == ("opens", "", False, LAST, None)
    assert {(part["channel"], part["value"]) for part in alert.parts} == {("", 4), ("email", 4)}
    was, usual = alert.series[-1]
    assert was == 4
    assert 39 <= usual <= 43
    assert [one.title for one in told] == ["Opens far below usual: all channels"]
    assert told[0].key == f"marketing-{alert.pk}"
    assert "4 in the hour to 12:00 on 20 Oct (UTC), 90" in told[0].text
    assert told[0].path.endswith("?period=custom&from=2026-10-20&to=2026-10-20&basis=event")


def test_an_hour_is_judged_once_something_later_was_counted(campaign: Campaign, told: list[Any]) -> None:
    set_opens(campaign, LAST, 4)
    last_event(LAST + timedelta(minutes=50))
    watch(NOW)
    assert not MarketingAlert.objects.exists()
    set_opens(campaign, LAST, 40)
    last_event(NOW)
    watch(NOW + timedelta(minutes=10))
    assert not MarketingAlert.objects.exists()


def test_an_hour_waits_for_what_waits_in_the_inbox(campaign: Campaign, told: list[Any]) -> None:
    set_opens(campaign, LAST, 4)
    source = Source.objects.create(name="shop")
    batch = InboxBatch.objects.create(received_at=LAST + timedelta(minutes=40), source=source, rows=1, payload=b"x")
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST
    batch.delete()
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST + HOUR
    assert MarketingAlert.objects.count() == 1


def go_on(campaign: Campaign, *opens: int, after: int = 0) -> datetime:
    """Judge so many hours, each with so many opens, `after` as many others; the time of the last run."""
    at = NOW
    for number, count in enumerate(opens, after):
        set_opens(campaign, LAST + number * HOUR, count)
        at = NOW + number * HOUR
        last_event(at)
        watch(at)
    return at


def test_it_closes_itself_and_what_comes_back_soon_is_told_by_nobody(campaign: Campaign, told: list[Any]) -> None:
    go_on(campaign, 4, 4, 41)
    alert = MarketingAlert.objects.get()
    assert alert.closed_at == LAST + 3 * HOUR
    go_on(campaign, 4, after=3)
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert len(told) == 1


def test_what_comes_back_after_the_cool_down_is_another(campaign: Campaign, told: list[Any]) -> None:
    go_on(campaign, 4, *[41] * 26, 4)
    assert MarketingAlert.objects.count() == 2
    assert len(told) == 2


def test_a_snooze_is_quiet_until_it_ends(campaign: Campaign, told: list[Any]) -> None:
    at = go_on(campaign, 4)
    alert = MarketingAlert.objects.get()
    ada = Actor(User.objects.create(username="ada"))
    snooze(alert.pk, ada, at, at + 2 * HOUR + timedelta(minutes=30))
    go_on(campaign, 4, 4, after=1)
    assert len(told) == 1
    go_on(campaign, 4, after=3)
    assert [one.key for one in told][1:] == [f"marketing-{alert.pk}-202610201506"]
    assert MarketingAlert.objects.get().snoozed_until is None


def test_a_run_that_dies_leaves_nothing(campaign: Campaign, told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    set_opens(campaign, LAST, 4)
    monkeypatch.setattr(telling, "names_of", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError), transaction.atomic():
        watch(NOW)
    assert not MarketingAlert.objects.exists()
    assert not AlertWatch.objects.exists()
    monkeypatch.undo()
    watch(NOW)
    assert MarketingAlert.objects.count() == 1


def test_a_metric_that_a_role_is_denied_is_in_no_message(campaign: Campaign, told: list[Any]) -> None:
    MetricDenial.objects.create(group=Group.objects.get(name="Analyst"), metric="opens")
    set_opens(campaign, LAST, 4)
    watch(NOW)
    assert [one.title for one in told] == ["Something is unusual"]
    assert "pens" not in told[0].text + told[0].path
