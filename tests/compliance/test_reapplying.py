"""A database that is restored from a backup: who was erased since is erased again, and nobody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from compliance import fields, merging, people
from compliance.job_errors import JobFailedError
from compliance.models import (
    AuditEntry,
    DataSubjectRequest,
    Identity,
    IdentityField,
    LedgerFollowed,
    LegalHold,
    Suppression,
)
from compliance.sources import NotYet
from compliance.subjects import erasing, following, holds, reapplying, receipts, requests, working
from config import restored
from config.serving import prepare
from tests.compliance.backups import backup
from tests.compliance.requests import NOW, approved, fresh, officer, verified

pytestmark = pytest.mark.django_db
ADA, BEN = "ada@example.com", "ben@example.org"
LATER = NOW + timedelta(minutes=1)


def erased(*identifiers: str) -> DataSubjectRequest:
    request = approved(*identifiers)
    assert working.work(LATER) == 1
    return fresh(request)


def followed(at: datetime = LATER) -> int:
    """Bring the database up to the ledger; how many were erased again."""
    return reapplying.follow(at, settle=lambda _at: None, say=lambda _words: None)


def here() -> set[str]:
    return {people.opened(row) for row in Identity.objects.all()}


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


def test_who_was_erased_since_is_erased_again_by_the_same_act_and_once() -> None:
    people.identify([ADA, BEN], NOW)
    with backup():
        request = erased(ADA)
    assert here() == {ADA, BEN}
    assert following.behind() == 1

    assert followed() == 1
    assert here() == {BEN}
    assert people.identify([ADA], timezone.now()) == {}
    again = fresh(request)
    assert (again.state, again.subject, again.regime, again.received_at) == ("done", None, "gdpr", request.received_at)
    receipts.check(again.receipt or {})
    assert again.receipt is not None
    assert (again.receipt["erased"]["identity"]["identity"], again.receipt["ledger"]) == (1, 1)
    assert acts()[-4:] == ["reapplied", "begun", "erased", "followed"]
    assert len(following.lines()) == 1

    assert (following.behind(), followed(), reapplying.reapply(following.lines(), LATER, lambda _at: None)) == (0, 0, 0)


def test_all_that_they_were_known_by_goes_with_them() -> None:
    """Erased by the address, the number and the id go as well; and an address that was told of somebody else."""
    fields.learn({"user-7": {"email": ADA, "phone": "+49 151 00042017", "name": "Ada Lovelace"}}, NOW)
    with backup():
        erased(ADA)
    fields.learn({BEN: {"phone": "+49 151 00042017"}}, NOW)
    assert followed() == 1
    assert here() == {BEN}
    assert not IdentityField.objects.exists()
    assert people.suppressed_of(["user-7", ADA, "+49 151 00042017", BEN]) == {"user-7", ADA, "+49 151 00042017"}


def test_ids_that_were_merged_since_are_one_person() -> None:
    people.identify(["cookie-1", ADA], NOW)
    with backup():
        merging.note([("cookie-1", ADA)], NOW)
        merging.settle(merging.due(NOW, 9), NOW)
        erased(ADA)
    assert here() == {"cookie-1", ADA}
    assert followed() == 1
    assert here() == set()


def test_ids_that_were_merged_before_are_one_person() -> None:
    people.identify(["cookie-1", ADA], NOW)
    merging.note([("cookie-1", ADA)], NOW)
    merging.settle(merging.due(NOW, 9), NOW)
    with backup():
        erased("cookie-1")
    assert followed() == 1
    assert here() == set()


def test_who_came_back_after_their_erasure_stays() -> None:
    """Also in a backup from after that, and they are not shut out again."""
    people.identify([ADA], NOW)
    erased(ADA)
    Suppression.objects.all().delete()
    back = timezone.now() + timedelta(hours=1)
    people.identify([ADA], back)
    assert reapplying.reapply(following.lines(), back, lambda _at: None) == 0
    LedgerFollowed.objects.all().delete()  # a backup that knows no ledger
    assert followed() == 0
    assert here() == {ADA}
    assert not Suppression.objects.exists()


def test_who_came_back_and_was_erased_again_is_gone() -> None:
    people.identify([ADA], NOW)
    erased(ADA)
    Suppression.objects.all().delete()
    people.identify([ADA], timezone.now())
    with backup():
        second = approved(ADA)
        working.work(timezone.now())
    assert here() == {ADA}
    assert followed() == 1
    assert here() == set()
    assert fresh(second).state == "done"


def test_who_is_not_in_the_backup_is_shut_out_all_the_same() -> None:
    with backup():
        people.identify([ADA], NOW)
        erased(ADA)
    assert followed() == 0
    assert people.identify(["Ada@example.com", BEN], timezone.now()).keys() == {BEN}


def test_a_request_that_the_backup_has_open_goes_on_to_its_end() -> None:
    people.identify([ADA], NOW)
    request = verified("erasure", ADA)
    with backup():
        requests.approve(request, by=officer("omar"), at=NOW)
        working.work(LATER)
    assert fresh(request).state == "verified"
    assert followed() == 1
    assert (fresh(request).state, fresh(request).approved_by, here()) == ("done", reapplying.BY, set())
    assert fresh(request).identity_checked_by == "olga"


def test_one_that_was_half_done_goes_on_where_it_was() -> None:
    people.identify([ADA], NOW)
    request = approved(ADA)
    erasing._begin(request, NOW)
    with backup():
        working.work(LATER)
    assert fresh(request).state == "running"
    assert followed() == 1
    assert fresh(request).state == "done"
    assert acts().count("begun") == 1


def test_the_job_comes_to_it_by_itself_and_before_anything_else() -> None:
    people.identify([ADA, BEN], NOW)
    with backup():
        erased(ADA)
    approved(BEN)
    assert working.work(LATER) == 2
    assert here() == set()
    assert len(following.lines()) == 2


def test_a_hold_of_before_the_erasure_was_over_by_then() -> None:
    people.identify([ADA], NOW)
    hold = holds.place([ADA], "Claim 4711 at court", "Counsel", NOW + timedelta(days=999), by=officer(), at=NOW)
    with backup():
        holds.lift(hold, by=officer(), at=NOW)
        erased(ADA)
    assert followed() == 1
    assert LegalHold.objects.get().lifted_at == LATER
    assert here() == set()


def test_a_hold_of_after_it_keeps_them_and_nobody_is_answered() -> None:
    people.identify([ADA], NOW)
    with backup():
        request = erased(ADA)
    now = timezone.now() + timedelta(minutes=1)
    holds.place([ADA], "Claim 4711 at court", "Counsel", now + timedelta(days=9), by=officer(), at=now)
    with pytest.raises(NotYet, match="Claim 4711"):
        followed(now)
    assert (here(), following.behind()) == ({ADA}, 1)
    assert "Claim 4711" in fresh(request).waits_for
    with pytest.raises(prepare.NotErased, match="Claim 4711"):
        prepare.erase_again(lambda _words: None)
    assert working.work(now) == 0


def test_one_persons_hold_keeps_nobody_else_and_says_how_it_is_lifted(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{number}@example.com" for number in range(4)]
    people.identify(names, NOW)
    with backup():
        for name in names:
            erased(name)
    now = timezone.now() + timedelta(minutes=1)
    hold = holds.place([names[1]], "Claim 4711 at court", "Counsel", now + timedelta(days=9), by=officer(), at=now)
    for _ in range(2):
        with pytest.raises(NotYet, match=rf"Claim 4711.*Lift hold {hold.pk} in .manage.py shell.*pk={hold.pk}\)"):
            followed(now)
        assert (here(), following.followed().number, following.behind()) == ({names[1]}, 1, 3)
    call_command("shell", "--no-imports", "--command", reapplying.LIFT.format(pk=hold.pk))
    assert followed(now) == 1
    assert (here(), following.behind(), len(following.lines())) == (set(), 0, 4)


def test_what_has_to_end_first_is_ended() -> None:
    people.identify([ADA], NOW)
    with backup():
        erased(ADA)
    ended: list[datetime] = []
    with patch.object(erasing, "run", side_effect=[NotYet("Events wait to be counted."), None]):
        assert reapplying.reapply(following.lines(), LATER, ended.append) == 1
    assert ended == [LATER]


def test_killed_in_between_it_goes_on() -> None:
    names = [f"{number}@example.com" for number in range(5)]
    people.identify(names, NOW)
    with backup():
        for name in names:
            erased(name)
    run = erasing.run
    left = iter((run, run))
    with (
        patch.object(erasing, "run", lambda *given: next(left)(*given)),
        pytest.raises((StopIteration, RuntimeError)),
    ):
        followed()
    assert (here(), following.behind()) == (set(names[2:]), 3)
    assert followed() == 3
    assert (here(), following.behind()) == (set(), 0)


class TestWithoutTheWholeLedger:
    @pytest.fixture(autouse=True)
    def lost(self, settings: LazySettings) -> Path:
        people.identify([ADA], NOW)
        erased(ADA)
        path = Path(settings.ERASURE_LEDGER)
        path.unlink()
        return path

    def test_nobody_can_tell_and_everybody_says_so(self) -> None:
        approved(BEN)
        with pytest.raises(JobFailedError, match="lacks line 1"):
            working.work(LATER)
        assert "lacks line 1" in DataSubjectRequest.objects.get(state="approved").waits_for
        with pytest.raises(prepare.NotErased, match="begin-anew"):
            prepare.erase_again(lambda _words: None)
        with pytest.raises(CommandError, match="lacks line 1"):
            call_command("reapply_erasures", "--check")

    def test_it_is_begun_anew_from_what_the_database_knows(self, lost: Path) -> None:
        call_command("reapply_erasures", "--begin-anew")
        (line,) = following.lines()
        assert line.erased.request == str(DataSubjectRequest.objects.get().pk)
        prepare.erase_again(lambda _words: None)
        LedgerFollowed.objects.all().delete()
        Suppression.objects.all().delete()
        people.identify([ADA], NOW)
        DataSubjectRequest.objects.all().delete()
        assert followed() == 1
        assert here() == set()

    def test_begun_anew_on_one_that_is_there_all_of_it_is_followed_first(self) -> None:
        """Of the ledger of later, and killed in between."""
        call_command("reapply_erasures", "--begin-anew")
        people.identify([BEN], NOW)
        with backup():
            erased(BEN)
        with patch.object(erasing, "run", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            call_command("reapply_erasures", "--begin-anew")
        assert (following.behind(), here()) == (1, {BEN})
        prepare.erase_again(lambda _words: None)
        assert (following.behind(), here()) == (0, set())

    def test_a_forged_one_is_none(self, lost: Path) -> None:
        lost.write_text('{"number": 1}\n')
        with pytest.raises(following.Unusable, match="Line 1"):
            following.behind()
        with pytest.raises(CommandError, match="not as it was written"):
            call_command("reapply_erasures", "--begin-anew")


def test_a_ledger_that_is_not_there_was_lost_also_where_the_backup_is_from_before_its_first_line(
    settings: LazySettings,
) -> None:
    prepare.erase_again(lambda _words: None)
    people.identify([ADA], NOW)
    with backup():
        erased(ADA)
    path = Path(settings.ERASURE_LEDGER)
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(prepare.NotErased, match=r"is not there, and was.*begin-anew"):
        prepare.erase_again(lambda _words: None)
    with pytest.raises(CommandError, match="is not there"):
        call_command("reapply_erasures", "--check")
    assert not path.exists()
    path.write_bytes(kept)
    prepare.erase_again(lambda _words: None)
    assert here() == set()


def test_erasures_of_a_release_before_the_ledger_are_written_into_it() -> None:
    fields.learn({"user-7": {"email": ADA}}, NOW)
    with backup():
        with patch.object(following, "require"), patch.object(following, "record", return_value=0):
            erased(ADA)
        assert following.lines() == []
        prepare.erase_again(lambda _words: None)
        (line,) = following.lines()
        assert set(line.erased.listed) >= {one.hex() for one in people.listed(["user-7", ADA])}
        prepare.erase_again(lambda _words: None)
    assert followed() == 1
    assert here() == set()


def test_an_erasure_that_cannot_be_written_down_does_not_begin(settings: LazySettings) -> None:
    people.identify([ADA], NOW)
    request = approved(ADA)
    settings.ERASURE_LEDGER = Path("/proc/nowhere/erasures.jsonl")
    assert working.work(LATER) == 0
    assert "cannot be used" in fresh(request).waits_for
    assert (fresh(request).state, here()) == ("approved", {ADA})


def test_one_whose_line_cannot_be_written_at_its_end_is_not_called_done() -> None:
    people.identify([ADA], NOW)
    request = approved(ADA)
    with patch("os.fsync", side_effect=[None, None, None, OSError(28, "No space left on device")]):
        assert working.work(LATER) == 0
    assert (fresh(request).state, "No space left" in fresh(request).waits_for) == ("running", True)
    assert working.work(LATER) == 1
    assert (fresh(request).state, len(following.lines())) == ("done", 1)


def test_killed_between_line_and_commit_it_is_written_once() -> None:
    people.identify([ADA], NOW)
    request = approved(ADA)
    with patch.object(receipts, "signed", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        working.work(LATER)
    assert (fresh(request).state, len(following.lines()), following.behind()) == ("running", 1, 1)
    working.work(LATER)
    assert (fresh(request).state, len(following.lines()), following.behind()) == ("done", 1, 0)


def test_the_ledger_names_nobody(settings: LazySettings) -> None:
    fields.learn({"user-7": {"email": ADA, "name": "Ada Lovelace"}}, NOW)
    number = Identity.objects.get().contact_id
    erased(ADA)
    text = Path(settings.ERASURE_LEDGER).read_text().lower()
    assert not any(word in text for word in ("ada", "user-7", "lovelace", f'"{number}"', f"[{number}]"))


def test_the_command_tells_and_does(capsys: pytest.CaptureFixture[str]) -> None:
    people.identify([ADA], NOW)
    with backup():
        erased(ADA)
    with pytest.raises(CommandError, match="Not all is done"):
        call_command("reapply_erasures", "--check")
    assert "1 lines came after the database was saved; people of 1 are here again" in capsys.readouterr().out
    assert here() == {ADA}
    call_command("reapply_erasures")
    assert "1 people were erased again" in capsys.readouterr().out
    call_command("reapply_erasures", "--check")
    assert "people of 0 are here again" in capsys.readouterr().out


class TestPages:
    @pytest.fixture(autouse=True)
    def open_again(self) -> Iterator[None]:
        with patch.object(connection, "close"):
            yield
        restored.closed.clear()

    def test_nobody_is_answered_until_it_is_done(self, client: Client, admin_user: User) -> None:
        people.identify([ADA], NOW)
        with backup():
            erased(ADA)
        restored.look()
        client.force_login(admin_user)
        for path in ("/admin/marketing/", "/admin/", "/api/v1/campaigns", "/admin/marketing/campaigns.csv"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path
        assert b"Just restored from a backup" in client.get("/admin/marketing/").content
        taken = client.post("/api/v1/events", [], "application/json")
        assert (taken.status_code, taken.headers["Content-Type"]) == (503, "application/problem+json")
        assert client.get("/api/v1/health").status_code == 200
        ready = client.get("/api/v1/health?ready=1")
        assert (ready.status_code, ready.json()["parts"]["erasures"]["status"]) == (503, "down")

        followed()
        restored.look()
        assert client.get("/admin/marketing/", follow=True).status_code == 200
        assert client.get("/api/v1/health?ready=1").json()["parts"]["erasures"]["status"] == "up"

    @pytest.mark.parametrize("closed", [True, False])
    def test_without_the_database_it_stays_as_it_was(self, closed: bool) -> None:
        if closed:
            restored.closed.set()
        with patch.object(following, "behind", side_effect=OperationalError("away")):
            restored.look()
        assert restored.closed.is_set() is closed

    @pytest.mark.parametrize("closed", [True, False])
    @pytest.mark.parametrize("text", [None, "", "?\n", "[" * 100_000 + "\n"])
    def test_a_ledger_that_cannot_tell_opens_nothing_and_closes_nobody(
        self,
        client: Client,
        settings: LazySettings,
        caplog: pytest.LogCaptureFixture,
        text: str | None,
        closed: bool,
    ) -> None:
        """Who was known to be behind stays closed; who begins is not ready, so no release comes of it."""
        people.identify([ADA], NOW)
        erased(ADA)
        path = Path(settings.ERASURE_LEDGER)
        path.unlink()
        if text is not None:
            path.write_text(text)
        if closed:
            restored.closed.set()
        restored.look()
        assert restored.closed.is_set() is closed
        assert ("Nobody is answered until the ledger" in caplog.text) is closed
        ready = client.get("/api/v1/health?ready=1")
        assert (ready.status_code, client.get("/api/v1/health").status_code) == (503 if closed else 200, 200)
        assert ready.json()["parts"]["ledger"] == {"status": "down", "required": False}

    def test_a_ledger_that_went_another_way_closes(self, client: Client, settings: LazySettings) -> None:
        """Behind the line that they have in common are erasures that this database may not have done."""
        people.identify([ADA, BEN], NOW)
        with backup():
            erased(BEN)
            other = Path(settings.ERASURE_LEDGER).read_bytes()
        Path(settings.ERASURE_LEDGER).unlink()
        erased(ADA)
        Path(settings.ERASURE_LEDGER).write_bytes(other)
        restored.look()
        assert restored.closed.is_set()
        assert client.get("/api/v1/health?ready=1").status_code == 503
        call_command("reapply_erasures", "--begin-anew")
        restored.look()
        assert (restored.closed.is_set(), here(), len(following.lines())) == (False, set(), 2)

    def test_whatever_a_look_comes_to_the_next_one_comes(self, caplog: pytest.LogCaptureFixture) -> None:
        with (
            patch.object(restored, "sleep", side_effect=[None, None, KeyboardInterrupt]),
            patch.object(restored, "look", side_effect=[RecursionError, None]) as look,
            pytest.raises(KeyboardInterrupt),
        ):
            restored._look_for_ever()
        assert look.call_count == 2
        assert "could not be looked up" in caplog.text
