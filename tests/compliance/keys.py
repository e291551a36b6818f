"""API keys for tests."""

from typing import Any

from compliance import api_keys


def headers(*scopes: str, **fields: Any) -> dict[str, str]:
    """The header of a new key with these scopes, for Django's test client."""
    _key, secret = api_keys.create("test", scopes or ("all",), **fields)
    return {"Authorization": f"Api-Key {secret}"}
