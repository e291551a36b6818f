"""Channels in the admin: made, tried, changed and switched off by those who may; and what was told, to look at."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from compliance import duties, notices, outbound
from compliance.acting import Actor
from compliance.models import AuditEntry, MetricDenial, Notice, NoticeChannel
from compliance.notices import channels, sending
from tests.compliance.channels import SECRET_PATH, channel, channel_to, message, open_to, saying
from tests.compliance.looks import person, signed_in
from tests.compliance.servers import OK, answering, serving

pytestmark = pytest.mark.django_db
LIST, LOG = "/admin/compliance/noticechannel/", "/admin/compliance/notice/"


@pytest.fixture
def mia(db: None) -> Client:
    return signed_in(person("mia"))


def form(address: str = "", **fields: Any) -> dict[str, Any]:
    return {"name": "one", "kind": "webhook", "about": ["marketing"], "where": address, "enabled": "on"} | fields


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_a_webhook_is_made_and_its_secret_is_shown_once(mia: Client, settings: Settings) -> None:
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        page = text_of(mia.post(f"{LIST}add/", form(url)))
        [secret] = re.findall(r"whsec_[\w+/=]+", page)
        made = NoticeChannel.objects.get()
        assert channels.signing(made) == [secret]
        for address in (LIST, f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/history/"):
            shown = text_of(mia.get(address))
            assert secret not in shown
            assert SECRET_PATH not in shown
        assert f"http://127.0.0.1:{server.port}/•••" in text_of(mia.get(LIST))
        tried = text_of(mia.post(f"{LIST}{made.pk}/test/", follow=True))
        assert "The test was sent. Answered 200." in tried
        another = text_of(mia.post(f"{LIST}{made.pk}/change/", form(_new_secret="1")))
        assert channels.signing(NoticeChannel.objects.get())[0] in another
        ended = text_of(mia.post(f"{LIST}{made.pk}/change/", form(_end_old_secret="1"), follow=True))
        assert "The newest secret alone signs now." in ended
    assert len(server.seen) == 1
    acts = ["made", "made secret", "tested", "made secret", "ended secret"]
    assert list(AuditEntry.objects.order_by("id").values_list("act", flat=True)) == acts


def test_while_a_test_takes_its_time_there_is_no_transaction(
    mia: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, blocks = len(connection.savepoint_ids), list[int]()

    def post(*_given: Any) -> outbound.Answer:
        blocks.append(len(connection.savepoint_ids))
        return outbound.Answer(200, {}, b"", cut=False)

    monkeypatch.setattr(outbound, "post", post)
    with serving(answering(OK)) as server:
        made = channel_to(settings, server)
        assert mia.get(f"{LIST}{made.pk}/test/").status_code == 405
        mia.post(f"{LIST}{made.pk}/test/")
        assert mia.post(f"{LIST}0/test/").status_code == 404
    assert blocks == [before]


def test_a_test_that_does_not_arrive_says_why(mia: Client, settings: Settings) -> None:
    with serving(answering(saying("404 Not here", "no_service"))) as server:
        made = channel_to(settings, server)
        page = text_of(mia.post(f"{LIST}{made.pk}/test/", follow=True))
    assert "The test did not arrive. Answered 404: no_service" in page
    assert "given up" in text_of(mia.get(LIST))


def test_nobody_is_flooded_by_the_button(mia: Client, settings: Settings) -> None:
    with serving(answering(OK)) as server:
        made = channel_to(settings, server)
        pages = [text_of(mia.post(f"{LIST}{made.pk}/test/", follow=True)) for _ in range(7)]
    assert len(server.seen) == sending.TESTS
    assert "The test was sent." in pages[4]
    assert "It was tried 5 times within a minute; wait one." in pages[5]


def test_an_address_that_is_left_empty_stays_and_a_new_one_is_checked(mia: Client, settings: Settings) -> None:
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        made = channel(url)
        place = f"{LIST}{made.pk}/change/"
        mia.post(place, form(name="other", kind="teams"))
        made.refresh_from_db()
        assert (made.name, made.kind, channels.addresses(made)) == ("other", "slack", [url])
        answer = mia.post(place, form("https://127.0.0.1/", name="other"))
        assert "127.0.0.1 lies inside" in str(answer.context["adminform"].form.errors["where"])
        mia.post(place, form(f"{url}2", name="other", enabled=""))
        made.refresh_from_db()
        assert (channels.addresses(made), made.enabled) == ([f"{url}2"], False)
    details = AuditEntry.objects.filter(act="changed").order_by("id").values_list("details", flat=True)
    assert [(one["on"], one["address_is_new"]) for one in details] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"kind": "email", "where": "ops@team.test"}, "kind", "set EMAIL_URL"),
        ({"where": ""}, "where", "not called"),
        ({"about": []}, "about", "required"),
        ({"about": ["weather"]}, "about", "not one of the available"),
        ({"name": "ALERT_EMAILS"}, "name", "name of the setting"),
        ({"about": ["access"]}, "about", "change_accessalert"),
        ({"kind": "pigeon"}, "kind", "not one of the available"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(given: dict[str, Any], field: str, words: str, mia: Client) -> None:
    answer = mia.post(f"{LIST}add/", form("https://8.8.8.8/hook") | given)
    assert words in str(answer.context["adminform"].form.errors[field])
    assert not NoticeChannel.objects.exists()


def test_addresses_of_mail_are_checked_one_by_one_and_not_said_back(mia: Client, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    for where, words in (("ops@team.test, x", "Number 2 is no"), ("", "1 to 20"), ("a@b.test", "")):
        answer = mia.post(f"{LIST}add/", form(where, kind="email"))
        errors = answer.context["adminform"].form.errors["where"] if answer.status_code == 200 else ""
        assert words in str(errors)
    many = "\n".join(f"a{number}@b.test" for number in range(21))
    answer = mia.post(f"{LIST}add/", form(many, kind="email", name="many"))
    assert "1 to 20" in str(answer.context["adminform"].form.errors["where"])
    assert "a•••@b.test" not in text_of(mia.get(LIST))
    assert "•••@b.test" in text_of(mia.get(LIST))


def test_the_addresses_of_the_environment_are_a_channel_that_is_only_switched(settings: Settings) -> None:
    settings.ALERT_EMAILS, settings.EMAIL_URL = ["officers@compliance.test"], "smtp://127.0.0.1"
    nina = signed_in(person("nina", "Compliance officer"))
    assert "o•••@compliance.test" in text_of(nina.get(LIST))
    built_in = NoticeChannel.objects.get()
    place = f"{LIST}{built_in.pk}/change/"
    given = {"about": ["access", "marketing"], "name": "mine", "where": "me@evil.test", "enabled": "on"}
    nina.post(place, given)
    built_in.refresh_from_db()
    assert (built_in.name, built_in.about, built_in.address) == ("ALERT_EMAILS", ["access", "marketing"], None)
    assert channels.addresses(built_in) == ["officers@compliance.test"]
    assert nina.post(f"{LIST}{built_in.pk}/delete/", {"post": "yes"}).status_code == 403
    nina.post(place, {"about": ["access"]})
    assert notices.tell(message(), timezone.now()) == 0
    mia = signed_in(person("mia"))
    assert mia.post(place, given).status_code == 403
    assert "<textarea" not in text_of(mia.get(place))


def test_whoever_is_denied_a_metric_hears_nothing_of_metrics_here_and_says_where_nothing_goes(
    mia: Client, settings: Settings
) -> None:
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        made = channel(url, by=person("op", "Operator"))
        notices.tell(message(), timezone.now())
        assert "Spend is double" in text_of(mia.get(LOG))
        MetricDenial.objects.create(group=Group.objects.get(name="Marketing admin"), metric="revenue")
        assert "Spend is double" not in text_of(mia.get(LOG))
        assert mia.get(f"{LOG}{Notice.objects.get().pk}/change/").status_code == 302
        answer = mia.post(f"{LIST}add/", form(url))
        assert "your role is denied some" in str(answer.context["adminform"].form.errors["about"])
        assert mia.post(f"{LIST}{made.pk}/test/").status_code == 403
        assert mia.post(f"{LIST}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert server.seen == []


def test_alerts_of_unusual_access_are_read_by_officers_alone(mia: Client, settings: Settings) -> None:
    with serving(answering(OK)) as server:
        channel_to(settings, server, about=["access"], by=person("nina", "Compliance officer"))
    notices.tell(notices.Message("access", "access-alert-1", "Unusual access", "Who: ada"), timezone.now())
    assert "Unusual access" not in text_of(mia.get(LOG, {"about": "access"}))
    assert "Who: ada" in text_of(
        signed_in(person("omar", "Compliance officer")).get(f"{LOG}{Notice.objects.get().pk}/change/")
    )


def test_who_has_no_such_task_sees_neither() -> None:
    ann = signed_in(person("ann", "Analyst"))
    assert ann.post(f"{LIST}1/test/").status_code == 403
    for place in (LIST, LOG, f"{LIST}add/"):
        assert ann.get(place).status_code == 403
        assert Client().get(place).status_code == 302


def test_the_page_says_who_will_see_what(mia: Client) -> None:
    for place in (LIST, f"{LIST}add/"):
        assert "Whoever reads a channel sees every metric" in " ".join(text_of(mia.get(place)).split())


def test_a_channel_that_does_not_work_waits_on_the_first_page_until_it_does(mia: Client, settings: Settings) -> None:
    answers = iter([saying("404 Not here"), OK])
    user = person("op", "Operator")
    with serving(lambda peer, server: answering(next(answers))(peer, server)) as server:
        made = channel_to(settings, server)
        for expected in (1, 0):
            sending.test(made.pk, by=Actor(user), at=timezone.now())
            found = [one.count for one in duties.of(user, timezone.now()) if "Channels" in one.words]
            assert found == [expected] * bool(expected)


def test_the_lists_cost_the_same_for_many(mia: Client, settings: Settings) -> None:
    def asked(place: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert mia.get(place).status_code == 200
        return len(queries)

    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        channel(url)
        notices.tell(message("0"), timezone.now())
        few = [asked(LIST), asked(LOG)]
        for number in range(1, 20):
            channel(url)
            notices.tell(message(f"{number}"), timezone.now())
    assert [asked(LIST), asked(LOG)] == few
    assert max(few) <= 14
