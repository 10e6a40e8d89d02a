"""Who is signed in to the console: a signed cookie; unsafe calls must come from the console itself."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import BadInput, Forbidden, Unauthenticated
from waypost.service.runtime import Runtime
from waypost.store.projects import ensure_meta, get_meta, set_meta
from waypost.trust.keys import is_secret
from waypost.trust.passwords import hash_password, password_fits
from waypost.web.guard import check_secret, key_of, read_object, runtime_of

__all__ = ["COOKIE", "LOGIN_LIMIT", "ensure_password", "login", "logout", "reset_password", "signed_in"]

COOKIE = "waypost_session"
SESSION_S = 14 * 86_400
LOGIN_LIMIT = (10, 15 * 60)  # tries from one address in so many seconds
PASSWORD = "console_password"  # noqa: S105 - the key of its hash in the database
Handler = Callable[[Request], Awaitable[Response]]


def ensure_password(runtime: Runtime) -> str | None:
    """Make the console's password at the first start and return it, to be shown once; later None."""
    made = secrets.token_urlsafe(12)
    hashed = hash_password(made)
    kept = runtime.store.write_now(lambda tx: ensure_meta(tx, PASSWORD, lambda: hashed))
    return made if kept == hashed else None


def reset_password(runtime: Runtime, password: str) -> None:
    """Set the console's password; who is signed in stays so."""
    hashed = hash_password(password)
    runtime.store.write_now(lambda tx: set_meta(tx, PASSWORD, hashed))


def check_same_origin(request: Request) -> None:
    """Raises Forbidden when an unsafe call was made by another site.

    A browser's own word (Sec-Fetch-Site) decides; where it says nothing, Origin against Host.
    """
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is None:
        raise Forbidden("this call does not say where it comes from; send an Origin header", code="cross_site")
    if site is None and origin is not None:
        site = "same-origin" if origin.partition("://")[2] == request.headers.get("host") else "cross-site"
    if site not in ("same-origin", "none"):
        raise Forbidden("this call came from another site", code="cross_site")


def signed_in(handler: Handler) -> Handler:
    """Only with a session, and unsafe methods only from the console itself; or with a secret key and no cookie."""

    async def checked(request: Request) -> Response:
        runtime = runtime_of(request)
        token = request.cookies.get(COOKIE, "")
        if not token and is_secret(key_of(request)):
            await check_secret(request, key_of(request))
            return await handler(request)
        if not token:
            raise Unauthenticated("sign in first, or send a secret key as a Bearer token", code="signed_out")
        runtime.signer.loads("console", token, SESSION_S, runtime.clock.wall())
        check_same_origin(request)
        return await handler(request)

    return checked


async def login(request: Request) -> Response:
    """Password in, cookie out. Tries are counted by address."""
    check_same_origin(request)
    runtime = runtime_of(request)
    address = request.client.host if request.client else ""
    request.app.state.logins.spend(address)
    given = (await read_object(request)).get("password")
    if not isinstance(given, str):
        raise BadInput('send {"password": "…"}')
    stored = await runtime.store.read(lambda tx: get_meta(tx, PASSWORD)) or ""
    if not await asyncio.to_thread(password_fits, stored, given):
        raise Unauthenticated("this is not the password", code="wrong_password")
    answer = Response(status_code=204)
    token = runtime.signer.dumps("console", "admin", runtime.clock.wall())
    answer.set_cookie(
        COOKIE, token, max_age=SESSION_S, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer


async def logout(request: Request) -> Response:
    check_same_origin(request)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer
