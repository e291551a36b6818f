"""Addresses that a page points at."""

from urllib.parse import urlencode

from ..scope import Compare
from .filters import Filters

API = "/api/v1"


def kpi_api(filters: Filters, metric: str) -> str:
    """The API request that gives the same figure."""
    scope = filters.scope
    query = [("start", scope.start.isoformat()), ("end", scope.end.isoformat()), ("basis", scope.basis.value)]
    if scope.compare is not Compare.NONE:
        query.append(("compare", scope.compare.value))
    query += [("channel", channel) for channel in scope.channels]
    query += [("campaign", campaign) for campaign in scope.campaigns]
    return f"{API}/kpi?{urlencode([*query, ('metrics', metric)])}"
