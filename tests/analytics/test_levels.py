"""Service levels: what is counted, how it is kept, and what is said of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from analytics.fold import fold_inbox
from analytics.ingest import batch, record_events
from analytics.levels import keeping, reading
from analytics.levels.counts import Counted, Counts, Slot, begin, sign_of_life, spread
from analytics.levels.judging import Level, Standing, judge, judge_minutes
from analytics.levels.keeping import OldSlots
from analytics.levels.objectives import (
    COARSE,
    FINE,
    FINE_KEPT,
    OBJECTIVES,
    REQUEST_STEPS,
    WINDOWS,
    Series,
    steps,
)
from analytics.models import InboxBatch, LevelSlot, Source
from tests.analytics import inbox
from tests.analytics.events import event

NOW = datetime(2026, 10, 15, 12, 34, 56, tzinfo=UTC)
BY_NAME = {objective.name: objective for objective in OBJECTIVES}


def level(name: str, window: str = "hour", now: datetime = NOW) -> Level:
    row = next(row for row in reading.levels(now) if row[0].objective.name == name)
    return row[[one.name for one in WINDOWS].index(window)]


def counted(series: Series, *seconds: float, at: datetime = NOW, bad: int = 0) -> Counts:
    counts = Counts()
    for each in seconds:
        counts.add(series, each, at)
    if bad:
        counts.add(series, 0, at, bad=True, times=bad)
    return counts


class TestObjectives:
    def test_every_bound_is_a_step_so_no_share_is_a_guess(self) -> None:
        for objective in OBJECTIVES:
            for bound in (objective.within, objective.ours):
                assert bound is None or bound in steps(objective.series), objective.name

    def test_every_window_is_kept_whole(self) -> None:
        for window in WINDOWS:
            kept = FINE_KEPT if window.slot == FINE else timedelta(days=OldSlots().days)
            assert window.span + window.slot <= kept


class TestCounts:
    def test_what_ends_on_a_step_is_within_it(self) -> None:
        taken = counted(Series.KPI, 0.1, 0.1000001).take()
        step = REQUEST_STEPS.index(0.1)
        assert taken[Slot(Series.KPI, FINE, begin(NOW, FINE))].counts[step : step + 2] == [1, 1]

    def test_what_is_above_the_last_step_is_counted_too(self) -> None:
        for one in counted(Series.KPI, 1e9).take().values():
            assert one.counts[-1] == 1

    def test_threads_lose_none(self) -> None:
        counts = Counts()

        def many() -> None:
            for _ in range(2_000):
                counts.add(Series.ALL, 0.01, NOW)

        with ThreadPoolExecutor(8) as pool:
            for _ in range(8):
                pool.submit(many)
        assert {sum(one.counts) for one in counts.take().values()} == {16_000}

    def test_what_is_put_back_is_added_to_what_came_meanwhile(self) -> None:
        counts = counted(Series.ALL, 0.01, bad=2)
        taken = counts.take()
        counts.add(Series.ALL, 0.01, NOW)
        counts.put_back(taken)
        assert {(sum(one.counts), one.bad) for one in counts.take().values()} == {(2, 2)}

    @given(at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
    def test_a_moment_is_in_its_slot_and_in_its_minute(self, at: datetime) -> None:
        for width in (FINE, COARSE):
            assert begin(at, width) <= at < begin(at, width) + width
        ((slot, one),) = sign_of_life(at).items()
        assert slot.at + timedelta(minutes=one.counts.index(1)) == at.replace(second=0, microsecond=0)

    def test_coarse_slots_hold_what_the_fine_ones_in_them_do(self) -> None:
        fine = Counts()
        for minutes in range(0, 120, 5):
            fine.add(Series.ALL, 0.01, begin(NOW, COARSE) + timedelta(minutes=minutes), bad=minutes == 10)
        found = spread(fine.take())
        coarse = [(sum(one.counts), one.bad) for slot, one in sorted(found.items()) if slot.width == COARSE]
        assert coarse == [(11, 1), (12, 0)]
        assert len(found) == 24 + 2


class TestJudging:
    def test_nothing_asked_is_unknown_and_neither_good_nor_bad(self) -> None:
        found = judge(BY_NAME["kpi"], Counted([0] * 14))
        assert (found.share, found.p95, found.left, found.standing) == (None, None, None, Standing.UNKNOWN)

    def test_an_error_is_bad_however_quick(self) -> None:
        (one,) = [x for s, x in counted(Series.KPI, *[0.02] * 18, bad=2).take().items() if s.width == FINE]
        found = judge(BY_NAME["kpi"], one)
        assert (found.all, found.bad, found.share, found.share_ours) == (20, 2, 0.9, 0.9)
        assert found.standing is Standing.MISSED

    def test_of_few_a_miss_tells_nothing(self) -> None:
        few, enough = (judge(BY_NAME["kpi"], Counted([all_ - 2, *[0] * 13], bad=2)) for all_ in (19, 20))
        assert (few.standing, enough.standing) == (Standing.FEW, Standing.MISSED)
        assert judge(BY_NAME["kpi"], Counted([1, *[0] * 13])).standing is Standing.MET

    @pytest.mark.parametrize(("bad", "left"), [(0, 1.0), (1, 0.8), (5, 0.0), (10, -1.0)])
    def test_the_budget_is_what_may_be_bad(self, bad: int, left: float) -> None:
        counts = [0] * 14
        counts[REQUEST_STEPS.index(0.1)], counts[-1] = 100 - bad, bad
        found = judge(BY_NAME["kpi"], Counted(counts))
        assert found.left == pytest.approx(left)
        assert found.standing is (Standing.MET if left >= 0 else Standing.MISSED)

    @given(st.lists(st.floats(0, 4), min_size=1, max_size=200))
    def test_the_percentile_is_the_step_that_the_exact_one_falls_into(self, seconds: list[float]) -> None:
        (one,) = [x for s, x in counted(Series.KPI, *seconds).take().items() if s.width == FINE]
        ordered = sorted(seconds)
        exact = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
        assert judge(BY_NAME["kpi"], one).p95 == min(step for step in REQUEST_STEPS if exact <= step)

    def test_minutes_are_judged_by_those_that_are_known(self) -> None:
        assert judge_minutes(BY_NAME["up"], 0, 0).share is None
        assert judge_minutes(BY_NAME["up"], 950, 1000).share == 0.95


@pytest.mark.django_db
class TestKept:
    def test_what_two_processes_write_adds_up(self) -> None:
        for _ in range(2):
            keeping.flush(counted(Series.KPI, 0.02, 0.3, bad=1), NOW)
        found = level("kpi")
        assert (found.all, found.bad, found.share) == (6, 4, 2 / 6)
        assert [level("kpi", window.name).all for window in WINDOWS] == [6, 6, 6]

    def test_what_is_older_than_a_window_is_not_in_it(self) -> None:
        keeping.write(counted(Series.KPI, 0.02, at=NOW - timedelta(hours=3)).take())
        assert [level("kpi", window.name).all for window in WINDOWS] == [0, 1, 1]

    def test_a_database_that_is_away_loses_no_count_and_the_minute_is_no_minute_up(self) -> None:
        counts = counted(Series.ALL, 0.02, bad=3)
        with patch.object(keeping, "write", side_effect=OperationalError("gone")), pytest.raises(OperationalError):
            keeping.flush(counts, NOW)
        keeping.flush(counts, NOW + timedelta(minutes=2))
        assert (level("errors").all, level("errors").bad) == (4, 3)
        assert level("up", now=NOW + timedelta(minutes=3)).all == 1  # known since the minute that was written

    def test_an_outage_shows_in_minutes(self) -> None:
        start = NOW - timedelta(minutes=30)
        for minute in range(30):
            if not 10 <= minute < 16:
                keeping.flush(Counts(), start + timedelta(minutes=minute))
        found = level("up")
        assert (found.all, found.bad, found.share) == (30, 6, 0.8)
        assert level("up", now=NOW + timedelta(minutes=30)).bad == 36, "an outage that goes on, too"

    def test_minutes_are_known_since_the_first_one_also_when_that_is_long_ago(self) -> None:
        assert level("up").share is None
        keeping.flush(Counts(), NOW - timedelta(days=40))
        assert [level("up", window.name).all for window in WINDOWS] == [60, 1440, 43_200]
        assert level("up", "month").share == 0

    def test_old_slots_go(self) -> None:
        for days in (1, 3, 91):
            keeping.write(counted(Series.KPI, 0.02, at=NOW - timedelta(days=days)).take())
        policy, before = OldSlots(), NOW - timedelta(days=90)
        assert policy.due(before, NOW) == 3
        assert list(policy.cut(before, NOW)) == [3]
        assert list(policy.cut(before, NOW)) == []
        assert LevelSlot.objects.filter(width=FINE.seconds).count() == 1
        assert LevelSlot.objects.filter(width=COARSE.seconds).count() == 2


@pytest.mark.django_db
class TestVisible:
    def test_the_fold_counts_how_soon_events_show_known_ones_too(self) -> None:
        inbox.campaigns(1)
        for seconds, names in ((40, "ab"), (3, "bc")):
            sent = [event(event_id=name, campaign="c1", occurred_at="2026-10-01T09:00:00Z") for name in names]
            record_events(sent, source="events", at=NOW - timedelta(seconds=seconds))
        fold_inbox(NOW)
        assert (level("visible").all, level("visible").bad) == (4, 2)
        assert (level("visible_all").all, level("visible_all").bad) == (4, 0)
        assert level("visible").p95 == 60

    def test_what_a_fold_rolls_back_was_not_seen(self) -> None:
        inbox.campaigns(1)
        record_events([event(campaign="c1", occurred_at="2026-10-01T09:00:00Z")], source="events", at=NOW)
        with (
            patch("analytics.fold.transaction._note_visible", side_effect=OperationalError("gone")),
            pytest.raises(OperationalError),
        ):
            fold_inbox(NOW)
        assert not LevelSlot.objects.exists()
        assert InboxBatch.objects.count() == 1

    def test_events_that_wait_too_long_are_late_before_they_are_counted(self) -> None:
        source = Source.objects.create(name="events")
        for seconds, rows in ((5, 100), (30, 10), (90, 1)):
            InboxBatch.objects.create(
                received_at=NOW - timedelta(seconds=seconds), source=source, rows=rows, payload=batch.encode([])
            )
        assert (level("visible").all, level("visible").bad) == (11, 11)
        assert (level("visible_all").all, level("visible_all").bad) == (1, 1)
