"""What I looked at, and the reviews of officers, in a real browser."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from analytics.models import Campaign
from compliance.models import AccessAlert
from compliance.reviews import signing
from tests.browser.conftest import DESK, PHONE, Portal, follow
from tests.browser.test_campaign import WIDER
from tests.browser.test_overview_looks import grave
from tests.compliance.looks import IN_Q3, granted, log, row

LOOKS = "my-looks/"
REVIEW = "/admin/compliance/accessreview/2026-Q3/change/"


@pytest.fixture(autouse=True)
def looked(portal: Portal) -> None:
    """Ada looked at people today and in the third quarter, much more than she is used to."""
    ada, now = User.objects.get(username="ada"), timezone.now()
    spring = Campaign.objects.get(external_id="spring").pk
    for at in (IN_Q3, now - timedelta(days=1), now):
        log(
            granted(ada, "Ticket 482913: says that nothing came", at),
            row(ada, "listed", at, range(50), campaign=spring, ip="192.0.2.7"),
            row(ada, "refused", at, campaign=spring, ip="2001:db8::17", key_prefix="k1234567"),
        )
    AccessAlert.objects.create(
        rule="contacts", user_id=ada.pk, username="ada", starts_at=now, ends_at=now, found_at=now, count=612, usual=40
    )
    signing.ensure(now)


@pytest.mark.parametrize(("size", "theme"), [(DESK, "dark"), (PHONE, "light")])
def test_axe_finds_nothing_grave_and_nothing_is_wider_than_the_screen(
    portal: Portal, size: tuple[int, int], theme: str
) -> None:
    page = portal.open(LOOKS, size=size, theme=theme)
    assert "Many contacts" in page.inner_text("#noticed")
    assert grave(page) == []
    assert not page.evaluate(WIDER)


def test_the_portals_head_leads_there_and_a_row_to_its_campaign(portal: Portal) -> None:
    page = portal.open()
    follow(page, "#user-tools a:has-text('What I looked at')")
    assert page.url.endswith(LOOKS)
    follow(page, "#own-looks td:nth-child(4) a >> nth=0")
    assert "/campaigns/" in page.url


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_a_review_is_read_and_signed_at_any_width(portal: Portal, size: tuple[int, int], theme: str) -> None:
    page = portal.page(portal.shared, size, theme)
    page.goto(f"{portal.url}{REVIEW}")
    assert not page.evaluate(WIDER)
    page.fill("#note", "Read with all who stand out")
    follow(page, "input[value='Sign 2026-Q3']")
    assert "All accesses of this quarter are your own" in page.inner_text(".messagelist")
