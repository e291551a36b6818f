"""Identities behind the contacts of `year`, and a person who may see them."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone

from analytics.models import Contact
from benchmarks.year import CAMPAIGNS, START
from compliance import api_keys, grants, people
from compliance.acting import Actor

CHUNK = 20_000
REASON = "Measuring what a look at people costs"


def open_grants() -> str:
    """A grant for every campaign, good for minutes; the key of their owner."""
    now = timezone.now()
    last = Contact.objects.aggregate(last=Max("id"))["last"]
    for start in range(0, last, CHUNK):
        people.identify([f"person-{number}@example.com" for number in range(start, min(start + CHUNK, last))], now)
    owner = User.objects.create_superuser("benchmark")
    for campaign in range(1, CAMPAIGNS + 1):
        grants.open(campaign, grants.PURPOSES[0].name, REASON, by=Actor(owner), at=timezone.now())
    return api_keys.create("people", ["contacts:read"], owner)[1]


def path(campaign: int) -> str:
    """The contacts of the middle day of a campaign."""
    day = START + timedelta(days=(campaign - 1) * 300 / CAMPAIGNS + 30)
    return f"/api/v1/campaigns/{campaign}/drilldown?level=contact&date={day:%Y-%m-%d}"
