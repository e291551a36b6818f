"""Roles: groups with what the table gives them, keys without a way in, and what is denied known at no cost."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import load_backend
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from compliance import api_keys, roles
from compliance.models import ApiKey, MetricDenial
from compliance.roles import ROLES, Role, denied_metrics
from tests.compliance import keys

pytestmark = pytest.mark.django_db


def member(*groups: str, name: str = "ada", **fields: Any) -> User:
    user = User.objects.create_user(name, password="a long password", is_staff=True, **fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def asked(user: User | None, key: ApiKey | None = None) -> frozenset[str]:
    return denied_metrics(type("Request", (), {"user": user, "auth": key})())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_has_the_permissions_of_the_table_and_all_of_them_exist(role: Role) -> None:
    has = Permission.objects.filter(group__name=role.name).values_list("content_type__app_label", "codename")
    assert {f"{app}.{codename}" for app, codename in has} == set(role.permissions)


def test_migrate_brings_back_what_somebody_changed() -> None:
    analyst = Group.objects.get(name="Analyst")
    analyst.permissions.set([Permission.objects.get(codename="add_consentgrant")])
    Group.objects.get(name="Operator").delete()

    for app in apps.get_app_configs():
        roles.ensure(app.label)

    assert not analyst.permissions.filter(codename="add_consentgrant").exists()
    assert analyst.permissions.filter(codename="view_campaign").exists()
    assert Permission.objects.filter(group__name="Operator", codename="run_job").exists()


def test_no_analyst_and_no_operator_may_see_people_or_who_saw_them() -> None:
    for name in ("Analyst", "Operator", "Integration"):
        may = Permission.objects.filter(group__name=name).values_list("codename", flat=True)
        assert not {"add_consentgrant", "view_consentgrant", "view_piiaccess", "view_auditentry"} & set(may)


def test_nobody_signs_in_as_an_integration_not_even_with_another_role() -> None:
    client, user = Client(), member("Integration", "Analyst")
    given = {"username": "ada", "password": "a long password"}
    assert client.post(reverse("admin:login"), given).status_code == 200
    assert "_auth_user_id" not in client.session

    user.groups.set(Group.objects.filter(name="Analyst"))
    assert client.post(reverse("admin:login"), given).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200

    user.groups.set(Group.objects.filter(name="Integration"))
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_superuser_signs_in_whatever_their_groups() -> None:
    client, user = Client(), member("Integration", is_superuser=True)
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_metric_is_denied_by_any_group_and_never_to_a_superuser() -> None:
    for group, metric in (("Analyst", "revenue"), ("Operator", "cost"), ("Marketing admin", "clicks")):
        MetricDenial.objects.create(group=Group.objects.get(name=group), metric=metric)
    user = member("Analyst", "Operator")
    assert asked(user) == {"revenue", "cost"}

    User.objects.update(is_superuser=True)
    assert asked(user) == frozenset()


def test_a_key_is_denied_what_its_owner_and_its_group_are_denied() -> None:
    for group, metric in (("Analyst", "revenue"), ("Integration", "cost")):
        MetricDenial.objects.create(group=Group.objects.get(name=group), metric=metric)
    integration, user = Group.objects.get(name="Integration"), member("Analyst")
    bound, _secret = api_keys.create("a", ["all"], user, integration)
    assert asked(user, bound) == {"revenue", "cost"}
    assert asked(None, api_keys.create("b", ["all"])[0]) == frozenset()

    User.objects.update(is_superuser=True)
    assert asked(user, bound) == {"cost"}


def test_who_asks_and_what_they_are_denied_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    MetricDenial.objects.create(group=Group.objects.get(name="Analyst"), metric="revenue")
    backend, user = "compliance.signing_in.RoleBackend", member("Analyst")
    with django_assert_num_queries(1):
        assert asked(load_backend(backend).get_user(user.pk)) == {"revenue"}


def test_a_key_is_bound_to_a_group_by_the_command() -> None:
    call_command("create_api_key", "bi", "--scopes", "kpi:read", "--group", "Analyst")
    assert ApiKey.objects.get().group == Group.objects.get(name="Analyst")
    with pytest.raises(CommandError, match=r"no group Analysts: choose from Analyst,"):
        call_command("create_api_key", "bi", "--scopes", "kpi:read", "--group", "Analysts")


def test_the_key_of_an_integration_works_where_its_owner_may_not_sign_in() -> None:
    header = keys.headers("kpi:read", owner=member("Integration"))
    assert Client().get("/api/v1/kpi", headers=header).status_code == 200


def test_a_key_may_do_what_its_scopes_and_its_owner_may() -> None:
    path, body = "/api/v1/campaigns", {"campaign": "spring", "name": "Spring", "channel": "email"}
    for role, status in (("Analyst", 403), ("Integration", 201), ("Marketing admin", 200)):
        header = keys.headers("campaigns:write", owner=member(role, name=role))
        answer = Client().post(path, body, content_type="application/json", headers=header)
        assert answer.status_code == status, answer.content
        if status == 403:
            assert "owner of this key lacks the permission analytics.change_campaign" in answer.json()["detail"]
    assert (
        Client().post(path, body, content_type="application/json", headers=keys.headers("kpi:read")).status_code == 403
    )


def test_what_a_role_may_is_not_changed_by_hand(admin_user: User) -> None:
    client = Client()
    client.force_login(admin_user)
    own = Group.objects.create(name="Interns")
    for group, status in ((Group.objects.get(name="Analyst"), 403), (own, 302)):
        path = reverse("admin:auth_group_change", args=[group.pk])
        assert client.post(path, {"name": group.name}).status_code == status
        assert client.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}).status_code == status
