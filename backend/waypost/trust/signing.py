"""Everything Waypost signs: offers, console sessions, preview links. One secret, one purpose per token."""

from __future__ import annotations

import hashlib
import hmac

import msgspec
from itsdangerous import BadSignature
from itsdangerous import Signer as _Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from waypost.errors import Unauthenticated
from waypost.model import SECOND, Json

__all__ = ["Signer", "same_secret"]


def same_secret(given: str, expected: str) -> bool:
    """The one comparison of secrets: takes the same time wherever they differ. Any text may be given."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


class Signer:
    """Signs JSON values. A token made for one purpose is worth nothing for another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def dumps(self, purpose: str, value: Json, now: int = 0) -> str:
        """A URL-safe token that holds `value` and its time of issue (ms)."""
        payload = base64_encode(msgspec.json.encode([now, value]))
        return self._signer(purpose).sign(payload).decode()

    def loads(self, purpose: str, token: str, max_age_s: int | None = None, now: int = 0) -> Json:
        """The value. Raises Unauthenticated when the token was not made by us for this purpose, or is too old."""
        try:
            issued, value = msgspec.json.decode(base64_decode(self._signer(purpose).unsign(token)))
        except (BadData, BadSignature, msgspec.DecodeError, ValueError, TypeError) as error:
            raise Unauthenticated("this token is not valid", code="bad_token") from error
        if max_age_s is not None and now - issued > max_age_s * SECOND:
            raise Unauthenticated("this token has expired", code="expired_token")
        return value

    def _signer(self, purpose: str) -> _Signer:
        return _Signer(self._secret, salt=f"waypost.{purpose}", digest_method=_sha256)


def _sha256(data: bytes = b"") -> hashlib._Hash:
    return hashlib.sha256(data)
