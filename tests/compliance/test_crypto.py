"""Encryption of personal fields, and the rotation of its keys."""

import base64
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from compliance import crypto

OLD, NEW = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def test_a_text_comes_back_and_is_never_encrypted_the_same_way_twice() -> None:
    first, second = crypto.encrypt(b"ada"), crypto.encrypt(b"ada")

    assert first != second
    assert b"ada" not in first
    assert crypto.decrypt(first) == crypto.decrypt(second) == b"ada"


def test_the_first_key_encrypts_and_all_decrypt(settings: Any) -> None:
    settings.IDENTITY_KEYS = [OLD]
    before = crypto.encrypt(b"ada")
    settings.IDENTITY_KEYS = [NEW, OLD]
    after = crypto.encrypt(b"ada")

    assert crypto.decrypt(before) == b"ada"
    settings.IDENTITY_KEYS = [NEW]
    assert crypto.decrypt(after) == b"ada"
    with pytest.raises(crypto.CannotDecrypt, match="put the retired key back"):
        crypto.decrypt(before)


@pytest.mark.parametrize("place", [5, 20, -1])
def test_a_changed_text_is_refused(place: int) -> None:
    changed = bytearray(crypto.encrypt(b"ada"))
    changed[place] ^= 1

    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(bytes(changed))


@pytest.mark.parametrize("cut", [0, 3, 10, 20])
def test_a_cut_text_is_refused(cut: int) -> None:
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(crypto.encrypt(b"ada")[:cut])


@pytest.mark.parametrize("key", ["", "short", "%%%", base64.b64encode(b"x" * 31).decode()])
def test_a_key_that_is_none_is_told_by_its_setting(settings: Any, key: str) -> None:
    settings.IDENTITY_KEYS = [key]

    with pytest.raises(ImproperlyConfigured, match="IDENTITY_KEYS"):
        crypto.encrypt(b"ada")
