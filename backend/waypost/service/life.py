"""The life of a rule after it was written: back to an older version, into another state. History is never rewritten."""

from __future__ import annotations

from typing import get_args

import msgspec

from waypost.errors import Invalid, NotFound
from waypost.model import Json
from waypost.rules.plan import State
from waypost.service.live_rules import LiveRules
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx
from waypost.store.versions import Version, versions_of

__all__ = ["MOVES", "fault_in_words", "move", "publish", "roll_back", "version_in_force"]

MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("shadow", "live", "retired"),
    "shadow": ("live", "draft", "retired"),
    "live": ("paused", "shadow", "retired"),
    "paused": ("live", "shadow", "retired"),
    "retired": (),  # a rollback or the folder brings it back
}


def fault_in_words(author: str, message: str) -> str:
    """What is wrong with who and why; "" when nothing is."""
    for name, text, most in (
        ("by", author, LIMITS.pause_author_chars),
        ("message", message, LIMITS.pause_reason_chars),
    ):
        if len(text) > most:
            return f"{name} has at most {most} characters"
        if any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in text):
            return f"{name} is one line of text"
    return ""


def version_in_force(found: list[Version]) -> Version | None:
    """Of the versions of one rule, newest first."""
    return next((version for version in found if version.live_until is None), None)


def roll_back(rules: LiveRules, rule_id: str, to: int | None, now: int, author: str, message: str) -> int:
    """Put an older document in force as a new version; without `to` the one before. Returns the version gone back to.

    Raises NotFound, or Invalid with every mistake that the older document has today.
    """
    chosen = 0

    def edit(tx: Tx, live: Json) -> Json:
        nonlocal chosen
        found = versions_of(tx, rules.project_id, rule_id)
        if not found:
            raise NotFound(f"there is no rule {rule_id!r}")
        older = _older(found, to)
        if older.body == live:
            raise Invalid(f"version {older.version} is what is in force already", code="no_change")
        chosen = older.version
        return older.body

    rules.amend(rule_id, edit, now, author, message)
    return chosen


def publish(rules: LiveRules, rule_id: str, document: Json, now: int, author: str, message: str) -> None:
    """Put another document of a rule in force, as a new version. Raises Invalid with every mistake it has."""
    if not isinstance(document, dict) or document.get("id") != rule_id:
        raise Invalid(f'the document is that of the rule "{rule_id}": an object with this id', code="bad_parameter")
    if len(msgspec.json.encode(document)) > LIMITS.rule_bytes:
        raise Invalid(f"the document is larger than {LIMITS.rule_bytes // 1024} KiB", code="too_large")

    def edit(_tx: Tx, live: Json) -> Json:
        if live is None:
            raise NotFound(f"there is no rule {rule_id!r}")
        if live == document:
            raise Invalid("this is what is in force already", code="no_change")
        return document

    rules.amend(rule_id, edit, now, author, message)


def _older(found: list[Version], to: int | None) -> Version:
    if to is None:
        before = found if version_in_force(found) is None else found[1:]
        if not before:
            raise NotFound("there is no version before this one")
        return before[0]
    older = next((version for version in found if version.version == to), None)
    if older is None:
        raise NotFound(f"there is no version {to}; there are 1 to {found[0].version}")
    return older


def move(rules: LiveRules, rule_id: str, state: str, now: int, author: str, message: str) -> None:
    """Put a rule into another state, as a new version. Raises NotFound, or Invalid where there is no such way."""
    if state not in get_args(State):
        raise Invalid(f"state is one of {', '.join(get_args(State))}", code="bad_parameter")

    def edit(_tx: Tx, live: Json) -> Json:
        if live is None:
            raise NotFound(f"there is no rule {rule_id!r}")
        here = live.get("state", "live")
        if state not in MOVES[here]:
            ways = ", ".join(MOVES[here]) or "nothing but an older version"
            raise Invalid(f"a rule that is {here} can become: {ways}", code="no_such_move")
        rest = {name: value for name, value in live.items() if name != "state"}
        return rest if state == "live" else {**rest, "state": state}

    rules.amend(rule_id, edit, now, author, message)
