"""The recommendations' pages, as staff see them and decide on them."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.models import Campaign, CurrencyRate
from compliance.models import JobRun
from recommendations.models import Decision, Recommendation, RuleSetting
from recommendations.pages import listing
from recommendations.pages.evidence import axes
from tests.analytics.test_overview import text_of
from tests.analytics.totals import campaign, in_hour, on_day, version
from tests.recommendations.made import EVIDENCE, EXPECTED, NOW, PLAN, START, made

pytestmark = pytest.mark.django_db

LIST = "/admin/marketing/recommendations/"
MOST_QUESTIONS = 14
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{LIST}"}


@pytest.fixture
def ada(client: Any) -> User:
    """May decide."""
    user = _staff("ada")
    client.force_login(user)
    return user


@pytest.fixture
def grace() -> User:
    return _staff("grace")


def _staff(name: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_recommendation"))
    return user


def shown(response: Any) -> list[int]:
    """The numbers of the cards, in their order."""
    return [int(pk) for pk in re.findall(r'<article [^>]*id="recommendation-(\d+)"', response.content.decode())]


def decide(client: Any, found: Recommendation, decision: str, **given: str) -> Any:
    return client.post(f"{LIST}{found.pk}/{decision}/", given, headers=HTMX)


@pytest.mark.parametrize("below", ["", "1/", "top/", "of-campaign/", "1/figures/0/"])
def test_strangers_and_those_without_staff_go_to_the_login(client: Any, below: str) -> None:
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        response = client.get(f"{LIST}{below}")
        assert (response.status_code, response.url) == (302, f"/admin/login/?next={LIST}{below}")


def test_the_open_ones_are_listed_by_what_they_are_worth(client: Any, ada: User) -> None:
    small, large = made(money="10.00"), made(money="5000.00")
    made(state="accepted"), made(state="dismissed")
    response = client.get(LIST)
    assert shown(response) == [large.pk, small.pk]
    assert "Open (2)" in text_of(response)
    assert "Waiting to be done (1)" in text_of(response)


def test_a_card_says_what_to_do_what_it_is_worth_and_why(client: Any, ada: User) -> None:
    found = made()
    card = text_of(client.get(LIST), f"recommendation-{found.pk}")
    for words in (
        "Cut its budget by half, or stop it.", found.campaign.name, "Search", "+$900 in 30 days",
        "+$500 to +$1,300 expected", "ROAS 0.40 0.30 to 0.50 of $1,400 spend",
        "ROAS of its channel 2.50 2.10 to 3.00",
        "What it costs in 30 days less what it brings in.", "Score 0.50 of 1", "large (0.80 of 1)", "much (0.90 of 1)",
        "Measured by ROAS, higher is better", "For 14 days from the day after it is done", "At least $200.00 spend",
        "campaigns of its channel with the same finding that were left alone", "stands until 29 Nov 2026",
    ):  # fmt: skip
        assert words in card, words


def test_a_one_sided_interval_says_so_and_a_sum_is_not_drawn(client: Any, ada: User) -> None:
    cost = EVIDENCE[0] | {"metric": "cost", "label": "Cost", "value": 4180.0, "low": None, "high": None}
    found = made(evidence=[EVIDENCE[0] | {"high": None}, cost])
    response = client.get(f"{LIST}{found.pk}/")
    assert "ROAS 0.40 at least 0.30 of $1,400 spend Cost $4,180 How" in text_of(response)
    assert response.content.decode().count('<svg class="interval') == 2  # of the money and of the ROAS


def test_a_figure_leads_to_its_receipt_then_and_now(client: Any, ada: User) -> None:
    found = made()
    on_day(START, found.campaign.pk, cost=100, revenue=50)
    version()
    response = client.get(f"{LIST}{found.pk}/figures/0/", headers=HTMX)
    for words in ("ROAS × 0.40", "95 % interval 0.30 to 0.50", "Sample $1,400 spend", "as of 15 Nov 2026, 12:00 UTC",
                  "Counted now 0.50, the campaign", "Denominator $100.00 cost"):  # fmt: skip
        assert words in text_of(response), words
    others = text_of(client.get(f"{LIST}{found.pk}/figures/1/"))
    assert "all Search campaigns, this one included" in others
    assert "the mean of campaigns" in others
    assert "the mean of campaigns" not in text_of(client.get(f"{LIST}{found.pk}/figures/0/"))
    assert client.get(f"{LIST}{found.pk}/figures/2/").status_code == 404
    winner = made("winner", found.campaign, plan=PLAN | {"metric": "net_revenue"})
    on_day(START, campaign("mail").pk, cost=100, revenue=350)
    version(2)
    assert "Counted now 2.00, all campaigns, this one included" in text_of(client.get(f"{LIST}{winner.pk}/figures/1/"))


def test_a_roas_that_stands_alone_is_drawn_against_the_one_that_pays() -> None:
    (axis,) = axes(made(evidence=EVIDENCE[:1], settings={"break_even": 1.0}))
    (row,) = axis.rows
    assert row.drawn.mark is not None
    assert row.drawn.right < row.drawn.mark
    assert axes(made(evidence=EVIDENCE[:1], settings={}))[0].rows[0].drawn.mark is None


def test_the_receipt_of_an_hour_counts_what_left_in_it(client: Any, ada: User) -> None:
    mail = campaign("mail")
    evidence = [EVIDENCE[0] | {"metric": "click_rate", "value": 0.08, "sample": 400.0, "hour": hour} for hour in (9, 5)]
    found = made("send_time", mail, evidence=evidence)
    on_day(START, mail.pk, delivered=1_000, unique_clicks=30)
    for hour, delivered, clicks in ((8, 500, 5), (9, 400, 20), (10, 100, 5)):
        in_hour(datetime(START.year, START.month, START.day, hour, 30, tzinfo=UTC), mail.pk, delivered=delivered,
                unique_clicks=clicks)  # fmt: skip
    version()
    receipt = text_of(client.get(f"{LIST}{found.pk}/figures/0/"))
    for words in ("Counted now 5.00 %, what left at 09:00 to 10:00", "Numerator 20 message unique clicks",
                  "Denominator 400 delivered", "Left at 09:00 to 10:00", "8.00 %"):  # fmt: skip
        assert words in receipt, words
    assert "Left out" not in receipt
    assert "Counted now –, what left at 05:00" in text_of(client.get(f"{LIST}{found.pk}/figures/1/"))


def test_filters_by_state_rule_channel_and_campaign(client: Any, ada: User) -> None:
    mail = made("subject_line", campaign("spring"))
    search, done = made(), made(state="measuring")
    for query, wanted in (
        ({"rule": "subject_line"}, [mail]),
        ({"channel": "email"}, [mail]),
        ({"campaign": search.campaign.external_id}, [search]),
        ({"state": "measuring"}, [done]),
        ({"state": "all"}, [mail, search, done]),
        ({"state": "later"}, []),
    ):
        assert shown(client.get(LIST, query)) == [found.pk for found in wanted], query


@pytest.mark.parametrize("field", ["state", "rule", "channel", "campaign", "page"])
def test_what_cannot_be_asked_is_named_and_the_rest_is_shown(client: Any, ada: User, field: str) -> None:
    found = made()
    for bad in ("pigeon", "\x00", "0"):
        response = client.get(LIST, {field: bad})
        assert response.status_code == 400
        assert shown(response) == [found.pk]
        assert field.replace("state", "show").capitalize() in text_of(response, "problems")


def test_twenty_stand_on_a_page(client: Any, ada: User) -> None:
    found = [made(money=100 - n) for n in range(21)]
    first, second = client.get(LIST), client.get(LIST, {"page": 2})
    assert (len(shown(first)), shown(second)) == (20, [found[-1].pk])
    assert "1–20 of 21" in text_of(first, "place")
    assert b"?page=2" in first.content
    for beyond in ("3", "00000000199", "000000001" + "0" * 5000):
        assert client.get(LIST, {"page": beyond}).status_code == 400


def test_questions_to_the_database_stay_few_however_many_there_are(
    client: Any, ada: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for state in ("open", "accepted") * 8:
        found = made(state=state)
        Decision.objects.create(recommendation=found, decision="accept", state_before="open", state_after="accepted",
                                username="ada", at=NOW)  # fmt: skip
    with django_assert_max_num_queries(MOST_QUESTIONS):
        client.get(LIST, {"state": "all"})


def test_states_without_any_say_what_to_do(client: Any, ada: User) -> None:
    assert "No recommendations yet" in text_of(client.get(LIST), "none")
    run = JobRun.objects.create(name="recommend", started_at=timezone.now(), outcome="nothing to do")
    assert "rules looked 0 s ago" in text_of(client.get(LIST))
    assert "Nothing to decide" in text_of(client.get(LIST), "none")
    JobRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=30))
    assert "rules looked 30 h ago they should every night" in text_of(client.get(LIST))
    made(state="accepted")
    assert "Nothing to decide" in text_of(client.get(LIST), "none")
    assert "None is like that" in text_of(client.get(LIST, {"channel": "email"}), "none")


def test_without_the_database_the_page_says_so(client: Any, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(listing, "with_campaigns", away)
    response = client.get(LIST)
    assert response.status_code == 503
    assert "could not be read" in text_of(response)


def test_whoever_may_not_decide_sees_why_and_cannot(client: Any) -> None:
    client.force_login(User.objects.create(username="eve", is_staff=True))
    found = made()
    response = client.get(LIST)
    assert shown(response) == [found.pk]
    assert "needs the permission “Can change recommendation”" in text_of(response, "may-not")
    assert b"<form method=post" not in response.content
    assert "accept/" not in response.content.decode()
    assert decide(client, found, "accept").status_code == 403
    assert Recommendation.objects.get().state == "open"


def test_what_is_accepted_says_so_and_can_be_undone_for_ten_seconds(client: Any, ada: User) -> None:
    found = made()
    card = decide(client, found, "accept")
    assert "Accepted by ada on" in text_of(card)
    assert b'data-seconds="10"' in card.content
    assert "Mark as done" in text_of(card)
    assert 'hx-swap-oob="innerHTML">Accepted. You can undo it for 10 seconds.' in card.content.decode()
    assert "Proposed on" in text_of(decide(client, found, "undo"))
    assert Recommendation.objects.get().state == "open"
    for seconds, left in ((9, True), (11, False)):
        Decision.objects.create(
            recommendation=found, decision="accept", state_before="open", state_after="accepted", user_id=ada.pk,
            username="ada", at=timezone.now() - timedelta(seconds=seconds),
        )  # fmt: skip
        assert (b"undo/" in client.get(f"{LIST}{found.pk}/").content) == left


def test_a_dismissal_takes_its_reason_and_a_note(client: Any, ada: User) -> None:
    found = made()
    for given, problem in (({}, "Choose why."), ({"reason": "other", "note": "n" * 300}, "at most 200")):
        card = decide(client, found, "dismiss", **given)
        assert card.status_code == 400
        assert problem in text_of(card)
    card = decide(client, found, "dismiss", reason="too_risky", note="The brand is changing")
    assert "Dismissed by ada on" in text_of(card)
    assert "too risky. “The brand is changing”" in text_of(card)


def test_what_is_put_off_says_until_when(client: Any, ada: User) -> None:
    found = made()
    assert "Choose for how long." in text_of(decide(client, found, "snooze", days="8"))
    card = decide(client, found, "snooze", days="7")
    until = timezone.now() + timedelta(days=7)
    assert f"until {until.day} {until:%b %Y}." in text_of(card)


def test_what_is_done_is_marked_with_its_day_and_measured(client: Any, ada: User) -> None:
    found = made()
    decide(client, found, "accept")
    today = timezone.now().date()
    for on in ("", "soon", "2020-01-01"):
        card = decide(client, found, "implement", on=on)
        assert (card.status_code, b"on-error" in card.content) == (400, True), on
    card = decide(client, found, "implement", on=today.isoformat())
    assert f"done on {today.day} {today:%b %Y}." in text_of(card)
    due = today + timedelta(days=1 + 14 + 7)
    assert f"Outcome from {due.day} {due:%b %Y} on" in text_of(card)


def test_what_somebody_else_decided_meanwhile_is_told_in_the_card(client: Any, ada: User, grace: User) -> None:
    found = made()
    client.force_login(grace)
    decide(client, found, "accept")
    client.force_login(ada)
    card = decide(client, found, "dismiss", reason="other")
    assert card.status_code == 409
    assert "Nothing was changed. grace accepted this on" in text_of(card)
    assert b"undo/" not in card.content
    assert Recommendation.objects.get().state == "accepted"


def test_without_scripts_a_decision_leads_to_the_recommendation(client: Any, ada: User) -> None:
    found = made()
    one = f"{LIST}{found.pk}/"
    response = client.post(f"{one}accept/")
    assert (response.status_code, response.url) == (302, one)
    assert "Undo" in text_of(client.get(one))
    response = client.post(f"{one}dismiss/", {"reason": "other"})
    assert response.status_code == 409
    assert "Nothing was changed. ada accepted this" in text_of(response)
    assert client.post(f"{LIST}{found.pk + 1}/accept/").status_code == 404


OUTCOME = {
    "verdict": "better", "why": "Against what was to be expected it rose.", "controls": 5, "before": 0.2, "after": 0.25,
    "against": "campaigns of its channel", "expected_change": -0.03,
    "effect": {"low": 0.1, "mid": 0.25, "high": 0.4}, "money": {"low": 100.0, "mid": 600.0, "high": 900.0},
}  # fmt: skip


def test_what_was_measured_stands_beside_what_was_promised(client: Any, ada: User) -> None:
    open_rate = {"metric": "open_rate", "before": 0.2, "after": {"low": 0.22, "mid": 0.24, "high": 0.28}}
    rate = made(state="better", outcome=OUTCOME, plan=PLAN | {"metric": "open_rate"}, expected=EXPECTED | open_rate)
    card = text_of(client.get(f"{LIST}{rate.pk}/"), f"recommendation-{rate.pk}")
    for words in (
        "It helped", "Against what was to be expected it rose.", "Change of open rate, measured +25 % +10 % to +40 %",
        "Change of open rate, promised +20 % +10 % to +40 %", "Worth in 30 days, measured +$600 +$100 to +$900",
        "Worth in 30 days, promised +$900 +$500 to +$1,300", "Open rate before and after 20 % → 25 %",
        "Would have changed anyhow by −3.00 %", "Against 5 campaigns of its channel",
    ):  # fmt: skip
        assert words in card, words
    unknown = OUTCOME | {"effect": None, "money": None, "expected_change": None, "why": "There was no cost before."}
    money = made(state="cannot tell", outcome=unknown)
    card = text_of(client.get(f"{LIST}{money.pk}/"), f"recommendation-{money.pk}")
    assert "Cannot tell There was no cost before. ROAS before and after" in card


def test_people_held_out_stand_beside_those_written_to_and_few_are_not_counted(client: Any, ada: User) -> None:
    arms = {
        "days": 14, "change": {"low": 0.1, "mid": 0.25, "high": 0.4},
        "written_before": {"people": 4000, "converters": 200}, "written_after": {"people": 4000, "converters": 250},
        "held_before": {"people": 500, "converters": None}, "held_after": {"people": None, "converters": None},
    }  # fmt: skip
    kept = OUTCOME | {"effect": None, "arms": arms, "against": "people of its own audience", "because": "By chance."}
    row = made(state="better", outcome=kept, plan=PLAN | {"metric": "click_conversion_rate"})
    card = text_of(client.get(f"{LIST}{row.pk}/"), f"recommendation-{row.pk}")
    for words in (
        "Change of conversions within 14 days, measured +25 % +10 % to +40 %", "Worth in 30 days, promised",
        "Converted within 14 days, written to 5.00 % of 4,000 → 6.25 % of 4,000",
        "Converted within 14 days, held out fewer than 5 of 500 → fewer than 5 people",
        "Against people of its own audience By chance.",
    ):  # fmt: skip
        assert words in card, words


def test_what_is_called_badly_does_no_harm(client: Any, ada: User) -> None:
    bad = campaign("x")
    Campaign.objects.filter(pk=bad.pk).update(name="<script>alert(1)</script>")
    found = made(campaign=bad, proposal="<script>alert(2)</script>", action="<b>")
    for address in (LIST, f"{LIST}{found.pk}/", f"{LIST}top/", f"{LIST}of-campaign/?campaign=x"):
        response = client.get(address)
        assert response.status_code == 200
        assert b"<script>alert" not in response.content


def test_health_shows_how_many_are_accepted_and_whether_that_helped(
    client: Any, ada: User, django_assert_num_queries: Any
) -> None:
    panel = text_of(client.get(f"{LIST}kept/"))
    assert "Accepted – 0 of 0 that were decided Helped – none could be told yet" in panel
    for rule, states in (("low_roas", ("better", "better", "worse", "cannot tell")), ("winner", ("dismissed", "open"))):
        for each in states:
            made(rule=rule, state=each)
    with django_assert_num_queries(4):  # session, user, states, outcomes
        panel = text_of(client.get(f"{LIST}kept/"))
    assert "Accepted 80 % 4 of 5 that were decided" in panel
    assert "Helped 66.7 % of 3 that could be told; 95 % interval" in panel
    assert "Measured 4 2 helped, 1 did harm, 1 cannot tell Open 1 0 expired" in panel


def test_the_overview_shows_the_three_that_are_worth_most(client: Any, ada: User) -> None:
    assert "No recommendation is open." in text_of(client.get(f"{LIST}top/"))
    for money in (10, 30, 20, 40):
        made(money=money, proposal=f"Worth {money}.")
    version()
    mail = made(campaign=campaign("spring"), money=5, proposal="Worth 5.")
    panel = client.get(f"{LIST}top/")
    assert re.findall(r"Worth (\d+)", text_of(panel)) == ["40", "30", "20"]
    assert "all 5 →" in text_of(panel)
    panel = client.get(f"{LIST}top/?period=7d&channel=email")
    assert re.findall(r"Worth (\d+)", text_of(panel)) == ["5"]
    assert f'href="{LIST}{mail.pk}/"' in panel.content.decode()
    assert f'href="{LIST}?channel=email"' in panel.content.decode()
    assert f"{LIST}top/".encode() in client.get("/admin/marketing/").content


def test_a_campaigns_page_shows_its_own(client: Any, ada: User) -> None:
    version()
    spring = campaign("spring")
    page = client.get(f"/admin/marketing/campaigns/{spring.pk}/?basis=event").content.decode()
    assert f'hx-get="{LIST}of-campaign/?basis=event&amp;campaign=spring"' in page
    asked = f"{LIST}of-campaign/?basis=event&campaign=spring"
    assert client.get(asked).status_code == 204
    made(), made(campaign=spring, state="dismissed")
    assert client.get(asked).status_code == 204
    made(campaign=spring, state="better", outcome=OUTCOME), made("subject_line", spring)
    panel = text_of(client.get(asked))
    assert "It helped" in panel
    assert "Open · Subject line Cut its budget by half, or stop it. +$900 in 30 days" in panel
    assert client.get(f"{LIST}of-campaign/").status_code == 204
    assert client.get(f"{LIST}of-campaign/?campaign=%00").status_code == 204


def test_the_rules_stand_below_with_their_settings(client: Any, ada: User) -> None:
    RuleSetting.objects.create(rule="low_roas", thresholds={"least_days": 7}, muted=True, muted_because="It missed.")
    RuleSetting.objects.create(rule="shared", thresholds={"break_even": 2})
    page = client.get(LIST)
    rule = text_of(page, "rule-low_roas").split("Winner to scale")[0]
    for words in (
        "Low return on ad spend muted",
        "It missed.",
        "are not judged. 7 days changed",
        "less are not judged",
    ):
        assert words in rule, words
    assert "margin. 2 changed" in text_of(page, "rule-shared").split("Low return")[0]
    assert page.content.decode().count("The ROAS at which a campaign pays") == 1
    assert "Change or mute" not in rule
    ada.user_permissions.add(Permission.objects.get(codename="change_rulesetting"))
    where = "/admin/recommendations/rulesetting/low_roas/change/"
    assert f'<a class="down" href="{where}">Change or mute</a>' in client.get(LIST).content.decode()
    assert client.get(where).status_code == 200


def test_amounts_of_other_currencies_are_compared_and_it_says_how(client: Any, ada: User) -> None:
    dollars = made(money="100")
    assert "most first" in (place := text_of(client.get(LIST), "place"))
    assert "latest rate" not in place
    CurrencyRate.objects.create(currency="EUR", day=NOW.date(), rate="1.2")
    euros, unknown = made(money="90", currency="EUR"), made(money="9000", currency="JPY")
    page = client.get(LIST)
    assert shown(page) == [euros.pk, dollars.pk, unknown.pk]
    assert "of other currencies at the latest rate, those without one last" in text_of(page, "place")


def test_the_tab_is_open(client: Any, ada: User) -> None:
    assert f'<a href="{LIST}" aria-current="page">Recommendations</a>' in client.get(LIST).content.decode()


def test_pages_load_no_numpy_and_no_scipy() -> None:
    code = "import django, sys; django.setup(); import config.urls; print({'numpy', 'scipy'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert found.stdout.strip() == "set()"


def test_the_scoreboard_says_how_often_a_rule_was_right(client: Any, ada: User) -> None:
    for state in ("better", "better", "worse", "cannot tell"):
        made(state=state, outcome=OUTCOME | {"verdict": state})
    made(state="dismissed"), made(state="expired")
    found = made()
    page = client.get(LIST)
    row = text_of(page, "score-low_roas").split("Winner to scale")[0]
    for words in ("Low return on ad spend 7 1 open, 1 expired 4 1 dismissed", "4 2 helped, 1 did harm, 1 cannot tell",
                  "66.7 % 20.8 % to 93.9 %"):  # fmt: skip
        assert words in row, words
    assert "rule helped 2 of 3 times" in text_of(page, f"recommendation-{found.pk}")
    assert "Subject line 0 0 0 – –" in text_of(page, "score-subject_line")
