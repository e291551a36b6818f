"""A recommendation to whom its figures, or what it is worth, are not shown."""

from base64 import b64decode
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from analytics.allowed import allowed_to
from analytics.catalogue import NAMES
from compliance.models import MetricDenial
from recommendations.api.schemas import RecommendationAnswer
from recommendations.metrics import OF_PEOPLE, TELLS_OF
from recommendations.models import Decision, Recommendation, State
from recommendations.shown import by_money, shown_of
from tests.analytics import test_overview
from tests.compliance import keys
from tests.recommendations.made import EVIDENCE, EXPECTED, PLAN, made

pytestmark = pytest.mark.django_db
LIST, API = "/admin/marketing/recommendations/", "/api/v1/recommendations"
RATE: dict[str, Any] = {
    "rule": "content",
    "action": "new_content",
    "proposal": "Click to open rate 2.00 % against 5.00 % of the others: test other content.",
    "evidence": [EVIDENCE[0] | {"metric": "click_to_open_rate", "label": "Click to open rate", "value": 0.02}],
    "expected": EXPECTED | {"metric": "click_to_open_rate", "before": 0.02},
    "plan": PLAN | {"metric": "click_to_open_rate"},
}
OUTCOME = {
    "verdict": "better", "why": "Click to open rate changed by +12.0 %.", "against": "others", "controls": 5,
    "before": 0.02, "after": 0.03, "expected_change": 0.01, "effect": {"low": 0.1, "mid": 0.12, "high": 0.14},
    "money": {"low": 321.0, "mid": 654.0, "high": 987.0},
}  # fmt: skip


def text_of(response: Any) -> str:
    """The words of a page."""
    return test_overview.text_of(response)


def member(*denied: str) -> Client:
    client, user = Client(), User.objects.create_user("ada", is_staff=True)
    group = Group.objects.create(name="some")
    group.permissions.add(Permission.objects.get(codename="change_recommendation"))
    MetricDenial.objects.bulk_create([MetricDenial(group=group, metric=metric) for metric in denied])
    user.groups.add(group)
    client.force_login(user)
    return client


def of(row: Recommendation, *denied: str) -> tuple[bool, bool]:
    shown = shown_of(row, allowed_to(frozenset(denied)))
    return shown.figures, shown.money


def test_its_figures_stand_and_fall_together_and_its_money_with_them() -> None:
    roas, rate = made(), made(**RATE)
    assert of(roas) == of(rate) == (True, True)
    assert of(roas, "cost") == of(roas, "refunds") == of(rate, "open_rate") == (False, False)
    assert of(rate, "revenue") == (True, False)
    assert of(rate, "cost") == (True, True)  # of what more clicks bring in no cost is a part
    assert of(roas, "open_rate") == (True, True)


def test_a_card_leaves_out_what_is_not_shown_and_says_so() -> None:
    roas, rate = made(), made(**RATE)
    client = member("revenue")
    closed, open_ = (text_of(client.get(f"{LIST}{row.pk}/")) for row in (roas, rate))
    assert "Cut: figures not shown to your role." in closed
    assert "What it is worth is not shown to your role." in closed
    for word in ("score", "0.80 of 1", "ROAS of its channel", "At least", "900"):
        assert word not in closed
    assert "Click to open rate 2.00 % against 5.00 %" in open_
    assert "score 0.50 of 1" in open_
    assert "$900" not in open_


def test_what_came_of_it_is_told_as_far_as_it_is_shown() -> None:
    row = made(**RATE, state=State.BETTER, outcome=OUTCOME)
    client = member("revenue")
    page = text_of(client.get(f"{LIST}{row.pk}/"))
    assert "It helped Click to open rate changed by +12.0 %." in page
    assert "654" not in page
    MetricDenial.objects.update(metric="unique_opens")
    page = text_of(client.get(f"{LIST}{row.pk}/"))
    assert "It helped" in page
    assert "12.0" not in page


def test_a_list_that_may_not_tell_money_is_in_the_order_of_time() -> None:
    rows = [made(money=f"{money}.00") for money in (300, 100, 200)]
    client = member("cost")
    shown = [card.id for card in client.get(LIST).context["cards"]]
    assert shown == [row.pk for row in reversed(rows)]
    assert "the newest first" in text_of(client.get(LIST))
    assert "Came of what was promised" not in text_of(client.get(LIST))
    top = [row.url for row in client.get(f"{LIST}top/").context["rows"]]
    assert top == [f"{LIST}{row.pk}/" for row in reversed(rows)]
    assert not by_money(allowed_to(frozenset({"complaints"})))  # how large the matter is decides what it is worth
    assert by_money(allowed_to(frozenset({"machine_opens"})))


def test_the_api_lists_in_that_order_and_no_cursor_tells_an_amount() -> None:
    rows = [made(money=f"{money}.00") for money in (300, 100, 200)]
    client, seen, address = member("cost"), [], f"{API}?limit=1"
    while address:
        page: Any = client.get(address).json()
        assert page["meta"]["ordering"] == "-id"
        seen += [(row["id"], row["money"], row["score"], row["not_shown"]) for row in page["results"]]
        address = page["next"] or ""
        cursor = parse_qs(urlsplit(address).query).get("cursor", [""])[0]
        assert b".00" not in b64decode(f"{cursor.partition(':')[0]}==", "-_")
    assert seen == [(row.pk, None, None, ["figures", "money"]) for row in reversed(rows)]


def test_a_cursor_of_the_other_order_is_refused() -> None:
    for _ in range(2):
        made()
    boss = keys.headers("recommendations:read")
    address = Client().get(f"{API}?limit=1", headers=boss).json()["next"]
    assert member("cost").get(address).status_code == 400


def test_one_by_the_api_is_whole_but_for_what_is_not_shown() -> None:
    roas, rate = made(), made(**RATE, state=State.BETTER, outcome=OUTCOME)
    client = member("revenue")
    closed, open_ = (client.get(f"{API}/{row.pk}").json() for row in (roas, rate))
    assert closed.keys() == open_.keys() == RecommendationAnswer().fields.keys()
    assert (closed["evidence"], closed["expected"], closed["plan"]["minimum"]) == ([], None, None)
    assert closed["proposal"] == "Cut: figures not shown to your role."
    assert open_["not_shown"] == ["money"]
    assert (open_["money"], open_["expected"]["money"], open_["outcome"]["money"]) == (None, None, None)
    assert open_["outcome"]["effect"]["mid"] == 0.12
    assert len(open_["evidence"]) == 1


def test_a_decision_answers_no_more_than_was_shown() -> None:
    row, client = made(), member("cost")
    answer = client.post(f"{API}/{row.pk}/accept", content_type="application/json")
    assert (answer.status_code, answer.json()["money"], answer.json()["expected"]) == (200, None, None)
    page = text_of(client.post(f"{LIST}{row.pk}/implement/", {"on": "nonsense"}, headers={"HX-Request": "true"}))
    assert "figures not shown to your role" in page
    assert "900" not in page


def test_an_answer_that_is_kept_is_not_given_to_who_was_denied_a_metric_since() -> None:
    row, client = made(), member("clicks")
    decide = partial(
        client.post,
        f"{API}/{row.pk}/accept",
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    first = decide()
    assert "900" in first.content.decode()
    assert decide().content == first.content, "it does not show what was denied before"
    denial = MetricDenial.objects.create(group=Group.objects.get(name="some"), metric="cost")
    refused = decide()
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert "not shown to your role any more" in refused.json()["detail"]
    assert "900" not in refused.content.decode()
    assert Decision.objects.count() == 1
    denial.delete()
    assert decide().content == first.content


def test_the_receipt_of_a_figure_that_is_not_shown_is_refused() -> None:
    row, client = made(), member("cost")
    answer = client.get(f"{LIST}{row.pk}/figures/0/")
    assert answer.status_code == 403
    assert "not shown to your role; ask a compliance officer." in text_of(answer)
    MetricDenial.objects.all().delete()
    assert client.get(f"{LIST}{row.pk}/figures/0/").status_code == 200


@pytest.mark.parametrize(
    ("model", "field", "metric"),
    [("analytics/campaign", "budget", "cost"), ("analytics/campaigncost", "amount", "cost"),
     ("recommendations/recommendation", "money", "open_rate")],
)  # fmt: skip
def test_no_list_of_the_admin_is_found_by_what_is_not_shown(model: str, field: str, metric: str) -> None:
    made()
    client = member(metric)
    name = model.partition("/")[2]
    Group.objects.get(name="some").permissions.add(Permission.objects.get(codename=f"view_{name}"))
    page = client.get(f"/admin/{model}/")
    assert page.status_code == 200
    assert f"column-{field}" not in page.content.decode()
    assert client.get(f"/admin/{model}/?{field}__gte=1").status_code == 400
    MetricDenial.objects.all().delete()
    assert client.get(f"/admin/{model}/?{field}__gte=1").status_code == 200


@pytest.mark.parametrize("metric", [metric.name for metric in OF_PEOPLE])
def test_a_figure_by_peoples_history_is_closed_with_what_it_tells_of(metric: str) -> None:
    row = made(**RATE | {"evidence": [RATE["evidence"][0] | {"metric": metric}]})
    assert TELLS_OF[metric] in NAMES
    assert of(row, "cost") == (True, True)
    assert of(row, TELLS_OF[metric]) == (False, False)


def test_an_outcome_by_people_held_out_is_closed_with_who_converts() -> None:
    row = made(**RATE, state=State.BETTER, outcome=OUTCOME)
    assert of(row, "converters") == (True, True)
    row.outcome = OUTCOME | {"arms": {"days": 14}}
    assert of(row, "converters") == (False, False)
