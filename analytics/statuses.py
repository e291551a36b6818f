"""Where a campaign stands, as whoever runs it says."""

from enum import StrEnum


class Status(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
