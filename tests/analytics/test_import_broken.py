"""Files with something wrong: what is taken all the same, what is rejected, and what is said about it."""

import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from analytics import undoing
from analytics.ingest import importing
from analytics.models import Campaign, DeadLetterRow, ImportFile, InboxBatch
from tests.analytics.imports import HEADER, Write, counts, rejected, run, sent, writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def spring_sale(transactional_db: None) -> Campaign:
    return Campaign.objects.create(external_id="spring-sale", name="Spring sale", channel="email")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path)


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


def test_columns_without_a_name_are_passed_over(write: Write) -> None:
    assert run(write(HEADER + ",,", sent(1) + ",,", sent(2) + ",,")) == (0, "")
    assert counts() == (2, 2, 0, 0)


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
        ([HEADER + ",a\0b"], "NUL characters"),
        ([HEADER.replace("contact", "con\0tact")], "NUL characters"),
        ([HEADER + ",type"], "names a column twice: type"),
        (['"' + HEADER], "The header cannot be read"),
        ([b"PK\x03\x04rest"], "Excel"),
        ([sent(1).replace("person 1", "ada@example.com"), sent(2)], "^[^@]*looks like a row, not a header[^@]*$"),
    ],
)
def test_a_header_that_will_not_do_is_told_and_nothing_is_taken(write: Write, lines: list[Any], message: str) -> None:
    status, error = run(write(*lines))

    assert status == 1
    assert re.search(message, error), error
    assert not InboxBatch.objects.exists()
    assert ImportFile.objects.get().state == "failed"


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
    path.write_bytes(f"{HEADER}\r\n{sent(1)}\r\n".encode("utf-16-le"))
    assert "perhaps --encoding utf-16-le" in run(path, "--encoding", "utf-16")[1]


def test_rows_of_a_truncated_gzip_are_taken_and_the_whole_file_counts_once(write: Write) -> None:
    path = write(HEADER, *map(sent, range(30_000)))
    whole = gzip.compress(path.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    status, error = run(path)

    assert status == 1
    assert "cut off or damaged after line" in error
    read, taken, known, bad = counts()
    there = zlib.decompressobj(31).decompress(path.read_bytes()).count(b"\n") - 1
    assert 1_000 < read == taken == there < 30_000
    assert (known, bad) == (0, 0)
    path.write_bytes(whole)
    assert run(path) == (0, "")
    assert counts() == (30_000, 30_000 - taken, taken, 0)


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


def test_a_file_of_which_most_rows_are_rejected_is_given_up_and_what_was_taken_stays(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 4)
    monkeypatch.setattr(importing, "FEW_ROWS", 10)
    few = write(HEADER, *map(sent, range(5)), *("bad" for _ in range(5)), "bad", *map(sent, range(5, 8)))
    assert run(few)[1] == ""
    status, error = run(write(HEADER, sent(0), *("bad" for _ in range(30)), name="bad.csv"))
    assert (status, "More than half of 12 rows were rejected" in error) == (1, True)
    record = ImportFile.objects.latest("id")
    assert (record.state, record.read, record.rejected, record.known) == ("failed", 12, 11, 1)
    assert undoing.fault(record, timezone.now()) == ""
