"""Who may undo which import, what goes with it and what stays, and a run that is killed."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics import tasks, undoing, verify
from analytics.fold import fold_inbox
from analytics.ingest import files, importing, record_costs, record_events
from analytics.ingest.chunks import Chunk
from analytics.models import (
    Campaign,
    CampaignCost,
    CampaignDaily,
    Contact,
    DataVersion,
    Event,
    ImportChange,
    ImportFile,
    InboxBatch,
)
from analytics.undoing.keeping import POLICY
from compliance import fields, people, retention
from compliance.acting import Actor
from compliance.models import AuditEntry, Identity, RetentionSetting
from compliance.subjects import holds
from tests.analytics.events import NOW, event
from tests.analytics.imports import Write, run, sent, writer
from tests.analytics.killed import kill_once_past

pytestmark = pytest.mark.django_db
HEADER = "event_id,type,occurred_at,campaign,contact,amount,currency"
ROWS = 20_000


@pytest.fixture(autouse=True)
def spring(db: None) -> None:
    Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path)


def imported(path: Path, kind: str = "events") -> ImportFile:
    assert run(path, command=f"import_{kind}") == (0, "")
    return ImportFile.objects.latest("id")


def undone(record: ImportFile) -> ImportFile:
    undoing.undo(record.pk, timezone.now())
    record.refresh_from_db()
    assert record.state == "undone"
    return record


def sends() -> int:
    return sum(CampaignDaily.objects.filter(basis=1).values_list("sends", flat=True))


def test_the_same_file_may_come_again_afterwards_and_counts_again(write: Write) -> None:
    path = write(HEADER, *(sent(number) for number in range(5)))
    first = imported(path)
    assert undone(first).undone == 5
    assert (sends(), Event.objects.count()) == (0, 0)

    again = imported(path)
    assert (again.pk > first.pk, again.taken, again.known) == (True, 5, 0)
    assert sends() == 5
    assert verify.differences() == []


def test_whoever_was_known_by_it_alone_is_forgotten_and_others_stay(write: Write) -> None:
    record_events([event(contact="person 1")], source="shop", at=NOW)
    record = imported(write(HEADER, *(sent(number) for number in range(1, 6))))
    now = timezone.now()
    fields.learn({"person 2": {"email": "two@example.com"}}, now)
    record_events([event(contact="person 3", event_id="e9")], source="shop", at=now)
    boss = User.objects.create_user("officer")
    holds.place(["person 5"], "A claim is open.", "Olga", now + timedelta(days=30), by=Actor(boss), at=now)

    with pytest.raises(undoing.CannotUndo, match="legal hold"):
        undoing.undo(record.pk, timezone.now())
    holds.lift(holds.all_standing(now).get(), by=Actor(boss), at=now)
    undone(record)
    assert [len(people.numbers_of([f"person {number}"])) for number in range(1, 6)] == [1, 1, 1, 0, 0]
    assert set(Contact.objects.values_list("pk", flat=True)) == set(Identity.objects.values_list("pk", flat=True))
    fold_inbox(now)
    assert verify.differences() == []


def test_what_waits_or_could_not_be_folded_goes_first(write: Write) -> None:
    record = imported(write(HEADER, sent(1)))
    record_events([event(event_id="late")], source="events", at=NOW, import_file=record.pk)
    record_events([event(event_id="dead")], source="events", at=NOW, import_file=record.pk)
    InboxBatch.objects.filter(pk=InboxBatch.objects.latest("id").pk).update(state="dead")
    undone(record)
    assert not InboxBatch.objects.exists()
    fold_inbox(NOW)
    assert not Event.objects.exists()


def test_events_beyond_the_days_that_were_noted_are_found_all_the_same(write: Write) -> None:
    record = imported(write(HEADER, sent(1), "e2,sent,2026-03-01T00:00:00Z,spring-sale,person 2,,"))
    assert (str(record.first_day), str(record.last_day)) == ("2026-03-01", "2026-10-05")
    ImportFile.objects.update(first_day="2026-10-01")
    assert undone(record).undone == 2
    assert not Event.objects.exists()


def test_the_last_event_is_the_last_that_is_left(write: Write) -> None:
    record_events([event(occurred_at="2026-10-03T00:00:00Z")], source="shop", at=NOW)
    fold_inbox(NOW)
    before = DataVersion.objects.get()
    undone(imported(write(HEADER, sent(1))))
    after = DataVersion.objects.get()
    assert (after.last_event_at, after.version > before.version) == (before.last_event_at, True)


def test_campaigns_that_it_made_go_or_stay_as_stubs_where_something_tells_of_them(write: Write) -> None:
    lines = ("summer,sms,Summer,10", "autumn,email,Autumn,20", "winter,push,Winter,30", "spring-sale,,Renamed,")
    record = imported(write("campaign,channel,name,budget", *lines, name="campaigns.csv"), "campaigns")
    record_costs([{"campaign": "autumn", "date": "2026-10-05", "amount": 1, "source": "ads"}], at=NOW)
    record_events([event(campaign="winter")], source="shop", at=NOW)
    record = undone(record)
    kept = {one.external_id: (one.name, one.channel, one.budget, one.is_stub) for one in Campaign.objects.all()}
    assert kept == {
        "spring-sale": ("Spring sale", "email", None, False),
        "autumn": ("autumn", "email", None, True),
        "winter": ("winter", "push", None, True),
    }
    assert (record.left_as_stubs, record.reason[:33]) == (2, "2 of its campaigns stay as stubs,")


@pytest.mark.parametrize("events_first", [True, False])
def test_a_campaign_goes_once_its_events_were_undone(write: Write, events_first: bool) -> None:
    """Also where no figure shows them."""
    made = imported(write("campaign,channel", "summer,sms", name="campaigns.csv"), "campaigns")
    of_it = imported(write(HEADER, "e1,held_out,2026-10-05T10:00:00Z,summer,ada,,"))
    for record in (of_it, made) if events_first else (made, of_it):
        undone(record)
    assert Campaign.objects.filter(external_id="summer", is_stub=True).exists() is not events_first
    assert verify.differences() == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "running"}, "undo_import --abandon"),
        ({"state": "running", "asked_at": timezone.now()}, "cancel it first"),
        ({"state": "waiting"}, "cancel it first"),
        ({"state": "undone"}, "undone already"),
        ({"final": True}, "not kept any more"),
        ({"started_at": timezone.now() - timedelta(days=91)}, "for 90 days"),
        ({"kind": "rates"}, "import the file that they were right in"),
    ],
)
def test_what_cannot_be_undone_says_why_and_stays_as_it_is(write: Write, changes: dict[str, Any], says: str) -> None:
    record = imported(write(HEADER, sent(1)))
    ImportFile.objects.update(**changes)
    with pytest.raises(undoing.CannotUndo, match=says):
        undoing.ask(record.pk, None, timezone.now())
    with pytest.raises(CommandError, match=f"Import {record.pk}: .*{says}"):
        call_command("undo_import", str(record.pk))
    assert sends() == 1
    assert not AuditEntry.objects.exists()


def test_there_is_no_such_import() -> None:
    with pytest.raises(CommandError, match="There is no import 7"):
        call_command("undo_import", "7")


def test_the_command_undoes_it_and_says_what_it_took_back(write: Write) -> None:
    path = write("campaign,date,amount,source", *(f"spring-sale,2026-10-0{n},7,ads" for n in (1, 2)), name="costs.csv")
    record = imported(path, "costs")
    out = StringIO()
    call_command("undo_import", str(record.pk), stdout=out)
    assert out.getvalue() == "costs.csv: undone, 2 rows taken back.\n"
    assert not CampaignCost.objects.exists()
    assert [(act.act, act.details) for act in AuditEntry.objects.order_by("pk")] == [
        ("undo", {"kind": "costs", "was": "done"}),
        ("undone", {"rows": 2, "left_as_stubs": 0}),
    ]


def test_an_import_whose_command_was_killed_is_given_up_and_undone(write: Write) -> None:
    record = imported(write(HEADER, sent(1)))
    ImportFile.objects.update(state="running")
    call_command("undo_import", str(record.pk), "--abandon", stdout=StringIO())
    record.refresh_from_db()
    assert (record.state, sends()) == ("undone", 0)
    assert [act.act for act in AuditEntry.objects.order_by("pk")] == ["abandon", "undo", "undone"]


def test_an_operator_asks_in_the_admin_and_the_job_does_it(write: Write) -> None:
    record = imported(write(HEADER, sent(1)))
    operator = User.objects.create_user("olga", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    client = Client()
    client.force_login(operator)
    chosen = {"action": "undo", "_selected_action": [record.pk]}
    address = reverse("admin:analytics_importfile_changelist")
    page = client.post(address, chosen, follow=True)
    assert [str(told) for told in page.context["messages"]] == ['"events.csv" is being undone.']
    record.refresh_from_db()
    assert (record.state, sends()) == ("undoing", 1)
    assert AuditEntry.objects.get().username == "olga"

    tasks.undo_import()
    record.refresh_from_db()
    assert (record.state, sends()) == ("undone", 0)
    again = client.post(address, chosen, follow=True)
    assert [str(told) for told in again.context["messages"]] == ['"events.csv": It was undone already.']


def test_a_viewer_is_offered_nothing_to_undo(write: Write) -> None:
    record = imported(write(HEADER, sent(1)))
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_importfile"))
    client = Client()
    client.force_login(viewer)
    chosen = {"action": "undo", "_selected_action": [record.pk]}
    client.post(reverse("admin:analytics_importfile_changelist"), chosen)
    record.refresh_from_db()
    assert record.state == "done"


def test_what_undoing_asks_for_goes_with_its_time_and_the_import_is_final_then(write: Write) -> None:
    costs = imported(write("campaign,date,amount,source", "spring-sale,2026-10-01,7,ads", name="costs.csv"), "costs")
    RetentionSetting.objects.create(policy=POLICY.name, days=30)
    retention.apply(timezone.now() + timedelta(days=29))
    assert ImportChange.objects.count() == 1
    retention.apply(timezone.now() + timedelta(days=31))
    assert not ImportChange.objects.exists()
    RetentionSetting.objects.update(days=365)
    with pytest.raises(undoing.CannotUndo, match="not kept any more"):
        undoing.undo(costs.pk, timezone.now())


def test_a_file_that_is_undone_takes_no_more_chunks(write: Write) -> None:
    record = imported(write(HEADER, sent(1)))
    undoing.ask(record.pk, None, timezone.now())
    chunk = Chunk(items=[dict(zip(HEADER.split(","), sent(2).split(","), strict=True))], lines=[3], end=3)
    record.refresh_from_db()
    request = importing.Request(files.OnDisk(Path("events.csv")), importing.BY_NAME["events"], "events")
    with pytest.raises(importing.AlreadyRunning):
        importing._commit(request, record, chunk, NOW)
    assert not InboxBatch.objects.exists()


UNDO = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from analytics.undoing import events
events.CONTACTS = 200
from django.core.management import call_command
call_command("undo_import", sys.argv[2])
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_undoing_is_gone_on_with_and_totals_are_exact(write: Write) -> None:
    Campaign.objects.get_or_create(external_id="spring-sale", defaults={"name": "Spring sale", "channel": "email"})
    ours = [f"o{n},opened,2026-10-06T10:00:00Z,spring-sale,person {n},," for n in range(50)]
    kept = imported(write(HEADER, *ours, *(sent(n) for n in range(50)), name="kept.csv"))
    record = imported(write(HEADER, *(sent(n) for n in range(ROWS))))
    command = [sys.executable, "-c", UNDO, connection.settings_dict["NAME"], str(record.pk)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    for mark in (ROWS // 8, ROWS // 2):
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL)
        kill_once_past(process, lambda: ImportFile.objects.get(pk=record.pk).undone, mark)
        assert verify.differences() == []
    stopped = ImportFile.objects.get(pk=record.pk)
    assert (stopped.state, 0 < stopped.undone < ROWS) == ("undoing", True)

    call_command("undo_import", str(record.pk))
    record.refresh_from_db()
    assert (record.state, record.undone) == ("undone", ROWS - 50)
    assert (sends(), Event.objects.count(), Contact.objects.count()) == (50, 100, 50)
    assert set(Event.objects.values_list("import_id", flat=True)) == {kept.pk}
    assert verify.differences() == []
