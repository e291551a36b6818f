"""Uploading a file: where it lies, who may send one, what is refused; and that it is gone when nobody needs it."""

import gzip
import io
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from analytics.ingest import uploads
from analytics.ingest.uploads import PART, Uploaded
from analytics.ingest.waiting import UploadedFiles
from analytics.models import ImportFile, ImportPart
from analytics.pages import receiving
from analytics.pages import uploads as page
from compliance.models import AuditEntry
from compliance.sources import NotYet, Person
from compliance.subjects import search

pytestmark = pytest.mark.django_db
NEW, SEND = "/admin/marketing/data/imports/new/", "/admin/marketing/data/imports/new/send/"
COSTS = b"campaign,date,amount,source\nspring-sale,2026-10-05,12.50,ads\n"
State = ImportFile.State


@pytest.fixture
def ada(client: Client) -> Client:
    """A marketing admin, signed in."""
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Marketing admin"))
    client.force_login(user)
    return client


def send(client: Client, content: bytes = COSTS, name: str = "costs.csv", **headers: Any) -> Any:
    return client.post(SEND, {"file": SimpleUploadedFile(name, content)}, **headers)


def kept(content: bytes, **fields: Any) -> ImportFile:
    """A file as it lies there after its upload."""
    record = ImportFile.objects.create(name="file.csv", state=State.WAITING, size=len(content), **fields)
    writer = uploads.Writer(record)
    writer.write(content)
    writer.close()
    return record


def test_a_file_is_kept_in_parts_that_say_nothing_and_reads_as_it_was(ada: Client) -> None:
    content = b"contact\n" + b"".join(b"anna%d@example.com\n" % number for number in range(120_000))
    answer = send(ada, content)
    record = ImportFile.objects.get()
    assert answer.headers["Location"] == f"/admin/marketing/data/imports/{record.pk}/"
    assert (record.state, record.size, record.name) == (State.WAITING, len(content), "costs.csv")
    assert record.uploaded_by is not None
    assert record.uploaded_by.username == "ada"
    parts = [bytes(part) for part in ImportPart.objects.order_by("number").values_list("content", flat=True)]
    assert len(parts) == -(-len(content) // PART)
    assert not any(b"example.com" in part for part in parts)
    with Uploaded(record).open() as stream:
        assert stream.read() == content
        stream.seek(PART - 3)
        assert (stream.read(7), stream.tell()) == (content[PART - 3 : PART + 4], PART + 4)
    assert list(AuditEntry.objects.values_list("act", "details")) == [("upload", {"size": len(content)})]


def test_who_may_not_import_is_refused_before_a_byte_is_read(client: Client) -> None:
    client.force_login(User.objects.create_user("ben", is_staff=True))
    body = io.BytesIO(COSTS)
    answer = client.generic("POST", SEND, body.getvalue(), "multipart/form-data; boundary=x")
    assert answer.status_code == 403
    assert client.get(NEW).status_code == 403
    assert not ImportFile.objects.exists()


def test_a_file_that_is_too_large_is_refused_by_the_name_of_the_setting(ada: Client, settings: Settings) -> None:
    settings.LARGEST_UPLOAD = 1_000_000
    answer = send(ada, b"x" * (2 << 20))
    assert answer.status_code == 413
    assert "larger than 1\N{NO-BREAK SPACE}MB" in answer.content.decode()
    assert "LARGEST_UPLOAD_MB" in answer.content.decode()
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(("given", "said"), [({}, page.NONE), ({"file": SimpleUploadedFile("a.csv", b"")}, page.EMPTY)])
def test_no_file_and_an_empty_one_are_told(ada: Client, given: dict[str, Any], said: str) -> None:
    answer = ada.post(SEND, given)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_of_a_form_without_its_token_nothing_is_kept() -> None:
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_superuser("boss")
    client.force_login(user)
    assert send(client).status_code == 403
    assert not ImportFile.objects.exists()
    assert not ImportPart.objects.exists()


def test_an_upload_that_breaks_off_leaves_nothing(ada: Client) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + COSTS * 50_000
    answer = ada.generic("POST", SEND, body, "multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert not ImportFile.objects.exists()


def test_only_one_file_of_a_form_is_taken(ada: Client) -> None:
    files = [SimpleUploadedFile("one.csv", COSTS), SimpleUploadedFile("two.csv", COSTS)]
    ada.post(SEND, {"file": files, "other": SimpleUploadedFile("three.csv", COSTS)})
    assert list(ImportFile.objects.values_list("name", flat=True)) == ["one.csv"]


def test_when_so_many_are_being_uploaded_the_next_one_is_told_to_wait(ada: Client) -> None:
    with closing(connection.copy()) as other, other.cursor() as cursor:
        for number in range(receiving.AT_ONCE):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [receiving.LOCKS, number])
        answer = send(ada)
    assert answer.status_code == 503
    assert page.BUSY in answer.content.decode()
    assert send(ada).status_code == 302


def test_too_many_that_nobody_starts_are_told(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 1)
    kept(COSTS)
    assert "1 uploaded files wait" in send(ada).content.decode()


def test_files_that_nobody_needs_any_more_go() -> None:
    now = timezone.now()
    old = now - uploads.KEPT - timedelta(minutes=1)
    never, cut, failed, ended, fresh = (kept(COSTS) for _ in range(5))
    ImportFile.objects.filter(pk__in=(never.pk, cut.pk, failed.pk)).update(started_at=old)
    ImportFile.objects.filter(pk=cut.pk).update(state=State.UPLOADING)
    ImportFile.objects.filter(pk=failed.pk).update(state=State.FAILED, asked_at=old, finished_at=old)
    ImportFile.objects.filter(pk=ended.pk).update(state=State.DONE, asked_at=now, finished_at=now)
    assert uploads.forget_old(now) == 4
    assert set(ImportFile.objects.values_list("pk", flat=True)) == {failed.pk, ended.pk, fresh.pk}
    assert list(ImportPart.objects.values_list("import_file", flat=True)) == [fresh.pk]
    assert uploads.forget_old(now) == 0


def test_a_part_that_is_gone_is_told_when_it_is_read() -> None:
    record = kept(b"a" * (2 * PART))
    ImportPart.objects.filter(number=1).delete()
    assert not uploads.is_kept(record)
    with Uploaded(record).open() as stream, pytest.raises(uploads.Gone):
        stream.read()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_person_is_found_in_a_file_that_waits_and_erased_with_it(pack: Any, encoding: str) -> None:
    padding = "x" * ((1 << 20) - 30)
    record = kept(pack(f"contact\n{padding}\nanna.smith@example.com\n".encode(encoding)))
    source, anna = UploadedFiles(), Person((), ("anna.smith@example.com",))
    assert [row["file that waits"] for row in source.export(anna)] == ["file.csv"]
    assert not list(source.export(Person((), ("ben.jones@example.com",))))
    assert source.erase(anna, timezone.now()) == {"import_part": 1}
    assert source.verify(anna) == {}
    record.refresh_from_db()
    assert (record.state, "erased" in record.reason) == (State.FAILED, True)
    assert len(max(search.spellings(anna.identifiers), key=len)) < 1_000


def test_whoever_is_in_a_file_that_runs_is_erased_after_it() -> None:
    record = kept(b"contact\nanna.smith@example.com\n")
    ImportFile.objects.filter(pk=record.pk).update(state=State.RUNNING)
    with pytest.raises(NotYet):
        UploadedFiles().erase(Person((), ("anna.smith@example.com",)), timezone.now())
