"""The recommendations' pages, as staff see them and decide on them."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User

from recommendations.models import Recommendation
from tests.analytics.test_overview import text_of
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db

LIST = "/admin/marketing/recommendations/"
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{LIST}"}


@pytest.fixture
def ada(client: Any) -> User:
    """May decide."""
    user = _staff("ada")
    client.force_login(user)
    return user


@pytest.fixture
def grace() -> User:
    return _staff("grace")


def _staff(name: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_recommendation"))
    return user


def shown(response: Any) -> list[int]:
    """The numbers of the cards, in their order."""
    return [int(pk) for pk in re.findall(r'<article [^>]*id="recommendation-(\d+)"', response.content.decode())]


def decide(client: Any, found: Recommendation, decision: str, **given: str) -> Any:
    return client.post(f"{LIST}{found.pk}/{decision}/", given, headers=HTMX)


@pytest.mark.parametrize("below", ["", "1/", "top/", "of-campaign/", "1/figures/0/"])
def test_strangers_and_those_without_staff_go_to_the_login(client: Any, below: str) -> None:
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        response = client.get(f"{LIST}{below}")
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={LIST}{below}")


def test_the_open_ones_are_listed_by_what_they_are_worth(client: Any, ada: User) -> None:
    small, large = made(money="10.00"), made(money="5000.00")
    made(state="accepted"), made(state="dismissed")
    response = client.get(LIST)
    assert shown(response) == [large.pk, small.pk]
    assert "Open (2)" in text_of(response)
    assert "Waiting to be done (1)" in text_of(response)


def test_a_card_says_what_to_do_what_it_is_worth_and_why(client: Any, ada: User) -> None:
    found = made()
    card = text_of(client.get(LIST), f"recommendation-{found.pk}")
    for words in (
        "Cut its budget by half, or stop it.", found.campaign.name, "Search", "+$900 in 30 days",
        "+$500 to +$1,300 expected", "ROAS 0.40 0.30 to 0.50 of $1,400 spend",
        "ROAS of its channel 2.50 2.10 to 3.00",
        "What it costs in 30 days less what it brings in.", "Score 0.50 of 1", "large (0.80 of 1)", "much (0.90 of 1)",
        "Measured by ROAS, higher is better", "For 14 days from the day after it is done", "At least $200.00 spend",
        "campaigns of its channel with the same finding that were left alone", "stands until 29 Nov 2026",
    ):  # fmt: skip
        assert words in card, words
