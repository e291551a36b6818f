from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class WebSession(AbstractBaseSession):
    """A browser that is signed in, or has a minute ago given a password; gone at `expire_date`, unless used before.

    `session_key` is a hash of what the browser has, so whoever reads the table can be nobody. `ip` and `browser` are
    those of the last use.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=60)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "web_session"

    def used(self, at: datetime, ip: str | None, browser: str) -> None:
        """Used now, so it goes on for a while, at most until its whole time is over."""
        self.seen_at, self.ip, self.browser = at, ip, browser
        idle, whole = settings.SESSION_IDLE, settings.SESSION_WHOLE
        if self.user_id is None:
            idle = whole = settings.SESSION_UNKNOWN
        self.expire_date = min(self.created_at + whole, at + idle)

    @classmethod
    def get_session_store_class(cls) -> Any:
        from ..sessions import SessionStore

        return SessionStore
