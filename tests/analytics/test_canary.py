"""Somebody who was erased is found nowhere: all that is kept is dumped, opened with every key, and searched."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics import people, reporting, verify
from analytics.fold import fold_inbox
from analytics.ingest import batch, record_events
from analytics.models import (
    Campaign,
    CampaignCost,
    ColumnMapping,
    Event,
    ImportChange,
    ImportFile,
    InboxBatch,
    MissingCosts,
    SavedView,
    Source,
    SuppressedEvents,
)
from analytics.personal_data import VIEWS
from compliance import api_keys, crypto, fields, grants
from compliance.models import (
    AccessAlert,
    AccessReview,
    DataSubjectRequest,
    JobRun,
    LegalHold,
    LogFinding,
    Notice,
    NoticeChannel,
    RequestState,
)
from compliance.sources import Kind, classified, of_kind
from compliance.subjects import receipts, search, texts, working
from recommendations.models import Decision, RuleSetting
from tests.analytics import dump, inbox
from tests.analytics.people import CANARY, DAY, contact_of, deeds, spring
from tests.compliance import keys
from tests.compliance.access import actor, opened
from tests.compliance.requests import approved, fresh, received, verified
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db
NUMBER, NAME = "+49 151 00042017", "Wilhelmina Canary-Finch"
KNOWN_BY = (CANARY, NUMBER, NAME)
NOW = DAY + timedelta(days=2)


def plant(campaign: Campaign, admin: User, folder: Path) -> None:
    """Let them stand in every text that somebody may type or send."""
    said = f"asked by {NAME} <{CANARY.upper()}>, {NUMBER}"
    Campaign.objects.filter(pk=campaign.pk).update(name=f"For {CANARY}", tags=["vip", f"of {CANARY}"])
    Campaign.objects.create(external_id=f"for {CANARY}", name="Of one", channel="email")
    CampaignCost.objects.create(
        campaign=campaign, date=DAY.date(), source="ads", item=said, amount=0, currency="USD", value=0
    )
    for known in (NAME, CANARY, NUMBER):  # names that are each the only one of their kind, and would be the same erased
        SavedView.objects.create(owner=admin, page="campaigns", name=f"of {known}", query="q=canary.7f3a%40example.com")
        Source.objects.create(name=f"upload of {known}")
        MissingCosts.objects.create(source=f"upload of {known}", day=DAY.date())
    theirs = [
        {
            **deed,
            "event_id": f"{CANARY} {n}",
            "message": f"to {CANARY}",
            "user_agent": f"Mailer of {CANARY}",
            "url": said,
        }
        for n, deed in enumerate(deeds([CANARY], DAY))
    ]
    record_events([*theirs, {"type": "sent", "contact": CANARY}, {"event_id": said}], source="test", at=NOW)
    fold_inbox(NOW)
    plant_in_imports(said, campaign, folder)
    finding = made(campaign=campaign, proposal=said, evidence=[{"label": said}])
    Decision.objects.create(
        recommendation=finding, decision="accept", note=said, state_before="open", state_after="accepted",
        username="admin", at=NOW,
    )  # fmt: skip
    RuleSetting.objects.update_or_create(rule="low_roas", defaults={"muted_because": said})
    LogEntry.objects.create(
        user=admin, content_type=ContentType.objects.get_for_model(Campaign), object_id=str(campaign.pk),
        object_repr=said, action_flag=CHANGE, change_message=said,
    )  # fmt: skip
    JobRun.objects.create(name="fold_inbox", reason=said, error=said, started_at=NOW)
    plant_in_reviews(said)
    plant_in_notices(said)
    PeriodicTask.objects.update(description=said)
    api_keys.create(f"of {CANARY}", ["kpi:read"])


def plant_in_imports(said: str, campaign: Campaign, folder: Path) -> None:
    """In a file, in how it is read, in what it changed, and in a batch that could not be counted."""
    row = batch.Row(
        1, contact_of(CANARY), "ab" * 16, NOW, 99, campaign.pk, said, None, None, None, None, False, None, None
    )
    source = Source.objects.get(name="test")
    InboxBatch.objects.create(
        received_at=NOW, source=source, rows=1, payload=batch.encode([row]), state="dead", reason=f"bad row: {CANARY}"
    )
    file = folder / f"{CANARY}.csv"
    file.write_text(f"event_id,type,occurred_at,contact\n1,nonsense,2026-10-01,{CANARY}\n")
    with pytest.raises(SystemExit):
        call_command("import_events", str(file))
    ColumnMapping.objects.create(kind="costs", header="h", mapping={said: "campaign"}, reading={}, used_at=NOW)
    ImportChange.objects.create(
        import_file=ImportFile.objects.get(), kind="campaign", target=campaign.pk, is_new=False, before={"name": said},
        changed_at=NOW,
    )  # fmt: skip


def plant_in_reviews(said: str) -> None:
    """In what officers write about looks at people."""
    review = AccessReview.objects.create(name="2026-Q3", starts_at=DAY, ends_at=NOW, due_at=NOW)
    review.signatures.create(at=NOW, signed_by_id=1, signed_by="olga", note=said, fingerprint="", content={})
    review.findings.create(who="user-1", name="ada", text=said, opened_at=NOW, opened_by="olga", outcome=said)
    AccessAlert.objects.create(
        rule="contacts", starts_at=DAY, ends_at=NOW, found_at=NOW, count=1, note=said
    )  # fmt: skip
    LogFinding.objects.create(log="audit_trail", what="the row was changed", found_at=NOW, seen_at=NOW, reason=said)
    LegalHold.objects.create(reason=said, reviewer="olga", placed_at=NOW, expires_at=NOW, subject_hashes=[])
    other = received("objection", "somebody-else", at=NOW)
    DataSubjectRequest.objects.filter(pk=other.pk).update(extension_reason=said, outcome=said, waits_for=said)


def plant_in_notices(said: str) -> None:
    """In a channel that somebody pointed at them, and in what it was told."""
    addresses = crypto.encrypt(f"ops@example.test\n{CANARY}".encode())
    channel = NoticeChannel.objects.create(name=f"of {NAME}", kind="email", about=[], address=addresses, changed_at=NOW)
    Notice.objects.create(
        channel=channel, channel_name=channel.name, about="marketing", key="1", title=said, text=said, told_at=NOW,
        due_at=NOW, error=said,
    )  # fmt: skip


PLANT = "UPDATE {table} SET {column} = {said} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)"


def plant_in_the_rest() -> None:
    """In a row of every text there is that does not name them yet, so that a new one cannot be forgotten."""
    kept = {table: columns for table, columns in of_kind(classified(), Kind.FREE).items() if table not in VIEWS}
    with connection.cursor() as cursor:
        cursor.execute(texts.ERASING, ["on"])
        for table, columns in kept.items():
            cursor.execute(texts.TYPES, [table, list(columns)])
            for column, kind in cursor.fetchall():
                if not texts.count_named({table: (column,)}, search.of_postgres(KNOWN_BY)):
                    said = "to_jsonb(%(said)s::text)" if kind == "jsonb" else "%(said)s"
                    cursor.execute(PLANT.format(table=table, column=column, said=said), {"said": f"of {CANARY}"})
                    assert cursor.rowcount, f"{table} has no row to plant in"
        cursor.execute(texts.ERASING, [""])


def look(campaign: Campaign, admin: User) -> None:
    """Let pages, the API and the cache show what is kept, and somebody look at them by a grant."""
    client = Client(headers={"User-Agent": f"Browser of {CANARY}"})
    client.force_login(admin)
    for address in ("/admin/marketing/", "/admin/marketing/campaigns", f"/admin/marketing/campaigns/{campaign.pk}"):
        client.get(address, {"start": "2026-10-01", "end": "2026-10-03"}, follow=True)
    header = keys.headers() | {"Idempotency-Key": "1"}
    body = [{"event_id": "x", "contact": CANARY, CANARY: "a field that no event has"}]
    Client().post("/api/v1/events", body, "application/json", headers=header)
    Client().get("/api/v1/campaigns", headers=header)
    by = actor(admin, user_agent="Firefox")
    grant = opened(by, campaign.pk, NOW, reason=f"Ticket 482913 of {NAME}")
    grants.required(by, campaign.pk, NOW, [contact_of(CANARY)])
    people.revealed(grant, contact_of(CANARY), by=by, at=NOW)


def number_from(number: int) -> None:
    """So that a contact's number is found as surely as a name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('identity', 'contact_id'), %s)", [number])


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_an_erased_person_is_found_nowhere(
    admin_user: User,
    tmp_path: Path,
    settings: LazySettings,
    told: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    number_from(42_424_242_424)
    campaign = spring()
    fields.learn({CANARY: {"phone": NUMBER, "name": NAME}}, NOW)
    call_command("sync_schedule")
    plant(campaign, admin_user, tmp_path)
    reporting.refresh_views(NOW)
    look(campaign, admin_user)
    plant_in_the_rest()
    contact, totals, events = contact_of(CANARY), inbox.kept_totals(), Event.objects.count()
    before = dump.everything()
    assert {place.partition(".")[2] for place in dump.places_of(CANARY, before)} >= {
        "campaign", "campaign_costs", "campaign_performance_mv", "recommendation", "recommendation_decisions",
        "saved_view", "source", "identity", "inbox", "dead_letter_row", "kept_answer", "import_file", "user_agent",
        "api_key", "django_admin_log", "marketing_job_runs", "django_celery_beat_periodictask", "event_2026_10",
        "engagement", "access_review_signature", "access_review_finding", "access_alert",
    }  # fmt: skip
    assert {place.partition(".")[2] for place in dump.places_of(NAME, before)} >= {
        "consent_grant",
        "recommendation_rule",
    }
    assert any(place.startswith("cache") for place in dump.places_of(CANARY, before))

    request = approved(NUMBER, at=NOW)  # from which all else follows
    with django_capture_on_commit_callbacks(execute=True):
        assert working.work(NOW + timedelta(minutes=1)) == 1

    after = dump.everything()
    assert {text: places for text in KNOWN_BY if (places := dump.places_of(text, after))} == {}
    assert [text for text in KNOWN_BY if text.lower() in told.text.lower()] == []
    (left,) = dump.places_of(str(contact), after)
    assert left.startswith("public.pii_access_log_")  # a month of it
    assert (inbox.kept_totals(), Event.objects.count(), verify.differences()) == (totals, events, [])
    done = fresh(request)
    assert (done.state, done.subject, done.waits_for) == (RequestState.DONE, None, "")
    receipts.check(done.receipt or {})
    assert done.receipt is not None
    assert done.receipt["erased"]["activity"]["event"] > 5

    again = record_events([{"event_id": "9", **next(deeds([CANARY], DAY))}], source="test", at=NOW)
    assert list(again.results) == ["suppressed"]
    assert SuppressedEvents.objects.get().events == 1
    assert dump.places_of(CANARY, dump.everything()) == []


def test_an_access_of_before_is_forgotten_too() -> None:
    spring()
    earlier = verified("access", CANARY, at=NOW)
    DataSubjectRequest.objects.filter(pk=earlier.pk).update(state="done", closed_at=datetime(2026, 10, 4, tzinfo=UTC))
    approved(CANARY, at=NOW)
    working.work(NOW)
    assert dump.places_of(CANARY, dump.everything()) == []
