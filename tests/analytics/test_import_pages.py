"""The pages of imports: what was recognised, starting, progress, the end; cancel, undo, rejected rows."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from analytics import imports, tasks
from analytics.fold import fold_inbox
from analytics.ingest import importing, record_events, working
from analytics.ingest.cells import Reading
from analytics.ingest.chosen import Chosen
from analytics.models import Campaign, CampaignCost, DeadLetterRow, ImportFile, ImportPart
from compliance.acting import Actor
from compliance.models import AuditEntry, JobRun
from tests.analytics.test_uploads import ada, kept, send

__all__ = ["ada"]
pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/marketing/data/imports/"
State = ImportFile.State
COSTS = """campaign,date,amount,source
spring-sale,2026-10-05,12.50,ads
spring-sale,2026-10-06,7.50,ads
nowhere,2026-10-06,1,ads
=spring-sale,2026-10-06,1,ads
"""
COLUMNS = {"kind": "costs", "column-0": "campaign", "column-1": "date", "column-2": "amount", "column-3": "source"}
EVENTS = "event_id,type,occurred_at,campaign,contact\n"


@pytest.fixture(autouse=True)
def campaign() -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="search")


def events(count: int) -> str:
    return EVENTS + "".join(
        f"e{number},sent,2026-10-05T10:00:00Z,spring-sale,anna{number}@example.com\n" for number in range(count)
    )


def uploaded(client: Client, content: str = COSTS, name: str = "costs.csv") -> ImportFile:
    send(client, content.encode(), name)
    return ImportFile.objects.latest("id")


def page(client: Client, record: ImportFile, query: str = "") -> str:
    return client.get(f"{LIST}{record.pk}/{query}").content.decode()


def act(client: Client, record: ImportFile, what: str, **given: Any) -> Any:
    return client.post(f"{LIST}{record.pk}/{what}/", given)


def rejected(client: Client, record: ImportFile) -> list[list[str]]:
    answer = client.get(f"{LIST}{record.pk}/rejected/")
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_a_file_is_recognised_started_and_imported_by_the_job(ada: Client) -> None:
    record = uploaded(ada)
    form = page(ada, record)
    assert '<option value="costs" selected>' in form
    assert '<option value="amount" selected>' in form
    assert "12.50" in form
    assert act(ada, record, "start", **COLUMNS).status_code == 302
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.read, record.taken, record.rejected) == (State.DONE, 4, 2, 2)
    assert (record.bytes_done, record.size) == (len(COSTS), len(COSTS))
    assert set(CampaignCost.objects.values_list("amount", flat=True)) == {Decimal("12.50"), Decimal("7.50")}
    assert not ImportPart.objects.exists()
    end = page(ada, record)
    assert "done, some rejected" in end
    assert "is unknown; create it first" in end
    assert [entry.act for entry in AuditEntry.objects.order_by("id")] == ["upload", "start"]
    assert JobRun.objects.get(name="run_import").rows == 4


def test_amounts_that_no_rate_converts_are_told(ada: Client, tmp_path: Path, capsys: Any) -> None:
    record = uploaded(ada, COSTS)
    act(ada, record, "start", **COLUMNS, currency="GBP")
    tasks.run_import()
    assert "2 amounts have no rate of GBP and are shown as unconverted" in page(ada, record)
    (tmp_path / "more.csv").write_text("campaign,date,amount,source\nspring-sale,2026-10-07,1,ads\n")
    call_command("import_costs", str(tmp_path / "more.csv"), "--currency", "GBP")
    assert "1 amount has no rate of GBP and is shown" in capsys.readouterr().out


def test_columns_that_are_missing_or_chosen_twice_are_named(ada: Client) -> None:
    record = uploaded(ada)
    missing = act(ada, record, "start", **COLUMNS | {"column-1": ""})
    assert missing.status_code == 400
    assert "No column is date; choose which one is." in missing.content.decode()
    twice = act(ada, record, "start", **COLUMNS | {"column-3": "amount", "source": "ads"})
    assert "Two columns are amount; choose one of them." in twice.content.decode()
    record.refresh_from_db()
    assert record.state == State.WAITING


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"currency": "EURO"}, "<b>Currency of all rows:</b> Give a code of three letters"),
        ({"time_zone": "Mars/Olympus"}, "<b>Time zone of its days:</b> Give a zone by its name"),
        ({"day": "5.10.2026"}, "<b>Day of all rows:</b> Give a day as YYYY-MM-DD."),
        ({"column-3": "", "source": ""}, "<b>Source:</b> Give 1 to 100 printable characters"),
        ({"decimal": "x"}, "<b>Numbers are written:</b> Choose one of the list."),
    ],
)
def test_what_is_wrong_beside_the_columns_is_told_by_its_field(ada: Client, given: dict[str, str], said: str) -> None:
    answer = act(ada, uploaded(ada), "start", **COLUMNS | given)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_column_with_the_name_of_a_field_can_be_left_for_another(ada: Client) -> None:
    record = uploaded(ada, "campaign,id,date,amount,source\nSpring!,spring-sale,2026-10-05,3,ads\n")
    mapped = {"column-0": "", "column-1": "campaign", "column-2": "date", "column-3": "amount", "column-4": "source"}
    act(ada, record, "start", kind="costs", **mapped)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.taken) == (State.DONE, 1)


def test_the_kind_can_be_chosen(ada: Client) -> None:
    form = page(ada, uploaded(ada), "?kind=campaigns")
    assert '<option value="campaigns" selected>' in form
    assert "needed: campaign" in form


def test_an_excel_workbook_is_told_at_once_and_can_be_discarded(ada: Client) -> None:
    record = uploaded(ada, "PK\x03\x04 and more", "costs.xlsx")
    told = page(ada, record)
    assert "Excel workbook" in told
    assert 'id="discard"' in told
    assert 'name="encoding"' in told
    assert "It waits for somebody" not in told
    act(ada, record, "cancel")
    answer = act(ada, record, "undo")
    assert answer.status_code == 409
    assert "It recorded nothing" in answer.content.decode()


def test_a_file_that_is_written_otherwise_is_read_as_somebody_says(ada: Client) -> None:
    record = uploaded(ada, "x" * 100)
    broken = page(ada, record, "?encoding=utf-16")
    assert "--" not in broken.split('id="import-problem"')[1].split("</div>")[0]
    assert 'value="utf-16" selected' in broken


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("campaign,date,amount,source,Amount", "The header has “amount” more than once; rename all but one"),
        ("campaign,date,amount,source,con\0tact", "NUL characters"),
    ],
)
def test_what_no_choice_of_columns_can_settle_is_told_before_it_starts(ada: Client, header: str, said: str) -> None:
    record = uploaded(ada, COSTS.replace("campaign,date,amount,source", header))
    answer = act(ada, record, "start", **COLUMNS)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_the_first_rows_are_shown_to_who_uploaded_them_and_name_nobody(ada: Client) -> None:
    record = uploaded(ada, events(30), "events.csv")
    form = page(ada, record)
    assert "a•••@example.com" in form
    assert "anna1@example.com" not in form
    other = Client()
    other.force_login(User.objects.create_superuser("boss"))
    assert "example.com" not in page(other, record)
    assert "Only who uploaded the file sees its rows here." in page(other, record)


def test_who_may_look_only_sees_neither_form_nor_rows(ada: Client) -> None:
    record = uploaded(ada)
    ben = Client()
    ben.force_login(User.objects.create_user("ben", is_staff=True))
    assert "It waits for somebody who may import files" in page(ben, record)
    assert "12.50" not in page(ben, record)
    assert ben.get(LIST).status_code == 200
    for what in ("start", "cancel", "undo"):
        assert act(ben, record, what).status_code == 403
    assert ben.get(f"{LIST}{record.pk}/rejected/").status_code == 403


def test_events_are_imported_and_counted_when_it_is_done(ada: Client) -> None:
    record = uploaded(ada, events(50) + events(1).removeprefix(EVENTS) + "bad,sent,yesterday,spring-sale,anna\n")
    fields = EVENTS.strip().split(",")
    columns = {f"column-{place}": name for place, name in enumerate(fields)}
    act(ada, record, "start", kind="events", source="shop", **columns)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.read, record.taken, record.known, record.rejected) == (State.DONE, 52, 50, 1, 1)
    lines = rejected(ada, record)
    assert lines[0] == ["Line", "Field", "Reason"]
    assert lines[1][:2] == ["53", "occurred_at"]
    assert len(lines) == 2
    assert len(lines[1]) == 3
    assert "is of people" in page(ada, record)
    assert AuditEntry.objects.get(act="download rejected").details == {"cells": False}


def test_rejected_rows_of_costs_come_with_their_cells_and_start_no_formula(ada: Client) -> None:
    record = uploaded(ada)
    act(ada, record, "start", **COLUMNS)
    tasks.run_import()
    lines = rejected(ada, record)
    assert lines[0] == ["Line", "Field", "Reason", "campaign", "date", "amount", "source"]
    assert [line[0] for line in lines[1:]] == ["4", "5"]
    assert lines[1][3:] == ["nowhere", "2026-10-06", "1", "ads"]
    assert lines[2][3] == "'=spring-sale"


def test_all_rejected_rows_are_in_the_file_in_their_order(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.pages.rejected_csv.BATCH", 3)
    record = ImportFile.objects.create(name="costs.csv", kind="costs", state=State.DONE)
    for line in (5, 2, 2, 2, 2, 9, 7, 3):
        DeadLetterRow.objects.create(import_file=record, source_name="x", line=line, reason="r", content=b"")
    assert [line[0] for line in rejected(ada, record)[1:]] == ["2", "2", "2", "2", "3", "5", "7", "9"]


def test_it_stops_before_the_next_chunk_when_it_is_cancelled(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 10)
    record = uploaded(ada, events(50))
    choice = Chosen("events", "shop")
    actor = Actor(User.objects.get(username="ada"))
    imports.start(record.pk, choice, actor, timezone.now())
    chunks: list[int] = []

    def over() -> bool:
        chunks.append(1)
        if len(chunks) == 2:
            assert act(ada, record, "cancel").status_code == 302
            assert "stopping" in page(ada, record)
            assert act(ada, record, "undo").status_code == 409
        return False

    record.refresh_from_db()
    working.work(record, timezone.now, over)
    assert (record.state, record.read, record.taken, len(chunks)) == (State.CANCELLED, 20, 20, 2)
    assert record.finished_at is not None
    assert not ImportPart.objects.exists()
    end = page(ada, record)
    assert "What was recorded before stays counted; undo takes it back." in end
    assert 'id="undo"' in end
    assert working.waiting() is None


def test_what_waits_is_discarded(ada: Client) -> None:
    record = uploaded(ada)
    act(ada, record, "cancel")
    record.refresh_from_db()
    assert (record.state, record.has_stopped) == (State.CANCELLED, True)
    assert not ImportPart.objects.exists()
    assert act(ada, record, "start", **COLUMNS).status_code in (400, 409, 200)
    assert ImportFile.objects.get(pk=record.pk).state == State.CANCELLED


def test_it_goes_on_where_its_worker_was_given_to_others_or_killed(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 7)
    record = uploaded(ada, events(50))
    imports.start(record.pk, Chosen("events", "shop"), Actor(User.objects.get()), timezone.now())
    runs = 0
    while (found := working.waiting()) is not None:
        working.work(found, timezone.now, lambda: True)
        runs += 1
    record.refresh_from_db()
    assert runs > 5
    assert (record.state, record.read, record.taken, record.known) == (State.DONE, 50, 50, 0)


def test_a_file_that_cannot_be_read_on_says_why_and_can_be_started_again(ada: Client) -> None:
    record = uploaded(ada)
    imports.start(record.pk, Chosen("costs", mapping={"no such": "date"}), Actor(User.objects.get()),
                  timezone.now())  # fmt: skip
    tasks.run_import()
    record.refresh_from_db()
    assert record.state == State.FAILED
    form = page(ada, record)
    assert "no such" in form
    assert 'id="start"' in form
    act(ada, record, "start", **COLUMNS)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.taken, record.reason) == (State.DONE, 2, "")


def test_an_error_of_ours_ends_the_import_and_no_other(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = uploaded(ada), uploaded(ada)
    actor = Actor(User.objects.get())
    for record in (first, second):
        imports.start(record.pk, Chosen("costs"), actor, timezone.now())
    run = importing.run
    monkeypatch.setattr(importing, "run", lambda *given: 1 / 0)
    with pytest.raises(Exception, match=r"ZeroDivision|division"):
        tasks.run_import()
    monkeypatch.setattr(importing, "run", run)
    tasks.run_import()
    states = dict(ImportFile.objects.values_list("pk", "state"))
    assert states == {first.pk: State.FAILED, second.pk: State.DONE}


def test_undo_is_asked_of_the_job(ada: Client) -> None:
    record = uploaded(ada)
    act(ada, record, "start", **COLUMNS)
    assert act(ada, record, "undo").status_code == 409
    tasks.run_import()
    assert act(ada, record, "undo").status_code == 302
    record.refresh_from_db()
    assert record.state == State.UNDOING
    assert "being taken back" in page(ada, record)
    assert AuditEntry.objects.filter(act="undo").count() == 1


def test_progress_tells_share_pace_and_time_left(ada: Client) -> None:
    record = ImportFile.objects.create(
        name="events.csv", kind="events", state=State.RUNNING, size=1000, bytes_done=250, read=5000,
        asked_at=timezone.now(), begun_at=timezone.now() - timedelta(seconds=10),
    )  # fmt: skip
    running = page(ada, record)
    assert "25 %" in running
    assert "rows a second, about " in running
    assert 'hx-trigger="every 1s"' in running
    assert 'id="cancel"' in running
    assert '<progress max="100" value="25"' in ada.get(LIST).content.decode()
    assert 'id="watch-imports"' in ada.get(f"{LIST}panel/").content.decode()


def test_the_list_and_the_panel_are_few_queries(ada: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(8):
        kept(COSTS.encode(), uploaded_by=User.objects.get())
    ada.get(LIST)
    with django_assert_max_num_queries(12):
        assert ada.get(LIST).content.decode().count("costs") == 0
    panel = ada.get(f"{LIST}panel/").content.decode()
    assert panel.count("<tr id=") == 5


def test_a_command_does_not_take_up_what_was_uploaded_or_undone(ada: Client) -> None:
    for state in (State.UNDONE, State.CANCELLED):
        ImportFile.objects.create(name="a", fingerprint="f" * 64, state=state, lines_done=9)
    asked = ImportFile.objects.create(name="a", fingerprint="f" * 64, asked_at=timezone.now(), lines_done=9)

    class Same:
        fingerprint, kind, file, reading = "f" * 64, importing.BY_NAME["costs"], asked, Reading()

    assert importing.begin(Same()).lines_done == 0  # type: ignore[arg-type]


GOOGLE = """Campaign performance
"October 1, 2026 - October 31, 2026"
Campaign,Campaign ID,Day,Currency code,Cost,Impr.,Clicks,Conversions
Spring,spring-sale,2026-10-01,USD,"1,204.50","12,000",300,4.00
Total: Account,,--,USD,"1,204.50","12,000",300,4.00
"""


def test_an_export_is_recognised_and_its_totals_are_left_out(ada: Client) -> None:
    record = uploaded(ada, GOOGLE, "google.csv")
    form = page(ada, record)
    assert "report of Google Ads" in form
    assert "--" not in form.partition('<p class="aside">')[2].partition("</p>")[0]
    columns = ("campaign_name", "campaign", "date", "currency", "amount", "impressions", "clicks", "")
    given = {f"column-{place}": name for place, name in enumerate(columns)}
    act(ada, record, "start", kind="costs", source="google_ads", adds="yes", creates="", **given)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.taken, record.totals) == (State.DONE, 1, 1)
    assert CampaignCost.objects.get().amount == Decimal("1204.50")
    assert "Totals, left out" in page(ada, record)
    again = page(ada, uploaded(ada, GOOGLE, "google.csv"))
    assert "Columns as they were chosen last time." in again


def test_how_a_file_is_written_can_be_said(ada: Client) -> None:
    record = uploaded(ada, COSTS.replace(",", "|"))
    form = page(ada, record, "?kind=costs&delimiter=%7C")
    assert '<option value="amount" selected>' in form
    assert '<input type="hidden" name="delimiter" value="|">' in form
    act(ada, record, "start", delimiter="|", **COLUMNS)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.taken) == (State.DONE, 2)


def test_older_imports_are_behind_the_newest(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.pages.imports.LISTED", 2)
    first, *_, last = [ImportFile.objects.create(name=f"{n}.csv", kind="costs", state=State.DONE) for n in range(5)]
    newest = client.get(LIST).content.decode()
    assert f'id="import-{last.pk}"' in newest
    assert f'href="{LIST}?before={last.pk - 1}"' in newest
    assert ">Newest</a>" not in newest
    oldest = client.get(f"{LIST}?before={first.pk + 1}").content.decode()
    assert oldest.count('id="import-') == 1
    assert ">Older</a>" not in oldest
    assert ">Newest</a>" in oldest
    assert f'id="import-{last.pk}"' in client.get(f"{LIST}?before=x").content.decode()
    for before in (0, first.pk):
        none = client.get(f"{LIST}?before={before}").content.decode()
        assert "Nothing older is there" in none
        assert f'href="{LIST}">Newest</a>' in none
        assert "Nothing was imported yet" not in none


def test_a_file_of_a_header_alone_says_so_in_the_end(ada: Client) -> None:
    record = uploaded(ada, COSTS.splitlines()[0] + "\n")
    act(ada, record, "start", **COLUMNS)
    tasks.run_import()
    record.refresh_from_db()
    assert (record.state, record.read) == (State.DONE, 0)
    assert "no rows below it" in page(ada, record)
    assert "done, had no rows" in ada.get(LIST).content.decode()


def test_the_form_says_what_no_column_is_yet_and_that_a_source_is_asked(client: Client, ada: User) -> None:
    form = page(client, uploaded(client, "Which one,date,amount\nspring-sale,2026-10-05,1\n"))
    assert "No column is campaign yet: choose which one is." in form
    assert "2 of 3 columns are taken" in form
    assert 'id="no-source"' in form
    record = uploaded(client, COSTS)
    assert 'id="missing"' not in page(client, record)
    assert 'id="no-source"' not in page(client, record)
    refused = act(client, uploaded(client, "campaign,date,amount\nspring-sale,2026-10-05,1\n"), "start", **COLUMNS)
    assert "No column is source" not in refused.content.decode()
    assert "Give 1 to 100 printable characters" in refused.content.decode()


def test_costs_without_any_revenue_say_what_roas_waits_for(client: Client, ada: User) -> None:
    record = uploaded(client)
    act(client, record, "start", **COLUMNS)
    tasks.run_import()
    assert "ROAS and ROI stay unknown until there is revenue" in page(client, record)
    sold = {"event_id": "1", "type": "converted", "occurred_at": "2026-10-05T10:00:00Z", "contact": "c", "amount": "9"}
    record_events([sold], source="shop", at=timezone.now())
    fold_inbox()
    assert "ROAS and ROI stay unknown" not in page(client, record)
    ImportFile.objects.update(state=State.FAILED, reason="line 3 has 4 cells, the header 9")
    assert "line 3 has 4 cells" in client.get(LIST).content.decode()
