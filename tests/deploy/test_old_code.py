"""The release before this one works on the schema of this one: migrated under its hands, and started there anew."""

import http.cookiejar
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import environment, secrets
from tests.config.services import PREFIX
from tests.deploy import previous
from tests.deploy.machine import servers
from tests.fire.site import Site, eventually, free_port

# By the code of the release, whichever it is: one recommendation more, of the first campaign.
PROPOSE = """
from datetime import timedelta
from django.utils import timezone
from analytics.models import Campaign
from recommendations.models import Recommendation
now = timezone.now()
Recommendation.objects.update(state="expired")
one = Recommendation.objects.create(
    rule="low_roas", rule_version=1, campaign=Campaign.objects.order_by("pk")[0], action="cut", proposal="Cut it.",
    score=0.5, base=0.8, adequacy=0.9, stability=0.7, evidence=[], expected={"metric": "roas", "before": 0.4,
    "after": {"low": 0.8, "mid": 1.2, "high": 1.6}, "money": {"low": 1.0, "mid": 2.0, "high": 3.0}, "how": "Less."},
    plan={"metric": "roas", "better": "higher", "days": 14, "minimum": 200, "against": "others"}, settings={},
    money="2.00", currency="USD", as_of=now, proposed_at=now, expires_at=now + timedelta(days=14))
print(one.pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The release before, served on servers that are not its own."""
    old = previous.check_out(tmp_path_factory.mktemp("old"))
    data_dir = Path(tempfile.mkdtemp(prefix=PREFIX, dir=tmp_path_factory.getbasetemp()))
    with servers() as running:
        site = Site(data_dir, free_port(), running.variables, code=old)
        try:
            site.start()
            site.make_key()
            yield site
        finally:
            site.stop()


def test_the_release_before_goes_on_while_and_after_this_one_migrates(site: Site) -> None:
    core_flows(site, round_=1)
    this = Site(site.data_dir, site.port, site.extra)
    assert this.code == environment.ROOT != site.code
    assert "DATABASE_LOGIN=web" in this.run("prepare")
    assert "No migrations to apply" in this.run("migrate")
    core_flows(site, round_=2)
    site.stop()
    site.output.unlink()
    site.start()  # as after a rollback
    core_flows(site, round_=3)
    site.run("verify_totals")


def core_flows(site: Site, round_: int) -> None:
    """What happened is told, counted and read, on the page too, and something is decided."""
    campaigns = [{"campaign": f"old-{round_}", "channel": "email"}]
    assert site.ask("POST", "/api/v1/campaigns", campaigns).status in (200, 201)
    sent = [event(round_, number) for number in range(20)]
    told = site.ask("POST", "/api/v1/events", {"events": sent})
    assert told.status in (200, 202), told.text
    eventually(lambda: sends(site, f"old-{round_}") == 20, seconds=20, what=lambda: site.output.read_text()[-2000:])
    assert b"Sends" in signed_in(site)
    number = site.run("shell", "--no-imports", "-c", PROPOSE).split()[-1]
    accepted = site.ask("POST", f"/api/v1/recommendations/{number}/accept")
    assert accepted.status == 200, accepted.text
    assert site.query("SELECT state FROM recommendation WHERE id = %s", int(number)) == [("accepted",)]


def event(round_: int, number: int) -> dict[str, str]:
    return {
        "event_id": f"{round_}-{number}",
        "type": "sent",
        "occurred_at": datetime.now(UTC).isoformat(),
        "campaign": f"old-{round_}",
        "contact": f"customer-{number}",
    }


def sends(site: Site, campaign: str) -> int:
    answer = site.ask("GET", f"/api/v1/kpi?campaign={campaign}&metrics=sends")
    assert answer.status == 200, answer.text
    return int(answer.json["metrics"]["sends"]["value"] or 0)


def signed_in(site: Site) -> bytes:
    """The Overview as the first user sees it."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"http://127.0.0.1:{site.port}/admin/login/?next=/admin/marketing/"
    browser.open(login).read()
    fields = {
        "username": "admin",
        "password": secrets.read(site.data_dir, "ADMIN_PASSWORD"),
        "csrfmiddlewaretoken": next(cookie.value or "" for cookie in jar if cookie.name.endswith("csrftoken")),
        "next": "/admin/marketing/",
    }
    page = browser.open(login, urllib.parse.urlencode(fields).encode())
    assert page.status == 200
    assert page.url.endswith("/admin/marketing/"), page.url
    return bytes(page.read())
