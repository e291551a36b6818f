from datetime import datetime

from ..catalogue import NAMES
from ..scope import Scope
from .answers import Campaigns, Channels, Kpis, Timeseries


def summary(scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Kpis:
    """Each metric over the whole period, with the compared period and the change."""
    raise NotImplementedError


def timeseries(scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Timeseries:
    """Each metric by slot of `scope.grain`; every slot is there, empty ones too."""
    raise NotImplementedError


def by_channel(scope: Scope, metrics: tuple[str, ...] = NAMES, *, now: datetime) -> Channels:
    """Each metric by channel, the unattributed last."""
    raise NotImplementedError


def by_campaign(
    scope: Scope, metrics: tuple[str, ...] = NAMES, *, order: str = "-roi", limit: int = 50, now: datetime
) -> Campaigns:
    """The first `limit` campaigns by `order` (a metric, `-` in front = falling; unknown last), the unattributed apart."""
    raise NotImplementedError
