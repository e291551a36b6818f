"""How late events are, and how many are still to come: pure, over arrays.

How much of an hour is here follows from hours of the same name of which all is here. Those of the same hour of the week
are few, so they borrow from that hour of any day, and this from all hours: with the weight of `BORROWED` events. So a
nightly batch shows as one, though of an average hour some share is always here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .span import FEWEST, FEWEST_HOURS, SHOWN, WEEK_HOURS

Array = NDArray[np.float64]
BORROWED = 30.0
LATELY = 72  # hours by which it is judged whether a source reports as much as it did
MOST = 0.5
UNSURE = 20.0  # events: a level of less says little
HIGHEST = 2.0  # times what was usual; more in three days is a mailing, not a level


@dataclass(frozen=True, slots=True)
class Hours:
    """The young hours, oldest first: which hour of the week each is, and how many quarters of an hour ago it began."""

    places: NDArray[np.int_]
    ages: Array


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of event of one source. `past`: hour of the week × quarter of an hour from its beginning, events;
    `weeks`: of how many weeks, by hour of the week; `arrived`: what is here of each young hour.
    """

    past: Array
    weeks: Array
    arrived: Array


@dataclass(frozen=True, slots=True)
class Forecast:
    """By young hour: which `share` is usually here by now, of how many `usual` events, and how many are `to_come`."""

    share: Array
    usual: Array
    to_come: Array


def known(past: Array) -> bool:
    """Whether these are enough to tell a delay."""
    return bool(past.sum() >= FEWEST and np.count_nonzero(past.sum(axis=1)) >= FEWEST_HOURS)


def curve(past: Array) -> tuple[float, ...]:
    """The share of all that is here so many hours after an hour's end as `SHOWN` says."""
    summed = np.append(0.0, np.cumsum(past.sum(axis=0)))
    return tuple(float(summed[(hours + 1) * 4] / summed[-1]) for hours in SHOWN)


def share(past: Array, hours: Hours) -> Array:
    """The share of each young hour that is usually here at its age; it never falls with age."""
    week = np.concatenate([np.zeros((WEEK_HOURS, 1)), np.cumsum(past, axis=1)], axis=1)
    day = week.reshape(7, 24, -1).sum(axis=0)
    whole = week.sum(axis=0)
    found = _at(whole[None], np.zeros_like(hours.places), hours.ages) / whole[-1]
    for counts, places in ((day, hours.places % 24), (week, hours.places)):
        found = (_at(counts, places, hours.ages) + BORROWED * found) / (counts[places, -1] + BORROWED)
    return np.clip(found, 0.0, 1.0)


def expect(stream: Stream, hours: Hours) -> Forecast:
    """What is to come of each young hour.

    Chain ladder would divide what is here by its share, and where nothing is here yet it expects nothing; Bornhuetter
    and Ferguson add the missing share of what is usual, whatever is here. This is Benktander's mixture of both, with
    the share as its weight (Mack, "Credible claims reserves: the Benktander method", ASTIN Bulletin 30, 2000). What is
    usual follows what came lately, as in the Cape Cod method: of who has stopped nothing is expected after three days.
    """
    here = share(stream.past, hours)
    usual = stream.past.sum(axis=1)[hours.places] / np.maximum(stream.weeks[hours.places], 1)
    missing = 1 - here
    level = _level(here[-LATELY:], usual[-LATELY:], stream.arrived[-LATELY:])
    return Forecast(here, usual, missing * (stream.arrived + missing * usual * level))


def _level(here: Array, usual: Array, arrived: Array) -> float:
    """How much a source reports of what is usual, by hours of which most would be here."""
    tells = here >= MOST
    level = (arrived[tells].sum() + UNSURE) / ((here * usual)[tells].sum() + UNSURE)
    return min(float(level), HIGHEST)


def _at(counts: Array, places: NDArray[np.int_], ages: Array) -> Array:
    """What had come at these ages; in between, what comes in a quarter of an hour comes evenly."""
    ages = np.clip(ages, 0, counts.shape[1] - 1)
    before = np.minimum(ages.astype(int), counts.shape[1] - 2)
    low, high = counts[places, before], counts[places, before + 1]
    return np.asarray(low + (ages - before) * (high - low))
