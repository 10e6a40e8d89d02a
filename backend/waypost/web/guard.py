"""What stands before every public route: the size of a body, the write key, the rate."""

from __future__ import annotations

import base64
import binascii

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from waypost.errors import TooLarge, TooMany, Unauthenticated
from waypost.ingest.body import check_encoding, inflate
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.trust.signing import same_secret

__all__ = ["RateLimit", "check_key", "key_of", "read_body", "runtime_of"]


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


class RateLimit:
    """At most `count` in `seconds` for each name; memory is bounded by the names of the last window."""

    def __init__(self, count: int, seconds: int) -> None:
        self._item = RateLimitItemPerSecond(count, seconds)
        self._seconds = seconds
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def spend(self, name: str) -> None:
        """Raises TooMany when the window is used up."""
        if not self._limiter.hit(self._item, name):
            raise TooMany("too many requests; slow down", retry_after=self._seconds)


def key_of(request: Request) -> str:
    """The write key from Basic auth (user name), a header, or the query; "" when none of them has it."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    if scheme.lower() == "bearer":
        return value.strip()
    return request.headers.get("x-write-key") or request.query_params.get("writeKey") or ""


def check_key(request: Request, key: str) -> None:
    """Raises Unauthenticated unless it is this project's key; then spends one of its requests."""
    runtime = runtime_of(request)
    if not key:
        raise Unauthenticated("no write key; send it by Basic auth, as writeKey, or as X-Write-Key", code="no_key")
    if not same_secret(key, runtime.write_key):
        raise Unauthenticated("this write key is not known here", code="unknown_key")
    address = request.client.host if request.client else ""
    request.app.state.rate.spend(f"{key}:{address}")


async def read_body(request: Request) -> bytes:
    """The plain body. Refused by its stated length, while reading, or while inflating; a key in a header goes first."""
    given = key_of(request)
    if given:
        check_key(request, given)
    check_encoding(request.headers.get("content-encoding", ""))
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > LIMITS.wire_bytes:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMITS.wire_bytes:
            raise _too_large()
    return inflate(bytes(body))


def _too_large() -> TooLarge:
    return TooLarge(f"more than {LIMITS.wire_bytes} bytes; send smaller batches")
