"""The life of a rule over the management API: its versions, the way back, its state. Times are ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from waypost.errors import Invalid, NotFound
from waypost.rules.diff import changes
from waypost.service.life import MOVES, fault_in_words, move, publish, roll_back, version_in_force
from waypost.service.runtime import Runtime
from waypost.settings import LIMITS
from waypost.store.versions import Version, versions_of
from waypost.web.background import settle
from waypost.web.guard import OBJECT_BYTES, read_object, runtime_of
from waypost.web.public import json_response

__all__ = ["change_state", "publish_tip", "rollback", "tip_versions"]


class _Words(msgspec.Struct, kw_only=True):
    by: str = "console"
    message: str = ""


W = TypeVar("W", bound=_Words)


class _Rollback(_Words):
    to: int | None = None


class _Publication(_Words):
    document: dict[str, Any]


class _Move(_Words):
    state: str


async def tip_versions(request: Request) -> Response:
    """Every version, the newest first, and what changed between two: `from` and `to`, the last two when not given."""
    runtime, rule_id = runtime_of(request), request.path_params["id"]
    found = await runtime.store.read(lambda tx: versions_of(tx, runtime.project_id, rule_id))
    if not found:
        raise NotFound("there is no rule with this id")
    old = _chosen(found, request, "from", min(1, len(found) - 1))
    new = _chosen(found, request, "to", 0)
    return json_response(
        {
            "now": runtime.clock.now(),
            "versions": [_version(version) for version in found],
            "from": old.version,
            "to": new.version,
            "changes": [msgspec.to_builtins(change) for change in changes(old.body, new.body)],
            **_standing(runtime, rule_id, found),
        }
    )


def _chosen(found: list[Version], request: Request, name: str, default: int) -> Version:
    given = request.query_params.get(name, "")
    if not given:
        return found[default]
    chosen = next((version for version in found if str(version.version) == given), None)
    if chosen is None:
        raise Invalid(f"{name} is the number of a version, 1 to {found[0].version}", code="bad_parameter")
    return chosen


def _version(version: Version) -> dict[str, Any]:
    plain = ("version", "live_from", "live_until", "author", "message", "state")
    return {name: getattr(version, name) for name in plain}


def _standing(runtime: Runtime, rule_id: str, found: list[Version]) -> dict[str, Any]:
    """Where the rule stands, where it can go, and whether the folder says otherwise."""
    here = version_in_force(found)
    return {
        "state": here.state if here else None,
        "moves": MOVES[here.state] if here else (),
        "differs": rule_id in runtime.rules.differs,
    }


async def publish_tip(request: Request) -> Response:
    """Put a changed document in force, as a new version."""
    wanted = _with_reason(await _read(request, _Publication, LIMITS.trial_bytes))
    return await _change(
        request,
        lambda runtime, rule_id, now: publish(
            runtime.rules, rule_id, wanted.document, now, wanted.by, wanted.message
        ),
    )


def _with_reason(wanted: W) -> W:
    if not wanted.message.strip():
        raise Invalid("message is missing: say why, for whoever reads the versions", code="bad_parameter")
    return wanted


async def rollback(request: Request) -> Response:
    """Put an older version in force again, as a new one."""
    wanted = _with_reason(await _read(request, _Rollback))
    return await _change(
        request,
        lambda runtime, rule_id, now: roll_back(runtime.rules, rule_id, wanted.to, now, wanted.by, wanted.message),
    )


async def change_state(request: Request) -> Response:
    """Promote, pause, resume, retire."""
    wanted = await _read(request, _Move)
    return await _change(
        request,
        lambda runtime, rule_id, now: move(runtime.rules, rule_id, wanted.state, now, wanted.by, wanted.message),
    )


async def _read(request: Request, shape: type[W], limit: int = OBJECT_BYTES) -> W:
    try:
        wanted = msgspec.convert(await read_object(request, limit), shape)
    except msgspec.ValidationError as error:
        raise Invalid(f"this cannot be read: {error}", code="bad_parameter") from error
    fault = fault_in_words(wanted.by, wanted.message)
    if fault:
        raise Invalid(fault, code="bad_parameter")
    return wanted


async def _change(request: Request, change: Callable[[Runtime, str, int], object]) -> Response:
    """What follows from it, such as reading history, comes after the reply."""
    runtime, rule_id = runtime_of(request), request.path_params["id"]
    await asyncio.to_thread(change, runtime, rule_id, runtime.clock.now())
    found = await runtime.store.read(lambda tx: versions_of(tx, runtime.project_id, rule_id))
    reply = json_response({"version": _version(found[0]), **_standing(runtime, rule_id, found)})
    reply.background = BackgroundTask(settle, runtime)
    return reply
