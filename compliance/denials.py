"""Denying a role a metric, and showing it again; each is audited. What else a denial closes, `analytics` works out."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from . import audit
from .acting import Actor
from .models import MetricDenial


@transaction.atomic
def deny(group: Group, metric: str, *, by: Actor, at: datetime) -> MetricDenial:
    """Deny it, unless it is denied already. From the next request on nobody of the group is shown it."""
    denial, new = MetricDenial.objects.get_or_create(group=group, metric=metric)
    if new:
        _note("deny metric", denial, by, at)
    return denial


@transaction.atomic
def lift(denial: MetricDenial, *, by: Actor, at: datetime) -> None:
    _note("lift denial", denial, by, at)
    denial.delete()


def _note(act: str, denial: MetricDenial, by: Actor, at: datetime) -> None:
    audit.note(act, "group", denial.group_id, by, at, group=denial.group.name, metric=denial.metric)
