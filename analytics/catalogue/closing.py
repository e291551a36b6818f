"""What a denial of a metric closes: the metric, and what it could be worked out from. Worked out from the formulas.

What is closed are measures, and with a measure every metric whose formula has it: whatever is open is then a function
of open measures alone, and no arithmetic with it brings back one that is closed. A measure is closed by itself; of a
sum its first term (what is taken from it is often nothing, and then the term is the sum); of a quotient the side that
closes fewer metrics. Several denials close what each of them closes, so a further one never opens anything.
"""

from functools import cache

from .metrics import BY_NAME, METRICS, NAMES, Metric

# Parts that are one measure in the figures of a single campaign, and so in what anybody could ask.
SAME: dict[str, frozenset[str]] = {
    "conversion_base": frozenset({"delivered", "unique_clicks"}),
    "click_converters": frozenset({"converters"}),
}
# Sends are delivered messages and bounces: two of the three give the third, so none is closed alone. Without bounces
# sends and delivered are the same, so either closes the other; what sends are but the bottom of is closed with bounces.
TOGETHER: dict[str, frozenset[str]] = {
    "sends": frozenset({"delivered"}),
    "delivered": frozenset({"sends"}),
    "bounces": frozenset({"sends"}),
}
BELOW = TOGETHER | {"sends": frozenset({"bounces"})}


def measures(part: str) -> frozenset[str]:
    """The measures that a summed part is, whatever the scope; each is a metric of the catalogue, too."""
    return SAME.get(part) or frozenset({part.removeprefix("attributed_").removeprefix("message_")})


@cache
def closed_by(denied: str) -> frozenset[str]:
    """The names of all metrics that are closed where this one is denied; none of one that there is not."""
    metric = BY_NAME.get(denied)
    return frozenset() if metric is None else min(map(_with, _ways(metric)), key=len)


def closed(denied: frozenset[str]) -> tuple[str, ...]:
    """All that denials of these metrics close, in the order of the catalogue."""
    found = frozenset().union(*map(closed_by, denied))
    return tuple(name for name in NAMES if name in found)


def _ways(metric: Metric) -> list[frozenset[str]]:
    """The measures of which any one set, closed, closes the metric and all that it could be worked out from."""
    ways = [_joined(metric.terms[0][1], TOGETHER)]
    return [*ways, _joined(metric.bottom, BELOW)] if metric.bottom else ways


def _joined(part: str, also: dict[str, frozenset[str]]) -> frozenset[str]:
    """The measures that a part is, with those that would give them away."""
    of = measures(part)
    return of.union(*(also.get(name, of) for name in of))


def _with(of: frozenset[str]) -> frozenset[str]:
    """The metrics whose formulas have one of these measures."""
    return frozenset(each.name for each in METRICS if any(measures(part) & of for part in each.parts))
