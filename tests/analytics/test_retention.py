"""What is older than its policy says goes: not what a hold keeps, and no total moves."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from analytics import erasing, merging, verify
from analytics.fold import fold_inbox
from analytics.ingest import record_campaigns, record_events
from analytics.models import Contact, DeadLetterRow, Event, MarketingAlert, PageSession, PageViews
from analytics.pages import usage
from analytics.retention import InactiveContacts
from compliance import merging as identities
from compliance import people, retention, tasks
from compliance.models import (
    AuditEntry,
    DataSubjectRequest,
    Identity,
    IdentityAlias,
    JobRun,
    MergeWaiting,
    RetentionSetting,
    Suppression,
)
from compliance.subjects import holds, requests
from tests.analytics import inbox
from tests.analytics.events import event
from tests.compliance.requests import NOW, officer, received

pytestmark = pytest.mark.django_db
OLD = NOW - timedelta(days=761)


def happened(name: str, at: object, number: int) -> None:
    sent = event(event_id=f"{name} {number}", contact=name, occurred_at=at.isoformat())  # type: ignore[attr-defined]
    record_events([sent], source="shop", at=at)  # type: ignore[arg-type]


@pytest.fixture
def four(db: None) -> None:
    """Old and gone, old and back, old and held, new."""
    record_campaigns([{"campaign": "spring-sale", "name": "Spring sale", "channel": "email"}], at=OLD)
    for name in ("gone@example.com", "back@example.com", "held@example.com"):
        happened(name, OLD, 1)
    happened("back@example.com", NOW - timedelta(days=10), 2)
    happened("new@example.com", NOW - timedelta(days=10), 1)
    fold_inbox(NOW)
    holds.place(["held@example.com"], "Claim 4711 at court", "Counsel", NOW.replace(year=2030), by=officer(), at=NOW)


def known() -> set[str]:
    return {people.opened(row) for row in Identity.objects.all()}


def test_who_was_not_seen_for_long_is_nobody_and_counted_on(four: None) -> None:
    totals = inbox.kept_totals()
    assert {outcome.policy: outcome.rows for outcome in retention.would_go(NOW)}["events of persons"] == 1
    assert Identity.objects.count() == 4  # a dry run changes nothing

    done = {outcome.policy: outcome.rows for outcome in retention.apply(NOW)}

    assert done["events of persons"] == 1
    assert known() == {"back@example.com", "held@example.com", "new@example.com"}
    assert (inbox.kept_totals(), verify.differences()) == (totals, [])
    assert Event.objects.filter(contact_id__gte=erasing.NOBODY).count() == 1
    assert not Suppression.objects.exists()  # whoever comes back is welcome
    assert AuditEntry.objects.get(act="applied").details["rows"] == 1
    assert {outcome.rows for outcome in retention.apply(NOW)} == {0}


def merge(former: str, stays: str) -> None:
    identities.note([(former, stays)], NOW)
    merging.merge_waiting(NOW)


def test_a_hold_that_came_after_a_merge_holds_for_all_ids(four: None) -> None:
    happened("gone@example.org", OLD, 3)
    fold_inbox(NOW)
    merge("gone@example.com", "gone@example.org")
    holds.place(["gone@example.com"], "Claim 4712 at court", "Counsel", NOW.replace(year=2030), by=officer(), at=NOW)
    assert sum(InactiveContacts().cut(OLD + timedelta(days=1), NOW)) == 0
    assert Identity.objects.count() == 5


@pytest.mark.parametrize(("former", "stays"), [("gone", "back"), ("gone", "held"), ("held", "gone")])
def test_one_of_several_ids_is_known_as_long_as_the_person(four: None, former: str, stays: str) -> None:
    """Whose merge waits while a hold stands, too."""
    merge(f"{former}@example.com", f"{stays}@example.com")
    assert MergeWaiting.objects.exists() == ("held" in (former, stays))
    assert sum(InactiveContacts().cut(OLD + timedelta(days=1), NOW)) == 0
    assert Identity.objects.count() == 4


def test_all_ids_go_with_a_person_who_was_not_seen_for_long(four: None) -> None:
    happened("gone@example.org", OLD, 3)
    fold_inbox(NOW)
    merge("gone@example.org", "gone@example.com")
    totals = inbox.kept_totals()
    retention.apply(NOW)
    assert known() == {"back@example.com", "held@example.com", "new@example.com"}
    assert not IdentityAlias.objects.exists()
    assert Event.objects.filter(contact_id__gte=erasing.NOBODY).count() == 2
    assert (inbox.kept_totals(), verify.differences()) == (totals, [])


def test_a_run_that_was_killed_is_gone_on_with(four: None) -> None:
    """After identities went and before deeds were cut."""
    Identity.objects.filter(pk__in=people.numbers_of(["gone@example.com"])).delete()
    assert sum(InactiveContacts().cut(OLD, NOW)) == 1
    assert Event.objects.filter(contact_id__gte=erasing.NOBODY).count() == 1
    assert verify.differences() == []


def test_what_waits_to_be_counted_is_counted_first(four: None) -> None:
    happened("gone@example.com", OLD, 2)
    assert sum(InactiveContacts().cut(NOW - timedelta(days=760), NOW)) == 0
    fold_inbox(NOW)
    assert sum(InactiveContacts().cut(NOW - timedelta(days=760), NOW)) == 1
    assert verify.differences() == []
    assert Contact.objects.filter(pk__lt=erasing.NOBODY).count() == 3


def test_rows_of_nobody_known_stay_while_any_hold_stands(four: None) -> None:
    record_events([{"event_id": "x"}], source="shop", at=OLD)
    DeadLetterRow.objects.update(created_at=NOW - timedelta(days=91))
    retention.apply(NOW)
    assert DeadLetterRow.objects.count() == 1
    retention.apply(NOW.replace(year=2031))
    assert DeadLetterRow.objects.count() == 0


def test_requests_go_three_years_after_they_were_closed() -> None:
    for name in ("ada", "held"):
        requests.refuse(received("access", name), "Nobody could say who asks", by=officer(), at=NOW)
    received("access", "open")
    holds.place(["held"], "Claim 4711 at court", "Counsel", NOW.replace(year=2040), by=officer(), at=NOW)
    later = NOW + timedelta(days=1_097)
    retention.apply(later)
    assert sorted(DataSubjectRequest.objects.values_list("state", flat=True)) == ["received", "refused"]


def test_somebody_may_choose_otherwise_and_it_is_on_record() -> None:
    client, user = Client(), User.objects.create_user("nina", is_staff=True)
    user.groups.add(Group.objects.get(name="Compliance officer"))
    client.force_login(user)
    page = client.get("/admin/compliance/retentionsetting/").content.decode()
    assert [policy.name for policy in retention.policies() if policy.why.partition(":")[0] not in page] == []
    address = "/admin/compliance/retentionsetting/rejected%20rows/change/"
    assert "Would go tonight" in client.get(address).content.decode()
    client.post(address, {"days": "30"})
    (rejected,) = [policy for policy in retention.policies() if policy.name == "rejected rows"]
    assert retention.days_of(rejected) == 30
    assert AuditEntry.objects.get(act="set").details == {"days": 30}
    client.post(address, {"days": "0"})
    assert retention.days_of(rejected) == 30
    client.post(address, {"days": ""})
    assert (retention.days_of(rejected), RetentionSetting.objects.get(policy="rejected rows").days) == (90, None)


def test_what_is_about_no_customer_goes_by_its_age_under_a_hold_too(four: None) -> None:
    def ago(days: int) -> datetime:
        return NOW - timedelta(days=days)

    for days in (89, 91, 759, 761):
        day = ago(days).date()
        PageViews.objects.create(day=day, page="overview", views=3)
        PageSession.objects.create(
            day=day, visitor=usage.visitor("1", day), first_at=ago(days), last_at=ago(days), views=3
        )
    ends: list[tuple[int | None, int | None]] = [(None, None), (761, None), (761, 700), (759, None)]
    opened, *_, new = [
        MarketingAlert.objects.create(
            rule="line", metric="clicks", over=True, since=ago(800), opened_at=ago(800), seen_at=ago(800),
            closed_at=ago(closed) if closed else None, snoozed_until=ago(snoozed) if snoozed else None,
        )
        for closed, snoozed in ends
    ]  # fmt: skip
    mine = {"visits of pages": 3, "views of pages": 1, "marketing alerts": 1}
    assert {one.policy: one.rows for one in retention.would_go(NOW) if one.policy in mine} == mine
    assert {one.policy: one.rows for one in retention.apply(NOW) if one.policy in mine} == mine
    assert {row.day for row in PageSession.objects.all()} == {ago(89).date()}
    assert {row.day for row in PageViews.objects.all()} == {ago(days).date() for days in (89, 91, 759)}
    assert set(MarketingAlert.objects.values_list("pk", flat=True)) == {opened.pk, new.pk - 1, new.pk}


def test_the_command_lists_what_would_go(four: None) -> None:
    out = StringIO()
    call_command("retain", "--dry-run", stdout=out)
    assert "rejected rows: 0 from before" in out.getvalue()
    assert "would go" in out.getvalue()
    call_command("retain", stdout=out)
    assert "ended" in out.getvalue()


def test_the_nightly_job_applies_them() -> None:
    record_events([{"event_id": "x"}], source="shop", at=timezone.now())
    DeadLetterRow.objects.update(created_at=timezone.now() - timedelta(days=91))
    tasks.keep_no_longer()
    assert (JobRun.objects.get().rows, DeadLetterRow.objects.count()) == (1, 0)
