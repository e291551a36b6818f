"""API keys for tests."""

from datetime import UTC, datetime
from typing import Any

from compliance import api_keys
from compliance.models import ApiKey


def headers(*scopes: str, **fields: Any) -> dict[str, str]:
    """The header of a new key with these scopes, for Django's test client; it was used today already."""
    key, secret = api_keys.create("test", scopes or ("all",), **fields)
    ApiKey.objects.filter(pk=key.pk).update(last_used_on=datetime.now(UTC).date())
    return {"Authorization": f"Api-Key {secret}"}
