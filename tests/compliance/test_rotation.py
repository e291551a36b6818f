"""Keys are rotated by a command that may be stopped anywhere, and says when an old key may leave."""

import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from analytics.ingest import record_events
from compliance import crypto, people, rotation
from compliance.models import DataSubjectRequest, Identity, KeptAnswer
from compliance.sources import Kind, classified, of_kind
from compliance.subjects import requests
from tests.compliance.requests import received

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
CROWD = [f"person {number}" for number in range(25)]


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def rotated_in(settings: LazySettings) -> Callable[[], None]:
    """Put a new key in front."""

    def put() -> None:
        settings.IDENTITY_KEYS = [new_key(), *settings.IDENTITY_KEYS]

    return put


def filled() -> None:
    people.identify(CROWD, NOW)
    record_events([{"event_id": "x"}], source="shop", at=NOW)
    KeptAnswer.objects.create(id=b"1" * 16, fingerprint=b"2" * 16, at=NOW, answer=crypto.encrypt(b"said"))
    received("access", "ada")


def test_afterwards_the_old_key_may_leave(
    settings: LazySettings, rotated_in: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    filled()
    rotated_in()
    with patch.object(rotation, "BATCH", 10):
        call_command("rotate_keys")
    said = capsys.readouterr().out
    for column, rows in (("identity.outside_id", 25), ("dead_letter_row.content", 1), ("kept_answer.answer", 1)):
        assert f"{column}: {rows} encrypted anew" in said
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]

    assert sorted(people.opened(row) for row in Identity.objects.all()) == sorted(CROWD)
    assert crypto.decrypt(bytes(KeptAnswer.objects.get().answer or b"")) == b"said"
    assert requests.person_of(DataSubjectRequest.objects.get()).identifiers == ("ada",)
    assert {column.rows for column in rotation.rotate()} == {0}


def test_what_was_done_before_a_stop_is_not_done_again(rotated_in: Callable[[], None]) -> None:
    filled()
    rotated_in()
    done = 0

    def stop_in_the_third(text: bytes) -> bytes | None:
        nonlocal done
        done += 1
        if done > 20:
            raise KeyboardInterrupt
        return original(text)

    original = rotation._encrypted_anew
    with (
        patch.object(rotation, "BATCH", 10),
        patch.object(rotation, "_encrypted_anew", stop_in_the_third),
        pytest.raises(KeyboardInterrupt),
    ):
        list(rotation.rotate())
    assert {column.table: column.rows for column in rotation.rotate()}["identity"] == 5


def test_what_no_key_opens_is_counted_and_stays(settings: LazySettings) -> None:
    filled()
    settings.IDENTITY_KEYS = [new_key()]
    before = Identity.objects.order_by("pk").values_list("outside_id", flat=True)
    kept = [bytes(text) for text in before]
    with pytest.raises(CommandError, match="28 texts open with none"):
        call_command("rotate_keys")
    assert [bytes(text) for text in before.all()] == kept


def test_every_encrypted_column_is_rotated() -> None:
    columns = {(column.table, column.column) for column in rotation.rotate()}
    assert columns == {
        (table, column)
        for kind in (Kind.PERSON, Kind.SEALED, Kind.RANDOM)
        for table, named in of_kind(classified(), kind).items()
        for column in named
    }
    assert ("inbox", "payload") not in columns  # compressed, not encrypted
