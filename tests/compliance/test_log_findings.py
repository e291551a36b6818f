"""A break in a log that was looked into is accepted: it is told no more, and stays on record."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from compliance import second_factor, tasks
from compliance.acting import Actor
from compliance.jobs import JobFailedError
from compliance.logs import findings, seals
from compliance.logs.findings import CannotAccept
from compliance.models import AuditEntry, JobRun, LogFinding
from config.signed_in import PASSED
from tests.compliance.access import NOW
from tests.compliance.chains import by_force, check, sealed
from tests.compliance.looks import person, signed_in
from tests.compliance.totp import code

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "The row was mended by hand after the crash of 3 March, see the ticket"
PASSWORD = "a long password of nina"


@pytest.fixture
def nina() -> User:
    user = person("nina", "Compliance officer")
    user.set_password(PASSWORD)
    user.save()
    return user


def broken() -> LogFinding:
    """One row of three was changed; the finding of it."""
    rows = sealed(3, NOW)
    by_force("UPDATE audit_trail SET username = 'somebody else' WHERE id = %(id)s", id=rows[1])
    with pytest.raises(JobFailedError, match="audit_trail is broken at position 2"):
        tasks.verify_audit()
    return LogFinding.objects.get()


def test_what_was_accepted_is_told_no_more_and_stays_on_record(nina: User) -> None:
    finding = broken()
    assert (finding.log, finding.what, finding.position) == ("audit_trail", "the row was changed", 2)
    findings.accept(finding.pk, REASON, by=Actor(nina), at=timezone.now())
    seals.seal_all(timezone.now())
    tasks.verify_audit()
    assert JobRun.objects.filter(name="verify_audit").latest("id").outcome == "done"
    found = LogFinding.objects.get()
    assert (found.accepted_by, found.reason, found.found_at) == ("nina", REASON, finding.found_at)
    assert found.seen_at > finding.seen_at
    assert check().breaks == 1, "the chain is broken there for ever, and the command says so"
    noted = AuditEntry.objects.get(act="accepted")
    assert (noted.username, noted.details["position"]) == ("nina", 2)


def test_another_break_is_told_all_the_same(nina: User) -> None:
    finding = broken()
    findings.accept(finding.pk, REASON, by=Actor(nina), at=timezone.now())
    seals.seal_all(timezone.now())
    by_force("DELETE FROM audit_trail WHERE id = (SELECT min(id) FROM audit_trail)")
    with pytest.raises(JobFailedError, match=r"position 1, .*: the row is gone; 1 were accepted\."):
        tasks.verify_audit()


def test_a_column_that_somebody_sets_who_rules_the_database_accepts_nothing(nina: User) -> None:
    finding = broken()
    by_force("UPDATE log_finding SET accepted_at = now(), accepted_by = 'nina', reason = 'as it should be'")
    with pytest.raises(JobFailedError):
        tasks.verify_audit()
    findings.accept(finding.pk, REASON, by=Actor(nina), at=timezone.now())
    by_force("UPDATE log_finding SET position = 3")
    assert not findings.is_accepted(LogFinding.objects.get()), "nor is another put in its place"


def test_what_an_anchor_knew_can_be_accepted_too(nina: User) -> None:
    words = "7 rows or more are cut off, which the anchor of 2026-10-20 12:00 UTC knew"
    finding = LogFinding.objects.create(log="audit_trail", what=words, position=8, found_at=NOW, seen_at=NOW)
    assert findings.is_accepted(findings.accept(finding.pk, REASON, by=Actor(nina), at=timezone.now()))


@pytest.mark.parametrize("role", ["Operator", "Analyst"])
def test_only_officers_accept(role: str) -> None:
    other = person("otto", role)
    finding = LogFinding.objects.create(log="audit_trail", what="the row is gone", found_at=NOW, seen_at=NOW)
    with pytest.raises(CannotAccept, match="permission"):
        findings.accept(finding.pk, REASON, by=Actor(other), at=NOW)
    address = reverse("admin:accept_finding", args=[finding.pk])
    assert signed_in(other).post(address, {"reason": REASON, "password": "x"}).status_code == 403


def test_the_page_asks_again_who_it_is(nina: User) -> None:
    finding = LogFinding.objects.create(log="audit_trail", what="the row is gone", found_at=NOW, seen_at=NOW)
    client, address = signed_in(nina), reverse("admin:accept_finding", args=[finding.pk])
    assert address in client.get("/admin/compliance/logfinding/").content.decode()
    assert 'name="code"' not in client.get(address).content.decode()
    for wrong in ({"password": "wrong"}, {"password": ""}, {"password": PASSWORD, "reason": "short"}):
        answer = client.post(address, {"reason": REASON} | wrong)
        assert answer.status_code == 200
        assert "errornote" in answer.content.decode()
    assert not LogFinding.objects.exclude(accepted_at=None).exists()
    assert client.post(address, {"reason": REASON, "password": PASSWORD}).status_code == 302
    assert findings.is_accepted(LogFinding.objects.get())
    assert "accepted by nina" in client.get("/admin/compliance/logfinding/").content.decode()


def test_whoever_has_a_second_factor_gives_a_code_of_it(nina: User) -> None:
    finding = LogFinding.objects.create(log="audit_trail", what="the row is gone", found_at=NOW, seen_at=NOW)
    secret, now = second_factor.new_secret(), timezone.now()
    second_factor.enrol(nina, secret, code(secret, now.timestamp() - 30), Actor(nina), now)
    client = signed_in(nina)
    session = client.session
    session[PASSED] = True
    session.save()
    address = reverse("admin:accept_finding", args=[finding.pk])
    given = {"reason": REASON, "password": PASSWORD}
    assert "errornote" in client.post(address, given | {"code": "000000"}).content.decode()
    assert not LogFinding.objects.exclude(accepted_at=None).exists()
    assert client.post(address, given | {"code": code(secret, now.timestamp())}).status_code == 302
    assert findings.is_accepted(LogFinding.objects.get())
