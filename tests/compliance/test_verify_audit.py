"""Whoever rules the database changes a log, and it is found and named."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance import tasks
from compliance.jobs import JobFailedError
from compliance.logs import anchors, seals, verify
from compliance.models import AuditAnchor, AuditEntry, AuditSeal, JobRun
from tests.compliance.access import NOW
from tests.compliance.chains import TRAIL, by_force, check, sealed, told, written

pytestmark = pytest.mark.django_db(transaction=True)
ROW = "row {} of 2026-10-20 12:00:00 UTC"


def test_a_row_that_was_changed_is_named() -> None:
    rows = sealed(5, NOW)
    by_force("UPDATE audit_trail SET username = 'somebody else' WHERE id = %(id)s", id=rows[2])
    assert told() == f"audit_trail is broken at position 3, {ROW.format(rows[2])}: the row was changed."


def test_what_was_null_or_in_the_details_counts_too() -> None:
    rows = sealed(3, NOW)
    by_force("UPDATE audit_trail SET details = details - 'also' WHERE id = %(id)s", id=rows[1])
    assert "position 2" in told()
    by_force("UPDATE audit_trail SET user_id = 7 WHERE id = %(id)s", id=rows[0])
    assert "position 1" in told()


def test_a_row_that_was_deleted_is_named() -> None:
    rows = sealed(5, NOW)
    by_force("DELETE FROM audit_trail WHERE id = %(id)s", id=rows[3])
    assert told() == f"audit_trail is broken at position 4, {ROW.format(rows[3])}: the row is gone."


def test_a_row_that_was_deleted_with_its_seal_is_a_gap() -> None:
    rows = sealed(5, NOW)
    by_force("DELETE FROM audit_trail WHERE id = ANY(%(ids)s)", ids=rows[1:3])
    by_force("DELETE FROM audit_seal WHERE position IN (2, 3)")
    assert told() == "audit_trail is broken at position 2: the seals of 2 rows are gone."


SWAPS = {
    "rows": "UPDATE audit_trail SET id = -id WHERE id IN (%(first)s, %(second)s); "
    "UPDATE audit_trail SET id = %(first)s + %(second)s + id WHERE id < 0",
    "seals": "UPDATE audit_seal SET position = -position WHERE position IN (2, 3); "
    "UPDATE audit_seal SET position = 5 + position WHERE position < 0",
    "what seals say": "UPDATE audit_seal SET row_id = %(first)s + %(second)s - row_id WHERE position IN (2, 3)",
}


@pytest.mark.parametrize("what", SWAPS)
def test_an_order_that_was_changed_is_named(what: str) -> None:
    rows = sealed(5, NOW)
    by_force(SWAPS[what], first=rows[1], second=rows[2])
    assert told().startswith("audit_trail is broken at position 2, row")


def test_a_row_put_between_others_is_not_sealed_and_named() -> None:
    rows = sealed(3, NOW)
    by_force(
        "INSERT INTO audit_trail (id, at, username, key_prefix, act, object_type, object_id, details, written_by) "
        "SELECT id + 1000, at, username, key_prefix, 'forged', object_type, object_id, details, written_by "
        "FROM audit_trail WHERE id = %(id)s",
        id=rows[0],
    )
    seals.seal_all(NOW)
    found = check()
    assert (found.breaks, found.first and found.first.row_id) == (1, rows[0] + 1000)
    assert "it is older than a minute and not sealed; " in told()


def test_seals_that_somebody_else_made_are_named() -> None:
    sealed(3, NOW)
    by_force("UPDATE audit_seal SET hash = sha256(hash) WHERE position = 2")
    assert "position 2" in told()
    assert "its seal, or the order, was changed" in told()


def test_an_end_that_was_cut_is_named_by_its_seals() -> None:
    rows = sealed(5, NOW)
    by_force("DELETE FROM audit_trail WHERE id > %(id)s", id=rows[2])
    found = check()
    assert (found.breaks, found.first and found.first.position) == (2, 4)


def test_an_end_that_was_cut_with_its_seals_is_named_by_what_the_sealer_knows() -> None:
    cut_with_seals()
    assert told() == "audit_trail is broken at position 4: 2 rows or more are cut off, which its sealer knew."
    sealed(1)
    assert told().startswith("audit_trail is broken at position 4: the seals of 2 rows are gone")


def cut_with_seals() -> list[int]:
    rows = sealed(5, NOW)
    by_force("DELETE FROM audit_trail WHERE id > %(id)s", id=rows[2])
    by_force("DELETE FROM audit_seal WHERE position > 3")
    return rows


def test_an_end_that_was_cut_with_all_but_the_anchors_is_named_by_them() -> None:
    sealed(5, NOW)
    anchors.cast(NOW)
    rows = AuditEntry.objects.order_by("id").values_list("id", flat=True)
    by_force("DELETE FROM audit_trail WHERE id > %(id)s", id=rows[2])
    by_force("DELETE FROM audit_seal WHERE position > 3")
    by_force("DELETE FROM audit_chain WHERE log = %(log)s", log=TRAIL)
    expected = "position 4: 2 rows or more are cut off, which the anchor of 2026-10-20 12:00 UTC knew"
    assert told() == f"audit_trail is broken at {expected}."


def export(folder: Path) -> Path:
    file = folder / "anchors.jsonl"
    call_command("verify_audit", "--export", str(file), stdout=StringIO())
    return file


def test_an_end_that_was_cut_with_the_anchors_too_is_named_by_those_kept_elsewhere(tmp_path: Path) -> None:
    written(5)
    seals.seal_all(NOW)
    file = export(tmp_path)
    rows = AuditEntry.objects.order_by("id").values_list("id", flat=True)
    by_force("DELETE FROM audit_trail WHERE id > %(id)s", id=rows[2])
    by_force("DELETE FROM audit_seal WHERE position > 3")
    by_force("DELETE FROM audit_anchor")
    by_force(
        "UPDATE audit_chain SET position = 3, hash = (SELECT hash FROM audit_seal WHERE position = 3) "
        "WHERE log = 'audit_trail'"
    )
    assert check().breaks == 0  # nothing in the database tells
    out = StringIO()
    with pytest.raises(CommandError, match="Not as it was written: audit_trail"):
        call_command("verify_audit", "--anchors", str(file), stdout=out)
    assert "audit_trail is broken at position 4: 2 rows or more are cut off, which the anchor of" in out.getvalue()


def test_a_chain_that_was_written_anew_is_named_by_anchors_kept_elsewhere(tmp_path: Path) -> None:
    sealed(3, NOW)
    file = export(tmp_path)
    for table in ("audit_trail", "audit_seal", "audit_anchor", "audit_chain"):
        by_force(f"DELETE FROM {table}")
    sealed(4)
    assert check().breaks == 0
    found = check(outside=anchors.read_all(file.read_text().splitlines()))
    assert "position 3: the anchor of" in found.words
    assert "knew another chain" in found.words


def test_anchors_are_told_to_the_log_as_lines_that_can_be_checked(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little others tell."""
    monkeypatch.setattr(logging.getLogger(), "level", logging.ERROR)
    sealed(3, NOW)
    tasks.anchor_logs()
    tasks.anchor_logs()  # nothing has grown

    (record,) = [one for one in caplog.records if one.name == "compliance.logs.anchors"]
    line = f"2026-10-20 12:05:00 INFO    {record.name}: {record.getMessage()} [5f0c2a9e]"
    (anchor,) = anchors.read_all(["2026-10-20 12:05:00 INFO x: {nothing}", line])
    row = AuditAnchor.objects.get()
    assert anchor == anchors.Anchor.of(row)
    assert (row.log, row.kind, row.position, row.before) == (TRAIL, "end", 3, None)
    assert json.loads(anchor.line)["hash"] == bytes(AuditSeal.objects.get(position=3).hash).hex()


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"position":3', '"position":2'),
        lambda line: line.replace('"public_key":"', '"public_key":"00'),
        lambda line: line[:-40],
        lambda line: "{}",
    ],
)
def test_what_is_no_anchor_of_ours_is_refused(change: Callable[[str], str], tmp_path: Path) -> None:
    sealed(3, NOW)
    file = export(tmp_path)
    file.write_text(change(file.read_text().strip()) + "\n")
    with pytest.raises(CommandError, match="Line 1 is no anchor of ours"):
        call_command("verify_audit", "--anchors", str(file), stdout=StringIO())
    file.write_text("")
    with pytest.raises(CommandError, match="there is no anchor in it"):
        call_command("verify_audit", "--anchors", str(file), stdout=StringIO())


def test_an_anchor_that_somebody_forged_is_named() -> None:
    sealed(3, NOW)
    anchors.cast(NOW)
    by_force("UPDATE audit_anchor SET position = 2")
    assert "position 2: the anchor of 2026-10-20 12:00 UTC is not signed by us" in told()
    by_force("UPDATE audit_anchor SET kind = 'start', before = now()")
    assert "is not signed by us" in told()  # and checking begins at the first row all the same


def test_a_row_that_nobody_seals_is_named_once_it_is_older_than_a_minute() -> None:
    now = timezone.now()
    sealed(1, now)
    (row,) = written(1, now)
    assert check(at=now + timedelta(seconds=59)).breaks == 0
    found = check(at=now + timedelta(seconds=61))
    assert (found.breaks, found.first and found.first.row_id) == (1, row)


def test_a_sealer_that_is_just_about_to_seal_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    written(2)
    monkeypatch.setattr(verify, "sleep", lambda seconds: seals.seal_all(NOW))
    far = datetime(2100, 1, 1, tzinfo=UTC)
    assert verify.check_log(TRAIL, far, patience=1).breaks == 0


def test_the_command_tells_of_each_log(tmp_path: Path) -> None:
    sealed(2, NOW)
    out = StringIO()
    call_command("verify_audit", "--export", str(tmp_path / "anchors"), stdout=out)
    assert "audit_trail: 2 rows sealed, all as they were written.\n" in out.getvalue()
    assert "pii_access_log: 0 rows sealed" in out.getvalue()
    assert "1 anchors are in" in out.getvalue()


def test_the_nightly_job_fails_and_names_the_break() -> None:
    rows = sealed(3, NOW)
    tasks.verify_audit()
    assert JobRun.objects.get(name="verify_audit").rows == 3
    by_force("UPDATE audit_trail SET act = '' WHERE id = %(id)s", id=rows[1])
    with pytest.raises(JobFailedError, match="audit_trail is broken at position 2, row"):
        tasks.verify_audit()
    assert "the row was changed" in JobRun.objects.latest("id").error
