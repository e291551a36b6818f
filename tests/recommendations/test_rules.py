"""The table of rules, and what every finding must be."""

import numpy as np
import pytest

from analytics.catalogue import BY_NAME as METRICS
from recommendations.rules import BY_NAME, RULES, TUNABLE, defaults, find_all

from .snapshots import Truth, ads, drawn, snapshot

SOUND = Truth()
SEARCH = Truth(channel="search", messages=300, convert=0.06, cost=20)


def test_thresholds_are_within_their_bounds_and_say_what_they_do() -> None:
    assert list(BY_NAME.values()) == [*RULES]
    for rule in TUNABLE.values():
        for threshold in rule.thresholds.values():
            assert threshold.least <= threshold.default <= threshold.most
            assert threshold.unit
            assert threshold.help.endswith(".")


def test_an_ad_without_orders_is_stopped_and_its_neighbours_are_not_accused() -> None:
    rng = np.random.default_rng(1)
    seen = snapshot(
        *(ads(rng, SEARCH) for _ in range(5)), ads(rng, Truth(channel="search", messages=300, convert=0, cost=120))
    )
    (found,) = find_all(seen, {"low_roas": defaults()["low_roas"]})
    assert (found.campaign, found.action) == (6, "stop")
    assert found.expected.money.mid == pytest.approx(30 * 120, rel=0.1)


def test_a_message_that_few_open_is_found_by_its_subject_line() -> None:
    rng = np.random.default_rng(2)
    seen = snapshot(*(drawn(rng, SOUND) for _ in range(8)), drawn(rng, Truth(open=0.17)))
    (found,) = find_all(seen, {"subject_line": defaults()["subject_line"]})
    assert found.campaign == 9
    assert found.expected.before < found.expected.after.mid < found.expected.after.high == pytest.approx(0.35, rel=0.1)


def test_a_rule_without_settings_is_not_asked() -> None:
    rng = np.random.default_rng(2)
    seen = snapshot(*(drawn(rng, SOUND) for _ in range(8)), drawn(rng, Truth(open=0.17)))
    assert find_all(seen, {}) == []


def test_figures_name_metrics_of_the_catalogue() -> None:
    rng = np.random.default_rng(3)
    seen = snapshot(*(drawn(rng, SOUND) for _ in range(8)), drawn(rng, Truth(open=0.17, cost=300)))
    for finding in find_all(seen, defaults()):
        assert all(figure.metric in METRICS for figure in finding.evidence)
        assert finding.plan.metric in METRICS
