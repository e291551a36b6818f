"""A believable business out of a seed: campaigns, people, events, costs and rates, and what is true about them."""

from .blueprints import FAILING, OUTCOME_DAYS, SHINING, TRUE_LIFT
from .past import MENDED, MENDED_AGO, mended
from .plan import Change
from .world import DEFAULT_SEED, DEFAULT_SIZE, PREFIX, Size, World, generate

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_SIZE",
    "FAILING",
    "MENDED",
    "MENDED_AGO",
    "OUTCOME_DAYS",
    "PREFIX",
    "SHINING",
    "TRUE_LIFT",
    "Change",
    "Size",
    "World",
    "generate",
    "mended",
]
