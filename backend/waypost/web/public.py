"""What a customer's app and Segment's or RudderStack's clients talk to. Key: the public write key.

A server may send events with a secret key instead: then their times are taken as they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import NotFound
from waypost.ingest.decode import Envelope, decode_items, open_batch, open_call
from waypost.service.journal import accept
from waypost.service.sync import decode_sync, sync
from waypost.trust.signing import same_secret
from waypost.web.guard import check_key, check_public, key_of, read_body, runtime_of

__all__ = ["json_response", "routes"]

CALLS = {"track": "t", "identify": "i", "page": "p", "screen": "s", "group": "g", "alias": "a"}


def json_response(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def _check_body_key(request: Request, envelope_key: str) -> None:
    """A key in the body counts when no header or query had one; that one was checked before reading."""
    if not key_of(request):
        await check_key(request, envelope_key)


async def _store(request: Request, envelope: Envelope, kind: str | None) -> Response:
    await _check_body_key(request, envelope.write_key)
    runtime = runtime_of(request)
    incoming = decode_items(
        envelope.items,
        received_at=runtime.clock.now(),
        sent_at=envelope.sent_at,
        kind=kind,
        context=envelope.context,
        trusted=request.state.trusted,
    )
    receipt = await accept(runtime, incoming)
    told = {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "rejected": receipt.rejected}
    return json_response({"success": True, **told})


async def batch(request: Request) -> Response:
    """Many events. 200 with the list of rejects, also when all were rejected: sending again would not help."""
    return await _store(request, open_batch(await read_body(request)), None)


def call(kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def one(request: Request) -> Response:
        return await _store(request, open_call(await read_body(request)), kind)

    return one


async def sync_route(request: Request) -> Response:
    """What happened goes in, what may be shown now comes out (semantics, section 1.6)."""
    body = decode_sync(await read_body(request))
    await _check_body_key(request, body.write_key)
    check_public(request)
    return json_response(await sync(runtime_of(request), body))


async def segment_settings(request: Request) -> Response:
    """The settings document that Segment's analytics.js fetches first."""
    key = request.path_params["key"]
    if not same_secret(key, runtime_of(request).write_key):
        raise NotFound("there is no project with this write key")
    nothing: dict[str, Any] = {}
    source = {
        "apiKey": key,
        "apiHost": f"{request.url.netloc}/v1",
        "protocol": request.url.scheme,
        "unbundledIntegrations": [],
        "addBundledMetadata": False,
        "deliveryStrategy": {"strategy": "standard"},
    }
    return json_response(
        {
            "integrations": {"Segment.io": source},
            "plan": {"track": {"__default": {"enabled": True, "integrations": nothing}}},
            "edgeFunction": nothing,
            "middlewareSettings": nothing,
            "enabledMiddleware": nothing,
            "metrics": {"sampleRate": 0},
            "analyticsNextEnabled": True,
            "legacyVideoPluginsEnabled": False,
            "remotePlugins": [],
        }
    )


async def rudder_settings(request: Request) -> Response:
    """The source configuration that RudderStack's browser SDK fetches first."""
    key = key_of(request)
    await check_key(request, key)
    check_public(request)
    off = {"enabled": False}
    return json_response(
        {
            "source": {
                "id": key,
                "name": "Waypost",
                "writeKey": key,
                "workspaceId": "waypost",
                "enabled": True,
                "config": {"statsCollection": {"errors": off, "metrics": off}},
                "destinations": [],
                "dataplanes": {},
                "updatedAt": "2026-01-01T00:00:00.000Z",
            },
        }
    )


routes: list[BaseRoute] = [
    Route("/v1/batch", batch, methods=["POST"]),
    Route("/v1/b", batch, methods=["POST"]),
    *(Route(f"/v1/{name}", call(kind), methods=["POST"]) for kind, short in CALLS.items() for name in (kind, short)),
    Route("/v1/sync", sync_route, methods=["POST"]),
    Route("/v1/projects/{key}/settings", segment_settings, methods=["GET"]),
    Route("/sourceConfig/", rudder_settings, methods=["GET"]),
    Route("/sourceConfig", rudder_settings, methods=["GET"]),
]
