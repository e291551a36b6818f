"""Channels and the log of notices in a real browser."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from compliance import notices
from compliance.acting import Actor
from compliance.models import Notice, NoticeChannel
from compliance.notices import sending
from tests.browser.conftest import DESK, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave
from tests.compliance.channels import channel, message, open_to, saying
from tests.compliance.servers import OK, answering, serving

LIST, LOG = "/admin/compliance/noticechannel/", "/admin/compliance/notice/"


@pytest.fixture(autouse=True)
def told(portal: Portal, settings: Settings) -> None:
    """Three channels, one of which does not work, and what they were told."""
    ada, now = User.objects.get(username="ada"), timezone.now()
    settings.EMAIL_URL = "smtp://127.0.0.1"
    gone = saying("404 Not here", "no_service: the webhook was removed by somebody of the workspace")
    with serving(answering(OK)) as works, serving(answering(gone)) as broken:
        urls = open_to(settings, works, broken)
        for url, kind, name in zip(urls, ("slack", "webhook"), ("Marketing room", "Ticket desk"), strict=True):
            made = channel(url, kind, name=name, by=ada)
            sending.test(made.pk, by=Actor(ada), at=now)
        notices.tell(message(), now)
        for notice in Notice.objects.filter(about="marketing"):
            sending.attempt(notice, now)
    channel("ops@team.test\nlead@team.test", "email", ["marketing", "access"], "Team by mail", by=ada)
    notices.tell(message("another"), now)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, size: tuple[int, int], theme: str
) -> None:
    page = portal.page(portal.shared, size, theme)
    webhook = NoticeChannel.objects.get(kind="webhook")
    for place in (
        LIST,
        f"{LIST}add/",
        f"{LIST}{webhook.pk}/change/",
        LOG,
        f"{LOG}{Notice.objects.latest('pk').pk}/change/",
    ):
        page.goto(f"{portal.url}{place}")
        assert (place, grave(page, "#content", preload=False), page.evaluate(WIDER)) == (place, [], False)


def test_a_webhook_is_made_tried_and_its_secret_seen_once(portal: Portal, settings: Settings) -> None:
    page = portal.page(portal.shared, PHONE, "light")
    with serving(answering(OK)) as server:
        [url] = open_to(settings, server)
        page.goto(f"{portal.url}{LIST}add/")
        page.fill("#id_name", "Data team")
        page.select_option("#id_kind", "webhook")
        page.check("[name=about][value=marketing]")
        page.fill("#id_where", url)
        follow(page, "[name=_save]")
        assert page.inner_text("code").startswith("whsec_")
        assert not page.evaluate(WIDER)
        follow(page, "text=I have kept it")
        assert "whsec_" not in page.content()
        follow(page, "#test")
        assert "The test was sent. Answered 200." in page.inner_text(".messagelist")
