"""The copy of a person's data: complete, readable, sealed at rest, fetched once."""

import csv
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.utils import timezone

from analytics.models import Campaign, SavedView
from compliance.models import AccessAlert, AuditEntry, DataSubjectRequest
from compliance.subjects import copies, working
from tests.analytics.people import CANARY, DAY, contact_of, spring
from tests.compliance.access import actor, opened, staff
from tests.compliance.requests import approved, fresh, verified

pytestmark = pytest.mark.django_db
BEN = "ben@example.org"


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def made(kind: str = "access") -> DataSubjectRequest:
    spring()
    request = verified(kind, CANARY, at=timezone.now())
    assert working.work(timezone.now()) == 1
    return fresh(request)


def unpacked(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def address(request: DataSubjectRequest) -> str:
    return f"/my-data/{copies.link_of(request)}"


def test_it_has_all_that_is_kept_and_nothing_of_others() -> None:
    campaign = spring()
    Campaign.objects.filter(pk=campaign.pk).update(name=f"For {CANARY} and {BEN}")
    SavedView.objects.create(owner=staff("eve"), page="campaigns", name=f"={CANARY}", query="")
    opened(actor(User.objects.get(username="eve")), campaign.pk, timezone.now())
    for contact in (contact_of(CANARY), contact_of(BEN)):
        AccessAlert.objects.create(
            rule="same_contact", username="eve", contact_id=contact, starts_at=DAY, ends_at=DAY, found_at=DAY, count=6
        )
    request = verified("access", CANARY, at=timezone.now())
    working.work(timezone.now())
    found = unpacked(copies.fetch(copies.link_of(fresh(request)), timezone.now()))

    deeds = json.loads(found["activity.json"])
    assert [deed["deed"] for deed in deeds] == [
        "sent", "delivered", "opened", "opened", "clicked", "converted", "unsubscribed",
    ]  # fmt: skip
    assert (deeds[5]["amount"], deeds[5]["currency"], deeds[5]["credited_to"]) == (
        "19.90",
        "USD",
        f"For {CANARY} and …",
    )
    assert json.loads(found["identity.json"])[0]["known by"] == CANARY
    assert [(row["act"], row["purpose"]) for row in json.loads(found["looks.json"])] == [
        ("found unusual", "same contact"),
    ]
    assert [row["kind"] for row in json.loads(found["requests.json"])] == ["access"]
    texts = {row["column"]: row["text"] for row in json.loads(found["texts-of-campaigns.json"])}
    assert texts["name"] == f"={CANARY}"
    rows = list(csv.DictReader(StringIO(found["texts-of-campaigns.csv"].decode("utf-8-sig"))))
    assert {row["text"] for row in rows} == {f"For {CANARY} and …", f"'={CANARY}"}  # no formula for a spreadsheet
    assert BEN not in " ".join(content.decode(errors="replace") for content in found.values())


def test_the_manifest_lists_every_file_with_its_checksum() -> None:
    found = unpacked(copies.fetch(copies.link_of(made()), timezone.now()))
    listed = {file["name"]: file for file in json.loads(found["manifest.json"])["files"]}
    assert set(listed) == set(found) - {"manifest.json"}
    assert {name: file["sha256"] for name, file in listed.items()} == {
        name: hashlib.sha256(found[name]).hexdigest() for name in listed
    }
    assert listed["activity.csv"]["rows"] == 7
    page = found["index.html"].decode()
    assert [name for name in listed if name != "index.html" and f'href="{name}"' not in page] == []
    assert "Activity: 7" in page


def test_portability_gives_what_they_gave_and_did() -> None:
    found = unpacked(copies.fetch(copies.link_of(made("portability")), timezone.now()))
    assert {name.partition(".")[0] for name in found} == {"index", "manifest", "identity", "activity", "inbox"}


def test_at_rest_it_is_sealed(files: Path) -> None:
    made()
    (file,) = [path for path in files.rglob("*") if path.is_file()]
    assert CANARY.encode() not in file.read_bytes()
    assert not file.read_bytes().startswith(b"PK")


def test_it_is_fetched_once_by_a_button(files: Path) -> None:
    request = made()
    link, client = address(request), Client()
    for _ in range(2):  # as programs do that look at links in mails
        page = client.get(link)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert CANARY not in page.content.decode()
    got = client.post(link)
    assert (got["Content-Type"], got["Content-Disposition"]) == (
        "application/zip",
        'attachment; filename="my-data.zip"',
    )
    assert "activity.json" in unpacked(got.content)
    assert [client.get(link).status_code, client.post(link).status_code] == [404, 404]
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert AuditEntry.objects.order_by("-id")[0].act == "fetched"


def test_a_link_runs_out_and_the_copy_goes(files: Path) -> None:
    request = made()
    link = address(request)
    DataSubjectRequest.objects.update(copy_until=timezone.now() - timedelta(seconds=1))
    assert Client().post(link).status_code == 404
    assert copies.cut(timezone.now()) == 1
    assert copies.cut(timezone.now()) == 0
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_a_link_that_was_changed_leads_nowhere() -> None:
    link = address(made())
    for other in (link[:-1] + ("a" if link[-1] != "a" else "b"), "/my-data/x", "/my-data/" + "a" * 5_000):
        assert Client().get(other).status_code == 404


def test_a_copy_that_waits_goes_with_the_person(files: Path) -> None:
    made()
    approved(CANARY, at=timezone.now())
    assert working.work(timezone.now()) == 1
    assert [path for path in files.rglob("*") if path.is_file()] == []
    assert DataSubjectRequest.objects.filter(subject__isnull=False).count() == 0


def test_an_officer_is_given_the_link_once_it_is_ready() -> None:
    request = made()
    officer = User.objects.create_user("nina", is_staff=True)
    officer.groups.add(Group.objects.get(name="Compliance officer"))
    client = Client()
    client.force_login(officer)
    change = f"/admin/compliance/datasubjectrequest/{request.pk}/change/"
    page = client.post(change, {"act": "link", "check": "", "words": ""}, follow=True).content.decode()
    assert f"http://testserver{address(request)[:12]}" in page
    assert AuditEntry.objects.filter(act="linked", username="nina").exists()
    Client().post(address(request))
    page = client.post(change, {"act": "link", "check": "", "words": ""}, follow=True).content.decode()
    assert "fetched already" in page


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_it() -> None:
    link = address(made())

    def fetch(_: int) -> int:
        try:
            return Client().post(link).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(fetch, range(4))) == [200, 404, 404, 404]


def test_who_is_not_known_gets_an_empty_copy() -> None:
    request = verified("access", "nobody@example.com", at=timezone.now())
    working.work(timezone.now())
    found = unpacked(copies.fetch(copies.link_of(fresh(request)), timezone.now()))
    assert json.loads(found["activity.json"]) == json.loads(found["identity.json"]) == []
    with pytest.raises(copies.Gone):
        copies.link_of(fresh(request))
