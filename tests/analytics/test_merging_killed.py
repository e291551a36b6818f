"""The process that merges, killed with no warning while events come in, and run again."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from analytics import merging, verify
from analytics.fold import fold_inbox
from compliance.models import IdentityAlias, MergeWaiting
from tests.analytics import inbox, oracle
from tests.analytics.killed import kill_once_past
from tests.analytics.oracle import Happened
from tests.analytics.test_fold import example
from tests.analytics.test_merging import as_one, known, of, told

EVENTS, PEOPLE = 1_500, 60
# On the test's database, few at a time, so that it is killed within a transaction and between two.
COMMAND = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.utils import timezone
from analytics import merging
merging.MOST = 2
while merging.merge_waiting(timezone.now()):
    pass
"""


def start() -> subprocess.Popen[bytes]:
    line = [sys.executable, "-c", COMMAND, connection.settings_dict["NAME"]]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(line, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)


def fold(events: list[Happened], numbers: dict[int, int]) -> None:
    inbox.put(of(numbers, events))
    fold_inbox(inbox.NOW)


@pytest.mark.django_db(transaction=True)
def test_killed_merges_go_on_and_their_totals_are_exact() -> None:
    luck = random.Random(32)
    inbox.campaigns(1, 2)
    numbers = known(PEOPLE)
    events = [replace(example(luck, number), contact=luck.randint(1, PEOPLE)) for number in range(EVENTS)]
    pairs = [(person, luck.randint(person + 1, PEOPLE)) for person in range(1, PEOPLE)]
    luck.shuffle(pairs)
    fold(events[:-200], numbers)
    told(pairs)
    for mark, part in ((5, events[-200:-100]), (luck.randrange(15, 35), events[-100:])):
        kill_once_past(start(), IdentityAlias.objects.count, mark)
        assert mark < IdentityAlias.objects.count() < PEOPLE - 1
        fold(part, numbers)
        assert verify.differences() == []
    while merging.merge_waiting(timezone.now() + timedelta(hours=1)):
        pass
    assert (IdentityAlias.objects.count(), MergeWaiting.objects.count()) == (PEOPLE - 1, 0)
    assert inbox.kept_totals() == oracle.totals(as_one(pairs, events))
    assert verify.differences() == []
