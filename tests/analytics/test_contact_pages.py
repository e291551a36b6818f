"""The pages about people, as staff see them with and without a grant."""

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.models import Campaign
from analytics.queries import contacts
from compliance.models import ConsentGrant, Identity, PiiAccess
from tests.analytics.people import CANARY, DAY, MASKED, NAMES, acts, contact_of, kept_in_redis, spring, took_in
from tests.analytics.totals import campaign
from tests.compliance.access import REASON, staff

pytestmark = pytest.mark.django_db
ON_THE_DAY = {"date": "2026-10-01"}
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/marketing/"}
NO_STORE = "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.fixture
def found(db: None) -> Campaign:
    return spring()


@pytest.fixture
def ada(client: Client) -> User:
    user = staff("ada")
    client.force_login(user)
    return user


def url(found: Campaign, below: str = "contacts/") -> str:
    return f"/admin/marketing/campaigns/{found.pk}/{below}"


def consent(client: Client, found: Campaign, query: str = "?date=2026-10-01", **changes: Any) -> Any:
    asked = {"purpose": "complaint", "reason": REASON} | changes
    headers = asked.pop("headers", None)
    return client.post(url(found, f"consent/{query}"), asked, headers=headers)


def text(answer: Any) -> str:
    content: str = answer.content.decode()
    return content


def run_out() -> None:
    ConsentGrant.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize(
    "below", ["contacts/", "contacts/1/", "contacts/1/reveal/", "consent/", f"consent/{UUID(int=7)}/end/"]
)
def test_strangers_and_others_without_staff_go_to_the_login(client: Client, below: str) -> None:
    found = campaign("spring")
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        ask = client.get if below in ("contacts/", "contacts/1/") else client.post
        answer = ask(url(found, below))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={url(found, below)}")


def test_after_a_login_the_page_comes_back_and_not_the_act(client: Client) -> None:
    found = campaign("spring")
    referer = {"Referer": f"http://testserver{url(found)}?date=2026-10-01"}
    plain = client.post(url(found, "consent/"), headers=referer)
    assert plain.headers["Location"] == f"/admin/login/?next={url(found)}%3Fdate%3D2026-10-01"
    beside = client.post(url(found, "consent/"), headers=HTMX)
    assert beside.headers["HX-Redirect"] == "/admin/login/?next=/admin/marketing/"


def test_without_a_grant_the_page_asks_for_one_and_shows_nobody(client: Client, ada: User, found: Campaign) -> None:
    answer = client.get(url(found), ON_THE_DAY)

    assert answer.status_code == 200
    assert "personal data of 7 people" in text(answer)
    assert f'action="{url(found, "consent/?date=2026-10-01")}"' in text(answer)
    assert "example." not in text(answer)
    assert answer.headers["Cache-Control"] == NO_STORE
    assert client.head(url(found), ON_THE_DAY).status_code == 200
    assert acts() == []


def test_the_dialog_is_the_same_question_and_with_a_grant_the_way_to_the_page(
    client: Client, ada: User, found: Campaign
) -> None:
    asked = client.get(url(found), ON_THE_DAY | {"hour": "9"}, headers=HTMX)
    assert "<html" not in text(asked)
    assert 'formmethod="dialog"' in text(asked)

    there = f"{url(found)}?date=2026-10-01&hour=9"
    opened = consent(client, found, "?date=2026-10-01&hour=9", headers=HTMX)
    assert opened.headers["HX-Redirect"] == there
    assert client.get(there, headers=HTMX).headers["HX-Redirect"] == there


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"purpose": ""}, ["purpose"]),
        ({"purpose": "curiosity", "reason": "short"}, ["purpose", "reason"]),
        ({"reason": "a mail from ada@example.net"}, ["reason"]),
        ({"reason": "call +44 20 7946 0989 back"}, ["reason"]),
    ],
)
@pytest.mark.parametrize("headers", [None, HTMX])
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    client: Client, ada: User, found: Campaign, changes: dict[str, str], errors: list[str], headers: Any
) -> None:
    answer = consent(client, found, headers=headers, **changes)

    assert answer.status_code == 400
    assert re.findall(r'class="error" id="(\w+)-error"', text(answer)) == errors
    assert changes.get("reason", REASON) in text(answer).replace("&#x27;", "'")
    assert not ConsentGrant.objects.exists()
    assert "example.net" not in str(list(PiiAccess.objects.values()))


def test_a_grant_shows_masked_people_and_reveals_one_by_a_second_act(
    client: Client, ada: User, found: Campaign
) -> None:
    assert consent(client, found).headers["Location"] == f"{url(found)}?date=2026-10-01"
    page, one = client.get(url(found), ON_THE_DAY), contact_of(CANARY)

    assert page.headers["Cache-Control"] == NO_STORE
    assert text(page).count("•••@example") == 7
    assert MASKED in text(page)
    assert CANARY not in text(page)
    assert 'hx-history="false"' in text(page)
    assert re.search(r'data-seconds="(8[89]\d|900)"', text(page))

    beside = client.post(url(found, f"contacts/{one}/reveal/"), headers=HTMX)
    assert (text(beside).count(CANARY), "<html" in text(beside)) == (1, False)
    alone = client.post(url(found, f"contacts/{one}/reveal/"))
    assert CANARY in text(alone)
    for answer in (beside, alone):
        assert answer.headers["Cache-Control"] == NO_STORE
    numbers = [contact_of(name) for name in NAMES]
    assert acts() == [
        ("granted", []),
        ("listed", numbers),
        ("revealed", [one]),
        ("revealed", [one]),
        ("timeline", [one]),
    ]


def test_a_contacts_page_is_what_they_did_and_is_logged(client: Client, ada: User, found: Campaign) -> None:
    one = contact_of(CANARY)
    asked = client.get(url(found, f"contacts/{one}/"))
    assert "personal data of 1 person" in text(asked)
    assert consent(client, found, f"?contact={one}").headers["Location"] == url(found, f"contacts/{one}/")
    page = client.get(url(found, f"contacts/{one}/"))

    assert MASKED in text(page)
    assert CANARY not in text(page)
    what = re.findall(r'<tr><th scope="row">([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td></tr>', text(page))
    assert what[1] == ("1 Oct 2026, 11:00:00", "Converted", "$19.90")
    assert [kind for _, kind, _ in what] == [
        "Unsubscribed", "Converted", "Clicked", "Opened, by a machine", "Opened", "Delivered", "Sent",
    ]  # fmt: skip
    assert acts() == [("granted", []), ("timeline", [one])]


def test_pages_go_on_by_their_link(client: Client, ada: User, found: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts.contacts, "__kwdefaults__", {"limit": 3})
    monkeypatch.setattr(contacts.timeline, "__kwdefaults__", {"limit": 3})
    consent(client, found)
    for start, each, count in (
        (f"{url(found)}?date=2026-10-01", r'class="person"', [3, 3, 1]),
        (url(found, f"contacts/{contact_of(CANARY)}/"), r'<tr><th scope="row">', [3, 3, 1]),
    ):
        here: str | None = start
        seen = []
        while here:
            page = text(client.get(here))
            seen.append(len(re.findall(each, page)))
            onward = re.search(r'href="([^"]*)" rel="next"', page)
            here = onward[1].replace("&amp;", "&") if onward else None
        assert seen == count
        assert f'href="{start.replace("&", "&amp;")}">First page' in page


def test_a_small_group_is_counted_and_not_shown(client: Client, ada: User, found: Campaign) -> None:
    consent(client, found)
    page = text(client.get(url(found), ON_THE_DAY | {"hour": "12"}))
    assert "3 contacts" in page
    assert "fewer than 5 contacts" in page
    assert "•••" not in page
    assert "Nobody" in text(client.get(url(found), ON_THE_DAY | {"hour": "3"}))


@pytest.mark.parametrize(
    ("query", "field"),
    [("?date=1.10.", "Date"), ("?date=2026-10-01&hour=30", "Hour"), ("?date=2026-10-01&cursor=x", "Cursor")],
)
def test_an_address_that_cannot_be_used_names_the_field(
    client: Client, ada: User, found: Campaign, query: str, field: str
) -> None:
    consent(client, found)
    answer = client.get(f"{url(found)}{query}")
    assert answer.status_code == 400
    assert f"<b>{field}:</b>" in text(answer)


@pytest.mark.parametrize("below", ["contacts/", "contacts/1/"])
def test_an_unknown_campaign_is_not_found(client: Client, ada: User, below: str) -> None:
    assert client.get(f"/admin/marketing/campaigns/7/{below}").status_code == 404


@pytest.mark.parametrize("number", [999, 2**63, 10**30])
def test_somebody_of_no_campaign_is_not_found(client: Client, ada: User, found: Campaign, number: int) -> None:
    consent(client, found)
    assert client.get(url(found, f"contacts/{number}/")).status_code == 404
    assert client.post(url(found, f"contacts/{number}/reveal/")).status_code == 404
    assert client.post(url(found, f"consent/?contact={number}"), {}).status_code == 400


@pytest.mark.parametrize("end", ["ended", "ran out"])
def test_a_grant_that_is_over_shows_nobody_again(client: Client, ada: User, found: Campaign, end: str) -> None:
    consent(client, found)
    grant, one = ConsentGrant.objects.get(), contact_of(CANARY)
    if end == "ended":
        answer = client.post(url(found, f"consent/{grant.pk}/end/"))
        assert answer.headers["Location"] == url(found, "drilldown/")
    else:
        run_out()

    assert "•••" not in text(client.get(url(found), ON_THE_DAY))
    assert client.post(url(found, f"contacts/{one}/reveal/"), headers=HTMX).status_code == 403
    assert CANARY not in text(client.post(url(found, f"contacts/{one}/reveal/")))
    assert [act for act, _ in acts()][-2:] == ["refused", "refused"]


def test_who_lacks_the_permission_is_told_so_and_the_try_is_logged(client: Client, found: Campaign) -> None:
    client.force_login(staff("bob", may=False))
    for answer in (client.get(url(found)), consent(client, found), client.get(url(found), headers=HTMX)):
        assert answer.status_code == 403
        assert "compliance.add_consentgrant" in text(answer)
    assert acts() == [("refused", [])] * 3
    assert client.post(url(found, f"consent/{uuid4()}/end/")).status_code == 404


def test_a_grant_is_ended_by_its_owner_alone(client: Client, ada: User, found: Campaign) -> None:
    consent(client, found)
    client.force_login(staff("bob"))
    assert client.post(url(found, f"consent/{ConsentGrant.objects.get().pk}/end/")).status_code == 404
    assert ConsentGrant.objects.get().ended_at is None


def test_forms_need_their_token(ada: User, found: Campaign) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert consent(strict, found).status_code == 403
    assert strict.post(url(found, "contacts/1/reveal/")).status_code == 403
    assert not ConsentGrant.objects.exists()


def test_acts_are_no_links(client: Client, ada: User, found: Campaign) -> None:
    for below in ("consent/", "contacts/1/reveal/", f"consent/{uuid4()}/end/"):
        assert client.get(url(found, below)).status_code == 405


@pytest.mark.parametrize(("hour", "people"), [("12", "3 people"), ("3", "0 people")])
def test_nobody_is_asked_for_a_reason_to_see_people_who_would_not_be_listed(
    client: Client, ada: User, found: Campaign, hour: str, people: str
) -> None:
    for headers in ({}, HTMX):
        page = text(client.get(url(found), ON_THE_DAY | {"hour": hour}, headers=headers))
        assert "Too few to be shown one by one" in page
        assert f"{people} of “<bdi>Spring</bdi>” did something then" in page
        assert f'href="{url(found)}?date=2026-10-01" data-people>Show the whole day' in page
        assert 'name="reason"' not in page
    assert 'name="reason"' in text(client.get(url(found), ON_THE_DAY))


def test_an_erased_identity_says_so_and_has_nothing_to_reveal(client: Client, ada: User, found: Campaign) -> None:
    Identity.objects.filter(contact_id=contact_of(CANARY)).delete()
    consent(client, found)
    page = text(client.get(url(found), ON_THE_DAY))
    assert (page.count("<i>erased</i>"), page.count('/reveal/" hx-post')) == (1, 6)


def test_the_two_hours_that_a_clock_shows_in_autumn_have_each_its_people(
    client: Client, ada: User, settings: Settings
) -> None:
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"
    night = datetime(2026, 10, 25, tzinfo=UTC)
    named = [(night, "first", 5), (night + timedelta(hours=1), "second", 6)]
    events = [
        {
            "type": "opened",
            "contact": f"{name}{number}@example.org",
            "occurred_at": f"{at.isoformat()}",
            "campaign": "spring",
        }
        for at, name, people in named
        for number in range(people)
    ]
    found = took_in(events, night)
    days = {"period": "custom", "from": "2026-10-25", "to": "2026-10-25", "date": "2026-10-25", "basis": "event"}
    links = re.findall(r'href="([^"]*hour=[^"]*)" data-people', text(client.get(url(found, "drilldown/"), days)))
    consent(client, found, "?date=2026-10-25")
    for link, zone, initial, people in zip(links, ("CEST", "CET"), "fs", (5, 6), strict=True):
        page = text(client.get(link.replace("&amp;", "&")))
        assert f"<h1>Contacts, 25 Oct 2026, 02:00 {zone}</h1>" in page
        assert page.count('class="person"') == page.count(f"{initial}•••@example.org") == people
        assert page.count(f"02:00:00 {zone}") == people
        api = client.get(
            f"/api/v1/campaigns/{found.pk}/drilldown?level=contact&{link.split('?')[1].replace('&amp;', '&')}"
        )
        assert api.json()["count"] == people
    assert text(client.get(url(found), {"date": "2026-10-25", "hour": "2"})).count('class="person"') == 11


def test_the_way_back_shows_the_day_however_old_it_is(client: Client, ada: User, found: Campaign) -> None:
    back = re.search(r'<a class="button" href="([^"]*drilldown[^"]*)"', text(client.get(url(found), ON_THE_DAY)))
    assert back
    page = client.get(back[1].replace("&amp;", "&"))
    assert page.status_code == 200
    assert 'id="contacts-day-2026-10-01"' in text(page)


def test_no_more_statements_with_more_people(
    client: Client, ada: User, found: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consent(client, found)
    with django_assert_num_queries(13):
        assert text(client.get(url(found), ON_THE_DAY)).count('class="person"') == 7
    more = [{"type": "sent", "contact": f"p{number}@example.com", "occurred_at": DAY.isoformat(), "campaign": "spring"}
            for number in range(40)]  # fmt: skip
    took_in(more, DAY)
    with django_assert_num_queries(13):
        assert text(client.get(url(found), ON_THE_DAY)).count('class="person"') == 47


def test_the_canary_is_on_no_page_but_the_one_that_reveals_it(
    client: Client, ada: User, found: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    one, after = contact_of(CANARY), timedelta(days=1)
    period = {"from": "2026-10-01", "to": f"{(DAY + after).date()}", "date": "2026-10-01"}
    answers = [client.get(url(found, below), period) for below in ("", "drilldown/", "contacts/", f"contacts/{one}/")]
    answers += [client.get("/admin/marketing/", period), consent(client, found, reason="mail of somebody")]
    answers += [client.get(url(found, below), ON_THE_DAY) for below in ("contacts/", f"contacts/{one}/", "drilldown/")]
    assert CANARY in text(client.post(url(found, f"contacts/{one}/reveal/"), headers=HTMX))
    run_out()
    answers += [client.post(url(found, f"contacts/{one}/reveal/")), client.get(url(found), ON_THE_DAY)]

    assert not [answer for answer in answers if CANARY in f"{text(answer)} {answer.headers} {answer.cookies}"]
    assert CANARY not in caplog.text
    assert CANARY not in kept_in_redis()
    assert "•••" not in kept_in_redis()
