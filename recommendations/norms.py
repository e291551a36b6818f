"""What is usual around a campaign: its channel's other campaigns, each metric with its mean and its spread. Pure.

The mean is that of random effects (DerSimonian and Laird 1986), on the log scale: campaigns differ in truth by
`spread`, besides by chance; its error is that of Hartung and Knapp (2001), from how the others lie. Every campaign is
left out of its own norm; it is subtracted from sums, so all of it stays O(n).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log, sqrt
from operator import attrgetter

from analytics.channels import DELIVERING
from analytics.history import crowded_days, matched_days

from .ratios import BY_METRIC, pairs_of, sampled
from .snapshot import SETTLED, Campaign, Snapshot
from .statistics import Estimate, Sample, Usual, estimate, t_quantile, usual

EVERYWHERE = ""  # the group of what is compared over all channels: money is money
COMPARED = ("roas", "open_rate", "click_rate", "click_to_open_rate", "click_conversion_rate")
WATCHED = ("bounce_rate", "unsubscribe_rate", "complaint_rate")
PEERS = 3  # of fewer others nobody can say what is usual
EXPECTED = 5  # events; a campaign where fewer are to be expected tells nothing of the others
FIELDS = ("sends", "delivered", "unique_opens", "unique_clicks", "converters", "revenue", "cost")


@dataclass(frozen=True, slots=True)
class Norm:
    """The mean of `peers` other campaigns, and by how much their truths spread around it, in logarithms."""

    mean: Estimate
    spread: float
    peers: int

    @property
    def reach(self) -> float:
        """How far from the mean a further campaign may well lie, in logarithms: at least twice the spread."""
        return t_quantile(self.peers - 1) * self.spread * sqrt(1 + 1 / self.peers)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a campaign, counted back from the end of the window: the sums of a metric."""

    top: float
    bottom: float


class _Group:
    """The sums that one metric's norms of one group are made of."""

    def __init__(self, samples: dict[int, Sample]) -> None:
        self.usual = usual(samples.values())
        self.estimates = {key: estimate(one, self.usual) for key, one in samples.items()}
        telling = _telling(samples)
        self._logs = {key: (log(self.estimates[key].value), self.estimates[key].error ** 2) for key in telling}
        self._plain = _sums((y, 1 / v) for y, v in self._logs.values())
        self._between = _between(self._plain)
        self._random = _sums((y, 1 / (v + self._between)) for y, v in self._logs.values())

    def without(self, key: int) -> Norm | None:
        plain, random = self._plain, self._random
        if key in self._logs:
            y, v = self._logs[key]
            plain = _minus(plain, (y, 1 / v))
            random = _minus(random, (y, 1 / (v + self._between)))
        if plain.count < PEERS or min(plain.weight, random.weight) <= 0:
            return None
        error = sqrt(max(random.scatter / (plain.count - 1) / random.weight, 1 / plain.weight))
        value, degrees = exp(random.first / random.weight), plain.count - 1
        wide = exp(t_quantile(degrees) * error)
        mean = Estimate(value, value / wide, value * wide, error, degrees)
        return Norm(mean, sqrt(_between(plain)), plain.count)


@dataclass(frozen=True, slots=True)
class _Sums:
    count: int
    weight: float
    squares: float
    first: float
    second: float

    @property
    def scatter(self) -> float:
        """The weighted squares around the mean."""
        return max(0.0, self.second - self.first**2 / self.weight)


def _sums(rows: Iterable[tuple[float, float]]) -> _Sums:
    count, weight, squares, first, second = 0, 0.0, 0.0, 0.0, 0.0
    for y, w in rows:
        count, weight, squares = count + 1, weight + w, squares + w * w
        first, second = first + w * y, second + w * y * y
    return _Sums(count, weight, squares, first, second)


def _minus(sums: _Sums, row: tuple[float, float]) -> _Sums:
    y, w = row
    return _Sums(sums.count - 1, sums.weight - w, sums.squares - w * w, sums.first - w * y, sums.second - w * y * y)


def _between(sums: _Sums) -> float:
    """The variance between campaigns by DerSimonian and Laird: what their squares show beyond their own errors."""
    if sums.count < 2 or sums.weight <= 0:
        return 0.0
    room = sums.weight - sums.squares / sums.weight
    return max(0.0, (sums.scatter - (sums.count - 1)) / room) if room > 0 else 0.0


def _telling(samples: dict[int, Sample]) -> list[int]:
    """Campaigns of which enough events were to be expected by the rate of all, so that luck does not choose them."""
    events, bottoms = sum(s.events for s in samples.values()), sum(s.bottom for s in samples.values())
    rate = events / bottoms if bottoms else 0.0
    return [key for key, s in samples.items() if s.bottom * rate >= EXPECTED and s.top > 0]


class Norms:
    """A snapshot, looked through once: estimates of every campaign, and norms of everybody but one."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.start, self.end, self.currency = snapshot.start, snapshot.end, snapshot.currency
        groups: dict[tuple[str, str], dict[int, Sample]] = defaultdict(dict)
        self._totals: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(FIELDS))
        for campaign in snapshot.campaigns:
            for metric in (*COMPARED, *WATCHED):
                found = sampled(campaign.days, BY_METRIC[metric], delivers=delivers(campaign))
                if found is not None:
                    for group in {_group(metric, campaign), campaign.channel}:
                        groups[metric, group][campaign.id] = found
            for key in (EVERYWHERE, campaign.channel):
                self._totals[key] = [a + b for a, b in zip(self._totals[key], totals(campaign), strict=True)]
        self.samples = dict(groups)
        self._groups = {key: _Group(samples) for key, samples in groups.items()}

    @property
    def days(self) -> int:
        return max((self.end - self.start).days, 1)

    @property
    def history(self) -> tuple[date, date]:
        """The days `[start, end)` by which the hours of people are compared."""
        return matched_days(self.end)

    @property
    def crowded(self) -> tuple[date, date]:
        """The days `[start, end)` of which messages are counted for each person."""
        return crowded_days(self.end)

    @property
    def month(self) -> float:
        """The factor from the window to 30 days."""
        return 30 / self.days

    def sample(self, campaign: Campaign, metric: str) -> Sample | None:
        return self.samples.get((metric, _group(metric, campaign)), {}).get(campaign.id)

    def estimate(self, campaign: Campaign, metric: str) -> Estimate | None:
        group = self._groups.get((metric, _group(metric, campaign)))
        return group.estimates.get(campaign.id) if group else None

    def usual(self, campaign: Campaign, metric: str) -> Usual:
        group = self._groups.get((metric, _group(metric, campaign)))
        return group.usual if group else Usual()

    def others(self, campaign: Campaign, metric: str, group: str | None = None) -> Norm | None:
        """The norm of the other campaigns, of its channel or, for money, of all, else of a channel that is named; None
        of fewer than `PEERS`.
        """
        found = self._groups.get((metric, _group(metric, campaign) if group is None else group))
        return found.without(campaign.id) if found else None

    def others_sum(self, campaign: Campaign, field: str, *, everywhere: bool = False) -> float:
        """A field of `Day` summed over the others of its channel, or of all."""
        place = FIELDS.index(field)
        return self._totals[EVERYWHERE if everywhere else campaign.channel][place] - totals(campaign)[place]

    def settled(self, campaign: Campaign, field: str) -> float:
        """A field's sum in which young days count for less: one of half the age of `SETTLED` counts half."""
        value = attrgetter(field)
        return sum(value(day) * _ripe(day.day, self.end) for day in campaign.days)

    def settled_share(self, campaign: Campaign) -> float:
        """How much of it has arrived, by messages, or by cost where there are none; young days weigh less."""
        field = "sends" if any(day.sends for day in campaign.days) else "cost"
        total = sum(getattr(day, field) for day in campaign.days)
        share = self.settled(campaign, field) / total if total > 0 else 0.0
        return min(1.0, max(0.0, share))  # credits are cost below zero, and may be the young part

    def weeks(self, campaign: Campaign, metric: str) -> list[Week]:
        """The weeks of the window in which there is something to divide by."""
        sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        seen, pairs = (
            self.sample(campaign, metric),
            pairs_of(campaign.days, BY_METRIC[metric], delivers=delivers(campaign)),
        )
        scale = seen.bottom / sum(bottom for bottom, _ in pairs) if seen else 0.0
        for day, (bottom, top) in zip(campaign.days, pairs, strict=True):
            week = sums[((self.end - day.day).days - 1) // 7]
            week[0] += top
            week[1] += bottom * scale
        return [Week(*sums[place]) for place in sorted(sums) if sums[place][1] > 0]


def totals(campaign: Campaign) -> list[float]:
    """The sums of `FIELDS`."""
    values = attrgetter(*FIELDS)
    return [float(sum(column)) for column in zip(*map(values, campaign.days), strict=True)] or [0.0] * len(FIELDS)


def delivers(campaign: Campaign) -> bool:
    return campaign.channel in DELIVERING


def tells_opens(campaign: Campaign) -> bool:
    """Whether somebody reports its opens; elsewhere a click stands in for them, and there are no others."""
    opens = sum(day.unique_opens for day in campaign.days)
    return delivers(campaign) and opens > sum(day.unique_clicks for day in campaign.days)


def _ripe(day: date, end: date) -> float:
    age: timedelta = end - day
    return min(1.0, max(0.0, age / SETTLED))


def _group(metric: str, campaign: Campaign) -> str:
    return EVERYWHERE if metric == "roas" else campaign.channel
