"""An erasure goes on wherever it was stopped, searches again, and signs what it did."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from compliance import people, sources
from compliance.models import AuditEntry, DataSubjectRequest, Identity, Suppression
from compliance.sources import Counts, NotYet, Person, Row
from compliance.subjects import erasing, holds, receipts, search, working
from tests.compliance.requests import NOW, approved, fresh, officer, verified

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
LATER = NOW + timedelta(minutes=1)


class KilledError(Exception):
    pass


@dataclass
class Shelf:
    """A source that holds two things of everybody until it is erased, and may be killed or made to wait once."""

    fails: list[Exception] = field(default_factory=list)
    held: int = 2
    calls: int = 0
    name: str = "shelf"
    category: str = "texts"
    tables: tuple[str, ...] = ()

    def export(self, person: Person) -> Iterator[Row]:
        return iter(())

    def erase(self, person: Person, at: datetime) -> Counts:
        self.calls += 1
        if self.fails:
            raise self.fails.pop()
        held, self.held = self.held, 0
        return {"shelf": held}

    def verify(self, person: Person) -> Counts:
        return {"shelf": self.held} if self.held else {}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    one = Shelf()
    all_of_them = (*sources.sources(), one)
    with patch.object(erasing, "sources", lambda: all_of_them):
        yield one


def test_what_was_done_is_not_done_again_after_a_kill(shelf: Shelf) -> None:
    people.identify([ADA], NOW)
    request = approved(ADA)
    shelf.fails = [KilledError()]
    with pytest.raises(KilledError):
        working.work(NOW)
    assert fresh(request).state == "running"
    assert not Identity.objects.exists()
    assert "KilledError" in fresh(request).waits_for

    assert working.work(LATER) == 1
    done = fresh(request)
    assert done.receipt is not None
    assert done.receipt["erased"]["identity"] == {
        "identity": 1,
        "identity_alias": 0,
        "identity_field": 0,
        "suppression": 1,
    }
    assert done.receipt["erased"]["shelf"] == {"shelf": 2}
    assert (done.state, done.closed_at, done.subject) == ("done", LATER, None)


def test_what_has_to_end_first_is_told_and_waited_for(shelf: Shelf) -> None:
    request = approved(ADA)
    shelf.fails = [NotYet("The shelf is being painted.")]
    assert working.work(NOW) == 0
    assert fresh(request).waits_for == "The shelf is being painted."
    assert working.work(LATER) == 1
    assert fresh(request).waits_for == ""


def test_what_is_found_again_is_erased_again(shelf: Shelf) -> None:
    request = approved(ADA)
    with patch.object(Shelf, "verify", lambda self, person: {"shelf": 1} if self.calls < 2 else {}):
        assert working.work(NOW) == 0
        assert "shelf" in fresh(request).waits_for
        assert working.work(LATER) == 1
    assert shelf.calls == 2


def test_a_hold_that_comes_in_between_stops_it(shelf: Shelf) -> None:
    request = approved(ADA)
    held = holds.place([ADA], "Claim 4711 at court", "Counsel", NOW + timedelta(days=9), by=officer(), at=NOW)
    assert working.work(NOW) == 0
    assert "Claim 4711" in fresh(request).waits_for
    assert not Suppression.objects.exists()
    holds.lift(held, by=officer(), at=NOW)
    assert working.work(LATER) == 1


def test_only_what_was_approved_is_erased() -> None:
    people.identify([ADA], NOW)
    verified("erasure", ADA)
    assert working.work(NOW) == 0
    assert Identity.objects.exists()


def test_one_that_fails_is_told_in_the_trail(shelf: Shelf) -> None:
    approved(ADA)
    shelf.fails = [KilledError()]
    with pytest.raises(KilledError):
        working.work(NOW)
    assert AuditEntry.objects.order_by("-id")[0].act == "failed"


def test_who_was_never_here_is_suppressed_all_the_same() -> None:
    request = approved("nobody@example.com")
    assert working.work(NOW) == 1
    assert people.identify(["Nobody@example.com"], NOW) == {}
    receipts.check(fresh(request).receipt or {})


def test_a_receipt_that_was_changed_is_none() -> None:
    receipt = receipts.signed({"erased": {"event": 3}})
    receipts.check(receipt)
    for changed in (
        receipt | {"erased": {"event": 4}},
        receipt | {"signature": "00" * 64},
        receipt | {"public_key": "00" * 32},
        {**receipt, "more": 1},
        {},
    ):
        with pytest.raises(receipts.NotOurs):
            receipts.check(changed)


@pytest.mark.parametrize(
    "text",
    [
        "ask ada@example.com.",
        "<ADA@EXAMPLE.COM>",
        "?q=ada%40example.com&x",
        "next=%3Fq%3Dada%40example.com",
        '{"a":"ada@example.com"}',
    ],
)
def test_a_person_is_found_however_they_are_written(text: str) -> None:
    pattern = search.of_python([ADA])
    assert pattern is not None
    assert pattern.search(text)


@pytest.mark.parametrize("text", ["joada@example.com", "ada@example.community", "ada at example"])
def test_others_are_left_alone(text: str) -> None:
    pattern = search.of_python([ADA])
    assert pattern is not None
    assert not pattern.search(text)


def test_a_name_of_few_letters_is_looked_for_nowhere() -> None:
    assert search.of_python(["ada", "17"]) is None
    assert search.of_postgres(["1234"]) == ""


def test_requests_go_on_after_one_that_has_to_wait(shelf: Shelf) -> None:
    first, second = approved(ADA), approved("bob", at=LATER)
    shelf.fails = [NotYet("Later.")]
    assert working.work(LATER) == 1
    assert [fresh(request).state for request in (first, second)] == ["running", "done"]
    assert DataSubjectRequest.objects.filter(subject=None).count() == 1


def test_the_command_tells_a_receipt_from_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "receipt.json"
    receipt = receipts.signed({"request": "r1", "done_at": "2026-11-15"})
    file.write_text(json.dumps(receipt))
    call_command("verify_receipt", str(file))
    assert "request r1" in capsys.readouterr().out
    for text in (json.dumps(receipt | {"request": "r2"}), "[]", "{", '{"signature": 5}'):
        file.write_text(text)
        with pytest.raises(CommandError, match="no receipt of ours"):
            call_command("verify_receipt", str(file))
