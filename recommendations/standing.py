"""What stands, one for each rule and campaign, and the lock of whoever adds to it: the rules by night, and a dismissal
that is taken back.
"""

from django.db import connection

from .models import STANDING, Recommendation

LOCK = 7_305_004  # the advisory lock's key; any number of its own

About = tuple[str, int]  # which rule, and of which campaign


def alone() -> None:
    """Until the transaction ends nobody else adds to what stands. To be called before any row is locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def standing() -> set[About]:
    return set(Recommendation.objects.filter(state__in=STANDING).values_list("rule", "campaign_id"))


def instead_of(one: Recommendation) -> Recommendation | None:
    """Another of the same rule and campaign that stands."""
    alike = Recommendation.objects.filter(rule=one.rule, campaign=one.campaign_id, state__in=STANDING)
    return alike.exclude(pk=one.pk).first()
