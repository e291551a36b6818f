"""The pages of alerts: what stands there for whom, and what people do there."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.alerts.finding import Finding, to_json
from analytics.models import AlertRule, Campaign, MarketingAlert
from compliance.models import AuditEntry, MetricDenial

pytestmark = pytest.mark.django_db
LIST = "/admin/marketing/alerts/"
HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)
LINE = {"metric": "open_rate", "side": "under", "value": "12.5", "span": "day", "channel": "email", "campaign": ""}


@pytest.fixture
def ada(client: Client) -> Client:
    """A marketing admin, signed in."""
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Marketing admin"))
    client.force_login(user)
    return client


@pytest.fixture
def ben() -> Client:
    """Of the staff, and may look only."""
    client = Client()
    client.force_login(User.objects.create_user("ben", is_staff=True))
    return client


def finding(metric: str = "opens", **fields: Any) -> Finding:
    """Four opens of everything in the last hour, where forty are usual."""
    until = timezone.now().replace(minute=0, second=0, microsecond=0)
    given: dict[str, Any] = {"value": 4.0, "usual": 40.0, "low": 13.0, "high": 95.0} | fields
    return Finding("anomaly", metric, over=False, since=until - HOUR, until=until, **given)


def alert(*parts: Finding, **fields: Any) -> MarketingAlert:
    head = parts[0]
    return MarketingAlert.objects.create(
        rule=head.rule, metric=head.metric, channel=head.channel, over=head.over, parts=to_json(parts),
        series=[[40, 41]] * 47 + [[4, 41]], since=head.since, opened_at=timezone.now(), seen_at=head.until, **fields,
    )  # fmt: skip


def test_an_open_alert_says_what_by_how_much_and_since_when(ada: Client) -> None:
    alert(finding(), finding(channel="email"), finding("clicks", value=1.0))
    page = ada.get(LIST).content.decode()
    assert "Opens far below usual: all channels" in page
    assert "90\N{NO-BREAK SPACE}% less; usual is 13 to 95. Clicks moved with it." in page
    assert "All 3 figures" in page
    assert page.count('class="usual"') == 1
    assert "basis=event" in page


def test_without_an_alert_everything_is_as_usual(ada: Client) -> None:
    alert(finding(), closed_at=timezone.now())
    assert "Nothing was judged yet" in ada.get(LIST).content.decode()
    assert "As usual again at" in ada.get(f"{LIST}?state=all").content.decode()


def test_a_filter_that_there_is_not_is_named(ada: Client) -> None:
    answer = ada.get(f"{LIST}?state=burning")
    assert answer.status_code == 400
    assert "burning" in answer.content.decode()


def test_acknowledging_and_snoozing_in_place_is_noted_with_who(ada: Client) -> None:
    found = alert(finding())
    answer = ada.post(reverse("analytics:acknowledge_alert", args=[found.pk]), headers=HTMX)
    assert "ada acknowledged it at" in answer.content.decode()
    answer = ada.post(reverse("analytics:snooze_alert", args=[found.pk]), {"hours": "4"}, headers=HTMX)
    assert "ada snoozed it until" in answer.content.decode()
    found.refresh_from_db()
    assert found.snoozed_until is not None
    assert timedelta(hours=3.9) < found.snoozed_until - timezone.now() <= timedelta(hours=4)
    ada.post(reverse("analytics:wake_alert", args=[found.pk]), headers=HTMX)
    acts = AuditEntry.objects.filter(object_type="marketing alert").values_list("act", flat=True)
    assert list(acts.order_by("id")) == ["acknowledge", "snooze", "wake"]


def test_without_scripts_an_act_leads_to_the_alert(ada: Client) -> None:
    found = alert(finding())
    answer = ada.post(reverse("analytics:acknowledge_alert", args=[found.pk]))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}{found.pk}/")
    refused = ada.post(reverse("analytics:snooze_alert", args=[found.pk]), {"hours": "5"})
    assert refused.status_code == 400
    assert "Choose for how long." in refused.content.decode()


def test_what_is_over_is_not_snoozed(ada: Client) -> None:
    found = alert(finding(), closed_at=timezone.now())
    answer = ada.post(reverse("analytics:snooze_alert", args=[found.pk]), {"hours": "4"}, headers=HTMX)
    assert answer.status_code == 409
    assert "It is over" in answer.content.decode()


def test_who_may_look_only_is_offered_no_act_and_refused_each(ben: Client) -> None:
    found = alert(finding())
    page = ben.get(LIST).content.decode()
    assert "Snooze…" not in page
    assert "Add a threshold" not in page
    assert ben.post(reverse("analytics:acknowledge_alert", args=[found.pk])).status_code == 403
    assert ben.post(reverse("analytics:draw_line"), LINE).status_code == 403
    assert ben.post(reverse("analytics:set_rule", args=["budget"]), {"value": "120"}).status_code == 403


def test_a_stranger_is_led_to_the_login(client: Client) -> None:
    assert client.get(LIST).headers["Location"].startswith("/admin/login/")


def test_a_denied_metric_is_in_no_alert_nor_rule(ada: Client) -> None:
    MetricDenial.objects.create(group=Group.objects.get(name="Marketing admin"), metric="revenue")
    hidden = alert(finding("revenue"))
    alert(finding("revenue"), finding("conversions"))
    AlertRule.objects.create(rule="line", metric="revenue", value=Decimal(7), span="day")
    page = ada.get(LIST).content.decode()
    assert "evenue" not in page
    assert page.count("<article") == 1
    assert "Conversions far below usual" in page
    assert 'class="spark"' not in page  # the hours that are kept are those of revenue
    assert ada.get(f"{LIST}{hidden.pk}/").status_code == 404
    assert ada.post(reverse("analytics:acknowledge_alert", args=[hidden.pk])).status_code == 404
    assert ada.post(reverse("analytics:set_rule", args=["anomaly-revenue"]), {"value": "5"}).status_code == 404


def test_of_a_silence_everybody_learns_but_how_many_are_usual_only_who_sees_all_of_them(ada: Client) -> None:
    now = timezone.now()
    silent = Finding("silence", "", over=False, value=4.0, since=now - 4 * HOUR, until=now, usual=123.0, high=3.0)
    alert(silent)
    assert "about 123 are usual" in ada.get(LIST).content.decode()
    group = Group.objects.create(name="No opens")
    User.objects.get(username="ada").groups.add(group)
    MetricDenial.objects.create(group=group, metric="opens")
    for address in (LIST, f"{LIST}open/"):
        page = ada.get(address).content.decode()
        assert "No events arrive" in page
        assert "about 123" not in page
    assert "since then some are usual" in ada.get(LIST).content.decode()


def test_that_nobody_clicked_is_not_told_to_who_is_denied_clicks(ada: Client) -> None:
    idle = alert(replace(finding("cost"), rule="idle_cost", over=True))
    assert ada.get(f"{LIST}{idle.pk}/").status_code == 200
    MetricDenial.objects.create(group=Group.objects.get(name="Marketing admin"), metric="clicks")
    assert ada.get(f"{LIST}{idle.pk}/").status_code == 404


def test_a_line_is_drawn_changed_and_removed_and_all_of_it_audited(ada: Client) -> None:
    page = ada.post(reverse("analytics:draw_line"), LINE, headers=HTMX).content.decode()
    assert "Open rate of E-mail under 12.5\N{NO-BREAK SPACE}% in a day" in page
    line = AlertRule.objects.get()
    assert (line.value, line.over, line.made_by) == (Decimal("0.125"), False, "ada")
    ada.post(reverse("analytics:redraw_line", args=[line.pk]), LINE | {"value": "10", "muted": "on"}, headers=HTMX)
    line.refresh_from_db()
    assert (line.value, line.muted) == (Decimal("0.1"), True)
    ada.post(reverse("analytics:remove_line", args=[line.pk]))
    assert not AlertRule.objects.exists()
    acts = AuditEntry.objects.filter(object_type="alert rule").values_list("act", flat=True)
    assert list(acts.order_by("id")) == ["draw line", "change line", "remove line"]


def test_a_line_is_drawn_once(ada: Client) -> None:
    answers = [
        ada.post(reverse("analytics:draw_line"), LINE | more, headers=HTMX) for more in ({}, {}, {"value": "13"})
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 200]
    assert "There is this threshold already" in answers[1].content.decode()
    assert AlertRule.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("metric", "", "Choose a metric."),
        ("metric", "happiness", "'happiness' is no metric"),
        ("side", "beside", "Choose over or under."),
        ("value", "", "Give a value."),
        ("value", "many", "'many' is no number"),
        ("value", "-3", "0 or more"),
        ("value", "NaN", "that a figure can have"),
        ("value", "1e999999999", "that a figure can have"),
        ("span", "year", "Choose an hour or a day."),
        ("channel", "pigeon", "'pigeon' is no channel"),
        ("campaign", "no-such", "There is no campaign 'no-such'"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_its_field(ada: Client, field: str, value: str, told: str) -> None:
    answer = ada.post(reverse("analytics:draw_line"), LINE | {field: value}, headers=HTMX)
    page = answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == 400
    assert f"<b>{field.capitalize()}:</b>" in page
    assert told in page
    assert not AlertRule.objects.exists()
    assert ada.post(reverse("analytics:draw_line"), LINE | {field: value}).status_code == 400  # without scripts


def test_costs_are_not_drawn_by_the_hour(ada: Client) -> None:
    answer = ada.post(reverse("analytics:draw_line"), LINE | {"metric": "roas", "span": "hour"}, headers=HTMX)
    assert "ROAS is known by the day; choose a day." in answer.content.decode()


def test_a_rule_is_set_within_its_bounds_and_muted(ada: Client) -> None:
    url = reverse("analytics:set_rule", args=["anomaly-opens"])
    assert "Choose 2.5 to 10" in ada.post(url, {"value": "1"}, headers=HTMX).content.decode()
    page = ada.post(url, {"value": "5", "muted": "on"}, headers=HTMX).content.decode()
    assert "From 5 standard deviations on" in page
    assert "last set by ada" in page
    found = AuditEntry.objects.filter(object_type="alert rule", object_id="anomaly-opens").order_by("id")
    assert [one.act for one in found] == ["set value", "mute"]
    assert found[0].details == {"before": 3.5, "after": 5.0}


def test_the_panel_has_the_newest_open_ones_and_nothing_without(ada: Client) -> None:
    url = reverse("analytics:alerts_panel")
    assert ada.get(url).content == b""
    for channel in ("email", "push", "sms", "search"):
        alert(finding(channel=channel))
    page = ada.get(url).content.decode()
    assert page.count("<li>") == 3
    assert "all 4 →" in page


def test_a_list_costs_the_same_whatever_is_in_it(ada: Client) -> None:
    campaign = Campaign.objects.create(external_id="spring", name="Spring", channel="email")

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert ada.get(LIST).status_code == 200
        return len(caught)

    alert(finding(campaign=campaign.pk))
    few = statements()
    for number in range(20):
        alert(finding(campaign=campaign.pk if number % 2 else None))
        AlertRule.objects.create(rule="line", metric="opens", value=Decimal(7), span="day", campaign=campaign)
    assert statements() == few
