"""Rules in the admin: muted and tuned within their bounds, on record; the rest is to look at."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from compliance.acting import Actor
from compliance.models import AuditEntry
from recommendations import decisions, proposing, tuning
from recommendations.models import RuleSetting
from recommendations.rules import RULES
from recommendations.tuning import CannotTune
from tests.compliance.access import actor
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
LIST = "/admin/recommendations/rulesetting/"
LOW_ROAS = f"{LIST}low_roas/change/"


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
    assert all(rule.title in page for rule in RULES)
    assert "of_before" not in page
    assert set(RuleSetting.objects.values_list("rule", flat=True)) == {rule.name for rule in RULES} | {"of_before"}
    assert not RuleSetting.objects.exclude(thresholds={}).exists()
    assert noted() == []


def test_naming_the_rules_loads_no_scipy() -> None:
    """The web server names them, and would pay 40 MB and most of a second in each process."""
    code = "import sys, recommendations.rules; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=True)


def test_the_form_says_what_a_threshold_means_and_takes_it_in_its_bounds(client: Client) -> None:
    page = client.get(LOW_ROAS).content.decode()
    assert "The ROAS at which a campaign pays" in page
    assert "0.1 to 20 (ratio); empty for 1." in page

    refused = client.post(LOW_ROAS, {"break_even": "21", "least_days": "many"}).content.decode()
    assert "Choose 0.1 to 20, or nothing for 1." in refused
    assert "Enter a number." in refused
    assert noted() == []


def test_a_changed_threshold_is_what_the_rules_go_by_and_is_on_record(client: Client) -> None:
    default = proposing._settings()["low_roas"]
    client.post(LOW_ROAS, {"break_even": "1.5", "least_days": f"{default['least_days']:g}"})
    assert RuleSetting.objects.get(rule="low_roas").thresholds == {"break_even": 1.5}
    assert proposing._settings()["low_roas"] == default | {"break_even": 1.5}

    client.post(LOW_ROAS, {"break_even": "1.5"})
    client.post(LOW_ROAS, {"break_even": ""})
    assert proposing._settings()["low_roas"] == default
    assert noted() == [
        ("set threshold", "low_roas", {"threshold": "break_even", "before": 1.0, "after": 1.5}),
        ("set threshold", "low_roas", {"threshold": "break_even", "before": 1.5, "after": 1.0}),
    ]
    assert set(AuditEntry.objects.values_list("username", flat=True)) == {"admin"}


def test_a_rule_is_muted_with_a_reason_that_names_nobody_and_speaks_again(client: Client) -> None:
    refused = client.post(LOW_ROAS, {"muted": "on", "muted_because": "Ask ada@example.com"}).content.decode()
    assert "An e-mail address stands in the reason" in refused
    assert "low_roas" in proposing._settings()

    client.post(LOW_ROAS, {"muted": "on", "muted_because": "Margins are being worked out"})
    assert "low_roas" not in proposing._settings()
    client.post(LOW_ROAS, {"muted_because": "Margins are being worked out"})
    row = RuleSetting.objects.get(rule="low_roas")
    assert (row.muted, row.muted_because) == (False, "")
    assert noted() == [("mute", "low_roas", {}), ("unmute", "low_roas", {})]


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
    for thresholds in ({"break_even": 0.0}, {"break_even": float("nan")}, {"no_such": 1.0}):
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
