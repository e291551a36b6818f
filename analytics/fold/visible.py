"""How long events took from their acceptance until they were counted."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Histogram

BOUNDS = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600)  # seconds


class Weighed(Histogram):
    """A histogram that takes a value many times at once: a batch has thousands of events of one moment."""

    def observe_many(self, value: float, times: int) -> None:
        self._sum.inc(value * times)
        for bound, bucket in zip(self._upper_bounds, self._buckets, strict=True):
            if value <= bound:
                bucket.inc(times)
                break


VISIBLE = Weighed(
    "marketing_event_visible_seconds",
    "From acceptance until counted, of each event that was kept.",
    buckets=BOUNDS,
)


def note(batches: Iterable[tuple[datetime, int]], at: datetime) -> None:
    """Note batches that are counted since `at`, each by when it was accepted and how many events were kept of it."""
    for received_at, events in batches:
        VISIBLE.observe_many(max(0.0, (at - received_at).total_seconds()), events)
