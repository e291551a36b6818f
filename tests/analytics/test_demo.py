"""The demo: the same for the same seed, true to what it promises, and through the doors like anybody's data."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import log, sqrt
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import scope, verify
from analytics.catalogue import Value
from analytics.demo import OUTCOME_DAYS, TRUE_LIFT, Size, World, generate, lift
from analytics.demo.blueprints import BLUEPRINTS, FAILING, SHINING
from analytics.demo.fill import DemoRejectedError, fill
from analytics.demo.machines import PRIVACY_AGENT, PROXY_AGENT
from analytics.demo.people import AGENTS, address
from analytics.machine_rules import is_machine_agent
from analytics.models import Campaign, CampaignCost, CurrencyRate, DataVersion, Event
from analytics.queries import kpis

UNTIL = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SMALL = Size(contacts=250, campaigns=24, days=45)


def world(size: Size = SMALL, seed: int = 1, until: date = UNTIL, now: datetime = NOW, **more: Any) -> World:
    return generate(size, seed=seed, until=until, now=now, **more)


def at(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])


def fingerprint(made: World) -> str:
    return hashlib.sha256(repr(made).encode()).hexdigest()


SCRIPT = f"""
import datetime, hashlib, sys
from analytics.demo import Size, generate
made = generate({SMALL!r}, seed=1, until={UNTIL!r}, now={NOW!r})
print(hashlib.sha256(repr(made).encode()).hexdigest(), "django" in sys.modules)
"""


class TestMadeUp:
    def test_the_same_seed_gives_the_same_to_the_byte_in_every_process_and_without_django(self) -> None:
        for hash_seed in "12":
            environment = os.environ | {"PYTHONHASHSEED": hash_seed}
            ran = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True)
            assert ran.stdout == f"{fingerprint(world())} False\n", ran.stderr

    def test_another_seed_gives_another_demo(self) -> None:
        ids = [{event["event_id"] for event in world(seed=seed).events} for seed in (1, 2)]
        assert not ids[0] & ids[1]

    def test_nothing_happens_in_the_future_or_before_the_first_day(self) -> None:
        moments = [at(event) for event in world().events]
        assert max(moments) <= NOW
        assert min(moments) >= datetime(2026, 10, 7, tzinfo=UTC)
        assert all(one <= other for one, other in pairwise(moments))

    def test_a_later_look_finds_the_same_and_what_happened_since(self) -> None:
        earlier, later = world().events, world(now=NOW + timedelta(hours=6)).events
        assert later[: len(earlier)] == earlier
        assert len(later) > len(earlier)

    def test_of_the_running_day_only_what_it_has_cost_so_far(self) -> None:
        whole = {(c["campaign"], c["date"]): float(c["amount"]) for c in world(now=NOW + timedelta(days=1)).costs}
        today = [cost for cost in world().costs if cost["date"] == "2026-11-20"]
        assert today
        for cost in today:
            assert float(cost["amount"]) == pytest.approx(whole[cost["campaign"], cost["date"]] * 15.5 / 24, abs=0.02)

    def test_every_event_id_is_there_once(self) -> None:
        assert max(Counter(event["event_id"] for event in world().events).values()) == 1

    def test_people_have_addresses_that_reach_nobody_and_stand_nowhere_else(self) -> None:
        hosts = {event["contact"].partition("@")[2] for event in world().events}
        assert hosts == {"example.com", "example.org", "example.net"}
        assert not any("@" in str({**event, "contact": ""}) for event in world().events)
        assert len({address(number) for number in range(20_000)}) == 20_000

    def test_refunds_follow_the_order_that_they_give_back(self) -> None:
        events = world(Size(600, 24, 60)).events
        refunds = [event for event in events if event["type"] == "refunded"]
        sold = {event["order"]: event for event in events if event["type"] == "converted"}
        assert refunds
        for refund in refunds:
            order = sold[refund["order"]]
            assert at(refund) > at(order)
            assert float(refund["amount"]) <= float(order["amount"])
            assert (refund["contact"], refund.get("currency")) == (order["contact"], order.get("currency"))

    def test_people_look_like_people_and_machines_like_machines(self) -> None:
        assert not any(map(is_machine_agent, AGENTS))
        assert all(map(is_machine_agent, (PRIVACY_AGENT, PROXY_AGENT)))

    def test_more_campaigns_than_the_table_has_repeat_under_names_of_their_own(self) -> None:
        made = world(Size(40, 3 * len(BLUEPRINTS), 20)).campaigns
        assert len({campaign["campaign"] for campaign in made}) == 3 * len(BLUEPRINTS)
        assert len({campaign["name"] for campaign in made}) == 3 * len(BLUEPRINTS)

    @pytest.mark.parametrize("size", [Size(1, 1, 1), Size(3, 24, 1), Size(2, 5, 400), Size(50, 24, 2)])
    def test_the_smallest_demos_are_made_too(self, size: Size) -> None:
        assert len(world(size).campaigns) == size.campaigns

    def test_evenings_are_livelier_than_nights_and_weekends_differ_by_channel(self) -> None:
        made = world(Size(1_500, 24, 56))
        hours = Counter(at(event).hour for event in made.events if event["type"] == "opened")
        assert sum(hours[h] for h in range(18, 22)) > 5 * sum(hours[h] for h in range(1, 5))
        assert _weekend_share(made, "brand-search") < 2 / 7 < _weekend_share(made, "lookalikes")


def _weekend_share(made: World, slug: str) -> float:
    days = [date.fromisoformat(c["date"]).weekday() for c in made.costs if c["campaign"].endswith(slug)]
    amounts = [float(c["amount"]) for c in made.costs if c["campaign"].endswith(slug)]
    return sum(a for a, day in zip(amounts, days, strict=True) if day >= 5) / sum(amounts)


Arms = dict[str, tuple[int, int]]


def arms(made: World, slug: str) -> Arms:
    """By arm (sent, held_out): how many were assigned in time to be judged, and how many of them converted."""
    converted: dict[str, list[datetime]] = {}
    for event in made.events:
        if event["type"] == "converted":
            converted.setdefault(event["contact"], []).append(at(event))
    judged: Counter[str] = Counter()
    won: Counter[str] = Counter()
    window = timedelta(days=OUTCOME_DAYS)
    for event in made.events:
        kind, moment = event["type"], at(event)
        if event.get("campaign", "").endswith(slug) and kind in ("sent", "held_out") and moment + window <= NOW:
            judged[kind] += 1
            won[kind] += any(moment <= bought < moment + window for bought in converted.get(event["contact"], ()))
    return {arm: (judged[arm], won[arm]) for arm in ("sent", "held_out")}


LARGE = Size(contacts=5_000, campaigns=4, days=62)


@pytest.fixture(scope="module")
def made() -> World:
    return world(LARGE)


class TestTrueLift:
    @pytest.mark.parametrize("slug", TRUE_LIFT)
    def test_a_tenth_is_held_out(self, made: World, slug: str) -> None:
        treated, held_out = (judged for judged, _ in arms(made, slug).values())
        assert held_out / (treated + held_out) == pytest.approx(0.1, abs=0.025)

    @pytest.mark.parametrize("slug", TRUE_LIFT)
    def test_comparing_the_arms_finds_it_within_the_interval(self, made: World, slug: str) -> None:
        """The 99 % interval of a ratio of two shares (Katz's log method) contains 1 + lift."""
        (treated, won), (held_out, won_anyhow) = arms(made, slug).values()
        found = log((won / treated) / (won_anyhow / held_out))
        error = sqrt(1 / won - 1 / treated + 1 / won_anyhow - 1 / held_out)
        assert abs(found - log(1 + TRUE_LIFT[slug])) < 2.58 * error

    def test_against_the_same_world_without_it_it_is_what_it_says(
        self, made: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lift, "cause", lambda *_: None)
        untouched = world(LARGE)
        for slug, true_lift in TRUE_LIFT.items():
            _, won = arms(made, slug)["sent"]
            _, anyhow = arms(untouched, slug)["sent"]
            added = true_lift * anyhow
            assert abs(won - anyhow - added) < 3.5 * sqrt(added)
            assert arms(made, slug)["held_out"] == arms(untouched, slug)["held_out"]


def number(value: Value) -> float:
    assert value is not None
    return float(value)


@pytest.mark.django_db
class TestFilledIn:
    def test_totals_are_what_the_events_say_and_the_failing_and_the_shining_show(self) -> None:
        made = world(Size(800, 24, 60))
        filled = fill(made, NOW)

        assert filled.events == len(made.events) == Event.objects.count()
        assert verify.differences() == []
        asked = scope.parse({"start": ["2026-09-22"]}, now=NOW, time_zone="UTC", currency="USD")
        ranked = kpis.by_campaign(asked, ("roas", "cost", "conversions"), order="-roas", now=NOW)
        roas = {row.external_id.split("-", 2)[2]: number(row.values["roas"]) for row in ranked.rows if row.external_id}
        assert roas[SHINING] > 8
        assert roas[FAILING] < 0.5
        assert ranked.unattributed is not None
        assert number(ranked.unattributed.values["conversions"]) > 0
        total = {name: number(kpi.value) for name, kpi in kpis.summary(asked, now=NOW).figures.items()}
        assert 0.25 < total["machine_opens"] / (total["machine_opens"] + total["opens"]) < 0.4
        assert 0.005 < total["bounce_rate"] < 0.025
        assert 0.01 < total["conversion_rate"] < 0.03

    def test_all_money_is_converted(self) -> None:
        made = world(Size(250, 8, 60))
        fill(made, NOW)
        foreign = Event.objects.filter(currency="EUR")
        assert foreign.exists()
        assert not foreign.filter(value=None).exists()
        assert CampaignCost.objects.filter(currency="EUR").exists()
        assert not CampaignCost.objects.filter(value=None).exists()

    def test_a_second_time_changes_nothing(self) -> None:
        fill(world(), NOW)
        before = DataVersion.objects.get().version
        again = fill(world(), NOW)

        assert (again.campaigns, again.costs, again.events) == (0, 0, 0)
        assert again.known == len(world().events)
        assert DataVersion.objects.get().version == before

    def test_rates_that_are_known_already_hold(self) -> None:
        CurrencyRate.objects.create(currency="EUR", day=date(2026, 11, 1), rate="1.5")
        fill(world(), NOW)
        assert list(CurrencyRate.objects.filter(day__gte="2026-11-01").values_list("rate", flat=True)) == [1.5]

    def test_what_a_door_rejects_is_an_error(self) -> None:
        made = world(Size(20, 3, 10))
        made.events[0]["type"] = "danced"
        with pytest.raises(DemoRejectedError, match="danced"):
            fill(made, NOW)

    def test_the_command_fills_in_until_now_and_sums_up(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("demo", contacts=40, campaigns=6, days=10, seed=3)

        out = capsys.readouterr().out
        assert "Demo: 6 campaigns, " in out
        assert "known" not in out
        assert Campaign.objects.count() == 6
        assert Event.objects.latest("occurred_at").occurred_at <= timezone.now()

    def test_the_command_can_end_on_an_earlier_day(self, capsys: pytest.CaptureFixture[str]) -> None:
        for _ in range(2):
            call_command("demo", "--contacts=40", "--campaigns=6", "--days=10", "--until=2026-03-10")

        assert Event.objects.latest("occurred_at").occurred_at.date() == date(2026, 3, 10)
        assert f"{Event.objects.count():,} of the events were known already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--contacts=0", "--contacts 0 is out of range"),
        ("--contacts=-5", "--contacts -5 is out of range"),
        ("--campaigns=0", "--campaigns 0 is out of range"),
        ("--days=1001", "--days 1001 is out of range; give a whole number from 1 to 1,000"),
        ("--days=-1", "--days -1 is out of range"),
        ("--seed=-1", "--seed -1 is out of range"),
        ("--until=tomorrow", "is no day; give it as YYYY-MM-DD"),
        ("--until=2999-01-01", "lies in the future"),
        ("--until=1999-01-01", "is too early"),
    ],
)
def test_bad_arguments_are_refused_with_the_way_out(argument: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("demo", argument)


def test_what_would_not_fit_into_memory_is_refused() -> None:
    with pytest.raises(CommandError, match="too much at once"):
        call_command("demo", "--contacts=200000", "--days=1000")
