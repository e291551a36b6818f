"""Encryption of personal fields: AES-256-GCM with keys that can be rotated.

A ciphertext is key id (4 bytes) + nonce (12) + encrypted text and tag. `IDENTITY_KEYS` lists base64 keys: the first
encrypts, all decrypt; so a new key goes in front, and an old one may leave once nothing is encrypted with it.
A random nonce of 96 bits is safe for 2^32 texts per key (NIST SP 800-38D); rotate before that.
"""

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ID_BYTES = 4
NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The text was encrypted with a key that is not in `IDENTITY_KEYS`, or somebody changed it."""


def encrypt(plain: bytes) -> bytes:
    """The text, readable only with the first of `IDENTITY_KEYS` (bytes in, bytes out)."""
    return encrypt_all([plain])[0]


def encrypt_all(plains: Iterable[bytes]) -> list[bytes]:
    """Each text as `encrypt` makes it; the key is looked up once."""
    key_id, cipher = next(iter(_ciphers().items()))
    encrypted = []
    for plain in plains:
        nonce = os.urandom(NONCE_BYTES)
        encrypted.append(key_id + nonce + cipher.encrypt(nonce, plain, key_id))
    return encrypted


def decrypt(ciphertext: bytes) -> bytes:
    """What `encrypt` was given; raises `CannotDecrypt`."""
    key_id, nonce = ciphertext[:ID_BYTES], ciphertext[ID_BYTES : ID_BYTES + NONCE_BYTES]
    cipher = _ciphers().get(key_id)
    if cipher is None:
        raise CannotDecrypt("none of IDENTITY_KEYS encrypted this; put the retired key back at the end of the list")
    try:
        return cipher.decrypt(nonce, ciphertext[ID_BYTES + NONCE_BYTES :], key_id)
    except (InvalidTag, ValueError):
        raise CannotDecrypt("the ciphertext was changed or cut") from None


def key_id() -> bytes:
    """What every ciphertext of the first key begins with (`ID_BYTES`)."""
    return next(iter(_ciphers()))


def check_keys() -> None:
    """Raises ImproperlyConfigured where a key cannot be one; the error names the setting and not the key."""
    hash_key()
    _ciphers()


def hash_key() -> bytes:
    """The key of all keyed hashes, from `HASH_KEY` (base64, 32 bytes)."""
    return _key(settings.HASH_KEY, "HASH_KEY")


def _ciphers() -> Mapping[bytes, AESGCM]:
    return _make_ciphers(tuple(settings.IDENTITY_KEYS))


@lru_cache(maxsize=8)
def _make_ciphers(keys: tuple[str, ...]) -> Mapping[bytes, AESGCM]:
    raw = [_key(key, "IDENTITY_KEYS") for key in keys]
    return {blake2b(key, digest_size=ID_BYTES, person=b"key id").digest(): AESGCM(key) for key in raw}


@lru_cache(maxsize=8)
def _key(text: str, setting: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{setting} wants 32 random bytes in base64")
    return key
