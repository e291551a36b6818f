"""Uploading and importing a file in a real browser."""

import re
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from analytics import imports, tasks
from analytics.ingest import importing, working
from analytics.ingest.uploads import Uploaded
from analytics.models import ImportFile
from analytics.pages import upload_parts
from compliance.acting import Actor
from tests.browser.conftest import OVERVIEW, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave

if TYPE_CHECKING:
    from playwright.sync_api import Route

WIDE = (1440, 900)
UPLOAD, LIST = f"{OVERVIEW}data/imports/new/", f"{OVERVIEW}data/imports/"
ONE = re.compile(r"/imports/\d+/$")
ROWS = 60
DROP = """async ([name, text]) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([text], name, { type: "text/csv" }));
  const drop = document.getElementById("drop");
  for (const type of ["dragover", "drop"])
    drop.dispatchEvent(new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""
State = ImportFile.State


def costs() -> str:
    lines = [f"spring,2026-10-{number % 28 + 1:02d},{number}.50,ads {number},3" for number in range(ROWS)]
    return "\n".join(["Which one,date,amount,source,clicks", *lines, "nowhere,2026-10-01,1,ads,1", ""])


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 20)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "costs of October.csv"
    path.write_text(costs())
    return path


def work_on() -> None:
    """One chunk of what was started, as a worker that is given away after it."""
    record = working.waiting()
    assert record is not None
    working.work(record, timezone.now, lambda: True)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_a_file_is_dropped_mapped_and_imported_and_its_rejected_rows_downloaded(
    portal: Portal, size: tuple[int, int], theme: str
) -> None:
    page = portal.page(portal.shared, size, theme)
    page.goto(f"{portal.url}{UPLOAD}")
    expect(page.locator("#send")).to_be_hidden()
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    with page.expect_navigation():
        page.evaluate(DROP, ["costs of October.csv", costs()])

    expect(page.locator("h1")).to_have_text("costs of October.csv")
    expect(page.locator("#column-0")).to_have_value("")
    expect(page.locator("#column-2")).to_have_value("amount")
    expect(page.locator("table.columns tbody tr")).to_have_count(8)
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    page.click("#start")
    expect(page.locator("#mapping-errors")).to_have_text("Columns: No column is campaign; choose which one is.")
    page.select_option("#column-0", "campaign")
    page.evaluate("window.stays = true")
    page.click("#start")
    expect(page.locator("#progress")).to_contain_text("You may leave this page")
    work_on()
    expect(page.locator("#progress .how-far b")).to_have_text("99 %")  # so small a file is read at once
    expect(page.locator("#progress .counts")).to_contain_text("20")
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    tasks.run_import()
    expect(page.locator("#summary")).to_contain_text("is unknown; create it first")
    expect(page.locator(".counts")).to_contain_text("61")
    assert page.evaluate("window.stays")
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    with page.expect_download() as download:
        page.click("text=Download the rejected rows")
    assert '62,"campaign","campaign: ""nowhere"" is unknown' in download.value.path().read_text()

    page.goto(f"{portal.url}{LIST}")
    expect(page.locator("table.imports tbody tr")).to_contain_text("done, some rejected")
    assert not page.evaluate(WIDER)
    assert grave(page) == []


def test_an_import_is_cancelled_in_place_and_can_be_undone_then(portal: Portal, file: Path) -> None:
    page = portal.page(portal.shared, PHONE)
    page.goto(f"{portal.url}{UPLOAD}")
    with page.expect_navigation():
        page.set_input_files("#file", file)
    page.select_option("#column-0", "campaign")
    page.click("#start")
    expect(page.locator("#cancel")).to_be_visible()
    work_on()
    page.click("#cancel")
    expect(page.locator("#progress")).to_contain_text("It stops before its next rows")
    tasks.run_import()
    expect(page.locator("#summary")).to_contain_text("What was recorded before stays counted")
    assert ImportFile.objects.get().read == 20
    page.click("#summary .behind summary")
    page.click("#undo")
    expect(page.locator("#progress")).to_contain_text("is being taken back")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(
    portal: Portal, file: Path, settings: pytest.FixtureRequest
) -> None:
    settings.LARGEST_UPLOAD = 1000  # type: ignore[attr-defined]
    page = portal.page(portal.shared)
    page.goto(f"{portal.url}{UPLOAD}")
    page.set_input_files("#file", file)
    expect(page.locator("#upload-problem")).to_contain_text("The file is larger than 1 kB")
    assert not ImportFile.objects.exists()


def test_without_scripts_a_file_is_uploaded_mapped_and_started(portal: Portal, file: Path) -> None:
    page = portal.own(java_script_enabled=False)
    page.goto(f"{portal.url}{UPLOAD}")
    page.set_input_files("#file", file)
    follow(page, "#send")
    page.select_option("#column-0", "campaign")
    follow(page, "#start")
    tasks.run_import()
    page.reload()
    expect(page.locator(".counts")).to_contain_text("61")


def test_an_upload_that_is_stopped_leaves_nothing(portal: Portal, file: Path) -> None:
    page = portal.page(portal.shared)
    page.goto(f"{portal.url}{UPLOAD}")
    page.route("**/part/", lambda route: None)  # it never arrives
    page.set_input_files("#file", file)
    expect(page.locator("#stop")).to_be_visible()
    expect(page.locator("#sending")).to_contain_text("of 0 MB")
    page.click("#stop")
    expect(page.locator("#upload-problem")).to_have_text("Stopped; nothing of the file was kept.")
    expect(page.locator("#file")).to_be_visible()
    assert not ImportFile.objects.exists()
    page.unroute("**/part/")
    with page.expect_navigation():
        page.set_input_files("#file", file)
    assert ImportFile.objects.get().state == State.WAITING
    actor = Actor(User.objects.get())
    imports.cancel(ImportFile.objects.get().pk, actor, timezone.now())
    page.reload()
    expect(page.locator("h1 + .change")).to_contain_text("cancelled")


def test_while_others_upload_it_waits_and_says_so(portal: Portal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_parts, "place", lambda _by: nullcontext(False))
    page = portal.page(portal.shared)
    page.goto(f"{portal.url}{UPLOAD}")
    page.set_input_files("#file", file)
    expect(page.locator("#sending")).to_contain_text("Other files are being uploaded just now; trying again in")
    with page.expect_navigation():
        monkeypatch.undo()
    assert ImportFile.objects.get().state == State.WAITING


def test_a_lost_connection_is_told_and_the_rest_is_sent_when_it_is_back(portal: Portal, tmp_path: Path) -> None:
    file = large(tmp_path)
    page = portal.own()
    page.goto(f"{portal.url}{UPLOAD}")
    parts: list[str] = []

    def cut(route: "Route") -> None:
        parts.append(route.request.headers["upload-offset"])
        route.abort() if len(parts) == 2 else route.continue_()

    page.route("**/part/", cut)
    page.set_input_files("#file", file)
    expect(page.locator("#sending")).to_contain_text("The connection was lost; trying again in 1 s. 4.2 of 9 MB")
    page.wait_for_url(ONE)
    record = ImportFile.objects.get()
    assert (record.state, parts) == (State.WAITING, ["0", f"{4 << 20}", f"{4 << 20}", f"{8 << 20}"])
    with Uploaded(record).open() as stream:
        assert sha256(stream.read()).digest() == sha256(file.read_bytes()).digest()


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_after_the_page_was_closed_the_same_file_goes_on_where_it_stopped(
    portal: Portal, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    file = large(tmp_path)
    page = portal.page(portal.shared, size, theme)
    page.route("**/part/", lambda route: route.continue_() if route.request.headers["upload-offset"] == "0" else None)
    page.goto(f"{portal.url}{UPLOAD}")
    page.set_input_files("#file", file)
    expect(page.locator("#sending")).to_contain_text("4.2 of 9 MB", timeout=20_000)
    page.unroute("**/part/")
    page.reload()
    expect(page.locator("#unfinished li")).to_contain_text("people.csv", timeout=20_000)
    expect(page.locator("#unfinished")).to_contain_text("Choose the same file again above")
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    with page.expect_request("**/part/") as first:
        page.set_input_files("#file", file)
    assert first.value.headers["upload-offset"] == f"{4 << 20}"
    page.wait_for_url(ONE)
    with Uploaded(ImportFile.objects.get()).open() as stream:
        assert stream.read() == file.read_bytes()


def test_who_was_signed_out_or_may_not_any_more_is_told(portal: Portal, tmp_path: Path) -> None:
    user = User.objects.get()
    page = portal.own()
    page.goto(f"{portal.url}{UPLOAD}")
    user.is_superuser = False
    user.save()
    page.set_input_files("#file", large(tmp_path))
    expect(page.locator("#upload-problem")).to_contain_text("You may not import files, or not any more")
    page.context.clear_cookies(name="sessionid")
    page.set_input_files("#file", large(tmp_path))
    expect(page.locator("#upload-problem")).to_contain_text("You were signed out")
    user.is_superuser = True
    user.save()
    page = portal.own()
    page.goto(f"{portal.url}{UPLOAD}")
    page.context.clear_cookies()  # the token's, too, without which nobody is asked who it is
    page.set_input_files("#file", large(tmp_path))
    expect(page.locator("#upload-problem")).to_contain_text("You were signed out")


def large(folder: Path) -> Path:
    """Nine megabytes: three parts of a script."""
    path = folder / "people.csv"
    path.write_bytes(b"campaign,date,amount,source\n".ljust(9_000_000, b"x"))
    return path


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_a_file_that_cannot_be_read_is_discarded_in_place(
    portal: Portal, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    path = tmp_path / "costs.csv"
    path.write_bytes(b"PK\x03\x04 and more")
    page = portal.page(portal.shared, size, theme)
    page.goto(f"{portal.url}{UPLOAD}")
    with page.expect_navigation():
        page.set_input_files("#file", path)
    expect(page.locator("#import-problem")).to_contain_text("Excel workbook")
    expect(page.locator("#kind-card select")).to_have_count(3)
    assert not page.evaluate(WIDER)
    assert grave(page) == []
    page.click("#discard")
    expect(page.locator("h1 + .change")).to_contain_text("cancelled")
    assert ImportFile.objects.get().state == State.CANCELLED
