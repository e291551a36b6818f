"""Codes of an app: each opens once, at its time; so do ten on paper; and every act is noted."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from compliance import crypto, rotation, second_factor
from compliance.acting import Actor
from compliance.models import AuditEntry, SecondFactor
from compliance.second_factor import WrongCode
from tests.compliance.totp import code

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 0, 10, tzinfo=UTC)
SECRET = b"12345678901234567890"  # that of RFC 6238, appendix B
STEP = timedelta(seconds=30)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="a long password", is_staff=True)


@pytest.fixture
def codes(ada: User) -> list[str]:
    """Those on paper, of somebody who enrolled a minute ago."""
    then = NOW - timedelta(minutes=1)
    return second_factor.enrol(ada, SECRET, code(SECRET, then.timestamp()), Actor(ada), then)


def shown(at: datetime) -> str:
    return code(SECRET, at.timestamp())


def passes(ada: User, said: str, at: datetime = NOW) -> str:
    try:
        return second_factor.check(ada, said, Actor(ada), at)
    except WrongCode:
        return ""


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_tests_own_app_shows_what_the_standard_says(seconds: int, shown: str) -> None:
    assert code(SECRET, seconds) == shown


@pytest.mark.parametrize("drift", [-2, -1, 0, 1, 2])
def test_a_clock_may_be_wrong_by_one_step(ada: User, codes: list[str], drift: int) -> None:
    assert passes(ada, shown(NOW + drift * STEP)) == ("code" if abs(drift) <= 1 else "")


def test_a_code_opens_once_and_those_before_it_no_more(ada: User, codes: list[str]) -> None:
    assert passes(ada, shown(NOW)) == "code"
    assert passes(ada, shown(NOW)) == ""
    assert passes(ada, shown(NOW - STEP)) == ""
    assert passes(ada, shown(NOW + STEP)) == "code"
    assert acts()[1:] == ["refused second factor", "refused second factor"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("paper", [False, True])
def test_of_many_who_try_the_same_code_at_once_one_passes(ada: User, codes: list[str], paper: bool) -> None:
    def one(_number: int) -> str:
        try:
            return passes(ada, codes[0] if paper else shown(NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(filter(None, pool.map(one, range(16)))) == ["recovery code" if paper else "code"]


def test_the_code_that_enrolled_does_not_sign_in(ada: User) -> None:
    second_factor.enrol(ada, SECRET, shown(NOW), Actor(ada), NOW)
    assert passes(ada, shown(NOW)) == ""


@pytest.mark.parametrize("said", ["", "000000", "12345", "1234567", "abcdef", "１２３４５６", "\0" * 6, "aaaaaaaaaa"])
def test_what_is_no_code_opens_nothing(ada: User, codes: list[str], said: str) -> None:
    assert said == shown(NOW) or passes(ada, said) == ""


def test_each_of_ten_codes_on_paper_opens_once_however_it_is_typed(ada: User, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    assert passes(ada, codes[3]) == "recovery code"
    assert passes(ada, codes[3]) == ""
    assert passes(ada, f" {codes[4][:5].upper()}-{codes[4][5:]} ") == "recovery code"
    assert AuditEntry.objects.filter(act="used recovery code").latest("id").details == {"left": 8}

    others = second_factor.new_recovery_codes(ada, Actor(ada), NOW)
    assert passes(ada, codes[5]) == ""
    assert passes(ada, others[0]) == "recovery code"


def test_nothing_that_is_kept_opens(ada: User, codes: list[str]) -> None:
    row = SecondFactor.objects.get()
    kept = bytes(row.secret) + b"".join(map(bytes, row.recovery))
    assert SECRET not in kept
    assert not [one for one in codes if one.encode() in kept]
    assert crypto.decrypt(bytes(row.secret)) == SECRET


def test_a_first_code_that_is_wrong_enrols_nobody(ada: User) -> None:
    with pytest.raises(WrongCode, match="clock"):
        second_factor.enrol(ada, SECRET, shown(NOW + 9 * STEP), Actor(ada), NOW)
    assert second_factor.of(ada) is None
    assert acts() == []


def test_of_somebody_else_a_code_opens_nothing(ada: User, codes: list[str]) -> None:
    bob = User.objects.create_user("bob")
    assert passes(bob, shown(NOW)) == ""
    assert passes(bob, codes[0]) == ""


def test_keys_are_rotated_with_all_others_and_one_that_is_lost_leaves_the_paper(
    ada: User, codes: list[str], settings: Settings
) -> None:
    old, new = settings.IDENTITY_KEYS, base64.urlsafe_b64encode(b"n" * 32).decode()
    settings.IDENTITY_KEYS = [new, *old]
    assert [done.rows for done in rotation.rotate() if done.table == "second_factor"] == [1]
    settings.IDENTITY_KEYS = [new]
    assert passes(ada, shown(NOW)) == "code"

    settings.IDENTITY_KEYS = old
    assert passes(ada, shown(NOW + STEP), NOW + STEP) == ""
    assert passes(ada, codes[0]) == "recovery code"


def test_an_app_reads_the_secret_out_of_the_address() -> None:
    read = second_factor.address(SECRET, "ada b:c")
    assert read.startswith("otpauth://totp/Marketing%20analytics:ada%20b%3Ac?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in read
    assert second_factor.typed(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


@pytest.mark.parametrize(
    ("setting", "required"),
    [("OFF", []), ("PEOPLE", ["Marketing admin", "Compliance officer", "boss"]), ("ALL", None)],
)
def test_who_needs_one(settings: Settings, setting: str, required: list[str] | None) -> None:
    settings.REQUIRE_SECOND_FACTOR = setting
    users = [User.objects.create_superuser("boss")]
    for group in Group.objects.exclude(name="Integration"):
        users.append(User.objects.create_user(group.name, is_staff=True))
        users[-1].groups.add(group)
    found = {user.username for user in users if second_factor.required_of(user)}
    assert found == ({user.username for user in users} if required is None else set(required))


def test_an_operator_resets_it_by_the_command(ada: User, codes: list[str]) -> None:
    call_command("reset_second_factor", "ada")
    assert second_factor.of(ada) is None
    noted = AuditEntry.objects.latest("id")
    assert (noted.act, noted.object_id, noted.username) == ("removed second factor", str(ada.pk), "")
    for name, says in (("ada", "has no second factor"), ("bob", "no user bob")):
        with pytest.raises(CommandError, match=says):
            call_command("reset_second_factor", name)
