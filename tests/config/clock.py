"""A clock that tests set."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


class Clock:
    """What Django takes for now; it stands still between two shifts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: datetime = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def shift(self, by: timedelta) -> None:
        self.now += by
