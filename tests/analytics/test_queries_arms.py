"""Both arms of a holdout are what a plain recount of the events gives."""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.demo import Size, World, generate
from analytics.demo.fill import fill
from analytics.models import Campaign
from analytics.queries import arms

pytestmark = pytest.mark.django_db
UNTIL = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
WITHIN = timedelta(days=14)
SPAN = (date(2026, 9, 25), date(2026, 10, 30))
BERLIN = "Europe/Berlin"  # summer time ends within the span


def recounted(made: World, slug: str, zone: str, start: date, end: date) -> list[dict[str, Any]]:
    """Event by event, in plain Python."""

    def day(at: datetime) -> date:
        return at.astimezone(ZoneInfo(zone)).date()

    rates = dict(made.rates)
    money: dict[str, list[tuple[datetime, str, float]]] = defaultdict(list)
    first: dict[str, tuple[datetime, bool]] = {}
    for event in made.events:  # in the order of time
        at = datetime.fromisoformat(event["occurred_at"])
        if event["type"] in ("converted", "refunded"):
            rate = rates[at.date()] if event.get("currency") == "EUR" else 1
            money[event["contact"]].append((at, event["type"], float(event["amount"]) * float(rate)))
        elif event["type"] in ("sent", "held_out") and event["campaign"].endswith(slug) and start <= day(at) < end:
            first.setdefault(event["contact"], (at, event["type"] == "held_out"))
    found: dict[tuple[date, bool], list[Any]] = defaultdict(lambda: [0, 0, 0.0, 0.0])
    for contact, (at, held_out) in first.items():
        bought = [(kind, amount) for when, kind, amount in money[contact] if at <= when < at + WITHIN]
        revenue = sum(-amount if kind == "refunded" else amount for kind, amount in bought)
        sums = found[day(at), held_out]
        sums[0] += 1
        sums[1] += any(kind == "converted" for kind, _ in bought)
        sums[2] += revenue
        sums[3] += revenue**2
    return [
        {
            "day": on,
            "held_out": held_out,
            "people": people,
            "converters": converters,
            "revenue": pytest.approx(revenue, abs=0.01),
            "squares": pytest.approx(squares, rel=1e-4),
        }
        for (on, held_out), (people, converters, revenue, squares) in sorted(found.items())
    ]


def test_they_are_what_happened_to_everybody_whom_the_campaign_was_for() -> None:
    made = generate(Size(2_000, 4, 62), seed=1, until=UNTIL, now=NOW)
    fill(made, NOW)
    for slug, zone in (
        ("win-back", "UTC"),
        ("win-back", BERLIN),
        ("newsletter", "UTC"),
    ):  # the last one holds nobody out
        pk = Campaign.objects.get(external_id__endswith=slug).pk
        read = list(arms.days(pk, *SPAN, zone, WITHIN))
        assert [asdict(day) for day in read] == recounted(made, slug, zone, *SPAN)
        assert sum(day.converters for day in read) > 5
        assert any(day.held_out for day in read) is arms.holds_out(pk, *SPAN, zone) is (slug == "win-back")


def test_of_a_campaign_that_did_nothing_there_is_nothing() -> None:
    assert arms.days(7, *SPAN, "UTC", WITHIN) == ()
    assert arms.holds_out(7, *SPAN, "UTC") is False
