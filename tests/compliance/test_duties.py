"""What waits for somebody stands on the admin's first page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import AccessAlert, AccessReview, JobRun
from tests.compliance.looks import IN_Q3, log, person, row, signed_in
from tests.compliance.requests import received

pytestmark = pytest.mark.django_db


def first_page(client: Client) -> str:
    return client.get("/admin/").content.decode()


def test_officers_see_what_waits_and_how_late_it_is() -> None:
    nina, now = signed_in(person("nina", "Compliance officer")), timezone.now()
    assert "Waits for you" not in first_page(nina)
    received("access", "customer 7", at=now, received_at=now - timedelta(days=40))
    log(row(person("ada"), "listed", IN_Q3, [1]))
    AccessAlert.objects.create(rule="refused", starts_at=now, ends_at=now, found_at=now, count=12)
    page = first_page(nina)
    assert [words for words in ("Late requests", "Open alerts of unusual access") if words not in page] == []
    AccessReview.objects.update(due_at=now)
    page = first_page(nina)
    assert "Overdue reviews of accesses" in page
    assert '<span class="due late">1</span>' in page
    for address in ("datasubjectrequest/?deadline=LATE", "accessreview/?state=OVERDUE", "accessalert/?state=open"):
        assert f"/admin/compliance/{address}" in page
        assert nina.get(f"/admin/compliance/{address}").context["cl"].result_count == 1


def test_a_request_near_its_end_and_a_broken_log_wait_too() -> None:
    nina, now = signed_in(person("nina", "Compliance officer")), timezone.now()
    received("access", "customer 7", at=now, received_at=now - timedelta(days=25))
    JobRun.objects.create(name="verify_audit", started_at=now, finished_at=now, outcome="failed")
    page = first_page(nina)
    assert [
        words for words in ("Requests due within a week", "Logs that are not as written") if words not in page
    ] == []
    assert nina.get("/admin/compliance/datasubjectrequest/?deadline=SOON").context["cl"].result_count == 1
    JobRun.objects.create(name="verify_audit", started_at=now, finished_at=now, outcome="done")
    assert "Logs that are not as written" not in first_page(nina)


def test_others_see_nothing_of_it() -> None:
    log(row(person("ada"), "listed", IN_Q3, [1]))
    assert "Waits for you" not in first_page(signed_in(person("ann", "Analyst")))
    assert not AccessReview.objects.exists()
