"""What a denial closes cannot be worked out from what stays open: by no function of it, in any scope."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from operator import mul
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.allowed import EVERYTHING, NotShown, allowed_to
from analytics.catalogue import BY_NAME, NAMES, Metric
from analytics.catalogue.closing import closed, closed_by, measures
from analytics.catalogue.sums import PARTS

Sums = Mapping[str, Fraction]  # of random parts
Row = list[Fraction]
Same = dict[str, tuple[str, ...]]
# Parts that are others in the figures of a scope: part by part, what it is the sum of. The rest stands for itself.
ATTRIBUTED: Same = {f"attributed_{name}": (name,) for name in ("conversions", "converters", "revenue", "refunds")}
MESSAGES: Same = {
    f"message_{name}": (name,)
    for name in ("unique_opens", "unique_clicks", "unsubscribes", "complaints", "revenue", "refunds")
}
UNREPORTED: Same = {"sends": ("delivered", "bounces")}
NOTHING: tuple[str, ...] = ()
MAIL: Same = ATTRIBUTED | MESSAGES | {"conversion_base": ("delivered",)}
SCOPES: dict[str, Same] = {
    "all": {},
    "a campaign of messages": MAIL,
    "one whose source tells no deliveries": MAIL | UNREPORTED,
    "all, and no source tells deliveries": UNREPORTED,
    "one with neither bounces nor refunds": MAIL
    | {"sends": ("delivered",), "bounces": NOTHING}
    | dict.fromkeys(("refunds", "attributed_refunds", "message_refunds"), NOTHING),
    "an ad": ATTRIBUTED | {"conversion_base": ("unique_clicks",)},
}
BASE = {scope: [part for part in PARTS if part not in same] for scope, same in SCOPES.items()}
DICE = Random(7)


def drawn(scope: str) -> Sums:
    found = {part: Fraction(DICE.randint(10**6, 10**9)) for part in BASE[scope]}
    return found | {part: sum((found[name] for name in of), Fraction(0)) for part, of in SCOPES[scope].items()}


def value(metric: Metric, sums: Sums) -> Fraction:
    top = sum((sign * sums[part] for sign, part in metric.terms), Fraction(0))
    return metric.times * top / sums[metric.bottom] if metric.bottom else top


def slope(metric: Metric, sums: Sums, scope: str) -> Row:
    """By how much it changes with each part that stands for itself."""

    def by(base: str, part: str) -> int:
        return int(base in SCOPES[scope].get(part, (part,)))

    bottom = sums[metric.bottom] if metric.bottom else Fraction(1)
    at = value(metric, sums)
    return [
        (
            metric.times * sum(sign * by(base, part) for sign, part in metric.terms)
            - (at * by(base, metric.bottom) if metric.bottom else 0)
        )
        / bottom
        for base in BASE[scope]
    ]


def reduced(row: Row, space: Sequence[tuple[int, Row]]) -> Row:
    for lead, other in space:
        if row[lead]:
            row = [one - row[lead] * two for one, two in zip(row, other, strict=True)]
    return row


def spanned(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """The rows in echelon form, by where each leads."""
    space: list[tuple[int, Row]] = []
    for row in rows:
        rest = reduced(row, space)
        if lead := next((place + 1 for place, each in enumerate(rest) if each), 0):
            space.append((lead - 1, [each / rest[lead - 1] for each in rest]))
    return space


SLOPES = {
    scope: {name: slope(BY_NAME[name], sums, scope) for name in NAMES} for scope in SCOPES for sums in [drawn(scope)]
}


def secrets(hidden: frozenset[str], scope: str) -> list[str]:
    """The closed metrics that have a closed measure in them in this scope: of ads a conversion rate is by clicks, and
    says nothing of deliveries, and of messages the other way round.
    """
    kept = [bool(measures(base) & hidden) for base in BASE[scope]]
    return [name for name in NAMES if name in hidden and any(map(mul, map(bool, SLOPES[scope][name]), kept))]


def told(denied: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The closed metrics that are a function of open ones, by scope: their slopes are a sum of those of the open."""
    hidden = frozenset(closed(denied))
    for scope, slopes in SLOPES.items():
        space = spanned([slopes[name] for name in NAMES if name not in hidden])
        yield from ((scope, name) for name in secrets(hidden, scope) if not any(reduced(slopes[name], space)))


@pytest.mark.parametrize("name", NAMES)
def test_no_function_of_open_metrics_is_closed(name: str) -> None:
    assert name in closed_by(name)
    assert not list(told(frozenset({name})))


@given(st.frozensets(st.sampled_from(NAMES), max_size=6))
def test_nor_with_several_denied_and_a_further_denial_opens_nothing(denied: frozenset[str]) -> None:
    assert not list(told(denied))
    assert set(closed(denied)) == set().union(*(closed_by(name) for name in denied))


def equations(sums: Sums) -> Iterator[tuple[frozenset[str], str]]:
    """Every metric that some arithmetic of two or three others, 1 and 1,000 gives up to its sign, and by which."""
    values = {name: value(BY_NAME[name], sums) for name in NAMES} | {"1": Fraction(1), "1000": Fraction(1000)}
    floats = {name: float(number) for name, number in values.items()}
    known = {f"{abs(number):.9e}": name for name, number in floats.items()}
    pairs = [
        (frozenset({one, two}), number)
        for one, two in combinations(floats, 2)
        for number in results(floats[one], floats[two])
    ]
    for of, number in pairs:
        if (found := known.get(f"{abs(number):.9e}")) and found not in of:
            yield of, found
        for third, size in floats.items():
            for more in results(number, size):
                if (found := known.get(f"{abs(more):.9e}")) and found not in of and found != third:
                    yield of | {third}, found


def results(one: float, two: float) -> Iterator[float]:
    yield from (one + two, one - two, one * two)
    yield from ((one / two, two / one) if one and two else ())


@pytest.mark.parametrize("scope", ["all", "a campaign of messages", "one whose source tells no deliveries"])
def test_no_arithmetic_of_two_or_three_open_metrics_gives_a_closed_one(scope: str) -> None:
    found = {(of - {"1", "1000"}, name) for of, name in equations(drawn(scope))}
    assert (frozenset({"roas", "cost", "attributed_refunds"}), "attributed_revenue") not in found  # it is no metric
    assert {(frozenset({"cpc", "clicks"}), "cost"), (frozenset({"roas"}), "roi")} <= found
    for name in NAMES:
        hidden = closed_by(name)
        secret = secrets(hidden, scope)
        assert not [(of, solved) for of, solved in found if solved in secret and not of & hidden]


def test_what_is_denied_closes_this_and_no_more() -> None:
    assert closed_by("cost") == {"cost", "roas", "roi", "cpa", "cpc", "cpm"}
    assert closed_by("revenue") == closed_by("net_revenue") == {
        *("revenue", "attributed_revenue", "unattributed_revenue", "net_revenue", "aov", "revenue_per_recipient"),
        *("roas", "roi"),
    }  # fmt: skip
    assert closed_by("open_rate") == {"open_rate", "unique_opens", "click_to_open_rate"}
    assert closed_by("bounces") == {"bounces", "bounce_rate", "sends", "delivery_rate"}
    assert closed_by("machine_opens") == {"machine_opens"}
    assert closed_by("no_longer_there") == frozenset()


def test_every_measure_is_a_metric_so_that_whoever_may_not_see_a_part_is_known_by_the_closed_metrics() -> None:
    assert {name for part in PARTS for name in measures(part)} <= set(NAMES)
    allowed = allowed_to(frozenset({"revenue"}))
    assert not allowed.sees("message_revenue")
    assert not allowed.money
    assert allowed.sees("cost", "click_converters")
    assert allowed_to(frozenset()) is EVERYTHING
    assert EVERYTHING.sees(*NAMES, *PARTS)
    assert allowed.of(("cost", "roas", "sends")) == ("cost", "sends")
    with pytest.raises(NotShown, match="ROAS, Revenue are not shown to your role; leave it out, or ask a compliance"):
        allowed.check("cost", "roas", "revenue")
