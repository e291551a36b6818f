from datetime import datetime

from ..models import ViewRefresh
from ..reporting import VIEWS
from . import state as states
from .answers import Freshness, ViewFreshness
from .meta import completeness


def freshness(*, now: datetime) -> Freshness:
    """How far the figures and the materialized views are behind what was accepted."""
    state = states.read()
    kept = {refresh.name: refresh for refresh in ViewRefresh.objects.all()}
    changed_at = state["changed_at"]
    return Freshness(
        data_version=state["version"],
        last_refreshed_at=changed_at,
        seconds_since_refresh=None if changed_at is None else max(0.0, (now - changed_at).total_seconds()),
        completeness=completeness(state, now),
        views=tuple(_view(name, kept.get(name), state["version"], now) for name in VIEWS),
    )


def _view(name: str, refresh: ViewRefresh | None, version: int, now: datetime) -> ViewFreshness:
    if refresh is None:
        return ViewFreshness(name, None, None, None, current=version == 0, behind_seconds=None if version else 0.0)
    current = refresh.data_version == version
    behind = 0.0 if current else max(0.0, (now - refresh.refreshed_at).total_seconds())
    return ViewFreshness(name, refresh.refreshed_at, refresh.data_version, refresh.seconds, current, behind)
