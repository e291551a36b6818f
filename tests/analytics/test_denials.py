"""Compliance officers deny roles metrics, in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from compliance import audit
from compliance.models import AuditEntry, MetricDenial

pytestmark = pytest.mark.django_db
LIST, ADD = (reverse(f"admin:compliance_metricdenial_{page}") for page in ("changelist", "add"))


@pytest.fixture
def analyst() -> Group:
    return Group.objects.get(name="Analyst")


def signed_in(role: str) -> Client:
    client, user = Client(), User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


@pytest.fixture
def officer() -> Client:
    return signed_in("Compliance officer")


def deny(client: Client, group: Group, metric: str = "cost") -> Any:
    return client.post(ADD, {"group": group.pk, "metric": metric})


def noted() -> list[tuple[str, str, str, dict[str, Any]]]:
    return list(AuditEntry.objects.order_by("id").values_list("username", "act", "object_id", "details"))


def test_a_denial_is_made_and_lifted_and_both_are_audited(officer: Client, analyst: Group) -> None:
    assert deny(officer, analyst).status_code == 302
    denial = MetricDenial.objects.get()
    assert (denial.group, denial.metric) == (analyst, "cost")
    delete = reverse("admin:compliance_metricdenial_delete", args=[denial.pk])
    assert officer.post(delete, {"post": "yes"}).status_code == 302
    details = {"group": "Analyst", "metric": "cost"}
    assert not MetricDenial.objects.exists()
    assert noted() == [
        ("Compliance officer", "deny metric", f"{analyst.pk}", details),
        ("Compliance officer", "lift denial", f"{analyst.pk}", details),
    ]


def test_several_are_lifted_from_the_list(officer: Client, analyst: Group) -> None:
    for metric in ("cost", "revenue"):
        deny(officer, analyst, metric)
    chosen = list(MetricDenial.objects.values_list("pk", flat=True))
    officer.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert not MetricDenial.objects.exists()
    assert [act for _, act, *_ in noted()] == ["deny metric"] * 2 + ["lift denial"] * 2


def test_what_a_denial_closes_besides_is_told_before_and_after(officer: Client, analyst: Group) -> None:
    form = officer.get(ADD).content.decode()
    assert "Cost: closes ROAS, ROI, cost per acquisition, cost per click, cost per mille as well" in form
    assert "Machine opens: closes" not in form
    deny(officer, analyst)
    MetricDenial.objects.create(group=analyst, metric="gone")
    listed = officer.get(LIST).content.decode()
    assert "ROAS, ROI, cost per acquisition, cost per click, cost per mille" in listed
    assert "gone" in listed


@pytest.mark.parametrize(("metric", "reason"), [("nonsense", "Select a valid choice"), ("", "This field is required")])
def test_nonsense_is_refused(officer: Client, analyst: Group, metric: str, reason: str) -> None:
    answer = deny(officer, analyst, metric)
    assert reason in answer.content.decode()
    assert not MetricDenial.objects.exists()


def test_what_is_denied_already_is_said_to_be(officer: Client, analyst: Group) -> None:
    deny(officer, analyst)
    assert "already exists" in deny(officer, analyst).content.decode()
    assert len(noted()) == 1


def test_nothing_is_denied_that_could_not_be_noted(
    officer: Client, analyst: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_of: Any, **_more: Any) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(audit, "note", fail)
    with pytest.raises(RuntimeError):
        deny(officer, analyst)
    assert not MetricDenial.objects.exists()


@pytest.mark.parametrize("role", ["Analyst", "Marketing admin", "Operator"])
def test_other_roles_may_not(role: str, analyst: Group) -> None:
    client = signed_in(role)
    assert client.get(LIST).status_code == 403
    assert deny(client, analyst).status_code == 403
    assert not MetricDenial.objects.exists()
