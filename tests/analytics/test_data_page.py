"""The Data page: sources and how they do, what was set apart and what is done about it, webhooks made and changed."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from analytics.fold import fold_inbox
from analytics.hooks import addresses
from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.models import Campaign, CampaignCost, DeadLetterRow, Hook, InboxBatch, OtherEvents, RejectedItems, Source
from analytics.sources.coming import Coming
from compliance import api_keys, denials, heartbeats
from compliance.acting import Actor
from compliance.models import AuditEntry
from tests.analytics.events import event
from tests.analytics.signer import Signer

pytestmark = pytest.mark.django_db
PAGE = "/admin/marketing/data/"
HTMX = {"HX-Request": "true"}
MAY = ("add_hook", "change_hook", "change_inboxbatch", "delete_deadletterrow", "view_apikey")


@pytest.fixture
def ada(client: Client) -> User:
    """Staff who may do all that the page offers, signed in."""
    user = User.objects.create_user("ada", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=MAY))
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def campaign() -> None:
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=timezone.now())


def came(number: int = 1, source: str = "shop", days: int = 0, **fields: Any) -> None:
    """Events of so many days ago, counted at once."""
    at = timezone.now() - timedelta(days=days)
    happened = (at - timedelta(hours=2)).isoformat()
    items = [event(event_id=f"{days}-{n}", occurred_at=happened) | fields for n in range(number)]
    record_events(items, source=source, at=at)
    fold_inbox(at + timedelta(seconds=3))


def source_page(name: str) -> str:
    return f"{PAGE}sources/{Source.objects.get(name=name).pk}/"


def row_of(page: Any, name: str) -> str:
    """The text of a source's row."""
    table = re.search(r'<section class="card" id="sources">.*?</section>', page.content.decode(), re.DOTALL)
    assert table
    rows = [row for row in re.split(r"<tr>", table.group()) if f"<bdi>{name}</bdi>" in row]
    assert len(rows) == 1, (name, len(rows))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", rows[0])).replace("\xa0", " ").split())


def test_a_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


def test_where_nothing_has_come_the_page_says_how_data_comes_in(client: Client, ada: User) -> None:
    Campaign.objects.all().delete()
    page = client.get(PAGE)
    assertContains(page, "Nothing has come in yet. Begin with one of these.")
    assertContains(page, f'href="{PAGE}#make-webhook"')
    assertContains(page, "It needs the permission “Can add import file”.")


def test_each_source_has_a_row_that_says_how_it_does(client: Client, ada: User) -> None:
    for days in range(5):
        came(20, days=days)
        came(3, source="old-shop", days=days + 9)
    record_costs([{"campaign": "spring-sale", "date": "2026-01-01", "amount": "1", "source": "ads"}], at=timezone.now())
    addresses.make("letters", "sendgrid", "", timezone.now())
    page = client.get(PAGE)
    assertContains(page, 'aria-current="page">Data')
    shop = row_of(page, "shop")
    assert re.search(r"API ✓ fine comes every day \d+ s ago 3 s 2 h 100 0 %", shop)
    assert "✕ silent nothing for 9 days, usually every day" in row_of(page, "old-shop")
    assert "Webhook of SendGrid · nothing yet waits for its first event" in row_of(page, "letters")
    old = row_of(page, "ads")
    assert "Costs · up to 2026-01-01 · old days only nothing of the last 30 days" in old
    assert re.search(r"\d+ s ago", old)
    assert "1 known" in row_of(page, "campaigns")
    assertContains(page, "1 more told costs of old days only, the last ")
    assertContains(page, "needs a look: old-shop is silent")
    names = [*re.findall(r"<a href=\"/admin/marketing/data/sources/\d+/\"><bdi>([^<]+)</bdi>", page.content.decode())]
    assert names == ["old-shop", "letters", "shop"]


def test_of_campaigns_that_have_ended_no_costs_are_awaited(client: Client, ada: User) -> None:
    now = timezone.now()
    days = [(now - timedelta(days=back)).date().isoformat() for back in range(8, 12)]
    items = [{"campaign": "spring-sale", "date": day, "amount": "1", "source": "ads"} for day in days]
    record_costs(items, at=now)
    assert "silent nothing for" in row_of(client.get(PAGE), "ads")
    Campaign.objects.update(ends_at=now - timedelta(days=7))
    assert "fine its campaigns have ended" in row_of(client.get(PAGE), "ads")


def test_what_is_rejected_shows_as_an_error_rate_and_by_reason(client: Client, ada: User) -> None:
    came(8)
    items = [event(event_id=f"x{n}", campaign=f"unknown-{n}") for n in range(4)] + [event(type="eaten")]
    record_events(items, source="shop", at=timezone.now())
    page = client.get(PAGE)
    assert "failing 38.5 % of 7 days was rejected" in row_of(page, "shop")
    assert "38.5 % 5 rejected" in row_of(page, "shop")
    assertContains(page, "campaign: “…” is unknown")
    assertContains(page, "<b>4</b><small>rows</small>")
    assertNotContains(page, "unknown-1")
    assertNotContains(page, "ada@example.com")


def key_of(page: Any, kind: str) -> str:
    found = re.search(rf"{PAGE}{kind}/([0-9a-f]+)/retry/", page.content.decode())
    assert found
    return found.group(1)


def test_rejected_rows_of_a_reason_go_through_their_door_again(client: Client, ada: User) -> None:
    named = ("late", "never", "late")
    record_events(
        [event(event_id=f"x{n}", campaign=one) for n, one in enumerate(named)], source="shop", at=timezone.now()
    )
    record_events([event(type="eaten")], source="shop", at=timezone.now())
    Campaign.objects.create(external_id="late", name="Late", channel="email")
    answer = client.post(f"{PAGE}rejected/{key_of_field(client, 'campaign')}/retry/", headers=HTMX)
    assertContains(answer, "2 of 3 rows are taken in now.")
    assertNotContains(answer, "<h1>")
    assert [row.field for row in DeadLetterRow.objects.order_by("pk")] == ["campaign", "type"]
    entries = AuditEntry.objects.filter(act="retry", username="ada")
    assert [entry.object_type for entry in entries] == ["rejected row"] * 2


def test_rows_that_stay_rejected_hold_up_no_others(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.sources.apart.AT_ONCE", 4)
    cost = {"date": str(timezone.now().date()), "amount": "1"}
    named = ["zz1"] * 5 + ["zz2"] * 2
    items = [cost | {"campaign": name, "item": f"ad {place}"} for place, name in enumerate(named)]
    record_costs(items, at=timezone.now(), source="ads")
    Campaign.objects.create(external_id="zz2", name="Late", channel="email")
    url = f"{PAGE}rejected/{key_of_field(client, 'campaign')}/retry/"
    assertContains(client.post(url), "0 of 4 rows are taken in now. 3 more of them wait for another try.")
    client.get(PAGE)
    assertContains(client.post(url, headers=HTMX), "2 of 3 rows are taken in now.")
    assert CampaignCost.objects.filter(campaign__external_id="zz2").count() == 2
    assertContains(client.post(url), "0 of 4 rows are taken in now. 1 more of them waits for another try.")


def key_of_field(client: Client, field: str) -> str:
    page = client.get(PAGE).content.decode()
    row = next(row for row in page.split("<tr>") if f"{field}: " in row)
    found = re.search(r"rejected/([0-9a-f]+)/retry/", row)
    assert found
    return found.group(1)


def test_rows_that_are_hopeless_are_given_up_and_stay_counted(client: Client, ada: User) -> None:
    record_events([event(type="eaten"), event(campaign="late")], source="shop", at=timezone.now())
    answer = client.post(f"{PAGE}rejected/{key_of_field(client, 'type')}/discard/", headers=HTMX)
    assertContains(answer, "1 row was given up")
    assert DeadLetterRow.objects.get().field == "campaign"
    assert RejectedItems.objects.get().items == 2
    assert AuditEntry.objects.get(act="discarded").details == {"rows": 1}
    again = client.post(f"{PAGE}rejected/{'0' * 32}/discard/", headers=HTMX)
    assertContains(again, "set apart no longer", status_code=409)


def test_rows_that_lie_too_far_off_are_one_group_whatever_their_moments(client: Client, ada: User) -> None:
    moments = [(timezone.now() + timedelta(days=days)).isoformat() for days in (2, 3, 4)]
    items = [event(event_id=f"x{n}", occurred_at=at) for n, at in enumerate(moments)]
    record_events(items, source="shop", at=timezone.now())
    page = client.get(PAGE)
    assertContains(page, "occurred_at: “…” lies more than 5 minutes in the future", count=1)
    answer = client.post(f"{PAGE}rejected/{key_of_field(client, 'occurred_at')}/discard/", headers=HTMX)
    assertContains(answer, "3 rows were given up")


def flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One source had two rows rejected, another then more than are grouped of one."""
    monkeypatch.setattr("analytics.sources.apart.NEWEST", 3)
    record_events([event(type="eaten"), event(type="drunk")], source="quiet", at=timezone.now())
    record_events([event(type="eaten")] * 8, source="loud", at=timezone.now())


def test_a_source_that_floods_hides_no_other(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    flooded(monkeypatch)
    for address in (PAGE, source_page("quiet")):
        page = client.get(address)
        assertContains(page, "is no known kind of event")
        assertNotContains(page, "Nothing is set apart")
    assertContains(client.get(PAGE), "<bdi>quiet</bdi> · rejected")
    came(source="well")
    assertContains(client.get(source_page("well")), "Nothing is set apart: everything that came could be counted.")
    monkeypatch.setattr("analytics.sources.apart.SEEN", 5)
    assertNotContains(client.get(PAGE), "<bdi>quiet</bdi> · rejected")
    assertContains(client.get(source_page("quiet")), "is no known kind of event")


def test_batches_of_a_source_are_hidden_by_no_other(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.sources.apart.NEWEST", 1)
    for number, name in enumerate(("quiet", "loud", "loud")):
        record_events([event(event_id=f"e{number}")], source=name, at=timezone.now())
    InboxBatch.objects.update(state=InboxBatch.State.DEAD, reason="out of range")
    assertContains(client.get(PAGE), "<bdi>quiet</bdi> · failed while it was counted")
    assertContains(client.get(source_page("quiet")), "failed while it was counted")


def test_all_rows_of_a_reason_are_given_up_in_steps(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    flooded(monkeypatch)
    page = client.get(source_page("loud")).content.decode()
    key = re.search(r"rejected/([0-9a-f]+)/discard/", page)
    assert key
    assertContains(client.post(f"{PAGE}rejected/{key.group(1)}/discard/", headers=HTMX), "8 rows were given up")
    assert [*DeadLetterRow.objects.values_list("source_name", flat=True)] == ["quiet"] * 2
    assert sum(entry.details["rows"] for entry in AuditEntry.objects.filter(act="discarded")) == 8


def test_batches_that_could_not_be_counted_are_counted_again(client: Client, ada: User) -> None:
    record_events([event()], source="shop", at=timezone.now())
    InboxBatch.objects.update(state=InboxBatch.State.DEAD, reason='value "ada@example.com" is out of range')
    page = client.get(PAGE)
    assertContains(page, "value “…” is out of range")
    assertNotContains(page, "ada@")
    assert "failing 1 batch could not be counted" in row_of(page, "shop")
    answer = client.post(f"{PAGE}batches/{key_of(page, 'batches')}/retry/")
    assertContains(answer, "1 batch waits to be counted again.")
    assert InboxBatch.objects.get().state == InboxBatch.State.WAITING
    assert AuditEntry.objects.get(act="retried").details == {"batches": 1}


def test_another_address_may_come_with_another_key(client: Client, ada: User) -> None:
    now = timezone.now()
    addresses.make("mail", "mailgun", "first", now)
    addresses.make("plain", "brevo", "", now)
    hook, plain = Hook.objects.get(name="mail"), Hook.objects.get(name="plain")
    client.post(f"{PAGE}webhooks/{hook.pk}/rotate/", {"key": " second "})
    hook.refresh_from_db()
    assert addresses.keys_of(hook, now) == ["second", "first"]
    refused = client.post(f"{PAGE}webhooks/{plain.pk}/rotate/", {"key": "any"})
    assertContains(refused, "Brevo signs no reports; leave it out", status_code=400)
    client.post(f"{PAGE}webhooks/{hook.pk}/rotate/", {"key": ""})
    hook.refresh_from_db()
    assert addresses.keys_of(hook, now)[0] == "second"


def test_a_webhook_is_made_and_its_address_is_shown_once(client: Client, ada: User) -> None:
    wrong = client.post(f"{PAGE}webhooks/", {"name": "メール", "provider": "brevo", "key": ""})
    assertContains(wrong, "use 1 to 60 small letters", status_code=400)
    assertContains(wrong, 'value="メール"', status_code=400)
    made = client.post(f"{PAGE}webhooks/", {"name": " Mail", "provider": "brevo", "key": ""})
    assertContains(made, "It is shown only now")
    assertContains(made, "At Brevo, enter it: Transactional › Email › Settings › Webhook")
    assert "no-store" in made["Cache-Control"]
    first = address_of(made)
    assert Client().get(first).status_code == 200
    assertNotContains(client.get(source_page("mail")), first.split("/")[-2])
    entry = AuditEntry.objects.get(act="made")
    assert (entry.username, entry.object_id) == ("ada", "mail")
    turned = client.post(f"{PAGE}webhooks/{Hook.objects.get().pk}/rotate/")
    assertContains(turned, "The one before holds until")
    assert address_of(turned) != first
    assert [Client().get(path).status_code for path in (first, address_of(turned))] == [200, 200]
    until = Hook.objects.get().earlier_until
    assert until is not None
    assert timedelta(hours=23) < until - timezone.now() <= timedelta(days=1)
    assertContains(client.get(source_page("mail")), "Earlier address")
    assert AuditEntry.objects.get(act="rotated").username == "ada"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ann@example.com", "looks like somebody&#x27;s e-mail address"),
        ("+442079460000", "looks like somebody&#x27;s e-mail address or phone number"),
        ("Mail (new)", "use 1 to 60 small letters"),
        ("Shop", "shop is the name of another source"),
    ],
)
def test_a_webhook_is_called_as_it_was_said_or_not_made(client: Client, ada: User, name: str, said: str) -> None:
    came()
    refused = client.post(f"{PAGE}webhooks/", {"name": name, "provider": "brevo", "key": ""})
    assertContains(
        refused, f"<b>Name:</b> {'it is kept in clear and ' if 'somebody' in said else ''}{said}", status_code=400
    )
    assert not Hook.objects.exists()
    client.post(f"{PAGE}webhooks/", {"name": " Our_mail  - new ", "provider": "brevo", "key": ""})
    assert Hook.objects.get().name == "our-mail-new"


def test_a_key_that_a_provider_shows_later_is_set_and_the_address_stays(client: Client, ada: User) -> None:
    made = client.post(f"{PAGE}webhooks/", {"name": "mail", "provider": "mailgun", "key": "any"})
    hook = Hook.objects.get()
    empty = client.post(f"{PAGE}webhooks/{hook.pk}/key/", {"key": " "})
    assertContains(empty, "<b>Key:</b> give the key that the provider shows", status_code=400)
    assert client.post(f"{PAGE}webhooks/{hook.pk}/key/", {"key": "theirs"})["Location"] == source_page("mail")
    hook.refresh_from_db()
    assert addresses.keys_of(hook, timezone.now()) == ["theirs"]
    assert addresses.find("mailgun", address_of(made).split("/")[-2], timezone.now()) == hook
    entry = AuditEntry.objects.get(act="changed")
    assert (entry.username, entry.object_id, entry.details) == ("ada", "mail", {"key": True})


def test_a_webhook_is_ended_and_what_came_by_it_stays(client: Client, ada: User) -> None:
    made = client.post(f"{PAGE}webhooks/", {"name": "mail", "provider": "brevo", "key": ""})
    came(3, source="mail")
    pk = Hook.objects.get().pk
    ended = client.post(f"{PAGE}webhooks/{pk}/end/")
    assert ended["Location"] == PAGE
    assert Client().post(address_of(made), b"{}", content_type="application/json").status_code == 404
    assert "mail API ✓ fine its webhook was ended" in row_of(client.get(PAGE), "mail")
    for act in ("end", "rotate", "key"):
        gone = client.post(f"{PAGE}webhooks/{pk}/{act}/", {"key": "any"})
        assertContains(gone, "This webhook is there no more: it was ended.", status_code=404)
    came(event_id="later", source="mail", type="opened")
    assertNotContains(client.get(PAGE), "its webhook was ended")
    assert AuditEntry.objects.get(act="ended").username == "ada"


def address_of(page: Any) -> str:
    found = re.search(r'id="address">http://testserver(/hooks/[^<]+)<', page.content.decode())
    assert found
    return found.group(1)


def test_a_webhook_is_tried_and_nothing_is_recorded(client: Client, ada: User) -> None:
    signer = Signer("mailgun")
    heartbeats.note(heartbeats.PROGRAMS, timezone.now())
    page = f"{source_page('mail')}test/"
    answer = client.post(page, headers=HTMX)
    works = (
        "the key that Mailgun signs with is set",
        "signed with another is refused",
        "becomes the event “opened”",
        "none ever came",
        "a sample event is accepted, and was taken back",
        "the worker that counts lives",
    )
    for said in works:
        assertContains(answer, said)
    assert not any(table.objects.exists() for table in (InboxBatch, DeadLetterRow))
    assert list(Source.objects.values_list("name", flat=True)) == ["mail"]
    assert signer.post({"event-data": {}}, key="another key").status_code == 403
    assertContains(client.post(page), "one came that was not signed with the key")
    assertContains(client.post(page), "<h1>")


def test_what_does_not_work_is_said_of_the_doors(client: Client, ada: User) -> None:
    came()
    answer = client.post(f"{source_page('shop')}test/", headers=HTMX)
    assertContains(answer, "the worker that counts was never there")
    assertContains(answer, "95 % of what was counted in 24 h was there after")


def test_a_source_has_a_page_with_its_days_types_and_what_else_it_told(client: Client, ada: User) -> None:
    came(3)
    came(2, type="opened")
    OtherEvents.objects.create(
        day=timezone.now().date(), source=Source.objects.get(name="shop"), name="deferred", events=7
    )
    _key, secret = api_keys.create("till", ["events:write"])
    page = client.get(source_page("shop"))
    for said in ("Opened", "deferred", 'id="volume-figure"', secret.partition(".")[0], "Rotate in the admin"):
        assertContains(page, said)
    assertNotContains(page, secret.partition(".")[2])
    assert client.get(f"{PAGE}sources/0/").status_code == 404


def test_whoever_may_only_look_is_offered_nothing_else(client: Client, ada: User) -> None:
    came()
    api_keys.create("till", ["events:write"])
    hook, _path = addresses.make("mail", "brevo", "", timezone.now())
    record_events([event(type="eaten")], source="shop", at=timezone.now())
    ada.user_permissions.clear()
    for page in (client.get(PAGE), client.get(source_page("shop")), client.get(source_page("mail"))):
        assertNotContains(page, '<form method="post" action="/admin/marketing/data/')
        assertNotContains(page, "till")
    for act in (
        "webhooks/",
        f"webhooks/{hook.pk}/rotate/",
        f"webhooks/{hook.pk}/key/",
        f"webhooks/{hook.pk}/end/",
        f"sources/{Source.objects.get(name='shop').pk}/test/",
        "rejected/a/retry/",
    ):
        assert client.post(f"{PAGE}{act}").status_code == 403


def test_who_is_denied_a_metric_sees_no_count_of_its_events(client: Client, ada: User) -> None:
    came(3)
    came(40, type="opened")
    group = Group.objects.create(name="some")
    ada.groups.add(group)
    denials.deny(group, "opens", by=Actor(User.objects.create_superuser("boss")), at=timezone.now())
    assert " 3 0 %" in row_of(client.get(PAGE), "shop")
    page = client.get(source_page("shop"))
    assertContains(page, "Sent")
    assertNotContains(page, "Opened")
    assertNotContains(page, ">43<")
    assertContains(page, "<dt>7 days</dt><dd>3</dd>")


def test_stubs_are_listed_with_the_events_that_may_be_seen(client: Client, ada: User) -> None:
    at = int(timezone.now().timestamp())
    report = {
        "email": "ann@example.com",
        "event": "delivered",
        "timestamp": at,
        "category": "summer",
        "sg_event_id": "a",
    }
    Signer("sendgrid").post([report, report | {"event": "open", "sg_event_id": "b"}])
    fold_inbox()
    page = client.get(PAGE)
    assertContains(page, "<bdi>summer</bdi>")
    assertContains(page, "known from events or costs alone")
    assert "2 known, only events or costs tell of 1" in row_of(page, "campaigns")
    stubs = re.search(r'id="stubs">.*?</section>', page.content.decode(), re.DOTALL)
    assert stubs
    assert "<b>2</b>" in stubs.group()


def test_the_page_asks_as_often_however_many_sources_there_are(client: Client, ada: User) -> None:
    came()
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for number in range(5):
        came(source=f"shop-{number}")
        record_events([event(type="eaten")], source=f"shop-{number}", at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(many) == len(few) <= 20
    assert not any(re.search(r"\bFROM event\b", one["sql"]) for one in many)


def test_what_is_still_to_come_stands_beside_a_source_and_its_curve_on_its_page(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    came()
    source = Source.objects.get(name="shop").pk
    coming = Coming(((0, 0.4), (1, 0.7), (24, 0.97)), 1_200, 0.93)
    for module in ("data", "source"):
        monkeypatch.setattr(f"analytics.pages.{module}.by_source", lambda _now, _allowed: {source: coming})
    assert "1,200 93 % of yesterday is usually here" in row_of(client.get(PAGE), "shop")
    page = client.get(source_page("shop"))
    assertContains(
        page, "Half is here after 1 h, 95 % after 24 h. About 1,200 events of the last two weeks are still to"
    )
    assertContains(page, 'id="delay-figure"')
