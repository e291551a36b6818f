"""The doors in: whatever comes from outside is verified, parsed and recorded here, and nowhere else."""

from .campaigns import record_campaigns
from .costs import record_costs
from .events import DEFAULT_SOURCE, record_events
from .verdicts import Verdicts

__all__ = ["DEFAULT_SOURCE", "Verdicts", "record_campaigns", "record_costs", "record_events"]
