"""django-prometheus's series of requests, with labels that are bounded and those that are there from the start.

Views are labelled by the names of their addresses; all that has none is one. Methods that there are not are one, too,
also where the package takes what it is given. A request whose view raises is timed once, when it is answered.
"""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django_prometheus.middleware import Metrics, PrometheusAfterMiddleware, PrometheusBeforeMiddleware

from config import access

UNKNOWN = "<unnamed view>"  # the package's word for it
STATUSES = {"GET": ("200", "304"), "POST": ("200",), "DELETE": ("204",)}
FAILED = ("500", "503")


@cache
def names() -> frozenset[str]:
    """Of all addresses that have one."""
    return frozenset(name for name, pattern in access.addresses() if pattern.name)


class FromTheStart(Metrics):
    """Every view of the API is there with 0; pages, which are many, once somebody asked for them."""

    def register(self) -> None:
        super().register()
        for view in sorted(name for name in access.TABLE.keys() & names() if name.startswith("api-")):
            for method in access.TABLE[view]:
                self.requests_latency_by_view_method.labels(view=view, method=method)
                for status in (*STATUSES.get(method, ()), *FAILED):
                    self.responses_by_status_view_method.labels(status=status, view=view, method=method)


class Before(PrometheusBeforeMiddleware):
    metrics_cls = FromTheStart


class After(PrometheusAfterMiddleware):
    metrics_cls = FromTheStart

    def label_metric(self, metric: Any, request: HttpRequest, response: Any = None, **labels: str) -> Any:
        if "view" in labels and labels["view"] not in names():
            labels["view"] = UNKNOWN
        if "method" in labels:
            labels["method"] = self._method(request)
        return super().label_metric(metric, request, response, **labels)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        self.label_metric(self.metrics.exceptions_by_type, request, type=type(exception).__name__).inc()
        self.label_metric(self.metrics.exceptions_by_view, request, view=self._get_view_name(request)).inc()
