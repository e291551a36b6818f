"""Rejected rows go through their door once more."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analytics import verify
from analytics.fold import fold_inbox
from analytics.ingest import dead_letters, record_campaigns, record_costs, record_events
from analytics.ingest.dead_letters import Rejected
from analytics.ingest.values import Rejection
from analytics.models import Campaign, CampaignCost, CurrencyRate, DeadLetterRow, Event, ImportFile
from analytics.retrying import retry_row, retry_rows
from analytics.segment import recording
from compliance.models import AuditEntry
from tests.analytics.events import NOW, event
from tests.analytics.imports import run, sent, writer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


def spring() -> None:
    record_campaigns([{"campaign": "spring-sale", "channel": "email"}], at=NOW)


def retried() -> list[str | Rejection]:
    return list(retry_rows(DeadLetterRow.objects.all(), LATER))


def reason(result: str | Rejection) -> str:
    assert isinstance(result, Rejection)
    return result.reason


def test_an_event_whose_campaign_is_known_by_now_is_taken_and_counted_once() -> None:
    record_events([event()], source="shop", at=NOW)
    row = DeadLetterRow.objects.get()
    assert "spring-sale" in reason(retry_row(row.pk, LATER))
    assert (DeadLetterRow.objects.get().pk, DeadLetterRow.objects.get().created_at) == (row.pk, row.created_at)

    spring()
    assert retry_row(row.pk, LATER) == "accepted"
    assert not DeadLetterRow.objects.exists()
    record_events([event()], source="shop", at=LATER)
    fold_inbox(LATER)
    assert Event.objects.count() == 1
    act = AuditEntry.objects.get(act="retry")
    assert (act.object_id, act.details) == (str(row.pk), {"result": "accepted", "import_file": None})
    assert "is not there any more" in reason(retry_row(row.pk, LATER))


def test_the_counts_of_a_file_follow(tmp_path: Path) -> None:
    path = writer(tmp_path)("event_id,type,occurred_at,campaign,contact,amount,currency", sent(1), sent(2))
    assert run(path)[0] == 1
    spring()
    assert retried() == ["accepted", "accepted"]
    fold_inbox(LATER)
    record = ImportFile.objects.get()
    assert (record.read, record.taken, record.known, record.rejected) == (2, 2, 0, 0)
    assert set(Event.objects.values_list("import_id", flat=True)) == {record.pk}
    assert verify.differences() == []


def test_rows_of_costs_and_campaigns_go_through_their_own_doors_and_rates_through_none(tmp_path: Path) -> None:
    write = writer(tmp_path)
    costs = write("campaign,date,amount,source", "spring-sale,2026-10-05,7,ads", name="costs.csv")
    assert run(costs, command="import_costs")[0] == 1
    record_costs([{"campaign": "spring-sale", "date": "2026-10-06", "amount": 8}], at=NOW, source="google")
    assert run(write("campaign,name", "autumn,Autumn", name="campaigns.csv"), command="import_campaigns")[0] == 1
    record_campaigns([{"campaign": "autumn", "budget": 5}], at=NOW)
    assert run(write("day,currency,rate", "2026-10-05,EUR,0", name="rates.csv"), command="import_rates")[0] == 1
    assert all(isinstance(result, Rejection) for result in retried())
    assert DeadLetterRow.objects.count() == 5

    spring()
    record_campaigns([{"campaign": "autumn", "channel": "sms"}], at=NOW)
    assert [result if isinstance(result, str) else "" for result in retried()] == [
        "created", "created", "updated", "updated", "",
    ]  # fmt: skip
    assert "import it again" in reason(*retried())
    assert {(cost.source, cost.amount) for cost in CampaignCost.objects.all()} == {("ads", 7), ("google", 8)}
    autumn = Campaign.objects.get(external_id="autumn")
    assert (autumn.name, autumn.budget) == ("Autumn", 5)
    counts = ImportFile.objects.order_by("pk").values_list("kind", "taken", "rejected")
    assert list(counts) == [("costs", 1, 0), ("campaigns", 1, 0), ("rates", 0, 1)]
    assert not CurrencyRate.objects.exists()
    assert verify.differences() == []


def test_a_segment_message_is_read_anew_and_is_as_old_as_it_was() -> None:
    message = {"type": "track", "userId": "ada", "messageId": "m1", "event": "Order Completed",
               "properties": {"revenue": 5, "currency": "EURO"}}  # fmt: skip
    recording.record([message], kind="", sent_at=None, at=NOW)
    row = DeadLetterRow.objects.get()
    assert "EURO" in reason(retry_row(row.pk, LATER))
    keep({**message, "properties": {"revenue": 5}}, "segment")
    row.delete()
    row = DeadLetterRow.objects.get()
    assert retry_row(row.pk, row.created_at + timedelta(days=9)) == "accepted"
    fold_inbox(LATER)
    assert Event.objects.get().occurred_at == row.created_at


def keep(item: Any, source: str = "shop") -> None:
    dead_letters.keep([Rejected(0, item, Rejection("", "so it is"))], source=source, at=NOW)


@pytest.mark.parametrize(
    ("item", "source", "says"),
    [
        (event(url="https://example.com/" + "x" * 20_000), "shop", "first 10,000 bytes"),
        ("<xml/>", "newsletter", "no item with fields"),
        (["a", "b"], "shop", "no item with fields"),
        ({"userId": "ada", "event": "Order Completed"}, "segment", "says none itself"),
    ],
)
def test_what_cannot_be_retried_says_why_and_stays_as_it_is(item: Any, source: str, says: str) -> None:
    keep(item, source)
    row = DeadLetterRow.objects.get()
    assert says in reason(retry_row(row.pk, LATER))
    assert DeadLetterRow.objects.get().reason == "so it is"


def test_a_row_of_an_import_that_was_undone_is_no_more_taken(tmp_path: Path) -> None:
    assert run(writer(tmp_path)("event_id,type,occurred_at,campaign,contact,amount,currency", sent(1)))[0] == 1
    spring()
    ImportFile.objects.update(state="undone")
    assert "was undone" in reason(*retried())


def test_operators_retry_rows_in_the_admin_and_are_told_what_became_of_them(admin_user: User) -> None:
    record_events([event(), event(event_id="e2", campaign="autumn")], source="shop", at=NOW)
    spring()
    client = Client()
    client.force_login(admin_user)
    chosen = {"action": "retry", "_selected_action": [row.pk for row in DeadLetterRow.objects.all()]}
    page = client.post(reverse("admin:analytics_deadletterrow_changelist"), chosen, follow=True)
    assert "1 of 2 rows were taken." in page.content.decode()
    assert "autumn" in page.content.decode()
    assert DeadLetterRow.objects.count() == 1
    assert AuditEntry.objects.get(act="retry").username == "admin"


COST = {"campaign": "spring-sale", "date": "2026-10-05", "amount": 7, "source": "ads"}


def costs_of(tmp_path: Path, amount: int, name: str) -> int:
    lines = ("campaign,date,amount,source", f"spring-sale,2026-10-05,{amount},ads")
    return run(writer(tmp_path)(*lines, name=name), command="import_costs")[0]


@pytest.mark.parametrize("by_file", [True, False])
def test_a_cost_that_another_file_or_call_said_since_is_not_overwritten(tmp_path: Path, by_file: bool) -> None:
    if by_file:
        assert costs_of(tmp_path, 7, "a.csv") == 1
    else:
        record_costs([COST], at=NOW)
    spring()
    assert costs_of(tmp_path, 9, "b.csv") == 0
    assert "says otherwise" in reason(*retried())
    assert CampaignCost.objects.get().amount == 9
    assert "says otherwise" in DeadLetterRow.objects.get().reason

    DeadLetterRow.objects.update(created_at=LATER)
    record_costs([COST | {"amount": 8}], at=LATER + timedelta(days=1))
    assert "says otherwise" in reason(*retried())
    assert CampaignCost.objects.get().amount == 8


def test_a_cost_that_was_said_before_is_corrected_by_the_row_that_came_later(tmp_path: Path) -> None:
    spring()
    record_costs([COST | {"amount": 5}], at=NOW)
    keep(COST, "costs")
    assert retried() == ["updated"]
    assert CampaignCost.objects.get().amount == 7


def test_a_row_of_costs_is_kept_as_it_stands_and_read_anew(tmp_path: Path, client: Client, admin_user: User) -> None:
    lines = (
        "campaign;date;amount;source;note",
        "spring-sale;05.10.2026;1.234,56;ads;a",
        "spring-sale;05.10.2026;1.5;ads;",
    )
    assert run(writer(tmp_path)(*lines, name="costs.csv"), "--decimal", ",", command="import_costs")[0] == 1
    client.force_login(admin_user)
    number = ImportFile.objects.get().pk
    table = client.get(f"/admin/marketing/data/imports/{number}/rejected/").getvalue().decode()
    head, first, second = list(csv.reader(io.StringIO(table)))
    assert head[3:] == ["campaign", "date", "amount", "source"]
    assert first[3:] == ["spring-sale", "05.10.2026", "1.234,56", "ads"]
    assert second[3:] == ["spring-sale", "05.10.2026", "1.5", "ads"]

    spring()
    taken, again = retried()
    assert taken == "created"
    assert "is no number" in reason(again)
    assert CampaignCost.objects.get().amount == Decimal("1234.56")
    record = ImportFile.objects.get()
    ImportFile.objects.update(options=record.options | {"reading": record.options["reading"] | {"decimal": "."}})
    DeadLetterRow.objects.update(created_at=LATER)
    assert retried() == ["updated"]
    assert CampaignCost.objects.get().amount == Decimal("1.5")
