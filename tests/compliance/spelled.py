"""Contacts as they were kept when an address was another person each way it was written."""

from collections.abc import Iterable
from unittest.mock import patch

from compliance import people
from compliance.models import Identity
from tests.compliance.requests import NOW


def kept_before(*outside_ids: str) -> dict[str, int]:
    """The number of each, one for each spelling; nobody looked at them yet."""
    with patch.object(people, "compared", str.strip):
        found = people.identify(outside_ids, NOW)
    unseen(found.values())
    return found


def unseen(numbers: Iterable[int]) -> None:
    Identity.objects.filter(pk__in=list(numbers)).update(as_compared=False)
