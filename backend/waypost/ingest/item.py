"""One call of Segment's API, as JSON, to one event of ours. Everything wrong is a Refusal with a stable code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import isfinite
from zoneinfo import ZoneInfo

import msgspec

from waypost.errors import WaypostError
from waypost.model import ANSWER, GROUP, IDENTIFY, LINK, PAGE, Event, Json
from waypost.settings import LIMITS

__all__ = ["Defaults", "Refusal", "Said", "event_time", "instant", "is_zone", "relevant", "route_of", "to_event"]

KINDS = ("track", "identify", "page", "screen", "group", "alias")
CONTEXT = ("groupId", "page", "timezone", "channel", "library", "userAgent")  # what is read of a context
BROWSERS = frozenset({"analytics.js", "rudderlabs javascript sdk", "waypost"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"\d+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_INT_MAX = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Refusal(WaypostError):
    """Why one event is not accepted."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason, code=code)
        self.reason = reason


class Defaults(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a sync says once for all of its events."""

    user_id: str | None = None
    anon_id: str | None = None
    load_id: str = ""
    page_view_id: str = ""
    tz: str = ""
    browser: bool = False


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a request says about each of its events, beside the event's own JSON."""

    kind: str | None = None  # the call that the endpoint says; None: each event says its own
    sent_at: Json = None
    context: dict[str, Json] = {}
    defaults: Defaults = Defaults()
    trusted: bool = False


def relevant(context: Mapping[str, Json]) -> dict[str, Json]:
    """The parts of a context that mean something here."""
    return {name: context[name] for name in CONTEXT if name in context}


def to_event(item: Mapping[str, Json], raw: bytes, said: Said, *, index: int, received_at: int) -> Event:
    """Raises Refusal. account_id is set only when the event itself names its group; days are settled later."""
    kind, defaults = said.kind or _kind(item), said.defaults
    own = item.get("context")
    context = {**said.context, **own} if isinstance(own, dict) else said.context
    user_id, anon_id = _identity(item, kind, defaults, said.trusted)
    name, props, account = _content(item, kind, context)
    _check_values(props)
    if name == ANSWER and not said.trusted:
        raise Refusal("needs_secret_key", f'"{ANSWER}" is taken from a server with a secret key (waypost keys make)')
    t = event_time(item, received_at, item.get("sentAt") or said.sent_at, trusted=said.trusted)
    return Event(
        message_id=_message_id(item, raw, received_at, index),
        name=name,
        t=t,
        received_at=received_at,
        index=index,
        user_id=user_id,
        anon_id=anon_id,
        account_id=account,
        load_id=_short_id(item, "loadId") or defaults.load_id,
        seq=_seq(item.get("seq")),
        page_view_id=_short_id(item, "pageViewId") or defaults.page_view_id,
        active=kind in ("track", "page", "screen") and (defaults.browser or _from_browser(item, context)),
        tz=_zone_name(context) or defaults.tz[:64],
        props=props,
    )


def _kind(item: Mapping[str, Json]) -> str:
    kind = item.get("type")
    if kind not in KINDS:
        raise Refusal("unknown_type", f'"type" is {repr(kind)[:80]}; it is one of {", ".join(KINDS)}')
    return str(kind)


def _identity(
    item: Mapping[str, Json], kind: str, defaults: Defaults, trusted: bool
) -> tuple[str | None, str | None]:
    """(user, anonymous id). A trusted caller, a CRM or an import, may say something of an account alone."""
    user_id = _id(item, "userId") or defaults.user_id
    anon_id = _id(item, "anonymousId") or defaults.anon_id
    if kind == "alias":
        anon_id = _id(item, "previousId")
        if not user_id or not anon_id:
            raise Refusal("no_identity", '"alias" needs "userId" and "previousId"')
    if not (user_id or anon_id or (trusted and kind == "group")):
        raise Refusal("no_identity", 'neither "userId" nor "anonymousId" is there')
    return user_id, anon_id


def _id(item: Mapping[str, Json], name: str) -> str | None:
    """An id as text; numbers are taken as written, for many backends count their users."""
    value = item.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refusal("bad_id", f'"{name}" is not a text')
    if len(value) > LIMITS.id_chars:
        raise Refusal("id_too_long", f'"{name}" is longer than {LIMITS.id_chars} characters')
    if _CONTROL.search(value):
        raise Refusal("bad_id", f'"{name}" holds a control character')
    return value


def _short_id(item: Mapping[str, Json], name: str) -> str:
    return _id(item, name) or ""


def _seq(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _INT_MAX else 0


def _content(
    item: Mapping[str, Json], kind: str, context: Mapping[str, Json]
) -> tuple[str, dict[str, Json], str | None]:
    """(event name, properties, account that the event itself names)."""
    group = _id(context, "groupId")
    if kind == "track":
        return _event_name(item.get("event")), _object(item, "properties"), group
    if kind == "identify":
        return IDENTIFY, _traits(item), group
    if kind == "group":
        account = _id(item, "groupId")
        if not account:
            raise Refusal("no_group", '"group" needs "groupId"')
        return GROUP, _traits(item), account
    if kind == "alias":
        return LINK, {}, group
    props = _object(item, "properties")
    name = item.get("name")
    if isinstance(name, str) and name:
        props.setdefault("name", name[: LIMITS.name_chars])
    route = props.get("route")
    props["route"] = route if isinstance(route, str) else route_of(_path(props, context))
    return PAGE, props, group


def _event_name(name: Json) -> str:
    if not isinstance(name, str) or not name.strip():
        raise Refusal("no_name", '"event" is missing')
    if len(name) > LIMITS.name_chars:
        raise Refusal("name_too_long", f'"event" is longer than {LIMITS.name_chars} characters')
    if name.startswith("$"):
        raise Refusal("reserved_name", f'"{name}": names that start with "$" are Waypost\'s own')
    if _CONTROL.search(name):
        raise Refusal("bad_name", '"event" holds a control character')
    return name


def _object(item: Mapping[str, Json], name: str) -> dict[str, Json]:
    """Properties or traits. A null value is the same as none."""
    found = item.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refusal("bad_properties", f'"{name}" is not an object')
    return {key: value for key, value in found.items() if value is not None}


def _traits(item: Mapping[str, Json]) -> dict[str, Json]:
    traits = _object(item, "traits")
    if len(traits) > LIMITS.traits:
        raise Refusal("too_many_traits", f"{len(traits)} traits; {LIMITS.traits} at most")
    return traits


def _path(props: Mapping[str, Json], context: Mapping[str, Json]) -> str:
    page = context.get("page")
    for value in (props.get("path"), page.get("path") if isinstance(page, dict) else None, props.get("name")):
        if isinstance(value, str) and value:
            return value[:2_048]
    return "/"


def route_of(path: str) -> str:
    """The path with numbers and UUIDs as :id, so that /deals/7 and /deals/8 are one route."""
    parts = path.split("?", 1)[0].split("#", 1)[0].split("/")
    return "/".join(":id" if _NUMBER.fullmatch(p) or _UUID.fullmatch(p) else p for p in parts) or "/"


def _from_browser(item: Mapping[str, Json], context: Mapping[str, Json]) -> bool:
    """Whether a person's browser or phone sent it: only such events count as use of the app."""
    channel = item.get("channel") or context.get("channel")
    if channel == "server":
        return False
    library = context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    known = isinstance(name, str) and name.lower() in BROWSERS
    return known or channel in ("browser", "web", "mobile", "client") or bool(context.get("userAgent"))


def _zone_name(context: Mapping[str, Json]) -> str:
    zone = context.get("timezone")
    return zone[:64] if isinstance(zone, str) else ""


def is_zone(name: str) -> bool:
    """Whether it is an IANA zone, written as there."""
    try:
        return ZoneInfo(name).key == name
    except (LookupError, ValueError, OSError):
        return False


def _check_values(props: Mapping[str, Json]) -> None:
    """Depth and numbers: what is stored must come back the same."""
    level: list[Json] = [props]
    for _ in range(LIMITS.json_depth):
        values = list(chain.from_iterable(v.values() if isinstance(v, dict) else v for v in level))
        for value in values:
            if isinstance(value, int) and not -_INT_MAX <= value <= _INT_MAX:
                raise Refusal("number_too_large", "a whole number beyond 64 bits; send it as a text")
        level = [value for value in values if isinstance(value, dict | list)]
        if not level:
            return
    raise Refusal("too_deep", f"nested deeper than {LIMITS.json_depth} levels")


def _message_id(item: Mapping[str, Json], raw: bytes, received_at: int, index: int) -> str:
    """Its own; else made from the content, so that a repeated send of dated content is still one event."""
    given = _id(item, "messageId")
    if given:
        return given
    salt = b"" if _stated(item) is not None else f"{received_at}:{index}".encode()
    return "made-" + hashlib.sha256(bytes(raw) + salt).hexdigest()[:32]


def event_time(item: Mapping[str, Json], received_at: int, sent_at: Json, *, trusted: bool) -> int:
    """When it happened, corrected for the client's clock; never later than received_at.

    ageMs (a difference of a monotonic clock) is best; else Segment's correction by sentAt − timestamp.
    Only a trusted caller's timestamp is taken as it stands. Source: semantics, section 1.1.
    """
    age = item.get("ageMs")
    if isinstance(age, int | float) and not isinstance(age, bool) and isfinite(age) and age >= 0:
        return max(0, received_at - int(age))
    stated = _stated(item)
    if stated is None:
        return received_at
    at = instant(stated, "timestamp")
    if not trusted and sent_at is not None:
        return max(0, received_at - max(0, instant(sent_at, "sentAt") - at))
    return max(0, min(at, received_at))


def _stated(item: Mapping[str, Json]) -> Json:
    """When the client says that it happened."""
    return item.get("timestamp") if item.get("timestamp") is not None else item.get("originalTimestamp")


def instant(value: Json, name: str) -> int:
    """ms since 1970 from ISO 8601 (UTC when it names no zone) or a number of ms."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e14:
        return int(value)
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.strip())
            if found.tzinfo is None:
                found = found.replace(tzinfo=UTC)
            return (found - EPOCH) // timedelta(milliseconds=1)
        except ValueError:
            pass
    raise Refusal("bad_timestamp", f'"{name}" is not a time; write 2026-01-31T12:00:00.000Z')
