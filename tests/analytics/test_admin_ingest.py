"""What staff see and do in the admin about data on its way in."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.models import InboxBatch
from compliance import api_keys
from tests.analytics.events import NOW, event

pytestmark = pytest.mark.django_db
LISTS = (
    "analytics_campaign", "analytics_source", "analytics_inboxbatch", "analytics_importfile", "analytics_deadletterrow",
    "analytics_campaigncost", "analytics_currencyrate", "compliance_apikey", "compliance_jobrun",
    "compliance_schedulertick",
)  # fmt: skip


@pytest.fixture
def staff(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture(autouse=True)
def some_data(db: None) -> None:
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=NOW)
    record_costs([{"campaign": "spring-sale", "date": "2026-10-05", "amount": 1, "source": "x"}], at=NOW)
    record_events([event(), event(type="danced", contact="secret@example.com")], source="shop", at=NOW)
    api_keys.create("shop", ["events:write"])


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_shows_nobody(staff: Client, name: str) -> None:
    page = staff.get(reverse(f"admin:{name}_changelist"))

    assert page.status_code == 200
    assert b"example.com" not in page.content


@pytest.mark.parametrize("name", LISTS)
def test_a_stranger_sees_the_login_alone(name: str) -> None:
    assert Client().get(reverse(f"admin:{name}_changelist")).status_code == 302


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("analytics_inboxbatch", "payload"),
        ("analytics_deadletterrow", "content"),
        ("analytics_importfile", "fingerprint"),
        ("compliance_apikey", "hashed_key"),
    ],
)
def test_nothing_is_found_by_what_is_not_shown(staff: Client, name: str, field: str) -> None:
    """Else whoever asks often enough has all of it."""
    assert staff.get(reverse(f"admin:{name}_changelist"), {f"{field}__startswith": "x"}).status_code == 400


def test_a_dead_batch_is_retried(staff: Client) -> None:
    InboxBatch.objects.update(state="dead", reason="the table was missing")
    url = reverse("admin:analytics_inboxbatch_changelist")
    assert b"the table was missing" in staff.get(url).content

    staff.post(url, {"action": "retry", "_selected_action": list(InboxBatch.objects.values_list("id", flat=True))})

    assert InboxBatch.objects.get().state == "waiting"
    assert fold_inbox(NOW).taken == 1


def test_contents_of_batches_and_rejected_rows_are_not_shown(staff: Client) -> None:
    for name in ("analytics_inboxbatch", "analytics_deadletterrow"):
        listed = staff.get(reverse(f"admin:{name}_changelist"))
        pk = listed.context["cl"].result_list[0].pk
        page = staff.get(reverse(f"admin:{name}_change", args=[pk]))
        assert page.status_code == 200
        assert b"ayload" not in page.content
        assert b"ontent:" not in page.content
