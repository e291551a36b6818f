"""What an app for codes does, by RFC 6238 and the standard library alone."""

import base64
import hmac
import struct
from hashlib import sha1


def code(secret: bytes | str, at: float, *, step: int = 30, digits: int = 6) -> str:
    """The digits that the app shows at `at` (seconds since 1970); a text is the key as people type it."""
    raw = secret if isinstance(secret, bytes) else base64.b32decode(secret.replace(" ", ""))
    mac = hmac.digest(raw, struct.pack(">Q", int(at) // step), sha1)
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)
