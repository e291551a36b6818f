from datetime import datetime

from .answers import Freshness


def freshness(*, now: datetime) -> Freshness:
    """How far the figures and the views are behind what was accepted."""
    raise NotImplementedError
