"""Every error of every route, as RFC 9457 problem+json: one table, one shape."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import Invalid, WaypostError
from waypost.model import Json

__all__ = ["EXCEPTION_HANDLERS", "problem"]

TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 413: "Too large", 415: "Unsupported encoding", 422: "Invalid", 429: "Too many requests", 500: "Internal error",
    503: "Unavailable",
}  # fmt: skip
log = logging.getLogger("waypost")


def problem(status: int, code: str, detail: str, retry_after: int | None = None, **more: Json) -> Response:
    """One answer in the one shape: type, title, status, detail, code."""
    title = TITLES.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
    headers: Mapping[str, str] = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Response(msgspec.json.encode(body), status, headers, "application/problem+json")


async def _domain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WaypostError)
    if error.status >= 500:
        log.error("%s: %s", error.code, error.detail)
    more = {"problems": [msgspec.to_builtins(p) for p in error.problems]} if isinstance(error, Invalid) else {}
    return problem(error.status, error.code, error.detail, error.retry_after, **more)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    answer = problem(error.status_code, code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem(500, "internal", "Something failed on our side; nothing was stored. Try again.", 5)


EXCEPTION_HANDLERS = {WaypostError: _domain, HTTPException: _http, Exception: _unexpected}
