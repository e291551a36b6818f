"""Rules in the admin: muted and tuned within their bounds, on record; the rest is to look at."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from compliance.acting import Actor
from compliance.models import AuditEntry
from recommendations import decisions, proposing, tuning
from recommendations.models import RuleSetting
from recommendations.rules import TUNABLE
from recommendations.tuning import CannotTune
from tests.compliance.access import actor
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
LIST = "/admin/recommendations/rulesetting/"
LOW_ROAS = f"{LIST}low_roas/change/"
SHARED = f"{LIST}shared/change/"


@pytest.fixture
def client(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def noted() -> list[tuple[str, str, dict[str, Any]]]:
    return list(AuditEntry.objects.order_by("id").values_list("act", "object_id", "details"))


def test_every_rule_is_listed_and_nothing_is_changed_by_looking(client: Client) -> None:
    RuleSetting.objects.create(rule="of_before", muted=True)
    for _ in range(2):
        page = client.get(LIST).content.decode()
    assert all(rule.title in page for rule in TUNABLE.values())
    assert "of_before" not in page
    assert set(RuleSetting.objects.values_list("rule", flat=True)) == {*TUNABLE, "of_before"}
    assert not RuleSetting.objects.exclude(thresholds={}).exists()
    assert noted() == []


def test_naming_the_rules_loads_no_scipy() -> None:
    """The web server names them, and would pay 40 MB and most of a second in each process."""
    code = "import sys, recommendations.rules; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=True)


def test_the_form_says_what_a_threshold_means_and_takes_it_in_its_bounds(client: Client) -> None:
    page = client.get(LOW_ROAS).content.decode()
    assert "Campaigns with cost on fewer days are not judged." in page
    assert "1 to 28 (days); empty for 10." in page
    assert "0 to 1,000,000,000 (money); empty for 100." in page

    refused = client.post(LOW_ROAS, {"least_days": "29", "least_spend": "many"}).content.decode()
    assert "Choose 1 to 28, or nothing for 10." in refused
    assert "Enter a number." in refused
    assert noted() == []


def test_a_changed_threshold_is_what_the_rules_go_by_and_is_on_record(client: Client) -> None:
    default = proposing._settings()["low_roas"]
    client.post(LOW_ROAS, {"least_spend": "150", "least_days": f"{default['least_days']:g}"})
    assert RuleSetting.objects.get(rule="low_roas").thresholds == {"least_spend": 150.0}
    assert proposing._settings()["low_roas"] == default | {"least_spend": 150.0}

    client.post(LOW_ROAS, {"least_spend": "150"})
    client.post(LOW_ROAS, {"least_spend": ""})
    assert proposing._settings()["low_roas"] == default
    assert noted() == [
        ("set threshold", "low_roas", {"threshold": "least_spend", "before": 100.0, "after": 150.0}),
        ("set threshold", "low_roas", {"threshold": "least_spend", "before": 150.0, "after": 100.0}),
    ]
    assert set(AuditEntry.objects.values_list("username", flat=True)) == {"admin"}


def test_what_rules_share_is_set_once_for_all_of_them(client: Client) -> None:
    assert "break_even" not in client.get(LOW_ROAS).content.decode()
    page = client.get(SHARED).content.decode()
    assert "The ROAS at which a campaign pays" in page
    assert 'name="muted"' not in page

    client.post(SHARED, {"break_even": "1.5", "muted": "on"})
    going_by = {name: own["break_even"] for name, own in proposing._settings().items() if "break_even" in own}
    assert going_by == {"low_roas": 1.5, "winner": 1.5}
    assert noted() == [("set threshold", "shared", {"threshold": "break_even", "before": 1.0, "after": 1.5})]
    with pytest.raises(CannotTune, match="mute the rules"):
        tuning.tune("shared", actor(), timezone.now(), thresholds={}, muted=True)


def test_of_two_values_kept_before_the_later_one_is_shared() -> None:
    share = import_module("recommendations.migrations.0004_shared_settings").share
    for rule, kept in (("winner", {"break_even": 2.0, "more": 0.3}), ("low_roas", {"break_even": 3.0})):
        RuleSetting.objects.create(rule=rule, thresholds=kept)
    share(apps, None)
    kept = dict(RuleSetting.objects.values_list("rule", "thresholds"))
    assert kept == {"winner": {"more": 0.3}, "low_roas": {}, "shared": {"break_even": 3.0}}
    assert noted() == [("set threshold", "shared", {"threshold": "break_even", "before": 1.0, "after": 3.0})]


def test_a_rule_is_muted_with_a_reason_that_names_nobody_and_speaks_again(client: Client) -> None:
    refused = client.post(LOW_ROAS, {"muted": "on", "muted_because": "Ask ada@example.com"}).content.decode()
    assert "An e-mail address stands in the reason" in refused
    assert "low_roas" in proposing._settings()

    client.post(LOW_ROAS, {"muted": "on", "muted_because": "Margins are being worked out"})
    assert "low_roas" not in proposing._settings()
    for _ in range(2):
        client.post(LOW_ROAS, {"muted": "on", "muted_because": "Margins are not known"})
    client.post(LOW_ROAS, {"muted_because": "Margins are not known"})
    row = RuleSetting.objects.get(rule="low_roas")
    assert (row.muted, row.muted_because) == (False, "")
    assert noted() == [(act, "low_roas", {}) for act in ("mute", "change why muted", "unmute")]


def test_tuning_wants_its_permission(client: Client) -> None:
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(codename="view_rulesetting"))
    client.force_login(eve)
    assert client.get(LOW_ROAS).status_code == 200
    assert client.post(LOW_ROAS, {"muted": "on"}).status_code == 403
    assert not RuleSetting.objects.filter(muted=True).exists()


def test_what_no_form_checked_is_checked_all_the_same() -> None:
    ada: Actor = actor()
    at = datetime(2026, 11, 15, tzinfo=UTC)
    for thresholds in ({"least_days": 0.0}, {"least_days": float("nan")}, {"break_even": 1.0}):
        with pytest.raises(CannotTune) as refused:
            tuning.tune("low_roas", ada, at, thresholds=thresholds, muted=False)
        assert refused.value.errors.keys() == thresholds.keys()
    assert not RuleSetting.objects.exists()


def test_recommendations_and_decisions_are_to_look_at(client: Client) -> None:
    row = made(proposed_at=timezone.now() - timedelta(days=1))
    decisions.accept(row.pk, actor(), timezone.now())
    for name, shown in (("recommendation", row.campaign.name), ("decision", "accept")):
        place = f"/admin/recommendations/{name}/"
        pk = row.pk if name == "recommendation" else row.decisions.get().pk
        assert shown in client.get(place).content.decode()
        assert client.get(f"{place}{pk}/change/").status_code == 200
        assert client.post(f"{place}{pk}/change/", {}).status_code == 403
        assert client.post(f"{place}{pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get(f"{place}add/").status_code == 403
