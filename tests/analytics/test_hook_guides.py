"""What is said of each provider's settings."""

from analytics.hooks.guides import GUIDES
from analytics.hooks.providers import BY_NAME


def test_each_provider_has_its_guide_and_those_that_sign_say_where_the_key_stands() -> None:
    assert GUIDES.keys() == BY_NAME.keys()
    assert all(guide.where for guide in GUIDES.values())
    assert {name for name, guide in GUIDES.items() if guide.key} == {
        name for name, provider in BY_NAME.items() if provider.signed_by
    }
