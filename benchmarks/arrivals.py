"""How far forecasts of what is still to come are off: `make bench-arrivals`.

Four weeks of made-up sources that are late in different ways; each day, four times, what is expected yet of the day
before is held against what then came. Naive is one curve of all hours, as if each hour were as late as any.
"""

import argparse
import os
from collections.abc import Sequence

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.analytics.arrival_trials import Trial, trials  # noqa: E402
from tests.analytics.arrivals import HABITS, MAILINGS  # noqa: E402

A_DAY = (100, 5_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    print("Mean absolute error of the share of a day that is here, in percentage points (naive), and of the events")
    print("still to come, in percent of a day's (naive); in brackets how many of a day came late on average.")
    for name, habit in HABITS.items():
        for shape, weights in (("even", (1.0,)), ("mailings", MAILINGS)):
            for a_day in A_DAY:
                found = [one for seed in range(asked.seeds) for one in trials(habit, seed, a_day=a_day, shape=weights)]
                print(f"  {name}, {shape}, {a_day:,} a day: {_told(found, a_day)}")


def _told(found: Sequence[Trial], a_day: float) -> str:
    share, naive = (
        100 * np.mean([one.off(to_come) for one, to_come in pairs])
        for pairs in ([(one, one.expected) for one in found], [(one, one.naive) for one in found])
    )
    events, naively = (
        100 * np.mean(np.abs(each)) / a_day
        for each in ([one.expected - one.came for one in found], [one.naive - one.came for one in found])
    )
    late = 100 * np.mean([one.came for one in found]) / a_day
    return f"{share:.2f} ({naive:.2f}) points, {events:.2f} % ({naively:.2f} %) of a day [{late:.1f} %]"


if __name__ == "__main__":
    main()
