"""The audit trail: who did what to what, and nobody changes it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from compliance import audit
from compliance.audit import PersonalDetail
from compliance.models import AuditEntry
from tests.compliance.access import NOW, actor, staff

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_what_from_where_and_when() -> None:
    ada = actor(staff("ada"), key_prefix="abcdefgh")
    audit.note("mute", "rule", "low_roas", ada, NOW, before=False, after=True, reason="not_relevant")
    row = AuditEntry.objects.get()

    assert (row.at, row.user_id, row.username, row.key_prefix, row.ip) == (
        NOW, ada.user_id, "ada", "abcdefgh", "192.0.2.7",
    )  # fmt: skip
    assert (row.act, row.object_type, row.object_id) == ("mute", "rule", "low_roas")
    assert row.details == {"before": False, "after": True, "reason": "not_relevant"}


def test_what_the_system_does_by_itself_has_nobody() -> None:
    row = audit.note("mute", "rule", 7, None, NOW)
    assert (row.user_id, row.username, row.key_prefix, row.ip, row.object_id) == (None, "", "", None, "7")


@pytest.mark.parametrize("text", ["of ada@example.com", "call +49 171 1234567"])
def test_a_detail_that_names_somebody_is_refused(text: str) -> None:
    with pytest.raises(PersonalDetail, match="detail why"):
        audit.note("mute", "rule", 7, None, NOW, why=text)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_trail SET act = ''", "DELETE FROM audit_trail", "TRUNCATE audit_trail"]
)
def test_nobody_changes_the_trail(statement: str) -> None:
    audit.note("mute", "rule", 7, None, NOW)
    with pytest.raises(DatabaseError, match=r"audit_trail.* stays as it was written"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AuditEntry.objects.get().act == "mute"


def test_it_is_read_in_the_admin_with_permission_and_never_changed(admin_user: object, client: Client) -> None:
    row = audit.note("mute", "rule", "low_roas", None, NOW, because="it missed", state_before=None)
    client.force_login(staff("eve"))
    assert client.get("/admin/compliance/auditentry/").status_code == 403

    client.force_login(admin_user)  # type: ignore[arg-type]
    page = client.get("/admin/compliance/auditentry/").content.decode()
    assert "low_roas" in page
    assert "because: it missed; state before: –" in page
    assert client.get("/admin/compliance/auditentry/add/").status_code == 403
    assert client.post(f"/admin/compliance/auditentry/{row.pk}/change/", {"act": ""}).status_code == 403
    assert client.post(f"/admin/compliance/auditentry/{row.pk}/delete/", {"post": "yes"}).status_code == 403
