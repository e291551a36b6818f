"""The file of the ledger: what is in it stays as it is, or shows."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from compliance.subjects.ledger import Broken, Elsewhere, End, Erased, Ledger, end_of
from tests.compliance.requests import NOW

KEY = bytes(range(32))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "elsewhere" / "erasures.jsonl", KEY)


def erased(request: str, *ids: str) -> Erased:
    return Erased(request, "gdpr", NOW, NOW, ids=ids or ("ab" * 16,), fields=(), listed=("cd" * 16,))


def written(ledger: Ledger, *requests: str) -> list[str]:
    for request in requests:
        ledger.append(erased(request), end_of(ledger.read()))
    return ledger.path.read_text().splitlines(keepends=True)


def test_what_was_added_is_read_again_by_nobody_else(ledger: Ledger) -> None:
    assert ledger.read() == []
    first = ledger.append(erased("one"), End())
    second = ledger.append(erased("two"), first.end)
    assert ledger.read() == [first, second]
    assert (second.end.number, second.erased) == (2, erased("two"))
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert ledger.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_request_has_one_line_however_often_it_is_added(ledger: Ledger) -> None:
    first = ledger.append(erased("one"), End())
    ledger.append(erased("two"), first.end)
    assert ledger.append(erased("one", "ef" * 16), End()) == first
    assert len(ledger.read()) == 2


def test_who_does_not_know_its_end_adds_nothing(ledger: Ledger) -> None:
    first = ledger.append(erased("one"), End())
    for wrong in (End(), End(1, "00" * 32), End(2, first.end.hash)):
        with pytest.raises(Elsewhere):
            ledger.append(erased("two"), wrong)
    assert ledger.read() == [first]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace("one", "won"), *lines[1:]],
        lambda lines: [lines[0].replace("2026-11-15", "2026-11-14"), *lines[1:]],
        lambda lines: [lines[0].replace("ab", "ac", 1), *lines[1:]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [*lines, lines[2]],
        lambda lines: [lines[0], "\n", *lines[1:]],
        lambda lines: ["[]\n", *lines],
        lambda lines: [lines[0], "[" * 100_000 + "\n"],
        lambda lines: [json.dumps(json.loads(lines[0]) | {"ids": ["no hash"]}) + "\n", *lines[1:]],
    ],
)
def test_a_change_shows_and_nothing_is_added_behind_it(ledger: Ledger, change: object) -> None:
    lines = written(ledger, "one", "two", "three")
    end = end_of(ledger.read())
    ledger.path.write_text("".join(change(lines)))  # type: ignore[operator]
    with pytest.raises(Broken, match=r"Line \d of"):
        ledger.read()
    with pytest.raises(Broken):
        ledger.append(erased("four"), end)


def test_without_the_key_no_line_can_be_made(ledger: Ledger) -> None:
    written(ledger, "one")
    forger = Ledger(ledger.path, bytes(32))
    with pytest.raises(Broken):
        forger.read()
    ledger.path.unlink()
    forger.append(erased("one"), End())
    with pytest.raises(Broken, match="of another installation, or of another HASH_KEY"):
        ledger.read()


def test_half_a_line_that_a_crash_left_is_none_and_is_written_over(ledger: Ledger) -> None:
    lines = written(ledger, "one", "two")
    for length in (1, len(lines[1]) // 2, len(lines[1]) - 1):
        ledger.path.write_text(lines[0] + lines[1][:length])
        (first,) = ledger.read()
        ledger.append(erased("other"), first.end)
        assert [line.erased.request for line in ledger.read()] == ["one", "other"]


def test_what_is_not_on_disk_was_not_added(ledger: Ledger) -> None:
    """A disk that is full, in the middle of a line."""
    first = ledger.append(erased("one"), End())
    with patch("os.fsync", side_effect=OSError(28, "No space left on device")), pytest.raises(OSError, match="space"):
        ledger.append(erased("two"), first.end)
    second = ledger.append(erased("two"), first.end)
    assert ledger.read() == [first, second]


def test_of_many_who_add_at_once_each_has_a_line(ledger: Ledger) -> None:
    def add(number: int) -> None:
        while True:
            try:
                ledger.append(erased(f"{number}"), end_of(ledger.read()))
            except Elsewhere:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert {line.erased.request for line in ledger.read()} == {f"{number}" for number in range(40)}


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_is_closed_is_told_before_anything_begins(ledger: Ledger, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        ledger.sync()
