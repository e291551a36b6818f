"""Sessions of browsers, in a table of ours: whose they are, from where, and when they were used last.

A row ends when it was idle for `SESSION_IDLE`, and `SESSION_WHOLE` after its password was given. Both stand in its
`expire_date`, so a request reads one row, as with Django's own sessions, and writes none but once a minute.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from . import audit, browsers
from .acting import Actor, address_of
from .models import WebSession

OBJECT = "account"  # what the audit trail calls users
RARELY = timedelta(minutes=1)


def hashed(key: str) -> str:
    """How the table knows a session; the key is random, so it needs no slow hash."""
    return blake2b(key.encode(errors="replace"), digest_size=20).hexdigest()


class SessionStore(DatabaseStore):
    """Django's own, but for what else stands in a row."""

    request: HttpRequest | None = None  # which it was read for
    row: WebSession | None = None

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        return WebSession

    def _get_session_from_db(self) -> WebSession | None:
        alive = WebSession.objects.filter(expire_date__gt=timezone.now())
        self.row = alive.filter(pk=hashed(str(self.session_key))).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return super().exists(hashed(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> WebSession:
        now, key = timezone.now(), hashed(str(self.session_key))
        if self.row is None or self.row.pk != key:
            self.row = WebSession(session_key=key, created_at=now)
        self.row.session_data = self.encode(data)
        self.row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        self._used(self.row, now)
        return self.row

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            WebSession.objects.filter(pk=hashed(key)).delete()

    def touch(self, at: datetime) -> None:
        """Somebody used it: note that, if it was not noted within the last minute."""
        row = self.row
        if row is None or row.user_id is None or at - row.seen_at < RARELY:
            return
        self._used(row, at)
        changed = {name: getattr(row, name) for name in ("seen_at", "expire_date", "ip", "browser")}
        WebSession.objects.filter(pk=row.pk).update(**changed)

    def _used(self, row: WebSession, at: datetime) -> None:
        asked = self.request
        agent = asked.META.get("HTTP_USER_AGENT", "") if asked else ""
        row.used(at, address_of(asked) if asked else None, browsers.family(agent))


def of(user_id: int, at: datetime) -> list[WebSession]:
    """Where somebody is signed in, the last used first."""
    return list(WebSession.objects.filter(user=user_id, expire_date__gt=at).order_by("-seen_at"))


def this_of(request: HttpRequest) -> str:
    """The id of the session that a request came with; empty where there is none in the table."""
    row = getattr(request.session, "row", None)
    return row.pk if row else ""


def end(user_id: int, by: Actor | None, at: datetime, *, only: Iterable[str] | None = None, but: str = "") -> int:
    """End somebody's sessions: all, or `only` those, `but` one; how many there were."""
    ended = WebSession.objects.filter(user=user_id).exclude(pk=but)
    if only is not None:
        ended = ended.filter(pk__in=list(only))
    with transaction.atomic():
        count, _ = ended.delete()
        if count:
            audit.note("ended sessions", OBJECT, user_id, by, at, sessions=count)
    return count


def cut(at: datetime) -> int:
    """Delete what had ended by `at`; how many."""
    return WebSession.objects.filter(expire_date__lt=at).delete()[0]
