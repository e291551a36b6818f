"""How late events are and what is still to come: what was planted is found, and nothing is known of too little."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics import arriving, sql
from analytics.arriving import forecasting, reading
from analytics.arriving.delays import Array, Hours, Stream, curve, expect, known, share
from analytics.arriving.span import HOUR, QUARTERS, SHOWN, WEEK_HOURS, YOUNG_HOURS
from analytics.event_types import EventType as T
from analytics.fold import fold_inbox
from analytics.models import (
    Arrival,
    Campaign,
    CampaignCost,
    HourForecast,
    ImportFile,
    InboxBatch,
    MissingCosts,
    Source,
    SourceForecast,
)
from analytics.tasks import forecast_arrivals
from compliance.models import JobRun
from tests.analytics import inbox
from tests.analytics.arrival_trials import trials
from tests.analytics.arrivals import DAY, HABITS, MAILINGS, Habit, at_once, drawn_out, nightly, on_workdays, stream
from tests.analytics.arrivals import Stream as Planted
from tests.analytics.oracle import Happened
from tests.analytics.totals import version

START = datetime(2026, 8, 31, tzinfo=UTC)  # a Monday
NOW = START + 49 * DAY + timedelta(hours=9, minutes=40)  # a Monday, too
YESTERDAY = (NOW - DAY).date()


def plant(
    name: str, habit: Habit, *, at: datetime = NOW, a_day: float = 2_000, kind: int = 0, days: int = 50, seed: int = 5
) -> tuple[Source, Planted]:
    """A source that is there from the beginning of a stream, of which it has reported what is here at `at`."""
    source = Source.objects.get_or_create(name=name)[0]
    Source.objects.filter(pk=source.pk).update(created_at=START)
    planted = stream(START, days, a_day, habit, seed)
    before = NOW - DAY * days
    assert before < START
    Arrival.objects.bulk_create(planted.arrivals(source.pk, at, kind))
    return source, planted


@pytest.mark.django_db
def test_a_planted_delay_is_found() -> None:
    source, planted = plant("shop", drawn_out)
    forecasting.forecast(NOW)
    found = arriving.by_source(NOW)[source.pk]
    late = planted.arrived - np.floor(planted.happened) - 1
    true = {hours: float((late <= hours).mean()) for hours in SHOWN}
    assert dict(found.usual) == pytest.approx(true, abs=0.01)
    assert found.usual[-1] == (336, 1.0)
    assert found.seen == pytest.approx(28 * 2_000, rel=0.05)
    over = NOW.replace(minute=0)
    assert found.still_to_come == pytest.approx(planted.to_come(NOW, over - YOUNG_HOURS * HOUR, over), rel=0.1)
    day = planted.happened // 24 == 48
    now = (NOW - START) / HOUR
    assert found.of_day == pytest.approx(float((planted.arrived[day] <= now).mean()), abs=0.02)
    assert found.day_events == int((planted.arrived[day] <= now).sum())


@pytest.mark.django_db
@pytest.mark.parametrize(("at", "share"), [(NOW, 1.0), (NOW.replace(hour=2, minute=30), 0.0)])
def test_what_comes_every_night_is_awaited_until_then(at: datetime, share: float) -> None:
    source, _ = plant("till", nightly, at=at)
    version(1)
    forecasting.forecast(at)
    found = arriving.by_source(at)[source.pk]
    assert found.of_day == pytest.approx(share, abs=0.02)
    day = arriving.of_period(YESTERDAY, YESTERDAY + DAY, "UTC", at)
    assert day.share == pytest.approx(share, abs=0.02)
    assert day.still_to_come == pytest.approx((1 - share) * 2_000, abs=200)


@pytest.mark.django_db
def test_who_sends_nothing_at_weekends_is_late_on_mondays_alone() -> None:
    monday = NOW.replace(hour=2)  # Saturday and Sunday come in an hour
    source, _ = plant("office", on_workdays, at=monday)
    forecasting.forecast(monday)
    assert arriving.by_source(monday)[source.pk].still_to_come == pytest.approx(6_000, rel=0.1)  # Friday's, too
    tuesday = monday - 6 * DAY
    Arrival.objects.all().delete()
    source, _ = plant("office", on_workdays, at=tuesday)
    forecasting.forecast(tuesday)
    assert arriving.by_source(tuesday)[source.pk].still_to_come == pytest.approx(2_000, rel=0.2)


@pytest.mark.parametrize("habit", HABITS)
def test_what_is_expected_comes(habit: str) -> None:
    """What is said to be here of the day before is, on average, off by at most two hundredths."""
    found = list(trials(HABITS[habit], 3, days=7, shape=MAILINGS))
    assert np.mean([one.off(one.expected) for one in found]) < 0.02
    came, expected = (sum(each) for each in ([one.came for one in found], [one.expected for one in found]))
    assert expected == pytest.approx(came, rel=0.3, abs=10)


@pytest.mark.django_db
def test_a_period_of_the_past_is_whole_and_asks_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        found = arriving.of_period(date(2026, 9, 1), date(2026, 9, 20), "UTC", NOW)
    assert (found.share, found.still_to_come) == (1.0, 0)


@pytest.mark.django_db
def test_of_too_few_events_nothing_is_known() -> None:
    source, _ = plant("shop", drawn_out, a_day=5)
    forecasting.forecast(NOW)
    found = arriving.by_source(NOW)[source.pk]
    assert (found.usual, found.still_to_come, found.of_day) == ((), None, None)
    assert arriving.of_period(YESTERDAY, YESTERDAY + DAY, "UTC", NOW) == reading.NOTHING_KNOWN


@pytest.mark.django_db
def test_a_small_source_of_unknown_delay_hides_no_large_one() -> None:
    plant("shop", at_once)
    plant("new", drawn_out, a_day=5, seed=6)
    forecasting.forecast(NOW)
    assert arriving.of_period(YESTERDAY, YESTERDAY + DAY, "UTC", NOW).share == 1.0


@pytest.mark.django_db
def test_a_forecast_that_nobody_renews_is_none() -> None:
    plant("shop", at_once)
    forecasting.forecast(NOW)
    later = NOW + timedelta(minutes=11)
    assert arriving.by_source(later) == {}
    assert arriving.of_period(YESTERDAY, YESTERDAY + DAY, "UTC", later) == reading.NOTHING_KNOWN


@pytest.mark.django_db
@pytest.mark.parametrize("habit", [drawn_out, nightly])
def test_of_a_source_that_has_stopped_nothing_is_expected_for_ever(habit: Habit) -> None:
    """It stopped four days ago; another goes on."""
    plant("shop", at_once)
    source, _ = plant("till", habit, at=NOW - 4 * DAY)
    forecasting.forecast(NOW)
    assert arriving.by_source(NOW)[source.pk].still_to_come == pytest.approx(0, abs=60)
    found = arriving.of_period(YESTERDAY, YESTERDAY + 2 * DAY, "UTC", NOW)
    assert found.share is not None
    assert found.share > 0.97


@pytest.mark.django_db
def test_conversions_have_their_own_delay() -> None:
    early = NOW.replace(hour=2)
    plant("shop", at_once, at=early)
    plant("shop", nightly, at=early, kind=1, a_day=100, seed=7)
    forecasting.forecast(early)
    found = arriving.of_period(YESTERDAY, YESTERDAY + DAY, "UTC", early)
    assert found.conversions == pytest.approx(0, abs=0.05)
    assert found.share == pytest.approx(20 / 21, abs=0.01)


@pytest.mark.django_db
def test_history_and_files_that_were_undone_are_no_delay() -> None:
    source, _ = plant("shop", at_once)
    later = START + 20 * DAY
    file = ImportFile.objects.create(kind="events", name="late.csv", fingerprint="f", state="undone")
    slow = stream(START, 40, 5_000, lambda happened, _: happened + 100, 8)
    Arrival.objects.bulk_create(slow.arrivals(source.pk, NOW, import_file=file.pk))
    forecasting.forecast(NOW)
    usual = dict(arriving.by_source(NOW)[source.pk].usual)
    assert usual[1] == 1.0
    ImportFile.objects.update(state="done")
    forecasting.forecast(NOW)
    assert dict(arriving.by_source(NOW)[source.pk].usual)[1] < 0.5
    Arrival.objects.filter(import_file_id=file.pk, hour__gte=later).delete()
    Source.objects.filter(pk=source.pk).update(created_at=later)
    forecasting.forecast(NOW)
    assert dict(arriving.by_source(NOW)[source.pk].usual)[1] == 1.0


@pytest.mark.django_db
def test_late_hours_are_those_of_which_less_is_usually_here() -> None:
    early = NOW.replace(hour=2)
    plant("shop", at_once, at=early)
    assert arriving.first_late_hour(early - DAY, early) is None
    plant("till", nightly, at=early, a_day=1_000, seed=9)
    forecasting.forecast(early)
    assert arriving.first_late_hour(early - 3 * DAY, early) == START + 48 * DAY
    assert arriving.first_late_hour(early - DAY, early + timedelta(hours=1)) is None
    assert arriving.settled_until(NOW.date(), ZoneInfo("UTC"), early) == YESTERDAY
    assert arriving.settled_until(NOW.date(), ZoneInfo("UTC"), early + timedelta(hours=1)) == NOW.date()
    HourForecast.objects.update(share=0.5, usual=100)
    assert arriving.settled_until(NOW.date(), ZoneInfo("UTC"), early) == NOW.date()


@pytest.mark.django_db
def test_the_job_notes_its_run_and_forgets_what_is_old() -> None:
    plant("shop", at_once)
    old = Arrival.objects.create(hour=NOW - 60 * DAY, source_id=1, kind=0, quarter=0, import_file_id=0, events=1)
    HourForecast.objects.create(
        hour=NOW - 15 * DAY, kind=0, arrived=1, unknown=0, to_come=0, usual=0, share=1
    )  # fmt: skip
    SourceForecast.objects.create(source_id=999, at=NOW, usual=[], seen=0, day_events=0)
    assert forecasting.forecast(NOW) == 1
    assert not Arrival.objects.filter(pk=old.pk).exists()
    assert HourForecast.objects.count() == 2 * YOUNG_HOURS
    assert not SourceForecast.objects.filter(source_id=999).exists()
    forecast_arrivals()
    assert JobRun.objects.get(name="forecast_arrivals").outcome == "done"


@pytest.mark.django_db
def test_the_fold_counts_when_events_came_once() -> None:
    inbox.campaigns(1)
    times = {
        "early": inbox.NOW + timedelta(minutes=30),  # a clock that is ahead
        "soon": inbox.NOW - timedelta(minutes=20),
        "late": inbox.NOW - timedelta(hours=30, minutes=10),
        "history": inbox.NOW - timedelta(days=15),
    }
    events = [
        Happened(UUID(int=number).hex, 1, T.OPENED, at, 1, "m", None, None, False, None, None)
        for number, at in enumerate(times.values())
    ]
    bought = Happened(UUID(int=9).hex, 1, T.CONVERTED, times["late"], 1, "m", None, Decimal(5), False, None, None)
    inbox.put([*events, bought])
    inbox.put(events)
    while fold_inbox(inbox.NOW).batches:
        pass
    assert list(InboxBatch.objects.values_list("reason")) == []
    found = set(Arrival.objects.values_list("hour", "kind", "quarter", "import_file_id", "events"))
    hour = inbox.NOW
    expected = {
        (hour, 0, 0, 0, 1),
        (hour - HOUR, 0, 4, 0, 1),
        (hour - 31 * HOUR, 0, 124, 0, 1),
        (hour - 31 * HOUR, 1, 124, 0, 1),
    }
    assert found == expected
    with connection.cursor() as cursor:  # as the migration counts what is kept
        cursor.execute("DELETE FROM arrival")
        kept = sql.load("arriving/counted", events="arriving/kept").replace(
            "now() - interval '43 days'", "'2026-02-01'"
        )
        cursor.execute(kept)
    assert set(Arrival.objects.values_list("hour", "kind", "quarter", "import_file_id", "events")) == expected


def cost(campaign: Campaign, day: date, source: str = "ads") -> None:
    CampaignCost.objects.create(campaign=campaign, date=day, source=source, amount=5, currency="USD", value=5)


@pytest.mark.django_db
def test_costs_are_missed_of_days_that_usually_have_them() -> None:
    campaign = Campaign.objects.create(external_id="c", name="C", channel="search")
    today = NOW.date()
    for back in range(2, 40):
        day = today - back * DAY
        cost(campaign, day)
        if day.weekday() < 5:
            cost(campaign, day, "office")
        if back > 33:
            cost(campaign, day, "stopped")
        if back < 20:
            cost(campaign, day, "new")
    forecasting.forecast(NOW)  # in the morning, when yesterday's are not due
    assert not MissingCosts.objects.exists()
    noon = NOW.replace(hour=12, minute=0)
    forecasting.forecast(noon)
    assert list(MissingCosts.objects.values_list("source", "day")) == [("ads", YESTERDAY)]
    period = (YESTERDAY, today, "UTC", noon)
    assert arriving.of_period(*period).missing_costs == (("ads", YESTERDAY),)
    cost(campaign, YESTERDAY)
    assert arriving.of_period(*period).missing_costs == ()  # at once
    forecasting.forecast(noon)
    assert not MissingCosts.objects.exists()


@pytest.mark.django_db
def test_a_source_of_costs_that_stopped_owes_one_week() -> None:
    campaign = Campaign.objects.create(external_id="c", name="C", channel="search")
    for back in range(11, 60):
        cost(campaign, NOW.date() - back * DAY)
    forecasting.forecast(NOW)
    missing = MissingCosts.objects.order_by("day").values_list("day", flat=True)
    assert list(missing) == [NOW.date() - back * DAY for back in range(10, 3, -1)]


@pytest.mark.django_db
def test_a_source_whose_campaigns_have_ended_owes_no_costs() -> None:
    ends = 6
    last = NOW - ends * DAY
    ended = Campaign.objects.create(external_id="c", name="C", channel="video", ends_at=last)
    going = Campaign.objects.create(external_id="d", name="D", channel="video")
    for back in range(ends + 1, 60):
        cost(ended, NOW.date() - back * DAY)
    forecasting.forecast(NOW)
    assert list(MissingCosts.objects.values_list("day", flat=True)) == [last.date()], "of its last day it does"
    cost(going, NOW.date() - (ends + 2) * DAY)
    forecasting.forecast(NOW)
    assert MissingCosts.objects.count() > 1


CELLS = st.lists(
    st.tuples(st.integers(0, WEEK_HOURS - 1), st.integers(0, QUARTERS - 1), st.integers(1, 500)),
    min_size=1,
    max_size=30,
)


def past_of(cells: list[tuple[int, int, int]]) -> Array:
    past = np.zeros((WEEK_HOURS, QUARTERS))
    for place, quarter, events in cells:
        past[place, quarter] += events
    return past


@given(CELLS, st.integers(0, WEEK_HOURS - 1), st.lists(st.floats(0, QUARTERS), min_size=2, max_size=9))
def test_shares_rise_with_age_within_their_bounds(
    cells: list[tuple[int, int, int]], place: int, ages: list[float]
) -> None:
    past = past_of(cells)
    ordered = np.array([0, *sorted(ages), QUARTERS], dtype=np.float64)
    found = share(past, Hours(np.full(len(ordered), place), ordered))
    assert ((found >= 0) & (found <= 1)).all()
    assert all(a <= b + 1e-12 for a, b in pairwise(found))
    assert (found[0], found[-1]) == (0, pytest.approx(1))
    assert list(curve(past)) == sorted(curve(past))


@given(CELLS, st.integers(0, 2**32 - 1))
def test_no_fewer_than_none_are_expected_and_of_settled_hours_none(
    cells: list[tuple[int, int, int]], seed: int
) -> None:
    past = past_of([(place, quarter % 12, events) for place, quarter, events in cells])
    arrived = np.random.default_rng(seed).poisson(3, YOUNG_HOURS).astype(np.float64)
    hours = Hours(np.arange(YOUNG_HOURS) % WEEK_HOURS, np.arange(YOUNG_HOURS, 0, -1, dtype=np.float64) * 4)
    found = expect(Stream(past, np.full(WEEK_HOURS, 4.0), arrived), hours)
    assert np.isfinite(found.to_come).all()
    assert (found.to_come >= 0).all()
    assert found.to_come[:-3] == pytest.approx(0, abs=1e-6)


def test_one_mailing_is_no_habit() -> None:
    past = np.zeros((WEEK_HOURS, QUARTERS))
    past[10:12, 0] = 1_000
    assert not known(past)
    past[:, 1] = 1
    assert known(past)
    assert not known(past / 100)
