"""Whoever is denied revenue and cost sees them nowhere, nor what is computed from them, wherever they may look."""

import html
import logging
import re
import uuid
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django.urls.converters import UUIDConverter
from django.utils import timezone

from analytics.alerts.finding import Finding, to_json
from analytics.catalogue import NAMES
from analytics.catalogue.closing import closed
from analytics.ingest import record_campaigns, record_costs
from analytics.models import AlertRule, Campaign, MarketingAlert, SavedView, Source
from analytics.pages.receipts import STEPS
from compliance import denials, grants
from compliance.acting import Actor
from config import access
from config.access import ACCESS
from recommendations.models import Recommendation, State
from tests.analytics.people import CANARY, DAY, contact_of, deeds, took_in
from tests.analytics.people import NAMES as CONTACTS
from tests.compliance import keys
from tests.compliance.access import REASON, actor
from tests.recommendations.made import EVIDENCE, EXPECTED, made

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)
HTMX = {"HX-Request": "true"}
DENIED = ("revenue", "cost")
CLOSED = closed(frozenset(DENIED))
TRIED = (*CLOSED, "refunds", "sends", "open_rate")
REVENUE, COST, BUDGET, WORTH = 987654.32, 123456.78, 222333.44, 864197.54
# Amounts that nothing else in the answers is near of, and what is computed from them and the counts below.
AMOUNTS: dict[str, float] = {
    "revenue": REVENUE,
    "cost": COST,
    "an order": 700000.00,
    "aov": REVENUE / 2,
    "cpa": COST / 2,
    "cpc": COST / 3,
    "cpm": 1000 * COST / 1234,
    "revenue per recipient": REVENUE / 7,
    "budget": BUDGET,
    "worth": WORTH,
    "least worth": 432098.77,
    "peers": 345678.91,
}
RATIOS: dict[str, str] = {
    "roas": r"(?<![\d.])8\.00(?!\d)|8\.000000\d",
    "roi": r"(?<![\d.,])700(\.0)?\s%|(?<![\d.])7\.000000\d",
    "spent of the budget": r"55\.5\s?%|0\.5552",
}
DAYS = "period=custom&from=2026-09-25&to=2026-10-10"
PERIOD = "start=2026-09-25&end=2026-10-11"
SCOPE = f"{PERIOD}&compare=previous"
NAMELESS = {
    "api/v1/": "/api/v1/nowhere",
    "admin:(?P<url>.*)$": "/admin/nowhere/",
    "admin:app_list": "/admin/analytics/",
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of requests are refused."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def spring() -> Campaign:
    """Seven were sent something, three clicked and two of them bought for much, at a cost of as much."""
    events = [event for event in deeds(list(CONTACTS), DAY) if event["type"] not in ("clicked", "converted")]
    clicks = [
        {"type": "clicked", "contact": name, "campaign": "spring", "occurred_at": at(10)} for name in CONTACTS[:3]
    ]
    bought = [
        {
            "type": "converted",
            "contact": name,
            "order": name,
            "amount": amount,
            "currency": "USD",
            "occurred_at": at(11),
        }
        for name, amount in zip(CONTACTS, ("700000.00", "287654.32"), strict=False)
    ]
    campaign = took_in([*events, *clicks, *bought], DAY)
    now = DAY + timedelta(days=2)
    more = {"budget": f"{BUDGET}", "currency": "USD", "starts_at": at(0), "ends_at": "2027-10-31T00:00:00Z"}
    peers = [f"peer-{number}" for number in range(4)]
    record_campaigns([{"campaign": "spring", "tags": ["vip"]} | more], at=now)
    record_campaigns([{"campaign": name, "channel": "email"} for name in peers], at=now)
    cost = {"campaign": "spring", "date": "2026-10-01", "amount": f"{COST}", "source": "ads", "impressions": 1234}
    peer_costs = [cost | {"campaign": name, "date": "2026-10-02", "amount": "345678.91"} for name in peers]
    assert not record_costs([cost, *peer_costs], at=now).rejected
    recommended(campaign)
    alerted(campaign)
    return campaign


def at(hour: int) -> str:
    return (DAY + timedelta(hours=hour)).isoformat()


def recommended(campaign: Campaign) -> None:
    """One that is open, and one that was measured."""
    figures = [
        EVIDENCE[0] | {"value": 8.000000648, "low": 7.9, "high": 8.1},
        EVIDENCE[0] | {"label": "Cost", "metric": "cost", "value": COST, "low": None, "high": None},
        EVIDENCE[0] | {"label": "Net revenue", "metric": "net_revenue", "value": REVENUE, "low": None, "high": None},
    ]
    money = {"low": 432098.77, "mid": WORTH, "high": 1296296.31}
    fields: dict[str, Any] = {
        "evidence": figures,
        "expected": EXPECTED | {"money": money, "before": 8.000000648},
        "money": f"{WORTH}",
        "proposal": "Cut its budget by half: it loses about $864,198 in 30 days.",
        "score": 0.5,
    }
    made(campaign=campaign, **fields)
    outcome = {
        "verdict": "better", "why": "It cost 123,456.78 a day before.", "against": "others", "controls": 5,
        "before": 8.000000648, "after": 8.000000648, "expected_change": None, "effect": None, "money": money,
    }  # fmt: skip
    made(rule="winner", campaign=campaign, state=State.BETTER, outcome=outcome, **fields)


def alerted(campaign: Campaign) -> None:
    """Of a budget, of revenue that fell with the clicks, and a line."""
    cost = Finding("budget", "cost", True, float(COST), DAY, NEXT, campaign=campaign.pk, usual=float(COST), high=8.0)
    revenue = Finding("anomaly", "revenue", True, float(REVENUE), DAY, NEXT, usual=1.0, low=0.0, high=float(WORTH))
    clicks = Finding("anomaly", "clicks", True, 3, DAY, NEXT, usual=1.0, low=0.0, high=2.0)
    for parts in ((cost,), (revenue, clicks)):
        head = parts[0]
        MarketingAlert.objects.create(
            rule=head.rule, metric=head.metric, campaign_id=head.campaign, over=True, parts=to_json(parts), since=DAY,
            opened_at=NEXT, seen_at=NEXT, series=[[float(REVENUE), 1.0]] * 2,
        )  # fmt: skip
    AlertRule.objects.create(rule=AlertRule.LINE, metric="revenue", value=REVENUE, span="day")


@pytest.fixture
def sees_all(spring: Campaign) -> Client:
    return signed_in("all", spring)


@pytest.fixture
def denied(spring: Campaign) -> Client:
    """May do everything that there is, but see revenue and cost."""
    client = signed_in("denied", spring)
    deny("denied", *DENIED)
    return client


def signed_in(name: str, campaign: Campaign) -> Client:
    """A member of a group of their own that has every permission, with a grant to see the campaign's people."""
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.all())
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(group)
    grants.open(campaign.pk, "complaint", REASON, by=Actor(User.objects.get(pk=user.pk)), at=timezone.now())
    SavedView.objects.create(owner=user, page="campaigns", name="money", query=f"{DAYS}&columns=sends&columns=roi")
    client = Client()
    client.force_login(user)
    return client


def deny(group: str, *metrics: str) -> None:
    found = Group.objects.get(name=group)
    for metric in metrics:
        denials.deny(found, metric, by=actor(User.objects.first()), at=timezone.now())


def addresses(campaign: Campaign) -> Iterator[str]:
    """Every address that answers a GET, with what may be asked of it; but /metrics, which has ever so many numbers and
    all of them of the installation, by one table.
    """
    asked = queries(campaign)
    values: dict[str, Any] = {"contact": contact_of(CANARY), "name": "none", "token": "none", "content_type_id": 1}
    for name, pattern in access.addresses():
        if name != "metrics" and any(
            known == name or known.startswith(f"{name} ") for known, ways in ACCESS.items() if "GET" in ways
        ):
            for pk in ids(name, campaign):
                path = _path(name, pattern, values | {"pk": pk, "id": pk, "object_id": pk})
                yield from (f"{path}?{query}" if query else path for query in asked.get(name, ("",)))
    one = Recommendation.objects.first()
    assert one is not None
    yield from (reverse("recommendations:figure", args=[one.pk, number]) for number in range(3))


def _path(name: str, pattern: Any, values: Mapping[str, Any]) -> str:
    if name in NAMELESS or name.endswith("/<path:object_id>/"):
        return NAMELESS.get(name, "/admin/analytics/campaign/1/")
    of_key = pattern.pattern.converters.items()
    given = {key: uuid.UUID(int=0) if isinstance(kind, UUIDConverter) else values.get(key, 0) for key, kind in of_key}
    return reverse(name, kwargs=given)


def ids(name: str, campaign: Campaign) -> Iterable[Any]:
    """Of the rows that an address shows one each."""
    if name.startswith(("recommendations:", "api-recommendation")):
        return Recommendation.objects.values_list("pk", flat=True)
    if name == "analytics:alert":
        return MarketingAlert.objects.values_list("pk", flat=True)
    if name == "analytics:source":
        return Source.objects.values_list("pk", flat=True)
    if name in ("analytics:view", "analytics:change_view"):
        return SavedView.objects.values_list("pk", flat=True)
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            return model._default_manager.values_list("pk", flat=True)[:3] or [0]
    return [campaign.pk]


def queries(campaign: Campaign) -> dict[str, list[str]]:
    page = [
        DAYS,
        *(f"{DAYS}&metric={name}" for name in ("net_revenue", "roas", "cost", "aov")),
        f"{DAYS}&channel=email",
    ]
    columns = "&".join(f"columns={name}" for name in NAMES)
    sorts = [f"{DAYS}&sort=-{name}" for name in TRIED]
    metrics = f"{SCOPE}&metrics={','.join(NAMES)}"
    own = f"{SCOPE}&campaign=spring"
    return {
        "analytics:overview": [*page, f"{DAYS}&sort=-net_revenue", f"{DAYS}&campaign=spring", f"{DAYS}&compare=none"],
        "analytics:alerts": ["", "state=all"],
        "analytics:campaigns": [DAYS, f"{DAYS}&{columns}", *sorts, f"{DAYS}&search=spring"],
        "analytics:campaigns_csv": [DAYS, f"{DAYS}&{columns}", f"{DAYS}&{columns}&sort=-cost"],
        "analytics:campaign": page,
        "analytics:drilldown": [DAYS, f"{DAYS}&date=2026-10-01", "period=custom&from=2024-01-01&to=2026-10-30"],
        "analytics:contacts": ["date=2026-10-01", "date=2026-10-01&hour=11"],
        "analytics:receipt": list(receipts(own)),
        "recommendations:list": ["state=all", "", "state=measured"],
        "recommendations:top": ["", DAYS],
        "recommendations:of_campaign": [f"{DAYS}&campaign=spring"],
        "api-campaigns": [
            PERIOD, f"{PERIOD}&metrics={','.join(NAMES)}", f"{PERIOD}&limit=1",
            *(f"{PERIOD}&ordering=-{name}" for name in ("roi", "cost", "sends", "name")),
        ],
        "api-details": [SCOPE, PERIOD],
        "api-drilldown": [
            SCOPE, metrics, f"{SCOPE}&metrics=cost", "level=hour&date=2026-10-01", "level=contact&date=2026-10-01",
            f"level=hour&date=2026-10-01&metrics={','.join(NAMES)}",
        ],
        "api-funnel": [PERIOD],
        "api-kpi": [SCOPE, metrics, *(f"{SCOPE}&metrics={name}" for name in TRIED), own],
        "api-kpi-timeseries": [f"{SCOPE}&grain=week", metrics, f"{SCOPE}&metrics=roas"],
        "api-recommendations": ["state=all", "limit=1&state=all", "rule=low_roas"],
    } | {
        f"admin:{app}_{model}_changelist": ["", "o=5", *more]
        for app, model, more in (
            ("analytics", "campaign", ["budget__gte=222333"]),
            ("analytics", "campaigncost", ["amount__gte=1", "value__gte=1", "q=spring"]),
            ("recommendations", "recommendation", ["money__gte=864197"]),
        )
    }  # fmt: skip


def receipts(own: str) -> Iterator[str]:
    for name in TRIED:
        yield from (f"{SCOPE}&figure={name}", f"{own}&of=campaign&figure={name}", f"{own}&of=median&figure={name}")
        yield f"{SCOPE}&of=unattributed&figure={name}"
        yield f"{SCOPE}&of=others&ordering=-{name}&figure={name}"
        yield f"{own}&figure={name}&hour=2026-10-01T11:00%2B00:00"
    yield from (f"{own}&of=funnel&figure={step}&share={share}" for step in STEPS for share in ("", "before"))
    yield from (f"{own}&of=pacing", f"{own}&of=best_hour&figure=10", f"{own}&of=machines&figure=opens")


def shown(text: str) -> set[str]:
    """Which of the figures stand in a text, in whatever form: exact, rounded, in thousands or millions."""
    text = html.unescape(text).replace("\N{NO-BREAK SPACE}", " ")
    text += " ".join(f"{b64decode(f'{cursor}==', '-_')!r}" for cursor in re.findall(r"cursor=([\w-]+)", text))
    found = {name for name, form in RATIOS.items() if re.search(form, text)}
    written = re.findall(r"(?<![\w.:])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)([kKmM]?)(?!\w)", text)
    numbers = {float(digits.replace(",", "")) * {"": 1, "k": 1e3, "m": 1e6}[unit.lower()] for digits, unit in written}
    return found | {
        name for name, amount in AMOUNTS.items() if any(abs(number / amount - 1) < 5e-4 for number in numbers)
    }


def seen_by(client: Client, campaign: Campaign, below: str = "/", **headers: Any) -> dict[str, set[str]]:
    """By address the figures that stand in what it answers, body and headers."""
    found: dict[str, set[str]] = {}
    for address in addresses(campaign):
        if not address.startswith(below):
            continue
        answer = client.get(address, headers=headers)
        assert answer.status_code < 500, (address, answer.status_code)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        headers_told = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        told = f"{body.decode('utf-8', 'replace')} {headers_told}"
        if figures := shown(told):
            found[address] = figures
    return found


def test_whoever_is_denied_revenue_and_cost_sees_them_nowhere(denied: Client, spring: Campaign) -> None:
    assert seen_by(denied, spring) == {}
    assert seen_by(denied, spring, "/admin/marketing/", **HTMX) == {}


def test_nor_does_a_key_bound_to_the_role(spring: Campaign) -> None:
    deny("Analyst", *DENIED)
    bound = keys.headers("all", group=Group.objects.get(name="Analyst"))
    assert seen_by(Client(headers=bound), spring, "/api/") == {}


def test_everybody_else_does(sees_all: Client, spring: Campaign) -> None:
    """So the canaries sing: each figure is seen, and on every address that is to bear any."""
    found = seen_by(sees_all, spring)
    assert set().union(*found.values()) == {*AMOUNTS, *RATIOS}
    places = {re.sub(r"\d+", "1", address.partition("?")[0]) for address in found}
    pages = ("", "alerts/", "alerts/1/", "alerts/open/", "campaigns/", "campaigns/csv/", "receipt/")
    campaign = ("", "drilldown/", "contacts/1/")
    recommended = ("", "1/", "1/figures/1/", "of-campaign/", "top/")
    api = ("campaigns", "campaigns/1/details", "campaigns/1/drilldown", "kpi", "kpi/timeseries", "recommendations")
    lists = ("analytics/campaign/", "analytics/campaigncost/", "recommendations/recommendation/")
    assert places == {
        *(f"/admin/marketing/{page}" for page in pages),
        *(f"/admin/marketing/campaigns/1/{page}" for page in campaign),
        *(f"/admin/marketing/recommendations/{page}" for page in recommended),
        *(f"/api/v1/{path}" for path in (*api, "recommendations/1")),
        *(f"/admin/{name}{page}" for name in lists for page in ("", "1/change/")),
    }


def test_no_link_leads_to_what_is_not_shown(denied: Client, spring: Campaign) -> None:
    """One of each kind: by its path, and by which figure or order it names."""
    pages = ("/admin/marketing/", "/admin/marketing/campaigns/", f"/admin/marketing/campaigns/{spring.pk}/")
    links: dict[tuple[str, ...], str] = {}
    for page in (*pages, f"{pages[2]}drilldown/", "/admin/marketing/recommendations/"):
        for found in re.findall(r'href="(/admin/marketing/[^"]*)"', denied.get(f"{page}?{DAYS}").content.decode()):
            link = html.unescape(found)
            links[(link.partition("?")[0], *re.findall(r"(?:figure|of|sort|metric)=[^&]*", link))] = link
    assert len(links) > 50
    answers = {link: denied.get(link, follow=True).status_code for link in links.values()}
    assert not {link: status for link, status in answers.items() if status not in (200, 204)}
