"""rebuild and reclassify as processes of their own, killed with no warning while events come in, and run again."""

import os
import random
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import LazySettings, settings
from django.core.management import call_command
from django.db import connection

from analytics import machine_rules, rebuild, user_agents, verify
from analytics.fold import fold_inbox
from analytics.ingest import lookups
from analytics.models import DataVersion, Event
from tests.analytics import inbox, oracle
from tests.analytics.killed import kill_once_past
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import example
from tests.analytics.test_reclassify import crowded

EVENTS = 3_000
# On the test's database, in steps small enough to be killed between and within many of them.
COMMAND = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.ATTRIBUTION_WINDOW_DAYS = 2
django.setup()
from analytics import machine_rules, rebuild, reclassify
machine_rules.RULES_VERSION, machine_rules.OPEN_SECONDS = 2, 90
rebuild.run.__kwdefaults__["events"] = reclassify.run.__kwdefaults__["events"] = 60
from django.core.management import call_command
call_command(sys.argv[2])
"""


def start(command: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-c", COMMAND, connection.settings_dict["NAME"], command]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(line, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


def counted() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(events), 0) FROM rebuild")
        return int(cursor.fetchone()[0])


def fold(events: list[Happened]) -> None:
    inbox.put(events)
    fold_inbox(inbox.NOW)


@pytest.mark.django_db(transaction=True)
def test_a_killed_rebuild_goes_on_and_its_totals_are_exact(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(30)
    inbox.campaigns(1, 2)
    events = [example(luck, number) for number in range(EVENTS)]
    fold(events[:-200])
    settings.ATTRIBUTION_WINDOW_DAYS = 2
    monkeypatch.setattr(oracle, "WINDOW", timedelta(days=2))
    for mark in (100, luck.randrange(800, 2000)):
        kill_once_past(start("rebuild"), counted, mark)
        assert counted() > mark
        assert DataVersion.objects.get().window_days == 7
        fold(events[-200:-100] if mark == 100 else events[-100:])
    before = counted()
    outcome = list(rebuild.run(lambda: inbox.NOW, events=500))
    assert outcome[0].events == before
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_killed_reclassification_goes_on_and_its_totals_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    luck = random.Random(31)
    inbox.campaigns(1, 2)
    events = [crowded(luck, number) for number in range(EVENTS)]
    fold(events[:-200])
    for module in (machine_rules, user_agents, lookups):
        monkeypatch.setattr(module, "RULES_VERSION", 2)
    monkeypatch.setattr(machine_rules, "OPEN_SECONDS", 90)

    def classed() -> int:
        return Event.objects.filter(rules_version=2, type__in=(5, 6)).count()

    for mark in (0, luck.randrange(100, 300)):
        kill_once_past(start("reclassify"), classed, mark)
        assert verify.differences() == []
        fold(events[-200:-100] if mark == 0 else events[-100:])
    left = Event.objects.filter(rules_version=1, type__in=(5, 6)).count()
    assert left > 0
    call_command("reclassify")
    assert inbox.kept_totals() == oracle.totals(events)
    assert verify.differences() == []
    assert not Event.objects.filter(rules_version=1, type__in=(5, 6)).exists()
