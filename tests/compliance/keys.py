"""API keys for tests."""

from datetime import UTC, datetime
from typing import Any

from compliance import api_keys
from compliance.models import ApiKey


def headers(*scopes: str, **fields: Any) -> dict[str, str]:
    """The header of a new key with these scopes, for Django's test client.

    It was used today already, and the audit trail does not know it: tests count what calls write.
    """
    assert {*scopes} <= api_keys.NAMES
    key = ApiKey(name="test", scopes=sorted(scopes or ("all",)), last_used_on=datetime.now(UTC).date(), **fields)
    secret = ApiKey.objects.assign_key(key)
    key.save()
    return {"Authorization": f"Api-Key {secret}"}
