"""The job: an hour that is complete is judged once, and what is unusual is told once, whatever happens meanwhile."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction

from analytics.alerts import telling
from analytics.alerts.acts import snooze
from analytics.alerts.watch import watch
from analytics.allowed import EVERYTHING
from analytics.changes import kept_cut
from analytics.models import (
    AlertRule,
    AlertWatch,
    Campaign,
    CampaignCost,
    CampaignDaily,
    CampaignHourly,
    DataVersion,
    HourForecast,
    InboxBatch,
    MarketingAlert,
    Source,
    SourceForecast,
    SpendReading,
)
from analytics.models.totals import Basis
from analytics.pages.alert_cards import cards
from compliance.acting import Actor
from compliance.models import ChannelKind, MetricDenial, Notice, NoticeChannel

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 6, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LAST = NOW.replace(minute=0) - HOUR  # the last hour that is over
MEASURES = (
    "sends delivered bounces opens unique_opens machine_opens clicks unique_clicks machine_clicks unsubscribes "
    "complaints impressions conversions converters click_converters revenue refunds"
)
ZEROS = dict.fromkeys(MEASURES.split(), 0)


class Told(Sequence[Notice]):
    """What a channel is told, in order, as it stands now."""

    def __getitem__(self, place: Any) -> Any:
        return list(Notice.objects.order_by("pk"))[place]

    def __len__(self) -> int:
        return Notice.objects.count()

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def told() -> Told:
    NoticeChannel.objects.create(name="ops", kind=ChannelKind.EMAIL, about=["marketing"], changed_at=NOW)
    return Told()


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


def test_as_usual_nothing_is_told(campaign: Campaign, told: Told) -> None:
    assert (watch(NOW).hours, told) == (24, [])
    assert not MarketingAlert.objects.exists()
    assert AlertWatch.objects.get().judged_until == LAST + HOUR


def test_a_tenth_of_the_opens_is_one_alert_of_everything_told_once(campaign: Campaign, told: Told) -> None:
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


def test_an_hour_is_judged_once_something_later_was_counted(campaign: Campaign, told: Told) -> None:
    set_opens(campaign, LAST, 4)
    last_event(LAST + timedelta(minutes=50))
    watch(NOW)
    assert not MarketingAlert.objects.exists()
    set_opens(campaign, LAST, 40)
    last_event(NOW)
    watch(NOW + timedelta(minutes=10))
    assert not MarketingAlert.objects.exists()


def test_an_hour_waits_for_what_waits_in_the_inbox(campaign: Campaign, told: Told) -> None:
    set_opens(campaign, LAST, 4)
    source = Source.objects.create(name="shop")
    batch = InboxBatch.objects.create(received_at=LAST + timedelta(minutes=40), source=source, rows=1, payload=b"x")
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST
    batch.delete()
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST + HOUR
    assert MarketingAlert.objects.count() == 1


def test_an_hour_waits_until_nearly_all_of_it_is_usually_here(campaign: Campaign, told: Told) -> None:
    set_opens(campaign, LAST, 4)
    SourceForecast.objects.create(source_id=1, at=NOW, usual=[], seen=0, day_events=0)
    usually_here(LAST, 0.9)
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST
    assert not MarketingAlert.objects.exists()
    usually_here(LAST, 0.96)
    watch(NOW)
    assert AlertWatch.objects.get().judged_until == LAST + HOUR
    assert MarketingAlert.objects.count() == 1


def test_no_hour_waits_for_what_takes_days(campaign: Campaign, told: Told) -> None:
    SourceForecast.objects.create(source_id=1, at=NOW, usual=[], seen=0, day_events=0)
    for back in range(72):
        usually_here(LAST - back * HOUR, 0.5)
    assert watch(NOW).hours == 24


def usually_here(hour: datetime, share: float) -> None:
    HourForecast.objects.update_or_create(
        hour=hour, kind=0, defaults={"arrived": 90, "unknown": 0, "to_come": 0, "usual": 100, "share": share}
    )


def go_on(campaign: Campaign, *opens: int, after: int = 0) -> datetime:
    """Judge so many hours, each with so many opens, `after` as many others; the time of the last run."""
    at = NOW
    for number, count in enumerate(opens, after):
        set_opens(campaign, LAST + number * HOUR, count)
        at = NOW + number * HOUR
        last_event(at)
        watch(at)
    return at


def test_it_closes_itself_and_what_comes_back_soon_is_told_by_nobody(campaign: Campaign, told: Told) -> None:
    go_on(campaign, 4, 4, 41)
    alert = MarketingAlert.objects.get()
    assert alert.closed_at == LAST + 3 * HOUR
    go_on(campaign, 4, after=3)
    assert MarketingAlert.objects.get(pk=alert.pk, closed_at=None)
    assert len(told) == 1


def test_what_comes_back_after_the_cool_down_is_another(campaign: Campaign, told: Told) -> None:
    go_on(campaign, 4, *[41] * 26, 4)
    assert MarketingAlert.objects.count() == 2
    assert len(told) == 2


def test_a_snooze_is_quiet_until_it_ends(campaign: Campaign, told: Told) -> None:
    at = go_on(campaign, 4)
    alert = MarketingAlert.objects.get()
    ada = Actor(User.objects.create(username="ada"))
    snooze(alert.pk, ada, at, at + 2 * HOUR + timedelta(minutes=30))
    go_on(campaign, 4, 4, after=1)
    assert len(told) == 1
    go_on(campaign, 4, after=3)
    assert [one.key for one in told][1:] == [f"marketing-{alert.pk}-202610201506"]
    assert MarketingAlert.objects.get().snoozed_until is None


def test_a_run_that_dies_leaves_nothing(campaign: Campaign, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    set_opens(campaign, LAST, 4)
    monkeypatch.setattr(telling, "names_of", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError), transaction.atomic():
        watch(NOW)
    assert not MarketingAlert.objects.exists()
    assert not AlertWatch.objects.exists()
    monkeypatch.undo()
    watch(NOW)
    assert MarketingAlert.objects.count() == 1


def test_a_metric_that_a_role_is_denied_is_in_no_message(campaign: Campaign, told: Told) -> None:
    MetricDenial.objects.create(group=Group.objects.get(name="Analyst"), metric="opens")
    set_opens(campaign, LAST, 4)
    watch(NOW)
    assert [one.title for one in told] == ["Something is unusual"]
    assert "pens" not in told[0].text + told[0].path


def test_after_days_away_only_the_last_one_is_judged(campaign: Campaign, told: Told) -> None:
    AlertWatch.objects.create(judged_until=LAST - timedelta(days=9))
    assert watch(NOW).hours == 24


def test_silence_is_told_where_something_would_have_come(campaign: Campaign, told: Told) -> None:
    last_event(NOW - 4 * HOUR)
    watch(NOW)
    assert [one.title for one in told] == ["No events arrive"]
    assert "about 123 are usual" in told[0].text
    last_event(NOW + timedelta(minutes=5))
    watch(NOW + timedelta(minutes=10))
    alert = MarketingAlert.objects.get()
    assert alert.closed_at == NOW + timedelta(minutes=10)


def test_a_muted_rule_is_quiet_and_closes_what_it_opened(campaign: Campaign, told: Told) -> None:
    go_on(campaign, 4)
    AlertRule.objects.create(rule="anomaly", metric="opens", muted=True)
    go_on(campaign, 4, after=1)
    assert MarketingAlert.objects.get().closed_at is not None


# Lines of people


def line(**fields: Any) -> AlertRule:
    given = {"metric": "opens", "over": False, "value": Decimal(30), "span": "hour"} | fields
    return AlertRule.objects.create(rule=AlertRule.LINE, **given)


def test_a_line_by_the_hour_is_told_when_it_is_crossed_and_over_when_it_is_not(campaign: Campaign, told: Told) -> None:
    line(campaign=campaign)
    go_on(campaign, 29)
    assert [(one.title, one.path.partition("?")[0]) for one in told] == [
        ("Opens under 30: Spring sale", f"/admin/marketing/campaigns/{campaign.pk}/drilldown/")
    ]
    go_on(campaign, 31, after=1)
    assert MarketingAlert.objects.get().closed_at == LAST + 2 * HOUR


def test_a_line_by_the_day_is_judged_when_the_day_is_over(campaign: Campaign, told: Told) -> None:
    line(span="day", over=True, channel="email")
    day = LAST.date() - timedelta(days=1)
    CampaignDaily.objects.create(**daily(campaign, day, opens=31))
    watch(NOW)
    alert = MarketingAlert.objects.get()
    assert (alert.rule[:5], alert.since.date(), alert.channel) == ("line-", day, "email")
    assert [one.title for one in told] == ["Opens over 30: E-mail"]


def test_a_line_that_is_removed_closes_what_it_opened(campaign: Campaign, told: Told) -> None:
    drawn = line()
    go_on(campaign, 29)
    drawn.delete()
    go_on(campaign, 29, after=1)
    assert MarketingAlert.objects.get().closed_at is not None


# Money


def daily(campaign: Campaign, day: date, **measures: Any) -> dict[str, Any]:
    platform = dict.fromkeys(("cost", "platform_impressions", "platform_clicks", "platform_conversions"), 0)
    return {"basis": Basis.EVENT, "campaign_id": campaign.pk, "day": day} | ZEROS | platform | measures


def cost(campaign: Campaign, day: date, amount: int) -> None:
    given = {"amount": amount, "value": amount, "currency": "USD"}
    CampaignCost.objects.update_or_create(campaign=campaign, date=day, source="ads", defaults=given)


YESTERDAY = NOW.date() - timedelta(days=1)


def test_a_budget_that_is_overspent_is_told_at_noon(campaign: Campaign, told: Told) -> None:
    Campaign.objects.update(budget=1000, currency="USD")
    cost(campaign, YESTERDAY, 1200)
    watch(NOW)
    assert [one.text for one in told] == ["Spring sale has spent $1,200; its budget is $1,000."]
    watch(NOW + HOUR)
    assert MarketingAlert.objects.get().closed_at is None


def test_amounts_stay_in_the_currency_in_which_they_were_found(campaign: Campaign, told: Told) -> None:
    Campaign.objects.update(budget=1000, currency="USD")
    cost(campaign, YESTERDAY, 1200)
    watch(NOW)
    alert = MarketingAlert.objects.get()
    DataVersion.objects.update(currency="EUR")
    [card] = cards([alert], EVERYTHING, kept_cut(), NOW)
    assert (card.text, card.rows[0].value) == ("Spring sale has spent $1,200; its budget is $1,000.", "$1,200")
    before = alert.parts
    del alert.parts[0]["currency"]  # as it was before that was kept
    alert.save()
    DataVersion.objects.update(currency="USD")
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(import_module("analytics.migrations.0026_alert_currency").CURRENCY)
    alert.refresh_from_db()
    assert alert.parts == [before[0] | {"currency": "USD"}]


def test_a_budget_that_lasts_at_the_rate_so_far_is_not_told(campaign: Campaign, told: Told) -> None:
    begins = NOW - timedelta(days=50)
    Campaign.objects.update(budget=1000, currency="USD", starts_at=begins, ends_at=begins + timedelta(days=100))
    cost(campaign, YESTERDAY, 500)
    watch(NOW)
    assert not told
    cost(campaign, YESTERDAY, 600)
    AlertWatch.objects.update(judged_until=LAST)
    watch(NOW)
    assert [one.title for one in told] == ["Budget will be overspent: Spring sale"]


def test_cost_that_nobody_clicked_on_is_told_of_ads_and_not_of_mails_that_rest(campaign: Campaign, told: Told) -> None:
    ads = Campaign.objects.create(external_id="ads", name="Ads", channel="search")
    for each in (campaign, ads):
        CampaignDaily.objects.create(**daily(each, YESTERDAY, cost=80))
    watch(NOW)
    assert [one.text for one in told] == ["Ads cost $80.00 on 19 Oct, and nobody clicked."]


def test_a_day_that_cost_twice_as_much_as_its_weekday_does_is_told_at_noon(campaign: Campaign, told: Told) -> None:
    cost(campaign, YESTERDAY - 8 * WEEK, 108)
    for weeks in range(9):
        amount = 200 if weeks == 0 else 100 + weeks
        CampaignDaily.objects.create(**daily(campaign, YESTERDAY - weeks * WEEK, cost=amount, clicks=5))
    watch(NOW)
    assert [one.title for one in told] == ["Cost far above usual: all channels"]
    assert told[0].text.startswith("Cost of all channels: $200.00 on 19 Oct, 91\N{NO-BREAK SPACE}% more; usual is $")


def test_spend_is_read_by_the_hour_and_double_of_it_is_told_in_the_next(campaign: Campaign, told: Told) -> None:
    """Readings of nine weeks in which a day's cost grew by ten an hour; then by twenty."""
    hours = [LAST - number * HOUR for number in range(1, 24 * 7 * 9)]
    SpendReading.objects.bulk_create(
        SpendReading(hour=hour, channel=channel, spent=10 * (hour.hour + 1))
        for hour in hours
        for channel in ("", "email")
    )
    cost(campaign, NOW.date(), 10 * (LAST.hour + 2))
    watch(NOW)
    assert SpendReading.objects.get(hour=LAST, channel="email").spent == 10 * (LAST.hour + 2)
    assert [one.title for one in told] == ["Cost far above usual: all channels"]
    assert "$20.00 in the hour to 12:00" in told[0].text


def test_an_hour_is_read_soon_after_its_end_or_not_at_all(campaign: Campaign, told: Told) -> None:
    cost(campaign, NOW.date(), 50)
    watch(NOW + timedelta(minutes=30))
    assert not SpendReading.objects.exists()


def test_where_nothing_is_known_of_the_past_nothing_is_unusual(campaign: Campaign, told: Told) -> None:
    """An installation of two weeks: before it there was not nothing."""
    CampaignHourly.objects.filter(hour__lt=LAST - 2 * WEEK).delete()
    set_opens(campaign, LAST, 400)
    watch(NOW)
    assert not told


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_once(campaign: Campaign, told: Told) -> None:
    """The second waits for the first to commit, and finds the hour judged."""
    set_opens(campaign, LAST, 4)
    judged: list[int] = []

    def other() -> None:
        judged.append(watch(NOW).hours)
        connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first = watch(NOW).hours
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join()
    assert (first, judged, len(told), MarketingAlert.objects.count()) == (24, [0], 1, 1)
