from datetime import datetime

from ..scope import Scope
from .answers import Funnel


def funnel(scope: Scope, *, now: datetime) -> Funnel:
    """sends → delivered → unique opens → unique clicks → who converted after a click."""
    raise NotImplementedError
