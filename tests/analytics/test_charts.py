from dataclasses import replace
from datetime import date
from decimal import Decimal

import plotly.graph_objects as go

from analytics import charts
from analytics.catalogue import BY_NAME, Value
from analytics.charts import Point, Words


def points(*values: Value, day: int = 1) -> list[Point]:
    return [Point(date(2026, 10, day + n), value, str(value)) for n, value in enumerate(values)]


def test_a_trend_is_a_figure_that_plotly_accepts_without_a_template() -> None:
    figure = charts.trend(points(Decimal(1), None), points(Decimal(3), Decimal(4)), BY_NAME["net_revenue"], "USD")
    assert [trace.name for trace in go.Figure(figure).data] == ["prior period", "this period"]
    assert figure["layout"]["template"] == "none"
    assert [trace["meta"] for trace in figure["data"]] == ["prior", "this"]


def test_both_periods_share_the_slots_of_this_one_and_the_unknown_is_a_gap() -> None:
    figure = charts.trend(points(1, None, 3), points(7, 8, 9, 10), BY_NAME["sends"], "USD")
    prior, now = figure["data"]
    assert prior["x"] == now["x"] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    assert (prior["y"], now["y"]) == ([7.0, 8.0, 9.0], [1.0, None, 3.0])
    assert now["connectgaps"] is False


def test_the_running_slot_is_no_fall_but_a_line_that_is_not_over() -> None:
    over, runs = points(8, 3)
    now, so_far = charts.trend([over, replace(runs, running=True)], [], BY_NAME["sends"], "USD")["data"]
    assert (now["y"], so_far["y"], so_far["meta"]) == ([8.0, None], [8.0, 3.0], "so far")
    assert so_far["hoverinfo"] == ["skip", "x+text"]  # what is over tells itself once


def test_a_running_slot_with_none_before_it_is_shown_as_it_is() -> None:
    (only,) = points(3)
    (now,) = charts.trend([replace(only, running=True)], [], BY_NAME["sends"], "USD")["data"]
    assert (now["y"], now["mode"]) == ([3.0], "lines+markers")


def test_a_lone_value_is_a_dot_for_a_line_needs_two() -> None:
    (now,) = charts.trend(points(None, 5), [], BY_NAME["sends"], "USD")["data"]
    assert now["mode"] == "lines+markers"


def test_axes_speak_the_metrics_unit() -> None:
    def axis(metric: str, currency: str = "USD", largest: int = 2) -> tuple[str, str | None]:
        found = charts.trend(points(1, largest), [], BY_NAME[metric], currency)["layout"]["yaxis"]
        return found["tickformat"], found.get("tickprefix")

    assert axis("open_rate") == (".1~%", None)
    assert axis("roas") == (".2~f", None)
    assert axis("net_revenue") == (",.2~f", "$")
    assert axis("cost", "CHF", 2000) == ("~s", "CHF ")
    assert axis("sends", largest=1000) == ("~s", "")


def test_a_hover_tells_each_line_by_name() -> None:
    words = Words(prior="a year before", tick="%H:%M", hover="%H:%M")
    figure = charts.trend(points(1), points(2), BY_NAME["sends"], "USD", words)
    assert [trace["text"] for trace in figure["data"]] == [["a year before: 2"], ["this period: 1"]]
    assert figure["layout"]["xaxis"]["tickformat"] == "%H:%M"


def test_few_slots_have_a_tick_each_and_many_share_some() -> None:
    def ticks(count: int) -> list[str] | None:
        figure = charts.trend(points(*range(count)), [], BY_NAME["sends"], "USD")
        found: list[str] | None = figure["layout"]["xaxis"].get("tickvals")
        return found

    assert ticks(2) == ["2026-10-01", "2026-10-02"]
    assert ticks(8) is None


def test_a_sparkline_spans_its_box_from_lowest_to_highest() -> None:
    spark = charts.sparkline([0, 10])
    assert spark is not None
    assert spark.line == "M0.0,28.0 L100.0,4.0"
    assert spark.area == "M0.0,28.0 L100.0,4.0 L100.0,32 L0.0,32 Z"


def test_a_sparkline_breaks_where_nothing_is_known() -> None:
    spark = charts.sparkline([1, 2, None, 2, 1])
    assert spark is not None
    assert spark.line.count("M") == spark.area.count("Z") == 2


def test_a_flat_series_lies_in_the_middle_and_a_lone_value_has_no_line() -> None:
    flat = charts.sparkline([5, 5])
    assert flat is not None
    assert flat.line == "M0.0,16.0 L100.0,16.0"
    assert charts.sparkline([None, 5]) is None
    assert charts.sparkline([]) is None


def test_a_bar_is_a_share_of_the_longest_and_little_stays_visible() -> None:
    assert [charts.bar(value, 200) for value in (200, 50, 1, 0, -5, None)] == [100.0, 25.0, 1.0, 0.0, 0.0, 0.0]
    assert charts.bar(5, 0) == 0.0


def test_a_funnel_is_a_figure_that_plotly_accepts() -> None:
    figure = charts.funnel(["Sent", "Opened"], [10, 4], ["10", "4<br>40 %"])
    (trace,) = go.Figure(figure).data
    assert (trace.type, list(trace.y), list(trace.x)) == ("funnel", ["Sent", "Opened"], [10, 4])


def test_the_best_hour_stands_apart_and_in_its_place() -> None:
    figure = charts.hours([3, 9, 1], 1, ["a", "b", "c"])
    go.Figure(figure)
    rest, best = figure["data"]
    assert (rest["meta"], rest["y"], best["meta"], best["y"]) == ("bars", [3, None, 1], "best", [None, 9, None])
    assert rest["x"] == best["x"] == ["00", "01", "02"]
    (alone,) = charts.hours([0, 0, 0], None, ["a", "b", "c"])["data"]
    assert alone["y"] == [0, 0, 0]
