"""What a role is not shown: refused where it is named, else left out, and kept apart from what others see."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics import redis
from analytics.allowed import NotShown, allowed_to
from analytics.api.schemas import ProblemDetails
from analytics.catalogue import NAMES, Sums
from analytics.catalogue.closing import closed
from analytics.models import Campaign, SavedView
from analytics.queries import details, drilldown, kpis, ranking
from analytics.queries.cache import Question
from analytics.queries.funnel import funnel, funnel_of
from analytics.queries.medians import medians
from analytics.queries.orders import Ordering
from compliance.models import MetricDenial
from tests.analytics import test_overview
from tests.analytics.totals import NOW, asked, october
from tests.compliance import keys

pytestmark = pytest.mark.django_db
PAGES = "/admin/marketing/"
OCTOBER = {"start": "2026-10-01", "end": "2026-10-03"}
DAYS = {"period": "custom", "from": "2026-10-01", "to": "2026-10-02"}
MONEY = closed(frozenset({"revenue", "cost"}))


def text_of(response: Any) -> str:
    """The words of a page."""
    return test_overview.text_of(response)


def member(name: str, *denied: str, **fields: Any) -> Client:
    """Signed in, of a group that is denied these metrics."""
    user, client = User.objects.create_user(name, is_staff=True, **fields), Client()
    group = Group.objects.create(name=f"{name}'s")
    user.groups.add(group)
    MetricDenial.objects.bulk_create([MetricDenial(group=group, metric=metric) for metric in denied])
    client.force_login(user)
    return client


@pytest.fixture
def made() -> dict[str, Campaign]:
    return october()


@pytest.fixture
def ada(made: dict[str, Campaign]) -> Client:
    return member("ada", "revenue", "cost")


def ask(client: Client, path: str, **params: Any) -> Any:
    return client.get(f"/api/v1/{path}", OCTOBER | params)


@pytest.mark.parametrize("path", ["kpi", "kpi/timeseries", "campaigns", "drilldown"])
def test_a_metric_that_is_not_shown_is_refused_by_name(path: str, ada: Client, made: dict[str, Campaign]) -> None:
    path = f"campaigns/{made['spring'].pk}/drilldown" if path == "drilldown" else path
    answer = ask(ada, path, metrics="sends,roas,cost")
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert (problem["title"], problem["metrics"]) == ("Not shown to your role", ["roas", "cost"])
    assert problem["detail"] == "ROAS, Cost are not shown to your role; leave it out, or ask a compliance officer."
    assert problem.keys() <= ProblemDetails().fields.keys()


def test_where_none_is_named_the_rest_is_given_and_said_to_be(ada: Client, made: dict[str, Campaign]) -> None:
    rest = {name for name in NAMES if name not in MONEY}
    answer = ask(ada, "kpi").json()
    assert answer["metrics"].keys() == rest
    assert answer["meta"]["not_shown"] == list(MONEY)
    assert ask(ada, "kpi/timeseries").json()["points"][0]["metrics"].keys() == rest
    ranked = ask(ada, "campaigns").json()
    assert (set(ranked["columns"]), ranked["ordering"]) == (rest, "name")
    assert {row["name"] for row in ada.get("/api/v1/metrics").json()["results"]} == rest
    one = ask(ada, f"campaigns/{made['spring'].pk}/details").json()
    assert one["metrics"].keys() == rest == one["trend"][0]["metrics"].keys()
    assert one["pacing"] is None


def test_an_order_by_what_is_not_shown_would_tell_it_and_is_refused(ada: Client) -> None:
    assert ask(ada, "campaigns", ordering="-cost").json()["metrics"] == ["cost"]
    assert ask(ada, "campaigns", ordering="-sends").status_code == 200


def test_every_query_refuses_what_the_scope_does_not_allow(made: dict[str, Campaign]) -> None:
    scope, spring = asked_by("revenue"), made["spring"]
    asks: tuple[Callable[[], Any], ...] = (
        lambda: kpis.summary(scope, ("sends", "roas"), now=NOW),
        lambda: kpis.hour(scope, NOW, ("revenue",), now=NOW),
        lambda: kpis.timeseries(scope, ("revenue",), now=NOW),
        lambda: kpis.by_channel(scope, ("revenue",), now=NOW),
        lambda: kpis.by_campaign(scope, ("sends",), order="-roas", now=NOW),
        lambda: ranking.ranking(scope, ("sends",), ordering="-roi", spark="", now=NOW),
        lambda: ranking.ranking(scope, ("roi",), ordering="name", spark="", now=NOW),
        lambda: ranking.ranking(scope, ("sends",), ordering="name", spark="net_revenue", now=NOW),
        lambda: ranking.every_row(scope, ("roi",), ordering="name", now=NOW),
        lambda: ranking.every_row(scope, ("sends",), ordering="-roi", now=NOW),
        lambda: medians(scope, spring, ("aov",)),
        lambda: drilldown.days(scope, spring.pk, ("aov",), now=NOW),
        lambda: drilldown.hours(scope, spring.pk, now=NOW),
        lambda: Ordering.read("roi", scope.allowed),
    )
    for each in asks:
        with pytest.raises(NotShown):
            each()


def asked_by(*denied: str) -> Any:
    scope = asked()
    return type(scope)(scope.period, scope.time_zone, scope.currency, allowed=allowed_to(frozenset(denied)))


def test_steps_hours_and_machines_that_are_not_shown_are_left_out(made: dict[str, Campaign]) -> None:
    def found(*denied: str) -> Any:
        return details.details(asked_by(*denied), made["spring"].pk, now=NOW)

    steps = [step.name for step in found("delivered").funnel.steps]
    assert steps == ["unique_opens", "unique_clicks", "click_converters"]
    assert found("converters").funnel.converted_without_click is None
    assert funnel(asked_by("delivered", "unique_opens", "unique_clicks", "converters"), now=NOW).steps == ()
    clicks = found("unique_opens").best_hour
    assert {hour.unique_opens for hour in clicks.hours} == {None}
    assert {hour.unique_clicks for hour in clicks.hours} == {0}
    assert found("unique_opens", "unique_clicks").best_hour is None
    of_machines = found("opens").machine
    assert (of_machines.opens, of_machines.open_share) == (50, None)
    assert found("machine_opens").machine.opens is None
    assert not found(*NAMES).kpis.figures


def test_a_step_is_a_share_of_the_one_before_it_that_is_shown() -> None:
    sums = Sums(sends=100, delivered=90, unique_opens=50, unique_clicks=20, converters=9, click_converters=5)
    shown = funnel_of(sums, allowed_to(frozenset({"unique_opens"})), delivers=True)
    assert [(step.name, step.step_rate) for step in shown.steps][2] == ("unique_clicks", round(20 / 90, 10))


def test_answers_of_who_may_see_different_metrics_never_mix(ada: Client, made: dict[str, Campaign]) -> None:
    grace, alan, boss = member("grace"), member("alan", "cost", "revenue"), member("boss", "cost", is_superuser=True)
    for path in ("kpi", "kpi/timeseries", "campaigns", "funnel", f"campaigns/{made['spring'].pk}/details"):
        full, less = ask(grace, path), ask(ada, path)
        assert full["ETag"] != less["ETag"]
        assert ask(alan, path)["ETag"] == less["ETag"]  # in the same words, for they may see the same
        assert ask(boss, path)["ETag"] == full["ETag"]
        for client, own, others in ((ada, less, full), (grace, full, less)):
            assert client.get(f"/api/v1/{path}", OCTOBER, headers={"If-None-Match": own["ETag"]}).status_code == 304
            again = client.get(f"/api/v1/{path}", OCTOBER, headers={"If-None-Match": others["ETag"]})
            assert (again.status_code, again.content) == (200, own.content)


def test_a_poll_with_the_tag_of_somebody_else_gets_the_page(ada: Client) -> None:
    grace, poll = member("grace"), {"HX-Request": "true", "HX-Trigger": "refresh"}
    tag = grace.get(PAGES, DAYS).context["tag"]
    assert grace.get(PAGES, DAYS, headers=poll | {"If-None-Match": tag}).status_code == 304
    assert ada.get(PAGES, DAYS, headers=poll | {"If-None-Match": tag}).status_code == 200


def test_the_name_of_what_is_allowed_is_part_of_the_question() -> None:
    one, other = (Question("kpi", (), allowed=allowed_to(frozenset({name}))) for name in ("cost", "revenue"))
    assert len({one.key(NOW), other.key(NOW), Question("kpi", ()).key(NOW)}) == 3
    assert one.key(NOW) == Question("kpi", (), allowed=allowed_to(frozenset({"cost"}))).key(NOW)


@pytest.mark.parametrize("path", ["/api/v1/kpi", "/api/v1/campaigns", PAGES, f"{PAGES}campaigns/"])
def test_who_sees_less_costs_no_query_and_no_round_trip_more(path: str, ada: Client) -> None:
    grace, params = member("grace"), OCTOBER if "api" in path else DAYS
    cost = [spent(client, path, params, warm=warm) for warm in (False, True) for client in (grace, ada)]
    assert cost[0] >= cost[1]
    assert cost[2] == cost[3]


def spent(client: Client, path: str, params: dict[str, str], *, warm: bool) -> tuple[int, int]:
    """Queries, and commands of Redis, of one request; the first one brings the answer."""
    if warm:
        client.get(path, params)
    before = redis.ask(lambda each: each.info("stats"))["total_commands_processed"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path, params).status_code == 200
    after = redis.ask(lambda each: each.info("stats"))["total_commands_processed"]
    return len(queries), after - before


def test_pages_leave_it_out_and_say_so(ada: Client, made: dict[str, Campaign]) -> None:
    page = text_of(ada.get(PAGES, DAYS))
    assert "Some figures are not shown to your role." in page
    assert "Net revenue" not in page
    assert "by conversions" in page  # what the channels stand by instead
    grace = text_of(member("grace").get(PAGES, DAYS))
    assert "not shown" not in grace
    assert "by net revenue" in grace


def test_a_saved_view_opens_without_a_column_that_is_not_shown_and_says_which(ada: Client) -> None:
    owner = User.objects.create_user("grace")
    query = "period=custom&from=2026-10-01&to=2026-10-02&columns=sends&columns=roi&columns=cost&sort=-roi"
    view = SavedView.objects.create(owner=owner, page="campaigns", name="Money", query=query, shared=True)
    answer = ada.get(f"{PAGES}campaigns/views/{view.pk}/", follow=True)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Some figures are not shown to your role, of those asked for: ROI, Spend." in page
    assert "by Sends, highest first" in page
    assert [column.name for column in answer.context["filters"].fields if column.name == "columns"]
    assert answer.context["filters"].values["columns"] == ("sends",)


def test_a_view_with_such_a_column_is_not_saved(ada: Client) -> None:
    answer = ada.post(f"{PAGES}campaigns/views/save/", {"name": "Money", "query": "columns=sends&columns=roi"})
    assert answer.status_code == 400
    assert "ROI: not shown to your role." in answer.content.decode()


def test_a_role_without_any_figure_still_has_whole_pages(made: dict[str, Campaign]) -> None:
    nobody, spring = member("nobody", *NAMES), made["spring"].pk
    for page in ("", "campaigns/", "campaigns/csv/", f"campaigns/{spring}/", f"campaigns/{spring}/drilldown/"):
        assert nobody.get(f"{PAGES}{page}", DAYS).status_code == 200, page
    assert nobody.get(PAGES, DAYS | {"metric": "nonsense", "sort": "nonsense"}).status_code == 200
    assert ask(nobody, f"campaigns/{spring}/details").json()["metrics"] == {}
    assert ask(nobody, "kpi").json()["metrics"] == {}


@pytest.mark.parametrize(
    "query",
    ["figure=cost", "of=pacing", "of=campaign&figure=roas", "of=funnel&figure=sends", "of=best_hour&figure=9",
     "of=machines&figure=opens"],
)  # fmt: skip
def test_a_receipt_of_what_is_not_shown_is_refused(query: str, made: dict[str, Campaign]) -> None:
    client = member("ada", "cost", "sends", "unique_opens", "machine_opens")
    answer = client.get(f"{PAGES}receipt/?campaign=spring&start=2026-10-01&end=2026-10-03&{query}")
    assert answer.status_code == 403
    assert "not shown to your role; leave it out, or ask a compliance officer." in text_of(answer)


def test_a_key_is_denied_what_its_owner_and_its_group_are(made: dict[str, Campaign]) -> None:
    group, owner = Group.objects.create(name="bi"), User.objects.create_user("owner", is_staff=True)
    theirs = Group.objects.create(name="theirs")
    owner.groups.add(theirs)
    MetricDenial.objects.create(group=group, metric="cost")
    MetricDenial.objects.create(group=theirs, metric="open_rate")
    client = Client(headers=keys.headers("kpi:read", owner=owner, group=group))
    assert {"cost", "roas", "open_rate"} <= set(ask(client, "kpi").json()["meta"]["not_shown"])
    assert ask(Client(headers=keys.headers("kpi:read")), "kpi").json()["meta"]["not_shown"] == []


def test_a_denial_holds_from_the_next_request_on(made: dict[str, Campaign]) -> None:
    client = member("ada")
    assert Decimal(ask(client, "kpi", metrics="cost").json()["metrics"]["cost"]["value"]) > 0
    denial = MetricDenial.objects.create(group=Group.objects.get(name="ada's"), metric="cost")
    assert ask(client, "kpi", metrics="cost").status_code == 403
    denial.delete()
    assert ask(client, "kpi", metrics="cost").status_code == 200
