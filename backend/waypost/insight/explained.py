"""Why, whole: the reason, what would have to change, and who writes the traits that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from waypost.engine.durations import instant
from waypost.engine.remedy import missing_traits, remedies, unmet
from waypost.engine.trace import Trace
from waypost.facts.days import zone
from waypost.insight.why import Why
from waypost.model import Event
from waypost.store.sqlite import Tx
from waypost.store.writers import LOOKED_AT, last_writers

__all__ = ["Changes", "Writer", "changes"]

WRITTEN = (
    "The trait `{trait}` is not known here. {source} wrote it last, for {whom} on {at}.",
    "Свойство `{trait}` здесь неизвестно. В последний раз его записал {source}: для {whom}, {at}.",
)
NOBODY = (
    "Nobody has sent the trait `{trait}` yet: send it with {call}.",
    "Свойство `{trait}` ещё никто не присылал: пришлите его вызовом {call}.",
)
NOT_LATELY = (
    "None of the last {number} events brought the trait `{trait}`: send it with {call}.",
    "Среди последних {number} событий свойства `{trait}` нет: пришлите его вызовом {call}.",
)
SOURCES = {
    ("user", True): ("Identify from the browser", "вызов identify из браузера"),
    ("user", False): ("Identify from a server or the API", "вызов identify с сервера или из API"),
    ("account", True): ("A group call from the browser", "вызов group из браузера"),
    ("account", False): ("A group call from a server or the API", "вызов group с сервера или из API"),
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Of a missing trait. `source`: browser, server; "" where the log names nobody."""

    trait: str
    source: str
    call: str
    at: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to happen before the tip comes, in sentences, and who writes what is missing."""

    words: list[str] = field(default_factory=list)
    writers: list[Writer] = field(default_factory=list)


def changes(tx: Tx, project_id: int, found: Why, trace: Sequence[Trace], lang: str, timezone: str) -> Changes:
    """Nothing where the tip was offered, or where nobody decided."""
    if found.outcome != "held" or found.code is None:
        return Changes()
    here = zone(timezone)
    traits = missing_traits(unmet(found.code, trace))
    said = remedies(found.code, found.detail, trace, lang, here)
    if not traits:
        return Changes(said)
    events, whole = last_writers(tx, project_id, traits)
    return Changes(said, [_writer(trait, events.get(trait), whole, lang, timezone) for trait in traits])


def _writer(path: str, event: Event | None, whole: bool, lang: str, timezone: str) -> Writer:
    scope, trait = path.split(".")[:2]
    russian, call = lang == "ru", "identify" if scope == "user" else "group"
    if event is None:
        number = f"{LOOKED_AT:,}".replace(",", " " if russian else ",")
        words = (NOBODY if whole else NOT_LATELY)[russian].format(trait=trait, call=call, number=number)
        return Writer(path, "", call, None, words)
    browser = bool(event.page_view_id or event.load_id or event.tz)
    whom = (event.user_id or event.anon_id) if scope == "user" else event.account_id
    when, source = instant(event.t, lang, zone(timezone)), SOURCES[scope, browser][russian]
    words = WRITTEN[russian].format(trait=trait, source=source, whom=whom, at=when)
    return Writer(path, "browser" if browser else "server", call, event.t, words)
