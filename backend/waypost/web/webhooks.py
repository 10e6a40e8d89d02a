"""Webhook endpoints and the outbox over the management API. Times are ms.

GET  /api/v1/webhooks                        POST /api/v1/webhooks
GET  /api/v1/webhooks/messages               POST /api/v1/webhooks/{id}/test · /rotate · /replay · /delete
                                             POST /api/v1/webhooks/messages/{id}/replay
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from waypost.errors import Invalid
from waypost.settings import LIMITS
from waypost.store import outbox
from waypost.store.outbox import Delivery
from waypost.store.sqlite import Tx
from waypost.store.webhooks import Endpoint
from waypost.success import endpoints as known
from waypost.success.endpoints import ENVIRONMENT, Wanted, check_wanted
from waypost.success.webhooks import webhook_client
from waypost.web.guard import read_object, runtime_of
from waypost.web.public import json_response
from waypost.web.sessions import signed_in

__all__ = ["routes"]


def _shown(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    """An endpoint as everybody may read it: its secret is shown where it is made, and never again."""
    plain = {name: getattr(endpoint, name) for name in ("id", "url", "types", "created_at")}
    return {**plain, "by": endpoint.author, "from_environment": endpoint.id == ENVIRONMENT, **more}


def _message(one: Delivery) -> dict[str, Any]:
    kind, _, name = one.target.partition(":")
    to = {"webhook": int(name)} if kind == "w" else {"csm": name}
    plain = ("id", "message_id", "type", "state", "created_at", "attempts", "next_at", "delivered_at", "last_error")
    return {**{field: getattr(one, field) for field in plain}, "to": to}


async def webhooks(request: Request) -> Response:
    """One route, so that a wrong method is told of both."""
    return await (_add if request.method == "POST" else _list)(request)


async def _list(request: Request) -> Response:
    """The endpoints, that of the environment first, each with how many of its messages wait and are dead."""
    runtime = runtime_of(request)

    def job(tx: Tx) -> list[dict[str, Any]]:
        counts = outbox.undelivered(tx, runtime.project_id)
        found = known.endpoints(tx, runtime.project_id, runtime.settings)
        return [
            _shown(one, **dict(zip(("waiting", "dead"), counts.get(one.target, (0, 0)), strict=True)))
            for one in found
        ]

    return json_response({"now": runtime.clock.now(), "webhooks": await runtime.store.read(job)})


async def _add(request: Request) -> Response:
    """Save an endpoint after its address was checked. The answer holds the secret, this once."""
    runtime = runtime_of(request)
    try:
        wanted = msgspec.convert(await read_object(request), Wanted)
    except msgspec.ValidationError as error:
        raise Invalid(f"this is not a webhook: {error}", code="bad_parameter") from error
    await check_wanted(wanted, runtime.settings, request.app.state.look_up)
    now = runtime.clock.now()
    made = await runtime.store.write(lambda tx: known.save_endpoint(tx, runtime.project_id, wanted, now))
    return json_response(_shown(made, secret=made.secret), 201)


async def delete(request: Request) -> Response:
    """Remove an endpoint; what waits for it is dead."""
    runtime, number = runtime_of(request), _id(request)
    now = runtime.clock.now()
    await runtime.store.write(lambda tx: known.remove_endpoint(tx, runtime.project_id, number, now))
    return Response(status_code=204)


async def rotate(request: Request) -> Response:
    """A new secret, shown this once."""
    runtime, number = runtime_of(request), _id(request)
    made = await runtime.store.write(lambda tx: known.rotate_secret(tx, runtime.project_id, number))
    return json_response({"id": number, "secret": made})


async def test(request: Request) -> Response:
    """Send a signed webhook.test now, and say what came of it. 200 also when it did not arrive."""
    runtime, number = runtime_of(request), _id(request)
    endpoint = await runtime.store.read(
        lambda tx: known.endpoint_by_id(tx, runtime.project_id, runtime.settings, number)
    )
    clock, look_up = runtime.clock, request.app.state.look_up
    async with webhook_client() as client:
        came = await known.send_test(endpoint, clock.now(), clock.wall(), client, runtime.settings, look_up)
    return json_response({"ok": not came.error, "status": came.status, "error": came.error})


async def replay_endpoint(request: Request) -> Response:
    """Send every dead message of an endpoint again."""
    runtime, number = runtime_of(request), _id(request)
    now = runtime.clock.now()
    again = await runtime.store.write(
        lambda tx: known.replay_dead(tx, runtime.project_id, runtime.settings, number, now)
    )
    return json_response({"replayed": again})


async def messages(request: Request) -> Response:
    """What waits, what was delivered, or what is dead: of every receiver, or of one endpoint; the latest first."""
    runtime, query = runtime_of(request), request.query_params
    state, whose = query.get("state", "waiting"), query.get("webhook")
    if state not in outbox.STATES:
        raise Invalid(f"state is one of {', '.join(outbox.STATES)}", code="bad_parameter")
    target = None if whose is None else f"w:{whose[:20]}"
    found = await runtime.store.read(
        lambda tx: outbox.deliveries(tx, runtime.project_id, state, LIMITS.messages_listed, target)
    )
    return json_response({"now": runtime.clock.now(), "messages": [_message(one) for one in found]})


async def replay(request: Request) -> Response:
    """Send one message again, dead or delivered, under the same id."""
    runtime, number = runtime_of(request), _id(request)
    now = runtime.clock.now()
    again = await runtime.store.write(lambda tx: known.replay(tx, runtime.project_id, runtime.settings, number, now))
    return json_response(_message(again))


def _id(request: Request) -> int:
    number: int = request.path_params["id"]
    return min(number, (1 << 63) - 1)  # what no row can have is not found


routes: list[BaseRoute] = [
    Route("/api/v1/webhooks", signed_in(webhooks), methods=["GET", "POST"]),
    Route("/api/v1/webhooks/messages", signed_in(messages), methods=["GET"]),
    Route("/api/v1/webhooks/messages/{id:int}/replay", signed_in(replay), methods=["POST"]),
    Route("/api/v1/webhooks/{id:int}/delete", signed_in(delete), methods=["POST"]),
    Route("/api/v1/webhooks/{id:int}/test", signed_in(test), methods=["POST"]),
    Route("/api/v1/webhooks/{id:int}/rotate", signed_in(rotate), methods=["POST"]),
    Route("/api/v1/webhooks/{id:int}/replay", signed_in(replay_endpoint), methods=["POST"]),
]
