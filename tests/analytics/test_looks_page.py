"""What I looked at: everybody's own page, and nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from compliance import api_keys, own_looks
from compliance.models import AccessAlert, ConsentGrant
from tests.analytics.totals import campaign
from tests.compliance.looks import granted, log, person, row, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/admin/marketing/my-looks/"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return person("ada")


@pytest.fixture
def client(ada: User) -> Client:
    return signed_in(ada)


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_ones_own_rows_by_day_with_purpose_campaign_and_key(ada: User, client: Client) -> None:
    spring = campaign("spring").pk
    key, _ = api_keys.create("my script", ["contacts:read"], ada)
    grant = granted(ada, "Ticket 482913: nothing came", AT)
    grant.campaign = spring
    log(
        grant,
        row(ada, "listed", AT, range(50), campaign=spring, ip="192.0.2.7"),
        row(ada, "revealed", AT + timedelta(days=1), [4], campaign=spring, key_prefix=key.prefix),
        row(ada, "refused", AT + timedelta(days=2), campaign=999_999),
    )
    page = shown(client)
    for said in ("20 Oct 2026", "21 Oct 2026", "Customer complaint", "Ticket 482913", "192.0.2.7", "by key my script"):
        assert said in page, said
    assert f'href="/admin/marketing/campaigns/{spring}/"' in page
    assert "<td>50</td>" in page
    assert page.index("Was refused") < page.index("Revealed in full") < page.index("Listed contacts")


def test_days_are_those_of_the_zone(ada: User, client: Client, settings: Settings) -> None:
    log(row(ada, "listed", datetime(2026, 10, 20, 23, 30, tzinfo=UTC), [1]))
    assert "20 Oct 2026" in shown(client)
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"
    assert "21 Oct 2026" in shown(client)


def test_nobody_sees_those_of_others(ada: User, client: Client) -> None:
    ben = person("ben")
    log(granted(ben, "Ticket of somebody else", AT), row(None, "refused", AT, key_prefix="abcdefgh"))
    assert "You looked at nobody" in shown(client)
    assert "Ticket of somebody else" in shown(signed_in(ben))
    log(*(row(ben, "listed", AT + timedelta(seconds=n), [n]) for n in range(own_looks.PAGE + 1)))
    cursor = signed_in(ben).get(PAGE).context["next"]
    assert client.get(f"{PAGE}{cursor}").status_code == 400


def test_who_never_looked_is_told_so_kindly(client: Client) -> None:
    page = shown(client)
    assert "You looked at nobody" in page
    assert "<table" not in page


def test_a_reason_that_is_gone_leaves_the_row(ada: User, client: Client) -> None:
    log(granted(ada, "Ticket 482913: nothing came", AT))
    ConsentGrant.objects.all().delete()
    page = shown(client)
    assert "Opened a grant" in page
    assert "Ticket" not in page


def test_pages_go_on_and_have_every_row_once(ada: User, client: Client) -> None:
    same = [AT] * 30 + [AT + timedelta(seconds=n) for n in range(90)]
    log(*(row(ada, "listed", at, [number]) for number, at in enumerate(same)))
    seen: list[Any] = []
    query = ""
    while True:
        context = client.get(f"{PAGE}{query}").context
        seen += [line for _, lines in context["days"] for line in lines]
        query = context["next"]
        if not query:
            break
    assert len(seen) == 120
    found, place = [], None
    while True:
        page = own_looks.of(ada.pk, place)
        found += [one.id for one in page.rows]
        if (place := page.next) is None:
            break
    assert len(set(found)) == 120


def test_a_cursor_of_something_else_is_refused(client: Client) -> None:
    answer = client.get(f"{PAGE}?cursor=nonsense")
    assert answer.status_code == 400
    assert "leave it out" in answer.content.decode()


def test_what_was_told_about_oneself_is_shown(ada: User, client: Client) -> None:
    now = timezone.now()
    fields = {"rule": "contacts", "starts_at": now, "ends_at": now, "found_at": now, "count": 612, "usual": 40}
    AccessAlert.objects.create(user_id=ada.pk, username="ada", **fields)
    AccessAlert.objects.create(user_id=person("ben").pk, username="ben", **fields | {"count": 777, "rule": "refused"})
    page = shown(client)
    assert "Many contacts" in page
    assert "612, usual for you 40" in page
    assert "not looked into yet" in page
    assert "777" not in page


def test_strangers_are_sent_to_the_login_and_nothing_is_posted(client: Client) -> None:
    assert Client().get(PAGE)["Location"].startswith("/admin/login/")
    assert client.post(PAGE).status_code == 405


def test_every_page_of_the_portal_leads_there(client: Client) -> None:
    for address in ("/admin/", "/admin/marketing/campaigns/views/", PAGE):
        assert f'href="{PAGE}"' in client.get(address).content.decode(), address


def test_the_cost_does_not_grow_with_the_log(ada: User, client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(client)
        return len(queries)

    log(granted(ada, "Ticket 482913: nothing came", AT))
    few = asked()
    log(*(row(ada, "listed", AT - timedelta(seconds=n), range(20), campaign=n) for n in range(1, 500)))
    assert asked() == few <= 9
