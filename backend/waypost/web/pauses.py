"""CSM pauses over the management API: which run, begin one, end one. Times are ms."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import Invalid, NotFound
from waypost.insight.people import account_name
from waypost.model import Pause
from waypost.service.pauses import Wanted, begin, fault_in
from waypost.settings import LIMITS
from waypost.store import pauses as stored
from waypost.store.sqlite import Tx
from waypost.web.guard import read_object, runtime_of
from waypost.web.public import json_response

__all__ = ["end_pause", "pause_shown", "pauses"]

STATES = ("running", "ended")


def pause_shown(tx: Tx, project_id: int, pause: Pause, now: int) -> dict[str, Any]:
    """A pause as the console reads it. `ended_at` is set for one that time ended too."""
    by = pause.ended(now)
    return {
        **msgspec.to_builtins(pause),
        "name": account_name(tx, project_id, pause.subject),
        "ended_at": pause.over_at if by else None,
        "ended_by": by,
    }


async def pauses(request: Request) -> Response:
    """One route, so that a wrong method is told of both."""
    return await (_begin if request.method == "POST" else _list)(request)


async def _list(request: Request) -> Response:
    """Those that run, or the latest of those that are over."""
    runtime, state = runtime_of(request), request.query_params.get("state", "running")
    if state not in STATES:
        raise Invalid(f"state is one of {', '.join(STATES)}", code="bad_parameter")
    now = runtime.clock.now()

    def job(tx: Tx) -> list[dict[str, Any]]:
        found = stored.list_pauses(tx, runtime.project_id, now, LIMITS.pauses_listed, running=state == "running")
        return [pause_shown(tx, runtime.project_id, pause, now) for pause in found]

    return json_response({"now": now, "pauses": await runtime.store.read(job)})


async def _begin(request: Request) -> Response:
    """Begin a pause; a former one of the same person or account ends."""
    runtime = runtime_of(request)
    try:
        wanted = msgspec.convert(await read_object(request), Wanted)
    except msgspec.ValidationError as error:
        raise Invalid(f"this is not a pause: {error}", code="bad_parameter") from error
    now = runtime.clock.now()
    fault = fault_in(wanted, runtime.rules.plan, now)
    if fault is not None:
        raise Invalid(": ".join(fault), code="bad_parameter")

    def job(tx: Tx) -> dict[str, Any]:
        return pause_shown(tx, runtime.project_id, begin(tx, runtime.project_id, wanted, now), now)

    return json_response(await runtime.store.write(job))


async def end_pause(request: Request) -> Response:
    """A person ends a pause. One that is over already stays as it is: two people may click."""
    runtime, pause_id = runtime_of(request), request.path_params["id"]
    now = runtime.clock.now()

    def job(tx: Tx) -> dict[str, Any]:
        known = pause_id < 1 << 63
        if known:
            stored.end_pause(tx, runtime.project_id, pause_id, now, "person")
        pause = stored.pause_by_id(tx, runtime.project_id, pause_id) if known else None
        if pause is None:
            raise NotFound("there is no such pause")
        return pause_shown(tx, runtime.project_id, pause, now)

    return json_response(await runtime.store.write(job))
