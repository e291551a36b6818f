"""Receipts that anybody can check: JSON with an Ed25519 signature over all the rest of it.

The key pair follows from `HASH_KEY`, so that there is no further secret to lose; a receipt bears the public half, which
the company publishes.
"""

import json
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .. import crypto

KEY, SIGNATURE = "public_key", "signature"


class NotOurs(ValueError):
    """The receipt was changed, or somebody else signed it."""


def signed(content: dict[str, Any]) -> dict[str, Any]:
    """The content with our public key and the signature, both in hex."""
    private = _private(crypto.hash_key())
    whole = content | {KEY: public_key()}
    return whole | {SIGNATURE: private.sign(_bytes(whole)).hex()}


def check(receipt: dict[str, Any]) -> None:
    """Raises `NotOurs` unless we signed exactly this."""
    rest = {name: value for name, value in receipt.items() if name != SIGNATURE}
    if rest.get(KEY) != public_key():
        raise NotOurs("it was signed with another key")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key()))
        public.verify(bytes.fromhex(str(receipt.get(SIGNATURE, ""))), _bytes(rest))
    except (InvalidSignature, ValueError):
        raise NotOurs("the signature does not fit what it says") from None


def public_key() -> str:
    return _private(crypto.hash_key()).public_key().public_bytes_raw().hex()


@lru_cache(maxsize=2)
def _private(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(blake2b(b"", digest_size=32, key=key, person=b"receipts").digest())


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
