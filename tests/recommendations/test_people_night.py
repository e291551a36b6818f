"""A night over people's history out of a real database, from events to the receipt of what is shown."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from analytics.event_types import EventType as T
from analytics.models import Campaign, CampaignDaily, CampaignHourly
from analytics.models.totals import Basis
from recommendations.models import Recommendation, RuleSetting
from recommendations.proposing import propose
from tests.analytics.matching import Message
from tests.analytics.test_overview import text_of
from tests.analytics.test_queries_people_history import add
from tests.analytics.totals import DAY_ZEROS, ZEROS, version

from . import readers
from .made import made
from .readers import LETTER, TODAY, Habits

pytestmark = pytest.mark.django_db
AT = datetime.combine(TODAY, time(3), UTC)
PAGE = "/admin/marketing/recommendations/"


def lay_down(messages: list[Message]) -> None:
    """Their events, and the totals that a fold would have made of them."""
    for one in readers.seen(messages).campaigns:
        Campaign.objects.create(pk=one.id, external_id=one.external_id, name=one.name, channel=one.channel)
        CampaignDaily.objects.bulk_create(
            CampaignDaily(**DAY_ZEROS | asdict(day), basis=Basis.SEND, campaign_id=one.id) for day in one.days
        )
    sent, clicked = (
        Counter((one.campaign, one.left_at.replace(minute=0)) for one in messages if one.clicked or not alone)
        for alone in (False, True)
    )
    CampaignHourly.objects.bulk_create(
        CampaignHourly(
            **ZEROS | {"sends": count, "delivered": count, "unique_clicks": clicked[campaign, hour]},
            basis=Basis.SEND, campaign_id=campaign, hour=hour,
        )
        for (campaign, hour), count in sent.items()
    )  # fmt: skip
    add([row for number, one in enumerate(messages) for row in events(number, one)])
    version()


def events(number: int, one: Message) -> Iterator[tuple[Any, ...]]:
    happened = ((T.SENT, True), (T.DELIVERED, True), (T.CLICKED, one.clicked), (T.UNSUBSCRIBED, one.unsubscribed))
    for minutes, (kind, happens) in enumerate(happened):
        if happens:
            at = one.left_at + timedelta(minutes=minutes)
            yield one.contact, at, at, UUID(int=number * 9 + minutes), one.campaign, kind, 0, f"m{number}"


@pytest.fixture
def ada(client: Any) -> User:
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    return user


def receipts(client: Any, found: Recommendation) -> list[str]:
    return [text_of(client.get(f"{PAGE}{found.pk}/figures/{number}/")) for number in range(len(found.evidence))]


def test_a_better_hour_is_told_and_its_receipts_count_what_it_stands_on(client: Any, ada: User) -> None:
    messages = readers.messages(1, Habits(people=400, evening=1.9, click=0.2))
    lay_down(messages)
    propose(AT)
    found = Recommendation.objects.get(rule="send_time", campaign=LETTER)
    (expected,) = readers.told("send_time", 1, Habits(people=400, evening=1.9, click=0.2))[:1]
    assert found.evidence[1]["value"] == pytest.approx(expected.evidence[1].value)
    _, evening, morning = receipts(client, found)
    (at,) = (one for one in readers.seen(messages).campaigns if one.id == LETTER)
    matched = at.click_hours[0].matched
    for receipt, rate, words in (
        (evening, matched.rate, f"{matched.hits:,} of {matched.messages:,} clicked, left at 18:00 to 19:00"),
        (morning, matched.other_rate, f"{matched.other_hits:,} of {matched.others:,} clicked, left at 09:00 to 10:00"),
    ):
        assert f"Counted now {rate * 100:.1f} %, by what people were sent and did" in receipt
        assert f"Before weighing {words}" in receipt
        assert f"Denominator {matched.weight:,.2f} weight of messages" in receipt
        assert f"People {matched.people:,}" in receipt
        assert "Mantel and Haenszel" in receipt
    page = text_of(client.get(f"{PAGE}{found.pk}/"))
    assert "Click rate of its people at 18:00, matched with 09:00" in page
    assert "matched messages" in page


def test_that_much_mail_makes_people_leave_is_told_with_receipts(client: Any, ada: User) -> None:
    habits = Habits(people=700, tips=(0.08, 0.2), leave=0.008, weary=4.0)
    messages = readers.messages(2, habits)
    lay_down(messages)
    RuleSetting.objects.create(rule="list_health", thresholds={"unsubscribes": 0.2})
    propose(AT)
    found = Recommendation.objects.filter(rule="list_health").order_by("campaign").first()
    assert found is not None
    assert found.action == "write_less"
    crowd = next(one.crowd for one in readers.seen(messages).campaigns if one.id == found.campaign_id)
    assert crowd is not None
    assert crowd.left is not None
    _, mean, share, many, few = receipts(client, found)
    assert f"Counted now {crowd.messages / crowd.people:.2f}, by" in mean
    assert f"{crowd.messages:,} in 28 days" in mean
    assert f"Counted now {crowd.above / crowd.people * 100:.1f} %, by" in share
    assert f"Above the line {crowd.above:,} people got more than 12" in share
    assert f"{crowd.left.hits:,} of {crowd.left.messages:,} unsubscribed, when somebody had got more than 12" in many
    assert f"{crowd.left.other_hits:,} of {crowd.left.others:,} unsubscribed, when somebody had got at most 12" in few
    page = text_of(client.get(f"{PAGE}{found.pk}/"))
    for words in (
        "Messages per person in 28 days",
        "People who got more than 12",
        "Unsubscribe rate when they had got at most 12",
    ):
        assert words in page


def test_a_figure_of_people_of_whom_there_are_too_few_now_is_unknown(client: Any, ada: User) -> None:
    lay_down(readers.messages(1, Habits(people=3)))
    start, end = (TODAY - timedelta(days=days) for days in (63, 7))
    figure = {
        "value": 0.2,
        "low": 0.1,
        "high": 0.3,
        "sample": 50.0,
        "start": str(start),
        "end": str(end),
        "of_campaign": True,
    }
    kept = [
        figure | {"label": "Evening", "metric": "matched_click_rate", "hour": 18, "against": 9},
        figure | {"label": "Many", "metric": "matched_click_rate", "line": 12.0, "above": True},
    ]
    found = made("send_time", Campaign.objects.get(pk=LETTER), evidence=kept)
    for receipt in receipts(client, found):
        assert "Counted now –, by what people were sent and did" in receipt
        assert "20 %" in receipt
