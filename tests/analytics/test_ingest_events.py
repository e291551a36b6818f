"""Events on their way into the inbox."""

import pytest

from analytics.fold import fold_inbox
from analytics.ingest import record_events
from analytics.models import Campaign, CampaignDaily, DeadLetterRow, InboxBatch
from compliance.models import Identity
from tests.analytics.events import NOW, event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def spring_sale() -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


def test_what_is_accepted_waits_in_the_inbox_and_what_is_not_is_kept_with_its_reason() -> None:
    verdicts = record_events([event(), event(event_id="e2", type="danced"), "no object"], source="shop", at=NOW)

    assert (verdicts.accepted, verdicts.rejected) == (1, 2)
    assert InboxBatch.objects.get().rows == 1
    assert list(DeadLetterRow.objects.order_by("line").values_list("line", "field")) == [(1, "type"), (2, "")]


def test_an_accepted_event_is_counted_by_the_fold_once_however_often_it_is_sent() -> None:
    for _ in range(3):
        record_events([event(), event()], source="shop", at=NOW)
    folded = fold_inbox(NOW)

    assert (folded.taken, folded.known) == (1, 5)
    assert CampaignDaily.objects.filter(basis=1).get().sends == 1


def test_the_same_id_of_two_sources_is_two_events() -> None:
    record_events([event()], source="shop", at=NOW)
    record_events([event()], source="crm", at=NOW)

    assert fold_inbox(NOW).taken == 2


def test_an_event_of_an_unknown_campaign_is_rejected_by_name() -> None:
    verdicts = record_events([event(campaign="winter-sale")], source="shop", at=NOW)

    assert "winter-sale" in verdicts.results[0].reason  # type: ignore[union-attr]
    assert not InboxBatch.objects.exists()


def test_one_person_is_one_contact_and_stands_nowhere_readable() -> None:
    record_events([event(), event(event_id="e2", contact=" ada@example.com ")], source="shop", at=NOW)
    record_events([event(event_id="e3", contact="x", type="danced")], source="shop", at=NOW)

    identity = Identity.objects.get()
    assert b"ada" not in bytes(identity.outside_id) + bytes(identity.outside_id_hash)
    assert b"ada" not in bytes(InboxBatch.objects.get().payload)


def test_everything_an_event_can_say_reaches_the_fold() -> None:
    said = event(
        type="converted", amount="19.990000001", currency="EUR", message="a\tb\\c\nd", order="o-1",
        user_agent="curl/8", ip="203.0.113.9", url="https://example.com/?a=1", machine=True,
    )  # fmt: skip
    assert record_events([said], source="shop", at=NOW).accepted == 1

    folded = fold_inbox(NOW)
    assert (folded.taken, folded.dead) == (1, 0)
