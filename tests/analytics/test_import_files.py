"""Files on their way in: what is read, what is rejected, and where a broken one stops."""

import csv
import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics.ingest import DEFAULT_SOURCE, importing, record_events
from analytics.models import Campaign, CampaignCost, CampaignDaily, DeadLetterRow, ImportFile, InboxBatch

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "event_id,type,occurred_at,campaign,contact,amount,currency"
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def spring_sale(transactional_db: None) -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: str | bytes, name: str = "events.csv", end: bytes = b"\n") -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
        return path

    return write


def sent(number: int) -> str:
    return f"e{number},sent,2026-10-05T10:00:00Z,spring-sale,person {number},,"


def run(path: Path, *options: str, command: str = "import_events") -> tuple[int, str]:
    """The exit status of the command, and its error if it told one."""
    try:
        call_command(command, str(path), *options)
    except SystemExit as left:
        return int(left.code or 0), ""
    except CommandError as error:
        return error.returncode, str(error)
    return 0, ""


def counts() -> tuple[int, int, int, int]:
    record = ImportFile.objects.latest("id")
    return record.read, record.taken, record.known, record.rejected


def rejected() -> list[tuple[int, str]]:
    return list(DeadLetterRow.objects.order_by("line").values_list("line", "reason"))


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


def test_rejected_rows_are_kept_with_line_and_reason_and_the_rest_go_on(write: Write, capsys: Any) -> None:
    rows = [
        sent(1), "e2,danced,2026-10-05,spring-sale,ada,,", "e3,sent,2026-10-05,winter,ada,,", "e4,sent,2026-10-05",
        sent(5) + ",more", "e6,sent,2026-10-05,spring-sale,a\0b,,", HEADER, '"e8', sent(9),
    ]  # fmt: skip
    assert run(write(HEADER, *rows)) == (1, "")

    assert counts() == (9, 2, 0, 7)
    assert [(line, re.split("[;(]", reason)[0].strip()) for line, reason in rejected()] == [
        (3, 'type: "danced" is no known kind of event'),
        (4, 'campaign: "winter" is unknown'),
        (5, "the row has 3 cells and the header 7"),
        (6, "the row has 8 cells and the header 7"),
        (7, "contact: contains a NUL character"),
        (8, "the row repeats the header"),
        (9, "the row opens a quote that is never closed"),
    ]
    assert "1 rejected, the first in line 3" in capsys.readouterr().out
    assert all(b"ada" not in bytes(row.content) for row in DeadLetterRow.objects.all())


def test_an_unclosed_quote_swallows_no_rows_behind_it(write: Write) -> None:
    run(write(HEADER, '"e0,sent', *map(sent, range(1, 3_000))))

    assert counts() == (3_000, 2_999, 0, 1)
    assert rejected()[0][0] == 2


def test_a_field_of_five_megabytes_is_one_rejected_row(write: Write) -> None:
    run(write(HEADER, sent(1), "x" * 5_000_000 + ",sent", '"' + "y" * 5_000_000, sent(2)))

    assert counts() == (4, 2, 0, 2)
    assert [line for line, _ in rejected()] == [3, 4]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "The file is empty"),
        ([""], "The file is empty"),
        (["id,kind"], "lacks event_id, type, occurred_at, contact.*id, kind.*--map id=event_id"),
        ([HEADER + ",type"], "names a column twice: type"),
        (['"' + HEADER], "The header cannot be read"),
        ([b"PK\x03\x04rest"], "Excel"),
    ],
)
def test_a_header_that_will_not_do_is_told_and_nothing_is_taken(write: Write, lines: list[Any], message: str) -> None:
    status, error = run(write(*lines))

    assert status == 1
    assert re.search(message, error), error
    assert not InboxBatch.objects.exists()
    assert ImportFile.objects.get().state == "failed"


def test_columns_are_mapped_by_name(write: Write) -> None:
    path = write("Id,Kind,When,Campaign,Who,Colour", "e1,sent,2026-10-05,spring-sale,ada,red")

    assert run(path, "--map", "id=event_id,kind=type", "--map", "When=occurred_at", "--map", "who=contact") == (0, "")
    assert counts() == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("id", "their_column=our_field"),
        ("id=colour", "colour is no field of ours"),
        ("colour=message", "not in the file: colour"),
        ("contact=message,campaign=message", "Two columns would be the same field: message"),
    ],
)
def test_a_mapping_that_will_not_do_is_told(write: Write, option: str, message: str) -> None:
    assert message in run(write(HEADER, sent(1)), "--map", option)[1]


def test_rows_before_a_wrong_byte_are_taken_and_the_place_is_told(write: Write) -> None:
    path = write(HEADER, sent(1), b"e2,sent,2026-10-05,spring-sale,Andr\xe9,,", sent(3))
    status, error = run(path)

    assert status == 1
    assert "Line 3, byte 36 (0xe9) is not utf-8" in error
    assert counts() == (1, 1, 0, 0)
    assert run(path, "--encoding", "latin-1") == (0, "")
    assert counts() == (3, 2, 1, 0)


def test_utf_16_is_recognised_and_read_when_asked(write: Write) -> None:
    path = write()
    path.write_bytes(f"{HEADER}\r\n{sent(1)}\r\n".encode("utf-16"))

    assert "--encoding utf-16" in run(path)[1]
    assert run(path, "--encoding", "utf-16") == (0, "")


def test_rows_of_a_truncated_gzip_are_taken_and_the_whole_file_counts_once(write: Write) -> None:
    path = write(HEADER, *map(sent, range(30_000)))
    whole = gzip.compress(path.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    status, error = run(path)

    assert status == 1
    assert "cut off or damaged after line" in error
    read, taken, known, bad = counts()
    assert 1_000 < read == taken < 30_000
    assert (known, bad) == (0, 0)
    path.write_bytes(whole)
    assert run(path) == (0, "")
    assert counts() == (30_000, 30_000 - taken, taken, 0)


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
    with pytest.raises(KeyboardInterrupt):
        run(path)
    assert ImportFile.objects.get().lines_done == 22

    assert run(path) == (0, "")
    assert counts() == (50, 50, 0, 0)
    assert ImportFile.objects.count() == 1
    assert sum(original) == 50 + 7  # only the chunk that never was recorded is read again


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--encoding", "klingon"), "--encoding"),
        (("--delimiter", "ab"), "--delimiter"),
        (("--source", ""), "--source"),
        (("--source", "x" * 101), "--source"),
    ],
)
def test_an_option_that_will_not_do_is_told(write: Write, options: tuple[str, ...], message: str) -> None:
    status, error = run(write(HEADER, sent(1)), *options)

    assert status == 1
    assert message in error


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "There is no file" in run(tmp_path / "none.csv")[1]


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

    def watched(request: Any, record: Any, chunk: importing.Chunk, at: Any) -> None:
        sizes.append(len(chunk.items))
        commit(request, record, chunk, at)

    monkeypatch.setattr(importing, "_commit", watched)
    run(path)

    assert counts() == (500, 500, 0, 0)
    assert max(sizes) * 100_000 < 2 * importing.CHUNK_BYTES
