"""Many reveal at once while the sealer runs beside them: every look is in the chain, once (REVEALS=10000 for more)."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from compliance import people
from compliance.access_log import Act
from compliance.acting import Actor
from compliance.logs import seals
from compliance.models import AuditSeal, PiiAccess
from tests.compliance.access import actor, opened
from tests.compliance.chains import by_force, check, told

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8
REVEALS = int(os.environ.get("REVEALS", "400"))
LOG = "pii_access_log"


def look(by: Actor, grant: UUID, contacts: list[int], count: int, seed: int) -> int:
    """So many looks at one to twenty of them, in full or masked."""
    luck = random.Random(seed)
    try:
        for _ in range(count):
            wanted = luck.sample(contacts, luck.randint(1, 20))
            act, full = luck.choice(((Act.LISTED, False), (Act.REVEALED, True), (Act.TIMELINE, False)))
            shown = people.reveal(wanted, by=by, grant=grant, campaign=7, at=timezone.now(), act=act, full=full)
            assert len(shown) == len(wanted)
        return count
    finally:
        connections.close_all()


def seal_until(over: threading.Event) -> int:
    sealed = 0
    try:
        while not over.is_set():
            sealed += seals.seal(LOG, timezone.now())
            time.sleep(0.02)
        return sealed
    finally:
        connections.close_all()


def test_random_reveals_by_many_leave_a_chain_that_verifies() -> None:
    now = timezone.now()
    contacts = list(people.identify([f"customer-{n}" for n in range(200)], now).values())
    ada = actor()
    grant = opened(ada, at=now)
    seals.seal_all(now)
    over = threading.Event()
    with ThreadPoolExecutor(THREADS + 1) as threads:
        sealer = threads.submit(seal_until, over)
        looking = [threads.submit(look, ada, grant.id, contacts, REVEALS // THREADS, n) for n in range(THREADS)]
        looked = sum(one.result() for one in looking)
        over.set()
        beside = sealer.result()

    seals.seal_all(now)
    assert PiiAccess.objects.count() == AuditSeal.objects.filter(log=LOG).count() == looked + 1
    assert beside > 0
    assert check(LOG, at=now + timedelta(days=1)).breaks == 0
    assert told(LOG) == f"pii_access_log: {looked + 1:,} rows sealed, all as they were written."

    victim = AuditSeal.objects.get(log=LOG, position=looked // 2)
    by_force("UPDATE pii_access_log SET contact_ids = '{}' WHERE id = %(id)s AND contact_ids <> '{}'", id=victim.row_id)
    assert f"is broken at position {looked // 2:,}, row {victim.row_id} of" in told(LOG)
