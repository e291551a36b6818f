"""How late events are, source by source, and what is still to come of those that happened (see README)."""

from .reading import Arrived, Arriving, by_source, first_late_hour, of_period, settled_until

__all__ = ["Arrived", "Arriving", "by_source", "first_late_hour", "of_period", "settled_until"]
