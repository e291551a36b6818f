"""Events as clients send them, for tests."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)


def event(**fields: Any) -> dict[str, Any]:
    """A valid event of the campaign `spring-sale` to Ada, with the fields given."""
    return {
        "event_id": "e1",
        "type": "sent",
        "occurred_at": "2026-10-20T09:00:00Z",
        "campaign": "spring-sale",
        "contact": "ada@example.com",
        **fields,
    }
