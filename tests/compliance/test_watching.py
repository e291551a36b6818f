"""What is unusual about looks at people is found at the next run, once; ordinary work is left alone."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from compliance import api_keys, retention
from compliance.models import AccessAlert, AccessWatch, ApiKey, PiiAccess
from compliance.watching.alerts import acknowledge
from compliance.watching.rules import BY_NAME, RULES, Found, Told, is_new, unknown_hours, unusual
from compliance.watching.watch import watch
from compliance.watching.words import words_of
from tests.compliance.access import actor
from tests.compliance.looks import log, person, row

NIGHT = datetime(2026, 11, 4, 3, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTE = "Asked; a mailing had failed"


def found() -> list[tuple[str, str, int]]:
    return list(AccessAlert.objects.order_by("id").values_list("rule", "username", "count"))


def used_to(user: User, before: datetime, days: int = 15, contacts: int = 3) -> None:
    """Somebody looked at a few contacts around noon, on so many days before."""
    log(
        *(
            row(user, "listed", (before - n * DAY).replace(hour=12), range(1000 * n, 1000 * n + contacts))
            for n in range(1, days + 1)
        )
    )


def snooping(user: User, at: datetime = NIGHT, contacts: int = 200, step: float = 3) -> Iterator[PiiAccess]:
    """Contacts revealed one after the other, with so many seconds between."""
    return (row(user, "revealed", at + timedelta(seconds=step * n), [n], key_prefix="") for n in range(contacts))


@pytest.mark.parametrize(
    ("count", "usual", "out"), [(149, 0, False), (150, None, True), (150, 50, True), (150, 51, False), (750, 700, True)]
)
def test_a_count_is_unusual_over_its_line_and_far_over_the_past(count: int, usual: int | None, out: bool) -> None:
    assert unusual(count, 150, usual) is out


@given(st.sets(st.integers(0, 23)), st.sets(st.integers(0, 23)))
def test_unknown_hours_are_outside_work_and_far_from_known_ones(hours: set[int], known: set[int]) -> None:
    for hour in unknown_hours(hours, known, 7, 19):
        assert hour in hours
        assert not 7 <= hour < 19
        assert all(min((hour - one) % 24, (one - hour) % 24) > 1 for one in known)
    assert unknown_hours({23}, {0}, 7, 19) == []
    assert unknown_hours({3}, {12}, 7, 19) == [3]


def test_what_was_told_is_not_told_again() -> None:
    new = Found(BY_NAME["contacts"], 1, "ada", "", NIGHT, NIGHT + HOUR, 200)
    assert is_new(new, [Told(NIGHT - MINUTE, NIGHT, open=False)], NIGHT + HOUR)
    assert is_new(new, [Told(NIGHT - MINUTE, NIGHT, open=True)], NIGHT + DAY)
    assert not is_new(new, [Told(NIGHT - MINUTE, NIGHT, open=True)], NIGHT + HOUR)
    assert not is_new(new, [Told(NIGHT, NIGHT, open=False)], NIGHT + HOUR)


@pytest.mark.django_db
def test_every_rule_says_what_it_means() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 8
    assert words_of("contacts").startswith("500 different contacts within an hour, and 3 times what is usual")
    assert [rule.name for rule in RULES if "{" in words_of(rule.name)] == []


@pytest.mark.django_db
def test_two_hundred_contacts_in_ten_minutes_at_night_are_found_at_the_next_run() -> None:
    ada = person("ada")
    used_to(ada, NIGHT)
    assert watch(NIGHT - MINUTE) == 0
    log(*snooping(ada))
    assert watch(NIGHT + 11 * MINUTE) == 3
    assert {(rule, who) for rule, who, _ in found()} == {("outside", "ada"), ("revealed", "ada"), ("hour", "ada")}
    assert AccessAlert.objects.get(rule="outside").usual == 3  # of the weekends


@pytest.mark.django_db
def test_nothing_is_told_twice_while_it_is_open_nor_once_it_was_looked_into() -> None:
    ada, olga = person("ada"), person("olga", "Compliance officer")
    log(*snooping(ada))
    assert watch(NIGHT + 11 * MINUTE) == 2
    assert [watch(NIGHT + n * MINUTE) for n in (11, 12, 16)] == [0, 0, 0]
    log(*snooping(ada, NIGHT + 2 * HOUR))
    assert watch(NIGHT + 2 * HOUR + 11 * MINUTE) == 0
    for alert in AccessAlert.objects.all():
        acknowledge(alert.pk, NOTE, by=actor(olga), at=NIGHT + 3 * HOUR)
    AccessWatch.objects.update(seen_until=NIGHT)
    assert watch(NIGHT + 3 * HOUR) == 2  # that of two hours later is another one
    AccessWatch.objects.update(seen_until=NIGHT)
    assert watch(NIGHT + 3 * HOUR) == 0


@pytest.mark.django_db
def test_an_open_alert_grows_with_what_it_tells() -> None:
    ada, olga = person("ada"), person("olga", "Compliance officer")
    rows = list(snooping(ada))
    log(*rows[:80])
    watch(NIGHT + 4 * MINUTE)
    assert AccessAlert.objects.get().count == 80
    log(*rows[80:])
    assert watch(NIGHT + 11 * MINUTE) == 1  # so many contacts are another rule's
    alert = AccessAlert.objects.get(rule="revealed")
    assert (alert.count, alert.ends_at) == (200, NIGHT + timedelta(seconds=597))
    acknowledge(alert.pk, NOTE, by=actor(olga), at=NIGHT + 12 * MINUTE)
    log(*(row(ada, "revealed", NIGHT + 13 * MINUTE, [n]) for n in range(900, 999)))
    assert watch(NIGHT + 15 * MINUTE) == 0
    assert AccessAlert.objects.get(rule="revealed").count == 200


@pytest.mark.django_db
def test_a_day_later_what_is_still_open_is_told_again() -> None:
    ada = person("ada")
    log(*snooping(ada))
    watch(NIGHT + HOUR)
    log(*snooping(ada, NIGHT + 2 * DAY))
    assert watch(NIGHT + 2 * DAY + HOUR) == 2


@pytest.mark.django_db
def test_who_has_much_to_do_is_left_alone_up_to_a_line() -> None:
    ada = person("ada")
    used_to(ada, NIGHT, contacts=200)
    log(row(ada, "listed", NIGHT.replace(hour=12), range(590)))
    assert watch(NIGHT.replace(hour=13)) == 0
    log(row(ada, "listed", NIGHT.replace(hour=14), range(610)))
    assert watch(NIGHT.replace(hour=15)) == 1
    assert found() == [("contacts", "ada", 610)]
    assert AccessAlert.objects.get().usual == 200


@pytest.mark.django_db
def test_the_same_contacts_looked_at_again_count_once() -> None:
    ada = person("ada")
    log(*(row(ada, "listed", NIGHT + n * MINUTE, range(100)) for n in range(30)))
    assert watch(NIGHT + HOUR) == 0


@pytest.mark.django_db
def test_an_outage_of_the_job_hides_nothing() -> None:
    ada = person("ada")
    watch(NIGHT - DAY)
    log(*snooping(ada), row(ada, "listed", NIGHT + 9 * HOUR, [1]))
    assert watch(NIGHT + 10 * HOUR) == 2
    assert AccessAlert.objects.first().ends_at < NIGHT + HOUR  # type: ignore[union-attr]


@pytest.mark.django_db
def test_refusals_are_counted_of_keys_of_nobody_too() -> None:
    ada = person("ada")
    log(*(row(None, "refused", NIGHT + n * MINUTE, key_prefix="abcdefgh") for n in range(10)))
    log(*(row(None, "refused", NIGHT + n * MINUTE, key_prefix="otherkey") for n in range(9)))
    log(*(row(ada, "refused", NIGHT + 10 * n * MINUTE) for n in range(20)))  # six in an hour
    assert watch(NIGHT + 5 * HOUR) == 1
    assert AccessAlert.objects.get().key_prefix == "abcdefgh"


@pytest.mark.django_db
def test_many_campaigns_in_a_day() -> None:
    ada, ben = person("ada"), person("ben")
    log(*(row(ada, "listed", NIGHT + n * HOUR, [1], campaign=n) for n in range(12)))
    log(*(row(ben, "listed", NIGHT + 3 * n * HOUR, [1], campaign=n) for n in range(12)))
    assert watch(NIGHT + 2 * DAY) == 0  # it looks back a day at first
    AccessWatch.objects.update(seen_until=NIGHT)
    assert watch(NIGHT + 2 * DAY) == 1
    assert found() == [("campaigns", "ada", 12)]


@pytest.mark.django_db
def test_an_hour_at_which_somebody_never_looked(settings: Settings) -> None:
    ada, ben, new = person("ada"), person("ben"), person("new")
    used_to(ada, NIGHT)
    used_to(new, NIGHT, days=9)  # too few days to know
    log(*(row(ben, "listed", NIGHT - n * DAY, [1]) for n in range(1, 15)))  # at night, as always
    watch(NIGHT - HOUR)
    log(*(row(one, "listed", NIGHT + MINUTE, [1]) for one in (ada, ben, new)))
    assert watch(NIGHT + 5 * MINUTE) == 1
    assert found() == [("hour", "ada", 1)]
    AccessAlert.objects.all().delete()
    AccessWatch.objects.update(seen_until=NIGHT - HOUR)
    settings.REPORTING_TIME_ZONE = "Asia/Tokyo"  # where it is noon
    assert watch(NIGHT + 5 * MINUTE) == 0


@pytest.mark.django_db
def test_curiosity_is_one_contact_by_many_grants() -> None:
    ada, ben = person("ada"), person("ben")

    def visit(user: User, day: int, contact: int) -> PiiAccess:
        return row(user, "timeline", NIGHT + day * DAY, [contact], grant_id=f"{user.pk:08}-0000-0000-0000-{day:012}")

    log(*(visit(ada, day, 17) for day in range(0, 12, 2)), *(visit(ben, 8 * day, 18) for day in range(6)))
    log(*(visit(ben, 1, 19) for _ in range(40)))  # pages of one visit
    watch(NIGHT)
    assert watch(NIGHT + 41 * DAY) == 1
    alert = AccessAlert.objects.get()
    assert (alert.rule, alert.username, alert.contact_id, alert.count) == ("same_contact", "ada", 17, 6)


@pytest.mark.django_db
def test_a_key_that_suddenly_looks() -> None:
    ada = person("ada")
    old, _ = api_keys.create("old", ["contacts:read"], ada)
    new, _ = api_keys.create("new", ["contacts:read"], ada)
    ApiKey.objects.filter(pk=old.pk).update(created=NIGHT - 200 * DAY)
    ApiKey.objects.filter(pk=new.pk).update(created=NIGHT - DAY)
    watch(NIGHT)
    log(*(row(ada, "listed", NIGHT + MINUTE, [1, 2], key_prefix=key.prefix) for key in (old, new)))
    assert watch(NIGHT + 5 * MINUTE) == 1
    assert (AccessAlert.objects.get().key_prefix, AccessAlert.objects.get().count) == (old.prefix, 2)
    log(row(ada, "listed", NIGHT + 6 * MINUTE, [3], key_prefix=old.prefix))
    assert watch(NIGHT + 9 * MINUTE) == 0
    AccessAlert.objects.all().delete()
    log(row(ada, "listed", NIGHT + DAY, [3], key_prefix=old.prefix))
    assert watch(NIGHT + DAY + MINUTE) == 0  # it is known now


def plausible_month(people: list[User], chance: random.Random) -> list[PiiAccess]:
    """Four weeks of work: on a weekday somebody has a few cases, at any hour of theirs, now and then a busy day."""
    rows: list[PiiAccess] = []
    for user in people:
        busy, begins = chance.uniform(0.5, 4), chance.uniform(7.5, 10)
        for day in range(28):
            weekend = (NIGHT + day * DAY).weekday() > 4
            cases = round(chance.expovariate(1 / (busy * (0.05 if weekend else 1))))
            for _ in range(cases):
                at = (NIGHT + day * DAY).replace(hour=0) + timedelta(hours=begins + 9 * chance.betavariate(2, 2))
                rows += case(user, at, chance)
    return rows


def case(user: User, at: datetime, chance: random.Random) -> Iterator[PiiAccess]:
    """A grant, a page or two of contacts, one of them in full; sometimes it was over already."""
    of: dict[str, Any] = {
        "campaign": min(int(chance.expovariate(0.3)), 30),
        "grant_id": f"{chance.getrandbits(128):032x}",
    }
    yield row(user, "granted", at, **of)
    for page in range(chance.choice((1, 1, 1, 2, 2, 4))):
        first = chance.randrange(20_000)
        yield row(user, "listed", at + page * MINUTE, range(first, first + chance.choice((5, 20, 50))), **of)
    for n in range(chance.choice((0, 1, 1, 2, 3))):
        contact = min(int(chance.expovariate(0.001)), 20_000)
        yield row(user, "timeline", at + (5 + n) * MINUTE, [contact], **of)
        yield row(user, "revealed", at + (6 + n) * MINUTE, [contact], **of)
    if chance.random() < 0.1:
        yield row(user, "refused", at + 20 * MINUTE, **of)


@pytest.mark.django_db
def test_ordinary_work_of_eight_people_gives_less_than_an_alert_a_month() -> None:
    people, counts, rows = [person(f"colleague {n}") for n in range(8)], [], 0
    for seed in range(20):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica; TRUNCATE pii_access_log")
        AccessAlert.objects.all().delete()
        AccessWatch.objects.all().delete()
        month = plausible_month(people, random.Random(seed))
        log(*month)
        rows += len(month)
        for day in range(1, 29):
            watch(NIGHT + day * DAY)
        counts.append(AccessAlert.objects.count())
    assert rows > 20 * 1000
    assert median(counts) < 1, counts
    assert sum(counts) <= 20, counts


@pytest.mark.django_db
def test_a_run_that_finds_nothing_asks_little() -> None:
    people = [person(f"p{n}") for n in range(20)]
    watch(NIGHT)
    log(*(row(user, "listed", NIGHT + MINUTE, [1]) for user in people))
    with CaptureQueriesContext(connection) as asked:
        assert watch(NIGHT + 5 * MINUTE) == 0
    assert len(asked) <= 11


@pytest.mark.django_db
def test_alerts_go_by_their_age_once_somebody_looked_into_them() -> None:
    ada, olga = person("ada"), person("olga", "Compliance officer")
    log(*snooping(ada))
    watch(NIGHT + HOUR)
    acknowledge(AccessAlert.objects.first().pk, NOTE, by=actor(olga), at=NIGHT + HOUR)  # type: ignore[union-attr]
    retention.apply(NIGHT + 1_100 * DAY)
    assert AccessAlert.objects.count() == 1
    assert AccessAlert.objects.get().acknowledged_at is None
