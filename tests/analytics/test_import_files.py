"""Files on their way in: what is read, counted, and gone on with."""

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from analytics import undoing
from analytics.ingest import DEFAULT_SOURCE, dead_letters, importing, record_events
from analytics.ingest.chunks import Chunk
from analytics.models import Campaign, CampaignCost, CampaignDaily, ImportFile, InboxBatch
from tests.analytics.imports import HEADER, Write, counts, rejected, run, sent, writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def spring_sale(transactional_db: None) -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path)


def test_a_file_is_counted_and_a_second_run_finds_everything_known(write: Write, capsys: Any) -> None:
    path = write(HEADER, *map(sent, range(50)))

    assert run(path) == (0, "")
    assert counts() == (50, 50, 0, 0)
    assert run(path) == (0, "")
    assert counts() == (50, 0, 50, 0)
    assert CampaignDaily.objects.get(basis=1).sends == 50
    assert "50 rows read, 0 taken, 50 already known, 0 rejected" in capsys.readouterr().out
    assert list(ImportFile.objects.values_list("state", flat=True)) == ["done", "done"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("packed", [False, True])
def test_line_ends_marks_and_gzip_are_understood(write: Write, end: bytes, start: bytes, packed: bool) -> None:
    path = write(start + HEADER.encode(), "", sent(1), sent(2), "", end=end)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))

    assert run(path) == (0, "")
    assert counts() == (2, 2, 0, 0)


def test_a_last_line_without_an_end_is_a_row(write: Write) -> None:
    path = write(HEADER, sent(1))
    path.write_bytes(path.read_bytes().rstrip())

    run(path)
    assert counts() == (1, 1, 0, 0)


def test_quoted_cells_may_hold_commas_quotes_and_line_ends(write: Write) -> None:
    row = 'e1,sent,2026-10-05T10:00:00Z,spring-sale,"a ""b"", c\nd",,'
    run(write(HEADER, row, "broken", sent(2)))

    assert counts() == (3, 2, 0, 1)
    assert rejected()[0][0] == 4  # the line in the file, though a row before it spans two


def test_columns_are_mapped_by_name(write: Write) -> None:
    path = write("Id,Kind,When,Campaign,Who,Colour", "e1,sent,2026-10-05,spring-sale,ada,red")

    assert run(path, "--map", "id=event_id,kind=type", "--map", "When=occurred_at", "--map", "who=contact") == (0, "")
    assert counts() == (1, 1, 0, 0)


def test_a_file_of_another_source_is_other_events_and_the_api_s_default_is_the_same(write: Write) -> None:
    path = write(HEADER, sent(1))
    run(path)
    run(path, "--source", "crm")
    assert counts() == (1, 1, 0, 0)
    run(path, "--source", DEFAULT_SOURCE)
    assert counts() == (1, 0, 1, 0)


def test_chunks_are_counted_as_one_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 7)
    run(write(HEADER, *map(sent, range(50)), "bad"))

    assert counts() == (51, 50, 0, 1)
    assert ImportFile.objects.get().lines_done == 52


def test_a_run_that_stopped_goes_on_where_it_stopped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 7)
    path = write(HEADER, *map(sent, range(50)))
    record, original = record_events, list[int]()

    def stops(items: list[Any], **options: Any) -> Any:
        original.append(len(items))
        if len(original) == 4:
            raise KeyboardInterrupt
        return record(items, **options)

    kind = importing.BY_NAME["events"]
    monkeypatch.setitem(importing.BY_NAME, "events", importing.Kind(kind.name, kind.fields, kind.required, stops, True))
    assert "it goes on where it stopped" in run(path)[1]
    stopped = ImportFile.objects.get()
    assert (stopped.lines_done, stopped.state) == (22, "failed")
    assert "run again goes on" in stopped.reason

    assert run(path) == (0, "")
    assert counts() == (50, 50, 0, 0)
    assert ImportFile.objects.count() == 1
    assert sum(original) == 50 + 7  # only the chunk that never was recorded is read again


def test_an_error_of_ours_leaves_an_import_that_can_be_undone(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 7)
    monkeypatch.setattr(dead_letters, "keep", lambda *given, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(write(HEADER, sent(1)))
    record = ImportFile.objects.get()
    assert (record.state, undoing.fault(record, timezone.now())) == ("failed", "")


def test_a_file_that_another_process_imports_is_left_to_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(HEADER, sent(1))
    begin = importing.begin

    def overtaken(request: importing.Request) -> ImportFile:
        record = begin(request)
        ImportFile.objects.update(lines_done=2)
        return record

    monkeypatch.setattr(importing, "begin", overtaken)
    assert "imported by another process" in run(path)[1]
    assert not InboxBatch.objects.exists()


def test_a_batch_that_cannot_be_folded_is_reported(write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("analytics.ingest.batch.encode", lambda rows: b"damaged" if list(rows) else b"")

    assert run(write(HEADER, sent(1))) == (1, "")
    assert "1 set aside" in capsys.readouterr().out


def test_campaigns_are_imported_and_empty_cells_change_nothing(write: Write) -> None:
    header = "campaign,name,channel,starts_at,ends_at,budget,currency,tags"
    path = write(header, "spring-sale,,,2026-10-01,,,,", "autumn,Autumn,sms,,,100,EUR,a;b", "winter,,pigeon,,,,,")

    assert run(path, command="import_campaigns") == (1, "")
    assert counts() == (3, 2, 0, 1)
    assert Campaign.objects.get(external_id="spring-sale").name == "Spring sale"
    assert Campaign.objects.get(external_id="autumn").tags == ["a", "b"]
    run(path, command="import_campaigns")
    assert counts() == (3, 0, 2, 1)


def test_costs_are_imported_and_a_repeat_changes_nothing(write: Write) -> None:
    rows = [f"spring-sale,2026-10-0{n % 5 + 1},{n}.50,USD,item {n}" for n in range(20)]
    path = write("campaign,date,amount,currency,item", *rows, "spring-sale,never,1,USD,x")

    assert "lacks source" in run(path, command="import_costs")[1]
    assert run(path, "--source", "google-ads", command="import_costs") == (1, "")
    assert counts() == (21, 20, 0, 1)
    assert sum(CampaignDaily.objects.filter(basis=0).values_list("cost", flat=True)) == 200
    run(path, "--source", "google-ads", command="import_costs")
    assert counts() == (21, 0, 20, 1)
    assert CampaignCost.objects.count() == 20


def test_cells_may_be_separated_by_something_else(write: Write) -> None:
    assert run(write(HEADER.replace(",", ";"), sent(1).replace(",", ";")), "--delimiter", ";") == (0, "")
    assert run(write(HEADER.replace(",", "\t"), sent(2).replace(",", "\t")), "--delimiter", "tab") == (0, "")


def test_wide_rows_come_in_smaller_chunks_so_that_memory_stays_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wide.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER.split(","), "body"])
        for number in range(500):
            writer.writerow([*sent(number).split(","), "x" * 100_000])
    commit, sizes = importing._commit, list[int]()

    def watched(request: Any, record: Any, chunk: Chunk, at: Any) -> Any:
        sizes.append(len(chunk.items))
        return commit(request, record, chunk, at)

    monkeypatch.setattr(importing, "_commit", watched)
    run(path)

    assert counts() == (500, 500, 0, 0)
    assert max(sizes) * 100_000 < 2 * importing.CHUNK_BYTES
