from datetime import UTC, date, datetime

import pytest

from analytics.pages import fields
from analytics.pages.filters import Filters, read
from analytics.scope import Compare, Grain, Period

NOW = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)


def filters(time_zone: str = "UTC", **params: str | list[str]) -> Filters:
    lists = {name.rstrip("_"): [value] if isinstance(value, str) else value for name, value in params.items()}
    return read(lists, fields.OVERVIEW, now=NOW, time_zone=time_zone, currency="USD")


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("today", date(2026, 3, 15), date(2026, 3, 16)),
        ("7d", date(2026, 3, 9), date(2026, 3, 16)),
        ("30d", date(2026, 2, 14), date(2026, 3, 16)),
        ("90d", date(2025, 12, 16), date(2026, 3, 16)),
        ("month", date(2026, 3, 1), date(2026, 3, 16)),
        ("last_month", date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_a_period_is_days_of_the_reporting_zone(period: str, start: date, end: date) -> None:
    assert filters(period=period).scope.period == Period(start, end)


def test_today_is_the_reporting_zones_today() -> None:
    assert filters("Asia/Tokyo", period="today").scope.period == Period(date(2026, 3, 16), date(2026, 3, 17))


def test_without_parameters_it_is_the_last_30_days_against_the_30_before_and_the_url_is_bare() -> None:
    found = filters()
    assert (found.scope.period.days, found.scope.compare, found.query, found.problems) == (30, Compare.PREVIOUS, "", ())


def test_both_dates_of_a_custom_period_count() -> None:
    found = filters(period="custom", from_="2026-01-05", to="2026-01-06")
    assert found.scope.period == Period(date(2026, 1, 5), date(2026, 1, 7))
    assert found.query == "period=custom&from=2026-01-05&to=2026-01-06"


def test_a_custom_period_without_dates_starts_with_the_last_30_days() -> None:
    assert filters(period="custom").query == "period=custom&from=2026-02-14&to=2026-03-15"


def test_dates_are_left_out_where_the_period_names_them() -> None:
    assert filters(period="7d", from_="2026-01-05", to="2026-01-06").query == "period=7d"


def test_the_query_reads_back_to_the_same_state() -> None:
    first = filters(period="last_month", compare="last_year", channel="sms", basis="event", metric="roas", sort="sends")
    params = dict(part.split("=") for part in first.query.split("&"))
    assert filters(**params) == first


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"period": "fortnight"}, "Period"),
        ({"compare": "tomorrow"}, "Compare"),
        ({"channel": "pigeon"}, "Channel"),
        ({"basis": "moon"}, "By"),
        ({"metric": "happiness"}, "Metric"),
        ({"sort": "name; drop table"}, "Sort"),
        ({"period": "custom", "from_": "yesterday"}, "From"),
        ({"period": "custom", "from_": "2026-01-05", "to": "2026-01-01"}, "To"),
        ({"period": "custom", "from_": "1912-01-01", "to": "2026-01-02"}, "From"),
        ({"period": "custom", "from_": "2000-01-01", "to": "2026-01-02"}, "To"),
        ({"period": "custom", "to": "9999-12-31"}, "To"),
        ({"from_": "20260105", "to": "2026-01-06"}, "From"),
        ({"from_": "2026-01-05", "to": "2026-W02-2"}, "To"),
    ],
)
def test_a_bad_value_is_named_and_the_others_stay(params: dict[str, str], field: str) -> None:
    found = filters(**{"channel": "email", "compare": "none"} | params)
    assert [problem.field for problem in found.problems] == [field]
    if field != "Channel":
        assert found.scope.channels == ("email",)
    if field != "Compare":
        assert found.values["compare"] == "none"


def test_everything_bad_at_once_is_told_at_once_and_falls_back_to_the_defaults() -> None:
    bad = dict.fromkeys(("period", "compare", "channel", "basis", "metric", "sort"), "x")
    found = filters(**bad)
    assert len(found.problems) == 6
    assert (found.values, found.scope) == (filters().values, filters().scope)


def test_of_two_dates_the_good_one_is_kept_and_alone_it_is_a_day() -> None:
    found = filters(from_="2026-01-05", to="2026-01-01", compare="none")
    assert [problem.field for problem in found.problems] == ["To"]
    assert "2026-01-01 lies before From, 2026-01-05" in found.problems[0].message
    assert "its day alone" in found.problems[0].instead
    assert found.query == "period=custom&from=2026-01-05&to=2026-01-05&compare=none"
    assert filters(from_="soon", to="2026-01-01").scope.period == Period(date(2026, 1, 1), date(2026, 1, 2))


def test_two_bad_dates_are_both_named_and_the_period_is_the_default() -> None:
    found = filters(from_="1912-01-01", to="1912-01-02")
    assert [problem.field for problem in found.problems] == ["From", "To"]
    assert found.scope.period == filters().scope.period


def test_dates_without_a_period_are_a_period() -> None:
    found = filters(from_="2026-01-05", to="2026-01-06")
    assert found.scope.period == Period(date(2026, 1, 5), date(2026, 1, 7))
    assert found.query == "period=custom&from=2026-01-05&to=2026-01-06"


def test_several_channels_and_campaigns_are_all_kept_however_they_are_written() -> None:
    found = filters(channel="email,sms", campaign=["spring", "a,b"])
    assert (found.scope.channels, found.scope.campaigns) == (("email", "sms"), ("spring", "a,b"))
    assert found.query == "channel=email&channel=sms&campaign=spring&campaign=a%2Cb"
    assert filters(channel=["email", "sms", ""], campaign=["spring", "a,b"]) == found
    assert found.with_(campaign="ads") == "channel=email&channel=sms&campaign=ads"


def test_another_page_takes_over_what_it_has_a_field_for() -> None:
    found = filters(period="7d", channel="sms", campaign="spring", metric="roas", sort="-sends")
    assert found.for_(fields.CAMPAIGNS) == "period=7d&channel=sms&sort=-sends"
    assert found.for_(fields.CAMPAIGN) == "period=7d&metric=roas"
    assert filters().for_(fields.CAMPAIGNS) == "sort=-roas"  # the Overview's own default is not the ranking's


def test_a_place_in_the_answer_is_forgotten_once_anything_changes() -> None:
    asked = {"cursor": ["x"], "sort": ["name"], "columns": ["roi,sends", "sends"], "campaign": ["spring"]}
    found = read(asked, fields.CAMPAIGNS, now=NOW, time_zone="UTC", currency="USD")
    assert found.query == "columns=sends&columns=roi&sort=name&cursor=x"  # a ranking has no field for one campaign
    assert found.with_(sort="-sends") == "columns=sends&columns=roi&sort=-sends"
    assert found.kept == [("sort", "name")]
    without = found.without("columns", "Nobody knows why.")
    assert without.query == "sort=name&cursor=x"
    assert [(problem.field, problem.message) for problem in without.problems] == [("Columns", "Nobody knows why.")]


def test_a_long_value_is_named_by_its_beginning() -> None:
    (problem,) = filters(metric="m" * 5000).problems
    assert "“mmm" in problem.message
    assert "m…”" in problem.message
    assert len(problem.message) < 300


@pytest.mark.parametrize(
    ("start", "end", "grain"),
    [
        ("2026-01-01", "2026-01-02", Grain.HOUR),
        ("2026-01-01", "2026-01-03", Grain.DAY),
        ("2025-01-01", "2025-12-31", Grain.WEEK),
        ("2020-01-01", "2025-12-31", Grain.MONTH),
    ],
)
def test_a_chart_is_as_fine_as_it_can_bear(start: str, end: str, grain: Grain) -> None:
    assert filters(period="custom", from_=start, to=end).scope.grain is grain
