"""What this app and the packages keep, and who owns what may say something of a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from . import people
from .models import Identity, PiiAccess, Suppression
from .sources import Counts, Fields, Kind, Person, Row, of_kind
from .subjects.texts import FreeTexts, SealedTexts

_RUNS = "id name slot attempt started_at finished_at outcome rows"
FIELDS: dict[str, Fields] = {
    "identity": Fields(nothing="created_at", link="contact_id outside_id_hash", person="outside_id"),
    "suppression": Fields(nothing="since", link="outside_id_hash"),
    "consent_grant": Fields(
        nothing="id campaign purpose opened_at expires_at ended_at", staff="user_id username key_prefix ip",
        free="reason",
    ),
    "pii_access_log": Fields(
        nothing="id at act grant_id campaign purpose reason_hash", link="contact_ids",
        staff="user_id username key_prefix ip", guarded="user_agent",
    ),
    "audit_trail": Fields(
        nothing="id at act object_type object_id", staff="user_id username key_prefix ip", guarded="details"
    ),
    "kept_answer": Fields(nothing="id fingerprint at", sealed="answer"),
    "api_key": Fields(
        nothing="id prefix hashed_key created revoked expiry_date scopes group_id", staff="owner_id", free="name"
    ),
    "metric_denial": Fields(nothing="id group_id metric"),
    "marketing_job_runs": Fields(nothing=_RUNS, free="reason error"),
    "marketing_scheduler_log": Fields(nothing="id name due_at sent_at missed"),
    # of packages
    "auth_user": Fields(others=Kind.STAFF),
    "auth_user_groups": Fields(others=Kind.STAFF),
    "auth_user_user_permissions": Fields(others=Kind.STAFF),
    "auth_group": Fields(others=Kind.NOTHING),
    "auth_group_permissions": Fields(others=Kind.NOTHING),
    "auth_permission": Fields(others=Kind.NOTHING),
    "django_admin_log": Fields(free="object_id object_repr change_message", others=Kind.STAFF),
    "django_session": Fields(others=Kind.STAFF),
    "django_content_type": Fields(others=Kind.NOTHING),
    "django_migrations": Fields(others=Kind.NOTHING),
    "django_celery_beat_periodictask": Fields(free="name args kwargs headers description", others=Kind.NOTHING),
    "django_celery_beat_periodictasks": Fields(others=Kind.NOTHING),
    "django_celery_beat_clockedschedule": Fields(others=Kind.NOTHING),
    "django_celery_beat_crontabschedule": Fields(others=Kind.NOTHING),
    "django_celery_beat_intervalschedule": Fields(others=Kind.NOTHING),
    "django_celery_beat_solarschedule": Fields(others=Kind.NOTHING),
    "rest_framework_api_key_apikey": Fields(others=Kind.NOTHING),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class IdentityRows:
    """Who they are. Erased, they are on the suppression list: what comes for them later is dropped at the door."""

    name: str = "identity"
    category: str = "identity"
    tables: tuple[str, ...] = ("identity", "suppression")

    def export(self, person: Person) -> Iterator[Row]:
        for row in Identity.objects.filter(outside_id_hash__in=people.hashes_of(person.identifiers)):
            yield {"known by": people.opened(row), "number": row.contact_id, "since": row.created_at}

    def erase(self, person: Person, at: datetime) -> Counts:
        return people.forget(person.identifiers, at)

    def verify(self, person: Person) -> Counts:
        hashes = people.hashes_of(person.identifiers)
        known = Identity.objects.filter(outside_id_hash__in=hashes).count()
        suppressed = Suppression.objects.filter(outside_id_hash__in=hashes).count()
        left = {"identity": known, "not on the suppression list": len(set(hashes)) - suppressed}
        return {where: count for where, count in left.items() if count}


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looked at them and why. The log stays as it is: it has a number, which leads nowhere once they are erased."""

    name: str = "looks"
    category: str = "audit"
    tables: tuple[str, ...] = ("pii_access_log",)

    def export(self, person: Person) -> Iterator[Row]:
        """When somebody looked, and for what purpose: who of the staff it was is not theirs to know."""
        if person.contact_id is not None:
            rows = PiiAccess.objects.filter(contact_ids__contains=[person.contact_id]).order_by("id")
            for at, act, purpose in rows.values_list("at", "act", "purpose").iterator():
                yield {"at": at, "act": act, "purpose": purpose}

    def erase(self, person: Person, at: datetime) -> Counts:
        return {}

    def verify(self, person: Person) -> Counts:
        """A look that still leads somewhere: its number stands in another table of a person's."""
        if person.contact_id is None:
            return {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM identity WHERE contact_id = %s", [person.contact_id])
            left = int(cursor.fetchone()[0])
        return {"pii_access_log": left} if left else {}


_ANSWERS = SealedTexts("answers", "kept_answer", "answer")
SOURCES = (IdentityRows(), Looks(), _ANSWERS, FreeTexts("notes", of_kind(FIELDS, Kind.FREE)))
