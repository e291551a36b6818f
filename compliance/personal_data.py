"""What this app and the packages keep, and who owns what may say something of a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from . import fields, merging, people
from .logs.keeping import Months
from .models import (
    AccessAlert,
    AccessReview,
    ConsentGrant,
    DataSubjectRequest,
    Identity,
    IdentityAlias,
    LegalHold,
    Notice,
    PiiAccess,
)
from .notices.erasing import ChannelAddresses
from .retention import Policy, Rows
from .sources import Counts, Fields, Kind, Person, Row, of_kind
from .subjects import copies
from .subjects.texts import FreeTexts, SealedTexts

_RUNS = "id name slot attempt started_at finished_at outcome rows runs final request_id"
FIELDS: dict[str, Fields] = {
    "identity": Fields(nothing="created_at as_compared", link="contact_id outside_id_hash", person="outside_id"),
    "identity_alias": Fields(nothing="since door", link="former_id contact_id"),
    "merge_waiting": Fields(nothing="id told_at due_at door", link="contact_id into_id"),
    "data_subject_request": Fields(
        nothing="id kind regime state received_at due_at acknowledged_at extended_at identity_check "
        "identity_checked_at approved_at closed_at progress receipt copy_name copy_until fetched_at",
        link="subject_hashes", person="subject", staff="identity_checked_by asked_by_id asked_by approved_by",
        free="extension_reason outcome waits_for",
    ),
    "legal_hold": Fields(
        nothing="id placed_at expires_at lifted_at", link="subject_hashes", staff="reviewer placed_by", free="reason"
    ),
    "identity_field": Fields(nothing="id kind learned_at", link="contact_id value_hash", person="value"),
    "retention_setting": Fields(nothing="policy days changed_at"),
    "suppression": Fields(nothing="since", link="outside_id_hash"),
    "ledger_followed": Fields(nothing="id line hash"),
    "consent_grant": Fields(
        nothing="id campaign purpose opened_at expires_at ended_at", staff="user_id username key_prefix ip",
        free="reason",
    ),
    "pii_access_log": Fields(
        nothing="id at act grant_id campaign purpose reason_hash written_by", link="contact_ids",
        staff="user_id username key_prefix ip", guarded="user_agent",
    ),
    "access_review": Fields(nothing="name starts_at ends_at due_at signed_at"),
    "access_review_signature": Fields(
        nothing="id review_id at fingerprint", staff="signed_by_id signed_by content", free="note"
    ),
    "access_review_finding": Fields(
        nothing="id review_id opened_at closed_at", staff="who name opened_by closed_by", free="text outcome"
    ),
    "access_alert": Fields(
        nothing="id rule starts_at ends_at count usual found_at acknowledged_at sent_at tried_at tries",
        link="contact_id", staff="user_id username key_prefix acknowledged_by", free="note error",
    ),
    "access_watch": Fields(nothing="id seen_until"),
    "notice_channel": Fields(
        nothing="id kind about enabled built_in changed_at", free="name", sealed="address", random="secrets"
    ),
    "notice": Fields(
        nothing="id channel_id about key path told_at state due_at tried_at tries status reached",  # keyed for this row
        free="channel_name title text error",
    ),
    "audit_trail": Fields(
        nothing="id at act object_type object_id written_by", staff="user_id username key_prefix ip", guarded="details"
    ),
    "api_request_log": Fields(
        nothing="id at method route status duration_ms request_id written_by", staff="user_id username key_prefix ip"
    ),
    "audit_seal": Fields(nothing="id log position at row_id row_at content hash"),  # keyed hashes
    "audit_anchor": Fields(nothing="id log kind at position hash before signature"),
    "log_finding": Fields(
        nothing="id log what position row_id row_at found_at seen_at accepted_at", staff="accepted_by", free="reason"
    ),
    "audit_chain": Fields(nothing="log position hash cluster old_id swept upto upto_id"),
    "kept_answer": Fields(nothing="id fingerprint at", sealed="answer"),
    "api_key": Fields(
        nothing="id prefix hashed_key created revoked expiry_date scopes group_id last_used_on", staff="owner_id",
        free="name",
    ),
    "second_factor": Fields(nothing="since last_step salt recovery", staff="user_id", random="secret"),
    "web_session": Fields(
        nothing="session_key session_data expire_date created_at seen_at", staff="user_id ip browser"
    ),
    "metric_denial": Fields(nothing="id group_id metric"),
    "marketing_job_runs": Fields(nothing=_RUNS, free="reason error"),
    "job_total": Fields(nothing="name outcome runs seconds last_seconds last_at"),
    "look_total": Fields(nothing="act acts contacts"),
    "marketing_scheduler_log": Fields(nothing="id name due_at sent_at missed ticks"),
    "heartbeat": Fields(nothing="program at"),
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
    tables: tuple[str, ...] = ("identity", "identity_alias", "identity_field", "merge_waiting", "suppression")

    def export(self, person: Person) -> Iterator[Row]:
        for row in Identity.objects.filter(outside_id_hash__in=people.hashes_of(person.identifiers)):
            yield {"kind": "id", "known by": people.opened(row), "number": row.contact_id, "since": row.created_at}
        for alias in IdentityAlias.objects.filter(contact_id__in=person.contact_ids).order_by("since", "former_id"):
            door = alias.get_door_display()
            yield {"kind": "made one", "known by": door, "number": alias.former_id, "since": alias.since}
        for field in fields.of_contacts(person.contact_ids):
            said = {"kind": field.kind, "known by": fields.opened(field)}
            yield said | {"number": field.contact_id, "since": field.learned_at}

    def erase(self, person: Person, at: datetime) -> Counts:
        """Also where an address of theirs was told of somebody else: it would not go by their number."""
        counts = people.forget(person.identifiers, at)
        elsewhere = fields.of_identifiers(person.identifiers).delete()[0]
        return {**counts, "identity_field": counts["identity_field"] + elsewhere}

    def verify(self, person: Person) -> Counts:
        hashes = people.hashes_of(person.identifiers)
        known = Identity.objects.filter(outside_id_hash__in=hashes).count()
        missing = people.not_suppressed(person.identifiers)
        said = len(fields.of_contacts(person.contact_ids)) + fields.of_identifiers(person.identifiers).count()
        left = {"identity": known, "identity_field": said, "not on the suppression list": missing}
        left |= merging.left(person.contact_ids)
        return {where: count for where, count in left.items() if count}


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looked at them and why. The log stays as it is: it has a number, which leads nowhere once they are erased."""

    name: str = "looks"
    category: str = "audit"
    tables: tuple[str, ...] = ("pii_access_log", "access_alert")

    def export(self, person: Person) -> Iterator[Row]:
        """When somebody looked, and for what purpose, and what of it was found unusual: who of the staff it was is not
        theirs to know."""
        rows = PiiAccess.objects.filter(contact_ids__overlap=list(person.contact_ids)).order_by("id")
        for at, act, purpose in rows.values_list("at", "act", "purpose").iterator():
            yield {"at": at, "act": act, "purpose": purpose}
        alerts = AccessAlert.objects.filter(contact_id__in=person.contact_ids).order_by("id")
        for at, rule in alerts.values_list("found_at", "rule").iterator():
            yield {"at": at, "act": "found unusual", "purpose": rule.replace("_", " ")}

    def erase(self, person: Person, at: datetime) -> Counts:
        return {}

    def verify(self, person: Person) -> Counts:
        """Looks whose number still leads to somebody."""
        left = Identity.objects.filter(contact_id__in=person.contact_ids).count()
        return {"pii_access_log": left} if left else {}


@dataclass(frozen=True, slots=True)
class Requests:
    """What they asked before: the clear text of who asked goes from all requests that are over."""

    name: str = "requests"
    category: str = "requests"
    tables: tuple[str, ...] = ("data_subject_request", "legal_hold")

    def export(self, person: Person) -> Iterator[Row]:
        rows = DataSubjectRequest.objects.filter(subject_hashes__overlap=people.hashes_of(person.identifiers))
        for row in rows.order_by("received_at"):
            yield {"kind": row.kind, "received_at": row.received_at, "state": row.state, "closed_at": row.closed_at}

    def erase(self, person: Person, at: datetime) -> Counts:
        over = self._over(person)
        copied = copies.drop(over.exclude(copy_name=""))
        counts = {"data_subject_request": over.update(subject=None), "copies": copied}
        return {what: count for what, count in counts.items() if count}

    def verify(self, person: Person) -> Counts:
        count = self._over(person).count()
        return {"data_subject_request": count} if count else {}

    def _over(self, person: Person) -> QuerySet[DataSubjectRequest]:
        hashes = people.hashes_of(person.identifiers)
        over = DataSubjectRequest.objects.filter(subject_hashes__overlap=hashes, closed_at__isnull=False)
        return over.filter(~Q(copy_name="") | Q(subject__isnull=False))


_ANSWERS = SealedTexts("answers", "kept_answer", "answer")
SOURCES = (
    IdentityRows(),
    Looks(),
    Requests(),
    ChannelAddresses(),
    _ANSWERS,
    FreeTexts("notes", of_kind(FIELDS, Kind.FREE)),
)
POLICIES: tuple[Policy, ...] = (
    Rows(
        "requests of persons",
        "closed requests with their receipts",
        1_096,
        "three years after they are closed: how long a claim about the answer can be brought; the CCPA asks for two",
        lambda before: DataSubjectRequest.objects.filter(closed_at__lt=before),
        about="subject_hashes",
    ),
    Rows(
        "legal holds",
        "holds that are over",
        1_096,
        "three years after their end, as the requests that they blocked",
        lambda before: LegalHold.objects.filter(Q(lifted_at__lt=before) | Q(expires_at__lt=before)),
    ),
    Rows(
        "reasons for looks",
        "grants with the reason in the words of who asked",
        1_096,
        "three years: a review of who looked why reads back that far; the access log keeps that they looked",
        lambda before: ConsentGrant.objects.filter(opened_at__lt=before),
    ),
    Months(
        "access log",
        "who looked at whom, as whole months",
        2_557,
        "seven years: what came of a look at somebody's data may be claimed years later, and the log is the evidence; "
        "it has numbers, which lead nowhere once the person is erased",
        "pii_access_log",
    ),
    Months(
        "audit trail",
        "who did what, as whole months",
        2_557,
        "seven years: acts behind figures and payments are asked about as long as books are kept; it names no customer",
        "audit_trail",
    ),
    Months(
        "request log",
        "requests that might change something, as whole months",
        366,
        "a year: an intrusion that is found late is followed back so far; what was done stands in the audit trail",
        "api_request_log",
    ),
    Rows(
        "reviews of accesses",
        "quarters with their signatures and what was followed up",
        2_192,
        "six years after the quarter: twice as long as the reasons, so that an auditor sees that it was reviewed",
        lambda before: AccessReview.objects.filter(ends_at__lt=before),
    ),
    Rows(
        "alerts of unusual access",
        "alerts that somebody acknowledged",
        1_096,
        "three years, as the reasons: a review reads back that far; what nobody acknowledged stays",
        lambda before: AccessAlert.objects.filter(acknowledged_at__lt=before),
    ),
    Rows(
        "notices",
        "what was told, to which channel, and what came back",
        90,
        "as the record of jobs: whether a message arrived is asked so far back; its cause is kept elsewhere",
        lambda before: Notice.objects.filter(told_at__lt=before),
    ),
)
