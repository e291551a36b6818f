"""How alerts do on companies of the demo's generator: `make bench-alerts`.

False are all that are opened in a year in which nothing was planted; those of campaigns that began or ended are among
them. Planted is from a drawn hour on, one by one: a tenth of the opens, and double the spend, of everything.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from statistics import median

import numpy as np

from analytics.alerts.window import Window
from tests.analytics.alert_trials import WARM_UP, Planted, hours_to_find, opened, usual, year

DEMO, LARGE = 4_000, 20_000
WEEKS = 52
PLANTED = (("opens", 0.1), ("cost", 2.0))
FIRST_HOURS = (1, 3, 6, 12, 24)
BINS = ((0.0, 5.0), (5.0, 15.0), (15.0, 25.0), (25.0, float("inf")))  # usual opens of the hour from which on
MOST = 48


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=200, help="hours from which on something is planted")
    asked = parser.parse_args()
    print(f"Nothing planted, {asked.seeds} years of {DEMO:,} contacts:")
    years = [year(seed, DEMO, WEEKS) for seed in range(asked.seeds)]
    for seed, made in enumerate(years):
        _tell_false(f"seed {seed}", made)
    large = year(0, LARGE, WEEKS)
    _tell_false(f"{LARGE:,} contacts", large)
    for contacts, made in ((DEMO, years[0]), (LARGE, large)):
        for metric, factor in PLANTED:
            _tell_planted(f"{contacts:,} contacts, {metric} × {factor:g}", made, metric, factor, asked.starts)


def _tell_false(name: str, made: Window) -> None:
    found = opened(made)
    metrics = Counter(f"{one.parts[0].metric} {'over' if one.parts[0].over else 'under'}" for one in found)
    told = ", ".join(f"{times} {what}" for what, times in metrics.most_common())
    print(f"  {name}: {len(found) / WEEKS:.2f} a week ({told})")


def _tell_planted(name: str, made: Window, metric: str, factor: float, starts: int) -> None:
    chance = np.random.default_rng(starts)
    places = sorted(int(place) for place in chance.choice(range(WARM_UP, made.hours - MOST), starts, replace=False))
    hours = [hours_to_find(made, Planted(metric, factor, place), chance, MOST) for place in places]
    print(f"{name}, from {starts} hours on: {_shares(hours)}")
    expected = usual(made, "opens", places)
    for low, high in BINS if metric == "opens" else ():
        inside = [each for each, opens in zip(hours, expected, strict=True) if low <= opens < high]
        if inside:
            print(f"  {low:g} to {high:g} opens usual in that hour: {len(inside)} of them, {_shares(inside)}")


def _shares(hours: Sequence[int | None]) -> str:
    """Within how many completed hours which share was found."""
    known = [MOST + 1 if each is None else each for each in hours]
    shares = (f"{sum(each <= first for each in known) / len(known):.0%} in {first} h" for first in FIRST_HOURS)
    return f"{', '.join(shares)}; median {median(known):g} h"


if __name__ == "__main__":
    main()
