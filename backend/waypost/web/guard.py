"""What stands before every public route: the size of a body, the write key, the rate."""

from __future__ import annotations

import base64
import binascii
import math
import time
from typing import Any

import msgspec
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import ClientDisconnect, Request

from waypost.errors import BadInput, Invalid, TooLarge, TooMany, Unauthenticated
from waypost.ingest.body import check_encoding, inflate
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.keys import working_key
from waypost.trust.keys import is_secret, key_digest
from waypost.trust.signing import same_secret

__all__ = [
    "RateLimit",
    "check_key",
    "check_public",
    "check_secret",
    "key_of",
    "lang_of",
    "number_of",
    "read_at_most",
    "read_body",
    "read_object",
    "runtime_of",
]

OBJECT_BYTES = 64 * 1024  # what the console sends: a password, an outcome of 2,000 characters


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def lang_of(request: Request) -> str:
    return "ru" if request.query_params.get("lang", "").startswith("ru") else "en"


def number_of(request: Request, name: str, default: int) -> int:
    """A number of the query. Raises Invalid for what is none."""
    value = request.query_params.get(name, "")
    if not value:
        return default
    if not value.isdecimal() or len(value) > 15:
        raise Invalid(f"{name} is not a whole number", code="bad_parameter")
    return int(value)


class RateLimit:
    """At most `count` in `seconds` for each name; memory is bounded by the names of the last window."""

    def __init__(self, count: int, seconds: int) -> None:
        self._item = RateLimitItemPerSecond(count, seconds)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def spend(self, name: str) -> None:
        """Raises TooMany, with the seconds until the window ends, when it is used up."""
        if not self._limiter.hit(self._item, name):
            left = self._limiter.get_window_stats(self._item, name).reset_time - time.time()
            raise TooMany("too many requests; slow down", retry_after=max(1, math.ceil(left)))


def key_of(request: Request) -> str:
    """The key from Basic auth (user name), a header, or the query; "" when none of them has it."""
    authorization = _authorized(*request.headers.get("authorization", "").partition(" ")[::2])
    return authorization or request.headers.get("x-write-key") or request.query_params.get("writeKey") or ""


def _authorized(scheme: str, value: str) -> str:
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def check_key(request: Request, key: str) -> None:
    """Raises Unauthenticated unless it is a key of this project; then spends one of its requests.

    `request.state.trusted` says afterwards whether it was a secret one.
    """
    if not key:
        raise Unauthenticated("no write key; send it by Basic auth, as writeKey, or as X-Write-Key", code="no_key")
    request.state.trusted = is_secret(key)
    if is_secret(key):
        await check_secret(request, key)
    elif same_secret(key, runtime_of(request).write_key):
        _spend(request, key)
    else:
        raise Unauthenticated("this write key is not known here", code="unknown_key")


async def check_secret(request: Request, key: str) -> None:
    """Raises Unauthenticated unless it is a secret key that works; then spends one of its requests."""
    runtime, digest = runtime_of(request), key_digest(key)
    found = await runtime.store.read(lambda tx: working_key(tx, runtime.project_id, digest))
    if found is None or not same_secret(digest, found.digest):
        raise Unauthenticated("this secret key is not known here, or it was revoked", code="unknown_key")
    _spend(request, digest)


def check_public(request: Request) -> None:
    """Raises Unauthenticated when a secret key came to where browsers go: it would stand in a page."""
    if request.state.trusted:
        raise Unauthenticated(
            "a secret key belongs on a server; a page has the write key, which begins with wk_", code="secret_key"
        )


def _spend(request: Request, name: str) -> None:
    address = request.client.host if request.client else ""
    request.app.state.rate.spend(f"{name}:{address}")


async def read_body(request: Request) -> bytes:
    """The plain body. Refused by its stated length, while reading, or while inflating; a key in a header goes first."""
    given = key_of(request)
    if given:
        await check_key(request, given)
    check_encoding(request.headers.get("content-encoding", ""))
    return inflate(await read_at_most(request, LIMITS.wire_bytes))


async def read_object(request: Request, limit: int = OBJECT_BYTES) -> dict[str, Any]:
    """A JSON object that the console sends, a small one unless said otherwise. Raises TooLarge or BadInput."""
    try:
        found = msgspec.json.decode(await read_at_most(request, limit) or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"the body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadInput("send a JSON object")
    return found


async def read_at_most(request: Request, limit: int) -> bytes:
    """The body as sent. Refused by its stated length, or as soon as it is longer."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    except ClientDisconnect as error:
        raise BadInput("the connection ended before the body did", code="cut_off") from error
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"more than {limit} bytes; send less at once")
