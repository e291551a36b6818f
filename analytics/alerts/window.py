"""Weeks of figures by the hour, and the sums over spans of them that are compared. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .usual import Array, Range, usual_range, where_known
from .watched import HOUR, LEAST, LEAST_SPEND, WEEKS, Watched

FADES = exp(-1 / 7)  # people come to a message within seven hours on average
FAINT = 1.0  # of less than one message sent nothing is expected
CENT = 0.01
FOLLOWS = 0.2  # how far what follows differs from message to message


@dataclass(frozen=True, slots=True)
class Window:
    """What each scope (`OVERALL` first, then channels) did in each of consecutive hours, by metric: arrays of scope ×
    hour, NaN where nobody knows. `first` is the beginning of the first hour; weeks are those of the zone's clock.
    """

    first: datetime
    zone: ZoneInfo
    scopes: tuple[str, ...]
    values: Mapping[str, Array]

    @property
    def hours(self) -> int:
        return int(next(iter(self.values.values())).shape[1])

    def begins(self, place: int) -> datetime:
        return self.first + place * HOUR

    def place(self, begins: datetime) -> int:
        return int((begins - self.first) / HOUR)

    def before(self, places: Sequence[int]) -> NDArray[np.int_]:
        """Of each hour, the places of the same hour of the clock in past weeks; -1 before the window."""
        return np.array([[self._weeks_before(place, week) for place in places] for week in range(1, WEEKS + 1)])

    def _weeks_before(self, place: int, weeks: int) -> int:
        local = self.begins(place).astimezone(self.zone)
        then = (local.replace(tzinfo=None) - timedelta(weeks=weeks)).replace(tzinfo=self.zone, fold=local.fold)
        return max(-1, self.place(then.astimezone(self.first.tzinfo)))


@dataclass(frozen=True, slots=True)
class Judged:
    """The sums of `span` hours that end with each judged one, what is usual, and from how far away on it is told."""

    span: int
    value: Array
    range: Range
    least: Array

    @property
    def over(self) -> NDArray[np.bool_]:
        return (self.value > self.range.high) & (self.value - self.range.usual >= self.least)

    @property
    def under(self) -> NDArray[np.bool_]:
        return (np.maximum(self.value, 0) < self.range.low) & (self.range.usual - self.value >= self.least)

    def would_tell(self, share: Array) -> NDArray[np.bool_]:
        """Where such a share of the usual would be out of range, while what is there is within."""
        then = share * self.range.usual
        inside = (self.value >= self.range.low) & (self.value <= self.range.high)
        return inside & ((then < self.range.low) | (then > self.range.high))


def judge(
    window: Window, watched: Watched, span: int, places: Sequence[int], before: NDArray[np.int_], line: float
) -> Judged:
    """A metric of all scopes in the hours at `places`; `before` are those of past weeks."""
    values = window.values[watched.metric]
    sums = trailing(values, span)
    past, chance = np.maximum(_past(sums, before), 0), _chance(window, watched)  # a week's credits are no usual spend
    usual = usual_range(past, chance, watched.uneven, line)
    if watched.sent:
        sent = trailing(lingering(window.values["sends"]), span)
        usual = where_known(_following(past, _past(sent, before), sent[:, places], chance, line), usual)
    least = LEAST * chance * np.ones_like(usual.usual)
    if watched.metric == "cost":
        least = np.broadcast_to(LEAST_SPEND * usual.usual[:1], usual.usual.shape)
    return Judged(span, sums[:, places], usual, least)


def trailing(values: Array, span: int) -> Array:
    """The sum of the hours that end with each, NaN where one of them is unknown."""
    unknown = np.isnan(values)
    total, holes = (np.cumsum(each, axis=1) for each in (np.where(unknown, 0, values), unknown.astype(float)))
    ago = np.zeros((len(values), span))
    sums, missing = (
        each - np.concatenate([ago, each[:, :-span]], axis=1)[:, : each.shape[1]] for each in (total, holes)
    )
    sums[:, : span - 1] = np.nan
    return np.where(missing > 0.5, np.nan, sums)


def lingering(sends: Array) -> Array:
    """How many messages people still come to in each hour: each counts less with every hour."""
    left, found, known = np.zeros(len(sends)), np.empty_like(sends), np.nan_to_num(sends)
    for hour in range(sends.shape[1]):
        left = left * FADES + known[:, hour]
        found[:, hour] = left
    return found


def _following(past: Array, sent_then: Array, sent: Array, chance: float, line: float) -> Range:
    """What is usual after what was sent: the rates of past weeks times it."""
    rates = np.where(sent_then >= FAINT, past / np.maximum(sent_then, FAINT), np.nan)
    expected = np.where(sent[:, None] >= FAINT, rates * sent[:, None], np.nan)
    return usual_range(expected, chance, FOLLOWS, line)


def _past(sums: Array, before: NDArray[np.int_]) -> Array:
    """The values at these places: scope × week × hour."""
    return np.where(before[None] < 0, np.nan, sums[:, np.maximum(before, 0)])


def _chance(window: Window, watched: Watched) -> float:
    """What one event weighs: 1 of counts, of money an average order, or a part of the usual hour."""
    if not watched.money:
        return watched.chance
    overall, orders = window.values[watched.metric][0], window.values.get("conversions")
    if watched.metric == "cost" or orders is None:
        number = np.count_nonzero(~np.isnan(overall))
    else:
        number = np.nansum(orders[0])
    return float(watched.chance * max(np.nansum(overall) / max(number, 1), CENT))
