"""Who is who: outside ids become contact ids, once."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction
from pytest_django import DjangoAssertNumQueries

from compliance import crypto, people
from compliance.models import Identity

NOW = datetime(2026, 10, 20, tzinfo=UTC)


@pytest.mark.django_db
def test_a_person_keeps_one_id_whatever_stands_around_it() -> None:
    first = people.identify(["ada", "Ada", " ada "], NOW)
    second = people.identify(["ada", "bob"], NOW)

    assert first["ada"] == first[" ada "] == second["ada"]
    assert len({first["ada"], first["Ada"], second["bob"]}) == 3
    assert Identity.objects.count() == 3


@pytest.mark.django_db
def test_an_address_is_one_person_however_it_is_written_and_other_ids_are_not() -> None:
    one = people.identify(["Ada@Example.com", "ada@example.com ", "ADA@EXAMPLE.COM"], NOW)
    assert len(set(one.values())) == 1
    assert people.identify(["ada@example.com"], NOW)["ada@example.com"] == one["Ada@Example.com"]
    assert crypto.decrypt(bytes(Identity.objects.get().outside_id)) == b"ada@example.com"
    others = people.identify(["@Ada", "@ada", "aB3", "Ab3", "Ada @ home", "ada @ home", "weiß@a.de", "weiss@a.de"], NOW)
    assert len(set(others.values())) == 8


@pytest.mark.django_db
def test_whoever_is_asked_about_by_any_spelling_is_found() -> None:
    number = people.identify(["Ada@Example.com"], NOW)["Ada@Example.com"]
    assert people.numbers_of(["ADA@example.com"]) == people.numbers_of(["ada@example.com"]) == (number,)


@pytest.mark.django_db
def test_the_outside_id_is_kept_encrypted_and_found_by_a_keyed_hash() -> None:
    people.identify(["ada@example.com"], NOW)

    identity = Identity.objects.get()
    assert crypto.decrypt(bytes(identity.outside_id)) == b"ada@example.com"
    assert len(identity.outside_id_hash) == 16
    assert bytes(identity.outside_id_hash).hex() == people.outside_id_hasher()("ada@example.com")


@pytest.mark.django_db
def test_nobody_is_asked_about_with_no_ids(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert people.identify([], NOW) == {}


@pytest.mark.django_db
def test_twenty_thousand_people_cost_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    crowd = [f"person {number}" for number in range(20_000)]
    with django_assert_num_queries(2):
        first = people.identify(crowd, NOW)
    with django_assert_num_queries(1):
        assert people.identify(crowd, NOW) == first

    assert len(set(first.values())) == 20_000


@pytest.mark.django_db(transaction=True)
def test_four_at_once_give_each_person_one_id() -> None:
    crowd = [f"person {number}" for number in range(300)]

    def identify(seed: int) -> dict[str, int]:
        found: dict[str, int] = {}
        mixed = random.Random(seed).sample(crowd, len(crowd))
        for start in range(0, len(mixed), 60):
            with transaction.atomic():
                found |= people.identify(mixed[start : start + 60], NOW)
        connections.close_all()
        return found

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(identify, range(4)))

    assert all(answer == answers[0] for answer in answers)
    assert Identity.objects.count() == len(set(answers[0].values())) == 300
