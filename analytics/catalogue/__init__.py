"""The metric catalogue: every measure and ratio once, as a table in code, computed from summed parts."""

from .compute import Value, compute
from .metrics import BY_NAME, DEFINITION_VERSION, METRICS, NAMES, Better, Metric, Unit
from .sums import Sums

__all__ = [
    "BY_NAME",
    "DEFINITION_VERSION",
    "METRICS",
    "NAMES",
    "Better",
    "Metric",
    "Sums",
    "Unit",
    "Value",
    "compute",
]
