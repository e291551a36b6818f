"""Draws that the standard library lacks. Every one takes its `Random`, so that a seed decides all."""

from math import exp, sqrt
from random import Random

KNUTH_UP_TO = 30  # beyond it a rounded normal is as good, and does not slow down


def generator(seed: int, *names: object) -> Random:
    """A stream of its own for each part of the demo: more draws in one leave the others as they are."""
    return Random(":".join(map(str, (seed, *names))))  # noqa: S311  a demo, not a secret


def poisson(rng: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average (Knuth's method)."""
    if mean > KNUTH_UP_TO:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def uneven(rng: Random, spread: float) -> float:
    """A positive factor of mean 1, log-normal: a few are far above it."""
    return rng.lognormvariate(-spread * spread / 2, spread)
