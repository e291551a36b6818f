"""Codes of an app as a second factor (TOTP, RFC 6238), and ten codes on paper for whoever has lost the phone."""

import base64
import hashlib
import secrets
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from . import audit, crypto, grants, sessions
from .acting import Actor
from .models import SecondFactor

ISSUER = "Marketing analytics"
STEP, DIGITS, DRIFT = 30, 6, 1  # seconds; and the steps that a phone's clock may be wrong by
SECRET_BYTES = 20  # RFC 4226 asks for 160 bits, and apps know SHA-1 alone
RECOVERY_CODES, RECOVERY_LENGTH = 10, 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another; 49 bits in ten
SCRYPT: dict[str, int] = {"n": 2**14, "r": 8, "p": 1, "dklen": 16}  # 16 MB, 50 ms
REQUIRED = ("OFF", "PEOPLE", "ALL")
SEES_PEOPLE = (grants.PERMISSION, "compliance.view_datasubjectrequest", "auth.change_user")
BY_CODE, BY_RECOVERY_CODE = "code", "recovery code"


class WrongCode(ValueError):
    """A code that does not open; the text is for whoever typed it."""


def required_of(user: Any) -> bool:
    """Whether somebody may work only with a second factor: whoever sees people, works on requests or changes users."""
    if settings.REQUIRE_SECOND_FACTOR == "PEOPLE":
        return any(user.has_perm(permission) for permission in SEES_PEOPLE)
    return bool(settings.REQUIRE_SECOND_FACTOR == "ALL")


def of(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user).first()


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def address(secret: bytes, username: str) -> str:
    """What an app reads from the picture: otpauth://totp/…"""
    return _totp(secret).get_provisioning_uri(username, ISSUER)


def typed(secret: bytes) -> str:
    """The secret as people type it, four letters at a time."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def enrol(user: User, secret: bytes, said: str, by: Actor, at: datetime, *, session: str = "") -> list[str]:
    """From now on `user` is asked for codes of this secret; their recovery codes, to be shown once.

    All sessions but `session` end, for they began without a second factor. Raises `WrongCode` for a first code that
    the secret does not give.
    """
    step = _step(secret, said, at, after=0)
    if step is None:
        raise WrongCode("This is not the code that the app should show now. Is the phone's clock right?")
    codes, salt = _recovery_codes()
    row = SecondFactor(user=user, secret=crypto.encrypt(secret), since=at, last_step=step, salt=salt)
    row.recovery = [_hash(code, salt) for code in codes]
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        row.save(force_insert=True)
        audit.note("enrolled second factor", sessions.OBJECT, user.pk, by, at)
        sessions.end(user.pk, by, at, but=session)
    return codes


def check(user: User, said: str, by: Actor, at: datetime) -> str:
    """By which kind of code somebody passes, which opens this once; raises `WrongCode`, and notes that."""
    said = "".join(said.split()).replace("-", "").lower()
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().filter(user=user).first()
        way = _passed(row, said, at) if row else ""
        if row and way:
            row.save(update_fields=["last_step", "recovery"])
            if way == BY_RECOVERY_CODE:
                audit.note("used recovery code", sessions.OBJECT, user.pk, by, at, left=len(row.recovery))
            return way
    audit.note("refused second factor", sessions.OBJECT, user.pk, by, at)
    raise WrongCode("This code is wrong, or was used already: each opens once. Wait for the next one.")


def new_recovery_codes(user: User, by: Actor, at: datetime) -> list[str]:
    """Ten others, to be shown once; those before open no more."""
    codes, salt = _recovery_codes()
    with transaction.atomic():
        kept = [_hash(code, salt) for code in codes]
        SecondFactor.objects.filter(user=user).update(salt=salt, recovery=kept)
        audit.note("made recovery codes", sessions.OBJECT, user.pk, by, at)
    return codes


def remove(user: User, by: Actor | None, at: datetime, *, session: str = "") -> bool:
    """Nobody asks `user` for codes any more; all their sessions but `session` end. Whether there was anything."""
    with transaction.atomic():
        there = bool(SecondFactor.objects.filter(user=user).delete()[0])
        if there:
            audit.note("removed second factor", sessions.OBJECT, user.pk, by, at)
            sessions.end(user.pk, by, at, but=session)
    return there


def _passed(row: SecondFactor, said: str, at: datetime) -> str:
    """How the code passes, empty where it does not; it is used up in `row`."""
    if len(said) == RECOVERY_LENGTH:
        used = _hash(said, bytes(row.salt))
        kept = [code for code in map(bytes, row.recovery) if not secrets.compare_digest(code, used)]
        row.recovery, passed = kept, len(kept) < len(row.recovery)
        return BY_RECOVERY_CODE if passed else ""
    try:
        secret = crypto.decrypt(bytes(row.secret))
    except crypto.CannotDecrypt:
        return ""
    step = _step(secret, said, at, after=row.last_step)
    if step is None:
        return ""
    row.last_step = step
    return BY_CODE


def _step(secret: bytes, said: str, at: datetime, after: int) -> int | None:
    """The step that the code is of, if it is one that is near and comes `after` the last that was taken."""
    code = "".join(said.split())
    now = int(at.timestamp()) // STEP
    if len(code) != DIGITS or not code.isascii():
        return None
    for step in range(now - DRIFT, now + DRIFT + 1):
        try:
            _totp(secret).verify(code.encode(), step * STEP)
        except InvalidToken:
            continue
        if step > after:
            return step
    return None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303  a keyed hash of a counter, whose collisions do not matter


def _recovery_codes() -> tuple[list[str], bytes]:
    """Codes, and the salt of them all."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    return codes, secrets.token_bytes(16)


def _hash(code: str, salt: bytes) -> bytes:
    """Slow, as for passwords: a code is short enough to be searched for."""
    return hashlib.scrypt(code.encode(), salt=salt, **SCRYPT)
