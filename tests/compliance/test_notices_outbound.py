"""No kind of channel leads inside: neither when it is saved nor when it is called, whatever the name says then."""

import socket
from collections.abc import Sequence
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from compliance import crypto, notices, outbound
from compliance.job_errors import JobFailedError
from compliance.models import Notice, NoticeChannel
from compliance.notices import sending
from tests.compliance.channels import KINDS, channel, message, open_to
from tests.compliance.looks import person, signed_in
from tests.compliance.servers import OK, answering, serving
from tests.compliance.test_outbound import HOSTILE, NAMES, ODD, PUBLIC, by_table

pytestmark = pytest.mark.django_db
ADD = "/admin/compliance/noticechannel/add/"


@pytest.fixture
def by_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver knows the table of hostile names, and asks nobody."""
    monkeypatch.setattr(outbound, "_by_system", by_table)


@pytest.fixture
def mia(db: None) -> Client:
    return signed_in(person("mia"))


def form(address: str, kind: str = "webhook", **fields: Any) -> dict[str, Any]:
    return {"name": "one", "kind": kind, "about": ["marketing"], "where": address, "enabled": "on"} | fields


@pytest.mark.parametrize("kind", KINDS)
def test_what_leads_inside_is_not_saved_and_the_field_says_why(
    kind: str, mia: Client, by_names: None, no_connection: list[Any]
) -> None:
    saved, unsaid = [], []
    for url in (url for url in HOSTILE + ODD if url.strip() == url):
        answer = mia.post(ADD, form(url, kind))
        saved += [url] if answer.status_code != 200 else []
        errors = answer.context["adminform"].form.errors if answer.context else {}
        unsaid += [] if list(errors) == ["where"] and "not called" in str(errors["where"]) else [(url, dict(errors))]
    assert (saved, [one for one in unsaid if "\x00" not in one[0]], NoticeChannel.objects.count()) == ([], [], 0)
    assert no_connection == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_leads_inside_by_now_is_not_called(
    kind: str, settings: Settings, by_names: None, no_connection: list[Any]
) -> None:
    """As if the form had let it pass, or the name had changed its mind since."""
    made = channel("https://public.example/hook", kind=kind)
    now = timezone.now()
    called = []
    for number, url in enumerate(HOSTILE + ODD):
        NoticeChannel.objects.filter(pk=made.pk).update(address=crypto.encrypt(url.encode()))
        notices.tell(message(f"{number}"), now)
        with pytest.raises(JobFailedError):
            sending.send(now)
        row = Notice.objects.get(key=f"{number}")
        refused = row.state == "given up" and row.error.startswith(("Not called: ", "There is nobody"))
        called += [] if refused else [(url, row.state, row.error)]
    assert (called, no_connection) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_another_when_it_is_called_is_looked_at_then(
    kind: str, monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    answers: dict[str, Sequence[str]] = {"rebinding.example": [PUBLIC]}
    monkeypatch.setattr(outbound, "_by_system", lambda host, port: answers[host])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: pytest.fail("asked again"))
    channel("https://rebinding.example/hook", kind=kind)
    now = timezone.now()
    notices.tell(message("first"), now)
    with pytest.raises(JobFailedError):
        sending.send(now)
    assert no_connection == [(PUBLIC, 443)]
    answers["rebinding.example"] = ["::ffff:10.0.0.1"]
    notices.tell(message("second"), now)
    with pytest.raises(JobFailedError):
        sending.send(now)
    assert (
        Notice.objects.get(key="second").error
        == "Not called: rebinding.example lies inside, or where no web server is."
    )
    assert no_connection == [(PUBLIC, 443)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_sent_but_by_the_door(kind: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What apprise would send by itself goes nowhere, nor by a proxy of the environment."""
    monkeypatch.setattr(requests.Session, "send", lambda *args, **more: pytest.fail("not by the door"))
    with serving(answering(OK)) as server, serving(answering(OK)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        channel(open_to(settings, server)[0], kind=kind)
        notices.tell(message(), timezone.now())
        assert sending.send(timezone.now()) == 1
    assert (len(server.seen), proxy.seen) == (1, [])


def test_the_table_has_names_of_every_sort() -> None:
    assert len(HOSTILE) + len(ODD) > 70
    assert PUBLIC in NAMES["public.example"]
