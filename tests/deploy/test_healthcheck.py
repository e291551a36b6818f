"""Who asks the web server how it is, asks by a name that it answers to."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from deploy import healthcheck


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("portal.example.com,localhost", "portal.example.com"),
        (" portal.example.com ", "portal.example.com"),
        (".example.com", "example.com"),
        ("*,portal.example.com", "portal.example.com"),
        (",.example.com", "example.com"),
        ("[::1],localhost", "[::1]"),
        ("*", "localhost"),
        ("", "localhost"),
    ],
)
def test_the_name_to_ask_by_is_one_that_django_takes(allowed: str, host: str, settings: Settings) -> None:
    assert healthcheck.host(allowed) == host
    settings.ALLOWED_HOSTS = [name.strip() for name in allowed.split(",")] if allowed else ["localhost"]
    assert RequestFactory().get("/", headers={"Host": host}).get_host() == host
