"""Is it up? Open to all, so it tells no more than up or down."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..parts import PARTS
from .schemas import HealthAnswer


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
