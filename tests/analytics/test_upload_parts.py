"""A file that is sent in parts: it goes on where it was cut, who sends twice garbles nothing, and it is one's own."""

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

from analytics import imports, uploading
from analytics.ingest import uploads
from analytics.ingest.uploads import PART, Uploaded
from analytics.ingest.waiting import UploadedFiles
from analytics.models import ImportFile, ImportPart
from analytics.pages import receiving, upload_parts
from analytics.pages.uploads import BUSY, EMPTY
from compliance.acting import Actor
from compliance.models import AuditEntry
from compliance.sources import NotYet, Person
from tests.analytics.test_uploads import COSTS, NEW, kept

pytestmark = pytest.mark.django_db
BEGIN = "/admin/marketing/data/imports/new/begin/"
BINARY = "application/octet-stream"
CONTENT = b"".join(b"anna%d@example.com,%d\n" % (number, number) for number in range(150_000))  # three parts and a bit
State = ImportFile.State


def member(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Marketing admin"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(db: None) -> Client:
    return member("ada")


def begin(client: Client, content: bytes = CONTENT, **given: Any) -> Any:
    said = {"name": "people.csv", "size": len(content), "modified": 1_790_000_000_000} | given
    return client.post(BEGIN, {"head": SimpleUploadedFile("head", content[: receiving.HEAD])} | said)


def send(client: Client, stands: dict[str, Any], content: bytes, at: int, end: int | None = None) -> Any:
    return client.post(stands["part"], content[at:end], BINARY, headers={upload_parts.OFFSET: str(at)})


def test_it_is_taken_in_part_by_part_and_waits_when_all_is_here(ada: Client) -> None:
    answer = begin(ada)
    stands = answer.json()
    assert (answer.status_code, stands["at"], stands["to"]) == (201, 0, "")
    assert send(ada, stands, CONTENT, 0, 2 * PART).json()["at"] == 2 * PART
    record = ImportFile.objects.get()
    assert (record.state, record.uploaded_by and record.uploaded_by.username) == (State.UPLOADING, "ada")
    last = send(ada, stands, CONTENT, 2 * PART).json()
    assert (last["at"], last["to"]) == (len(CONTENT), f"/admin/marketing/data/imports/{record.pk}/")
    record.refresh_from_db()
    assert (record.state, record.size, uploads.is_kept(record)) == (State.WAITING, len(CONTENT), True)
    assert Uploaded(record).open().read() == CONTENT
    assert not any(b"example.com" in bytes(part.content) for part in ImportPart.objects.all())
    assert list(AuditEntry.objects.values_list("act", "details")) == [("upload", {"size": len(CONTENT)})]
    assert ada.get(stands["stands"]).json() == last
    assert send(ada, stands, CONTENT, 2 * PART).json() == last  # its answer was lost
    assert AuditEntry.objects.count() == 1


def test_what_was_cut_leaves_its_whole_parts_and_the_same_file_goes_on_behind_them(ada: Client) -> None:
    stands = begin(ada).json()
    assert send(ada, stands, CONTENT, 0, PART + 1000).json()["at"] == PART
    again = begin(ada)
    assert (again.status_code, again.json()) == (200, stands | {"at": PART})
    assert "1.05\N{NO-BREAK SPACE}MB of" in ada.get(NEW).content.decode().replace("\N{NARROW NO-BREAK SPACE}", "\xa0")
    send(ada, stands, CONTENT, PART)
    assert Uploaded(ImportFile.objects.get()).open().read() == CONTENT


def test_a_file_that_is_called_after_somebody_goes_on_and_its_name_is_not_kept(ada: Client) -> None:
    name = "export zoe.quux@example.com.csv"
    send(ada, begin(ada, name=name).json(), CONTENT, 0, PART)
    assert begin(ada, name=name).json()["at"] == PART
    assert ImportFile.objects.get().name == "export ….csv"
    assert "zoe" not in ada.get(NEW).content.decode()


@pytest.mark.parametrize("other", [{"name": "b.csv"}, {"size": len(CONTENT) - 1}, {"modified": 1}, {"content": b"!"}])
def test_another_file_begins_anew(ada: Client, other: dict[str, Any]) -> None:
    stands = begin(ada).json()
    send(ada, stands, CONTENT, 0, PART)
    content = other.get("content", b"") + CONTENT
    given = {"size": len(CONTENT)} | {name: value for name, value in other.items() if name != "content"}
    assert begin(ada, content, **given).json()["at"] == 0
    assert ImportFile.objects.count() == 2


@pytest.mark.parametrize("at", [0, PART - 1, 2 * PART])
def test_who_sends_from_elsewhere_is_told_where_it_stands_and_nothing_is_taken(ada: Client, at: int) -> None:
    stands = begin(ada).json()
    send(ada, stands, CONTENT, 0, PART)
    answer = send(ada, stands, CONTENT, at, at + PART)
    assert (answer.status_code, answer.json()["at"]) == (409, PART)
    assert ImportPart.objects.count() == 1


def test_of_two_that_send_the_same_part_one_is_told_that_it_is_here(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = begin(ada).json()
    pieces = receiving.pieces

    def slow(request: Any, length: int) -> Any:
        monkeypatch.undo()
        send(ada, stands, CONTENT, 0, 2 * PART)  # the other one, while the first reads its body
        return pieces(request, length)

    monkeypatch.setattr(upload_parts, "pieces", slow)
    answer = send(ada, stands, CONTENT, 0, 3 * PART)
    assert (answer.status_code, answer.json()["at"]) == (409, 2 * PART)
    send(ada, stands, CONTENT, 2 * PART)
    assert Uploaded(ImportFile.objects.get()).open().read() == CONTENT


def test_one_that_was_deleted_meanwhile_is_not_there(ada: Client) -> None:
    stands = begin(ada).json()
    send(ada, stands, CONTENT, 0, PART)
    assert ada.post(stands["drop"], headers={"HX-Request": "true"}).status_code == 204
    assert not ImportPart.objects.exists()
    assert send(ada, stands, CONTENT, PART).status_code == 404
    assert ada.get(stands["stands"]).status_code == 404
    assert list(AuditEntry.objects.values_list("act", "details")) == [("cancel", {"was": "uploading"})]


def test_what_is_here_as_a_whole_is_not_dropped(ada: Client) -> None:
    stands = begin(ada, COSTS).json()
    send(ada, stands, COSTS, 0)
    assert ada.post(stands["drop"]).status_code == 409
    assert ImportFile.objects.get().state == State.WAITING


def test_when_all_was_here_and_that_could_not_be_noted_it_is_noted_then(ada: Client) -> None:
    stands = begin(ada, COSTS).json()
    writer = uploads.Writer(ImportFile.objects.get())
    writer.write(COSTS)
    writer.close()
    assert ada.get(stands["stands"]).json() == stands | {"at": len(COSTS)}
    assert send(ada, stands, COSTS, len(COSTS)).json()["to"]
    assert ImportFile.objects.get().state == State.WAITING


def test_it_is_ones_own(ada: Client) -> None:
    stands = begin(ada).json()
    other = member("ben")
    assert begin(other).json()["part"] != stands["part"]
    assert send(other, stands, CONTENT, 0, PART).status_code == 404
    assert other.get(stands["stands"]).status_code == 404
    assert other.post(stands["drop"]).status_code == 404
    assert not ImportPart.objects.exists()


def test_who_may_not_import_any_more_or_left_sends_nothing_more(ada: Client) -> None:
    stands = begin(ada).json()
    User.objects.get(username="ada").groups.clear()
    assert send(ada, stands, CONTENT, 0, PART).status_code == 403
    assert begin(ada).status_code == 403
    ada.logout()
    answer = ada.post(stands["part"], CONTENT[:PART], BINARY, headers={upload_parts.OFFSET: "0", "HX-Request": "true"})
    assert "login" in answer.headers["HX-Redirect"]
    assert not ImportPart.objects.exists()


def test_without_its_token_nothing_is_taken() -> None:
    client = Client(enforce_csrf_checks=True)
    boss = User.objects.create_superuser("boss")
    client.force_login(boss)
    assert begin(client).status_code == 403
    record = uploading.begin(uploading.Given("a.csv", len(CONTENT), 1, b""), boss.pk)
    body = io.BytesIO(CONTENT)
    headers = {upload_parts.OFFSET: "0"}
    answer = client.post(f"/admin/marketing/data/imports/{record.pk}/part/", body.read(), BINARY, headers=headers)
    assert answer.status_code == 403
    assert not ImportPart.objects.exists()


@pytest.mark.parametrize(
    "given", [{"size": "x"}, {"size": "-1"}, {"name": ""}, {"modified": "1" * 30}, {"size": "9" * 17}]
)
def test_a_file_that_is_not_said_is_told(ada: Client, given: dict[str, Any]) -> None:
    answer = begin(ada, **given)
    assert (answer.status_code, answer.json()["problem"]) == (400, upload_parts.UNKNOWN)


def test_an_empty_one_and_one_that_is_too_large_are_refused_before_they_are_sent(
    ada: Client, settings: Settings
) -> None:
    assert begin(ada, b"").json()["problem"] == EMPTY
    settings.LARGEST_UPLOAD = 1_000_000
    answer = begin(ada)
    assert (answer.status_code, "larger than 1\N{NO-BREAK SPACE}MB" in answer.json()["problem"]) == (413, True)
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("offset", "body"), [("", b"x"), ("-1", b"x"), ("x", b"x"), ("1" * 5000, b"x"), ("0", CONTENT + b"x")]
)
def test_a_part_of_no_place_or_past_the_end_is_refused(ada: Client, offset: str, body: bytes) -> None:
    stands = begin(ada).json()
    answer = ada.post(stands["part"], body, BINARY, headers={upload_parts.OFFSET: offset})
    assert (answer.status_code, answer.json()["problem"]) == (400, upload_parts.NO_OFFSET)
    assert not ImportPart.objects.exists()


def test_so_many_that_are_not_finished_are_enough(ada: Client) -> None:
    for number in range(upload_parts.MOST_UNFINISHED):
        assert begin(ada, name=f"{number}.csv").status_code == 201
    assert begin(ada).json()["problem"] == upload_parts.ENOUGH
    assert begin(ada, name="0.csv").status_code == 200
    page = ada.get(NEW).content.decode()
    assert page.count("Discard</button>") == upload_parts.MOST_UNFINISHED
    assert ada.post(begin(ada, name="0.csv").json()["drop"]).headers["Location"] == NEW
    assert begin(ada).status_code == 201


def test_while_others_take_all_places_a_part_waits(ada: Client) -> None:
    stands = begin(ada).json()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        for number in range(receiving.AT_ONCE):
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [receiving.LOCKS, number])
        answer = send(ada, stands, CONTENT, 0, PART)
    assert (answer.status_code, answer.json()["problem"]) == (503, BUSY)
    assert send(ada, stands, CONTENT, 0, PART).json()["at"] == PART


def test_what_nobody_goes_on_sending_goes_after_a_day_and_what_somebody_does_stays(ada: Client) -> None:
    stands = begin(ada).json()
    begin(ada, name="other.csv")
    now = timezone.now()
    ImportFile.objects.update(started_at=now - uploads.KEPT - timedelta(minutes=1))
    send(ada, stands, CONTENT, 0, PART)
    assert uploads.forget_old(now) == 1
    assert [record.name for record in ImportFile.objects.all()] == ["people.csv"]


def test_whom_an_upload_names_that_was_cut_is_erased_with_it_once_nothing_more_comes(ada: Client) -> None:
    send(ada, begin(ada).json(), CONTENT, 0, PART)
    source, anna, now = UploadedFiles(), Person((), ("anna7@example.com",)), timezone.now()
    with pytest.raises(NotYet):
        source.erase(anna, now)
    assert source.erase(anna, now + uploads.IDLE + timedelta(seconds=1)) == {"import_part": 1}
    assert not ImportFile.objects.exists()
    assert source.verify(anna) == {}


def test_the_end_is_noted_once(ada: Client) -> None:
    record = kept(COSTS)
    imports.note_upload(record, Actor(User.objects.get()), timezone.now())
    assert not AuditEntry.objects.exists()


def test_one_that_goes_on_slowly_is_not_cut(ada: Client) -> None:
    record = ImportFile.objects.create(name="slow.csv", state=State.UPLOADING)
    writer = uploads.Writer(record)
    for _ in range(2):
        ImportFile.objects.update(started_at=timezone.now() - uploads.IDLE - timedelta(seconds=1))
        assert "upload was cut" in ada.get(f"/admin/marketing/data/imports/{record.pk}/").content.decode()
        writer.write(b"a" * PART)
        assert "being uploaded" in ada.get(f"/admin/marketing/data/imports/{record.pk}/").content.decode()


def test_without_scripts_what_was_cut_does_not_go_on(ada: Client) -> None:
    record = ImportFile.objects.create(name="form.csv", state=State.UPLOADING)
    ImportFile.objects.update(started_at=timezone.now() - uploads.IDLE - timedelta(seconds=1))
    answer = ada.get(f"/admin/marketing/data/imports/{record.pk}/").content.decode()
    assert ("Upload it again" in answer, "goes on where it stopped" in answer) == (True, False)


def test_one_person_has_one_place(ada: Client) -> None:
    stands = begin(ada).json()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [receiving.LOCKS_OF_PEOPLE, User.objects.get().pk])
        assert send(ada, stands, CONTENT, 0, PART).status_code == 503
        ben = member("ben")
        assert send(ben, begin(ben).json(), CONTENT, 0, PART).status_code == 200
    assert send(ada, stands, CONTENT, 0, PART).status_code == 200


def test_one_that_was_cut_is_said_to_be_and_its_page_asks_no_more(ada: Client) -> None:
    stands = begin(ada).json()
    page = stands["part"].replace("part/", "")
    assert "being uploaded" in ada.get(page).content.decode()
    ImportFile.objects.update(started_at=timezone.now() - uploads.IDLE - timedelta(seconds=1))
    answer = ada.get(page).content.decode()
    assert "upload was cut" in answer
    assert "choose the same file again" in answer
    assert 'id="watch"' not in answer
