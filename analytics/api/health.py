"""Is it up? Open to all, so it tells no more than up or down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import ProgrammingError
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance import heartbeats
from compliance.subjects import following

from ..parts import PARTS, is_migrated
from ..queries import state as states
from ..scope import ScopeError, echo, given_once
from .asking import refuse_unknown
from .schemas import HealthAnswer, problem

READY = "ready"
WHAT_READY_IS = "1: also whether every migration of this code is applied, and nobody is here again who was erased."
WHETHER = {"": False, "0": False, "1": True}
UNTOLD: tuple[Mapping[str, float | None], bool] = (dict.fromkeys(heartbeats.PROGRAMS), False)
Part = tuple[bool, bool]  # whether it is up, and whether nothing can be answered without it


class HealthView(APIView):
    """Never asks who it is: that would need the database that it reports on."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="health",
        summary="200 while requests can be answered; 503 only without PostgreSQL, or not ready where that is asked",
        parameters=[
            OpenApiParameter(READY, str, enum=["0", "1"], description=WHAT_READY_IS),
        ],
        responses={200: HealthAnswer, 400: problem("A parameter that is not known."), 503: HealthAnswer},
        tags=["operation"],
    )
    def get(self, request: Request) -> Response:
        ready, now = _ready(request), timezone.now()
        found = _parts(ready, now)
        down = any(required and not up for up, required in found.values())
        status = "down" if down else "up" if all(up for up, _ in found.values()) else "degraded"
        told = {
            name: {"status": "up" if up else "down", "required": required} for name, (up, required) in found.items()
        }
        headers = {"Cache-Control": "no-store"}
        return Response({"status": status, "parts": told}, status=503 if down else 200, headers=headers)


def _ready(request: Request) -> bool:
    """Whether the migrations are asked for. Raises `ScopeError` and `Problem`."""
    refuse_unknown(request, (READY,))
    text = given_once(dict(request.query_params.lists()), READY)
    if text not in WHETHER:
        raise ScopeError(READY, f"{echo(text)!r} is no answer to whether; give 1, or leave {READY} out.")
    return WHETHER[text]


def _parts(ready: bool, now: datetime) -> dict[str, Part]:
    """All there are; what the database knows is asked only where it answers, for each try would wait for it anew."""
    servers = {name: (ask(), required) for name, required, ask in PARTS}
    known, _ = servers["database"]
    ages, fresh = _told(now) if known else UNTOLD
    live: dict[str, Part] = {name: (heartbeats.lives(age), False) for name, age in ages.items()}
    asked: dict[str, Part] = {}
    if ready:
        migrated = known and is_migrated()
        erased, whole = _erased() if migrated else (True, True)
        asked = {"migrations": (migrated, True), "erasures": (erased, True), "ledger": (whole, False)}
    return servers | live | {"freshness": (fresh, False)} | asked


def _erased() -> tuple[bool, bool]:
    """Whether nobody is here who was erased, and whether the ledger can tell.

    A database that was restored from a backup says no until all is done. Without the ledger whoever answers goes on;
    whoever was closed, or has just begun, is not ready, which stops releases.
    """
    try:
        return following.behind() == 0, True
    except following.Forked:
        return False, False
    except following.Unusable:
        return not following.closed.is_set(), False


def _told(now: datetime) -> tuple[Mapping[str, float | None], bool]:
    """How long each program has been silent, and whether figures are fresh; nothing while a table is yet to come."""
    try:
        return heartbeats.heartbeats(now), not states.stale(states.read(), now)
    except ProgrammingError:
        return UNTOLD
