"""Is it up? Open to all, so it tells no more than up or down."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .schemas import HealthAnswer

SECONDS = 0.5


def _database() -> bool:
    with suppress(Error), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)
    return False


def _redis(url: str) -> bool:
    """Asked over a connection of its own: the cache hides that it is gone, and a broker's pool may wait."""
    with suppress(redis.RedisError, ValueError):
        client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
        with client:
            return bool(client.ping())
    return False


# name, whether nothing can be answered without it, how it is asked
PARTS: tuple[tuple[str, bool, Callable[[], bool]], ...] = (
    ("database", True, _database),
    ("cache", False, lambda: _redis(settings.CACHE_URL)),
    ("broker", False, lambda: _redis(settings.BROKER_URL)),
)


class HealthView(APIView):
    """Never asks who it is: that would need the database that it reports on."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="health",
        summary="200 while requests can be answered; 503 only without PostgreSQL",
        responses={200: HealthAnswer, 503: HealthAnswer},
        tags=["operation"],
    )
    def get(self, _request: Request) -> Response:
        up = {name: ask() for name, _required, ask in PARTS}
        down = any(required and not up[name] for name, required, _ask in PARTS)
        status = "down" if down else "up" if all(up.values()) else "degraded"
        parts = {name: {"status": "up" if up[name] else "down", "required": required} for name, required, _ask in PARTS}
        headers = {"Cache-Control": "no-store"}
        return Response({"status": status, "parts": parts}, status=503 if down else 200, headers=headers)
