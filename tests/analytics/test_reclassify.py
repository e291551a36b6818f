"""Old events by the rules of today: as if all had been classed by them from the start, whatever comes in meanwhile."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from itertools import islice

import pytest
from django.core.management import CommandError, call_command

from analytics import machine_rules, reclassify, user_agents, verify
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.ingest import lookups
from analytics.models import CampaignAttribution, DataVersion, Event, UserAgent
from analytics.period import Period
from tests.analytics import inbox, oracle
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import MONEY, START, at, example, uid

pytestmark = pytest.mark.django_db
ADA = 7


@contextmanager
def rules(version: int, open_seconds: int) -> Iterator[None]:
    """Other rules, as after a change of the code."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (machine_rules, user_agents, lookups):
            patch.setattr(module, "RULES_VERSION", version)
        patch.setattr(machine_rules, "OPEN_SECONDS", open_seconds)
        yield


def run(**options: object) -> reclassify.Reclassified:
    done = reclassify.Reclassified()
    for _, moved in reclassify.run(lambda: inbox.NOW, **options):  # type: ignore[arg-type]
        done += moved
    return done


def clicked_after_delivery() -> None:
    """A click three seconds after delivery that is credited a conversion and its refund; old rules call it human."""
    inbox.campaigns(1, 2)
    inbox.put([
        Happened(uid(1), ADA, T.SENT, at(0), 1),
        Happened(uid(2), ADA, T.DELIVERED, at(1), 1),
        Happened(uid(3), ADA, T.CLICKED, at(1) + timedelta(seconds=3), 1),
        Happened(uid(4), ADA, T.OPENED, at(0.5), 2),
        Happened(uid(5), ADA, T.CONVERTED, at(9), amount=MONEY[1]),
        Happened(uid(6), ADA, T.REFUNDED, at(10), amount=MONEY[0]),
    ])  # fmt: skip
    fold_inbox(inbox.NOW)


def credited() -> set[int]:
    return set(CampaignAttribution.objects.values_list("campaign_id", flat=True))


def test_a_touch_that_becomes_a_machines_loses_its_credit_and_gets_it_back() -> None:
    clicked_after_delivery()
    assert credited() == {1}
    with rules(2, 5):
        assert run() == reclassify.Reclassified(touches=2, to_machine=1)
        assert credited() == {2}
        assert verify.differences() == []
    with rules(3, 2):
        assert run() == reclassify.Reclassified(touches=2, to_human=1)
        assert credited() == {1}
        assert verify.differences() == []


def test_a_second_run_finds_nothing_and_changes_no_version() -> None:
    clicked_after_delivery()
    with rules(2, 5):
        run()
        before = DataVersion.objects.get().version
        assert run() == reclassify.Reclassified()
        assert DataVersion.objects.get().version == before


def test_all_looks_at_events_of_the_present_rules_too() -> None:
    clicked_after_delivery()
    Event.objects.filter(type=T.CLICKED).update(machine=2)
    found = verify.differences()
    assert ("event", "machine", 2, 0) in {(d.table, d.column, d.kept, d.recounted) for d in found}
    assert run() == reclassify.Reclassified()
    assert run(everything=True) == reclassify.Reclassified(touches=2, to_human=1)
    assert "event" not in {d.table for d in verify.differences()}


@pytest.mark.parametrize(("start", "end", "touches"), [(31, None, 0), (30, 31, 2), (None, 30, 0)])
def test_a_period_is_cut_by_days(start: int | None, end: int | None, touches: int) -> None:
    clicked_after_delivery()
    period = Period(date(2026, 1, start) if start else None, date(2026, 1, end) if end else None)
    with rules(2, 5):
        assert run(period=period).touches == touches


@pytest.mark.parametrize("version", [2, 0], ids=["new rules", "rules taken back"])
def test_what_is_of_other_rules_is_told_and_is_no_difference(version: int) -> None:
    clicked_after_delivery()
    out = StringIO()
    with rules(version, 5), pytest.MonkeyPatch.context() as patch:
        patch.setattr("analytics.management.commands.verify_totals.RULES_VERSION", version)
        call_command("verify_totals", stdout=out)
    assert f"2 opens and clicks are classed by other machine rules than version {version}:" in out.getvalue()


def test_the_command_says_what_moved_and_refuses_an_empty_period() -> None:
    clicked_after_delivery()
    out = StringIO()
    with rules(2, 5):
        call_command("reclassify", stdout=out)
    assert "2 opens and clicks" in out.getvalue()
    assert "1 are a machine's now, 0 a human's" in out.getvalue()
    with pytest.raises(CommandError, match="--from 2026-10-01 is not before --to 2026-10-01"):
        call_command("reclassify", "--from", "2026-10-01", "--to", "2026-10-01")
    with pytest.raises(CommandError, match="--to 'soon' is no day"):
        call_command("reclassify", "--to", "soon")


def test_a_known_user_agent_follows_new_rules_with_its_next_event() -> None:
    """And events folded in between, by what the agent was before, are found by reclassify."""
    agent = lookups.user_agent_ids(["Nosy/1.0"])["Nosy/1.0"]
    inbox.campaigns(1)
    inbox.put([Happened(uid(1), ADA, T.OPENED, at(1), 1)])
    with rules(2, 2), pytest.MonkeyPatch.context() as patch:
        fold_inbox(inbox.NOW)
        Event.objects.update(user_agent_id=agent)
        patch.setattr(user_agents, "is_machine_agent", lambda text: True)
        assert lookups.user_agent_ids(["Nosy/1.0"]) == {"Nosy/1.0": agent}
        assert UserAgent.objects.values_list("is_machine", "rules_version").get() == (True, 2)
        assert run() == reclassify.Reclassified(touches=1, to_machine=1)
        assert verify.differences() == []


@pytest.mark.parametrize("seed", range(6))
def test_folds_between_its_steps_and_kills_leave_the_totals_of_one_plain_count(seed: int) -> None:
    """New events, many of them of the same messages, are folded after every step; now and then a run is given up."""
    luck = random.Random(seed)
    inbox.campaigns(1, 2)
    events = [crowded(luck, number) for number in range(240)]
    parts = [events[n : n + 20] for n in range(120, 240, 20)]
    inbox.put(events[:120])
    with rules(1, 2):
        fold_inbox(inbox.NOW)
    with rules(2, 90):
        while parts:
            for _ in islice(reclassify.run(lambda: inbox.NOW, events=15), luck.randint(1, 9)):
                if parts:
                    inbox.put(parts.pop())
                    fold_inbox(inbox.NOW)
        run(events=15)
        assert inbox.kept_totals() == oracle.totals(events)
        assert verify.differences() == []
        assert not Event.objects.filter(type__in=(T.OPENED, T.CLICKED)).exclude(rules_version=2).exists()


def crowded(luck: random.Random, number: int) -> Happened:
    """An event; touches and deliveries lie within minutes, so that rules of seconds matter."""
    event = example(luck, number)
    if event.type not in (T.DELIVERED, T.OPENED, T.CLICKED):
        return event
    moment = START + timedelta(days=luck.randrange(3), seconds=luck.randrange(240))
    fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return Happened(**fields | {"at": moment, "network": luck.choice([None, 1, 2, 3])})
