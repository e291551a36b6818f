from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.catalogue import NAMES
from analytics.scope import BasisName, Compare, Grain, Period, Scope, ScopeError, parse, parse_metrics

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)


def asked(zone: str = "UTC", now: datetime = NOON, **params: Any) -> Scope:
    lists = {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    return parse(lists, now=now, time_zone=zone, currency="USD")


def refused(**params: Any) -> ScopeError:
    with pytest.raises(ScopeError) as caught:
        asked(**params)
    return caught.value


def test_by_default_the_last_thirty_days_with_the_running_day() -> None:
    scope = asked()
    assert scope.period == Period(date(2026, 10, 17), date(2026, 11, 16))
    assert (scope.compare, scope.basis, scope.grain) == (Compare.NONE, BasisName.SEND, Grain.DAY)
    assert scope.compared is None
    assert not scope.filtered


def test_the_running_day_is_that_of_the_reporting_zone() -> None:
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    assert asked("Asia/Tokyo", late).end == date(2026, 11, 17)


def test_one_bound_alone_gives_the_other() -> None:
    assert asked(start="2026-11-01").end == date(2026, 11, 16)
    assert asked(end="2026-05-01").start == date(2026, 4, 1)


def test_the_previous_period_is_as_long_and_right_before() -> None:
    scope = asked(start="2026-10-01", end="2026-11-01", compare="previous")
    assert scope.compared == Period(date(2026, 8, 31), date(2026, 10, 1))


def test_last_year_are_the_same_dates() -> None:
    assert asked(start="2026-10-01", end="2026-11-01", compare="last_year").compared == Period(
        date(2025, 10, 1), date(2025, 11, 1)
    )
    leap = asked(start="2024-02-29", end="2024-03-01", compare="last_year")
    assert leap.compared == Period(date(2023, 2, 28), date(2023, 3, 1))
    before = asked(start="2024-02-28", end="2024-02-29", compare="last_year")
    assert before.compared == leap.compared
    assert asked(start="2024-02-27", end="2024-02-29", compare="last_year").compared == Period(
        date(2023, 2, 27), date(2023, 3, 1)
    )


def test_days_of_a_period_are_set_against_the_same_days_of_the_compared_one() -> None:
    scope = asked(start="2026-10-01", end="2026-10-31", compare="previous")
    over, rest = scope.split(date(2026, 10, 30))
    assert (over, rest) == (Period(scope.start, date(2026, 10, 30)), Period(date(2026, 10, 30), scope.end))
    assert scope.set_against(over) == Period(date(2026, 9, 1), date(2026, 9, 30))
    assert scope.split(date(2026, 12, 1)) == (scope.period, Period(scope.end, scope.end))
    assert scope.split(date(2026, 9, 1))[0].days == 0


def test_channels_come_with_commas_or_several_times_and_each_once() -> None:
    assert asked(channel=["email,sms", "email", ""]).channels == ("email", "sms")
    assert asked(campaign=["a,b", "c"]).campaigns == ("a,b", "c")
    assert asked(status="running,paused").statuses == ("running", "paused")
    assert asked(tag=["vip, gold", "vip"]).tags == ("vip, gold", "vip")
    assert asked(search=" Sale ").search == "Sale"
    assert all(scope.filtered for scope in (asked(status="ended"), asked(tag="a"), asked(search="a")))


@pytest.mark.parametrize(
    ("params", "field", "says"),
    [
        ({"start": "yesterday"}, "start", "2026-10-01"),
        ({"start": "20261001"}, "start", "2026-10-01"),
        ({"start": "2026-W40-4"}, "start", "2026-10-01"),
        ({"end": "2026-10-0\u0661"}, "end", "2026-10-01"),
        ({"channel": "f" * 300}, "channel", "f…'"),
        ({"end": "2026-02-30"}, "end", "no date"),
        ({"start": "2026-10-02", "end": "2026-10-02"}, "end", "after start"),
        ({"start": "2026-10-02", "end": "2026-10-01"}, "end", "after start"),
        ({"start": "2027-01-01"}, "start", "future"),
        ({"start": "1999-12-31"}, "start", "2000-01-01"),
        ({"end": "9999-12-31"}, "end", "out of range"),
        ({"start": "2010-01-01", "end": "2020-01-02"}, "end", "2020-01-01"),
        ({"channel": "fax"}, "channel", "email"),
        ({"compare": "year"}, "compare", "last_year"),
        ({"basis": "receipt"}, "basis", "send, event"),
        ({"grain": "minute"}, "grain", "hour"),
        ({"grain": "hour", "start": "2026-09-01", "end": "2026-10-03"}, "grain", "31 days"),
        ({"time_zone": "Europe/Berlin"}, "time_zone", "UTC"),
        ({"start": ["2026-10-01", "2026-10-02"]}, "start", "once"),
        ({"status": "gone"}, "status", "paused"),
        ({"search": "x" * 101}, "search", "at most 100"),
        ({"search": ["a", "b"]}, "search", "once"),
    ],
)
def test_a_bad_question_names_the_field_and_the_way_out(params: Mapping[str, Any], field: str, says: str) -> None:
    error = refused(**params)
    assert error.field == field
    assert says in error.message


def test_ten_years_and_thirty_one_days_of_hours_are_allowed() -> None:
    assert asked(start="2010-01-01", end="2020-01-01").period.days == 3652
    assert asked(grain="hour", start="2026-10-01", end="2026-11-01").grain is Grain.HOUR


def test_the_reporting_zone_may_be_named() -> None:
    assert asked(time_zone="UTC") == asked()


def test_metrics_are_all_unless_named() -> None:
    assert parse_metrics({}) == NAMES
    assert parse_metrics({"metrics": ["roas, sends", "roas"]}) == ("roas", "sends")


def test_a_misspelt_metric_is_told_its_neighbours() -> None:
    with pytest.raises(ScopeError, match="open_rate") as caught:
        parse_metrics({"metrics": ["openrate"]})
    assert caught.value.field == "metrics"
    with pytest.raises(ScopeError, match="lists them"):
        parse_metrics({"metrics": ["xyzzy"]})


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 3652), st.sampled_from(Compare))
def test_a_compared_period_lies_before_and_is_never_empty(start: date, days: int, compare: Compare) -> None:
    scope = Scope(Period(start, start + timedelta(days=days)), "UTC", "USD", compare)
    if scope.compared is None:
        assert compare is Compare.NONE
    else:
        assert scope.compared.start < scope.start
        assert scope.compared.days >= 1


@given(
    st.dictionaries(
        st.sampled_from(["start", "end", "channel", "status", "search", "grain", "basis"]), st.lists(st.text())
    )
)
def test_whatever_is_sent_there_is_a_scope_or_a_reason(params: dict[str, list[str]]) -> None:
    reason = None
    try:
        parse(params, now=NOON, time_zone="UTC", currency="USD")
    except ScopeError as error:
        reason = error
    assert reason is None or (reason.field in params and reason.message)
