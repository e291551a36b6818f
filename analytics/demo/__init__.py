"""A believable business out of a seed: campaigns, people, events, costs and rates, and what is true about them."""

from .blueprints import OUTCOME_DAYS, TRUE_LIFT
from .plan import Change
from .world import DEFAULT_SIZE, Size, World, generate

__all__ = ["DEFAULT_SIZE", "OUTCOME_DAYS", "TRUE_LIFT", "Change", "Size", "World", "generate"]
