"""How often the API answers one key, one person, or one stranger's address."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from compliance.acting import actor_of

from . import limits


class CallsPerMinute(BaseThrottle):
    """`API_CALLS_PER_MINUTE`, for each key; whoever comes without one is known by their session, else their address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        most = settings.API_CALLS_PER_MINUTE
        if most and (wait := limits.take("api", _who(request), limits.Rate(most, 60))):
            raise Throttled(wait, f"These are more than {most} calls in a minute (API_CALLS_PER_MINUTE).")
        return True


def _who(request: Request) -> str:
    by = actor_of(request)
    if by.key_prefix:
        return f"key {by.key_prefix}"
    return f"address {by.ip}" if by.user_id is None else f"user {by.user_id}"
