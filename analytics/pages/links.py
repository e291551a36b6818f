"""Addresses that a page points at."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..queries.answers import Point
from ..scope import Compare, Period, Scope

API = "/api/v1"


def address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def api(path: str, scope: Scope, **more: str) -> str:
    """The API request that asks the same."""
    return f"{API}/{path}?{urlencode([*scope.parameters, *more.items()])}"


class Receipts:
    """Where the figures of one scope come from; `more` says which figures of it they are (see `receipt.SOURCES`)."""

    def __init__(self, scope: Scope, **more: str) -> None:
        self._scope, self._more = scope, more
        self._start = f"{reverse('analytics:receipt')}?{urlencode([*scope.parameters, *more.items()])}&figure="

    def address(self, name: str) -> str:
        return f"{self._start}{name}"

    def figure(self, text: str, name: str) -> SafeString:
        """A figure that leads to its receipt."""
        return format_html('<a class="figure" href="{}">{}</a>', self.address(name), text)

    def alone(self) -> "Receipts":
        """Of figures that stand beside no comparison."""
        return Receipts(replace(self._scope, compare=Compare.NONE), **self._more)

    def of(self, **more: str) -> "Receipts":
        return Receipts(self._scope, **{**self._more, **more})

    def of_campaign(self, external_id: str) -> "Receipts":
        alone = replace(self._scope, campaigns=(external_id,), channels=(), statuses=(), tags=(), search="")
        return Receipts(alone, **self._more)

    def of_channel(self, channel: str) -> "Receipts":
        return Receipts(replace(self._scope, channels=(channel,)), **self._more)

    def of_slot(self, point: Point) -> "Receipts":
        """Of a slot of a series; the period cuts its first and its last one."""
        if isinstance(point.start, datetime):
            return self.of(hour=point.start.isoformat())
        return self._of_days(self._cut(point))

    def before_slot(self, point: Point) -> "Receipts":
        """Of what a slot of a series is compared with."""
        if isinstance(point.start, datetime):
            day = self._scope.set_against(Period(point.start.date(), point.start.date() + timedelta(days=1)))
            return self.of(hour=datetime.combine(day.start, point.start.timetz()).isoformat()) if day else self
        return self._of_days(self._scope.set_against(self._cut(point)) or self._scope.period)

    def _cut(self, point: Point) -> Period:
        return Period(max(point.start, self._scope.start), min(point.end, self._scope.end))

    def _of_days(self, period: Period) -> "Receipts":
        return Receipts(replace(self._scope, period=period, compare=Compare.NONE), **self._more)
