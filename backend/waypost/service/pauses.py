"""A CSM pauses the tips of a person or an account: what may be asked for, and the beginning of it."""

from __future__ import annotations

import msgspec

from waypost.logic.guard import meant
from waypost.model import ACCOUNT, DAY, USER, Pause
from waypost.rules.plan import Plan
from waypost.settings import LIMITS
from waypost.store.pauses import add_pause, pause_by_id
from waypost.store.sqlite import Tx

__all__ = ["Wanted", "begin", "fault_in"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pause as it is asked for. It ends at `until_at`, by `until_event`, or by whichever comes first."""

    subject: str  # u:… or g:…
    until_at: int | None = None  # ms
    until_event: str | None = None
    allow: list[str] = []  # tips that pass
    reason: str = ""
    author: str = ""


def fault_in(wanted: Wanted, plan: Plan, now: int) -> tuple[str, str] | None:
    """(field, what is wrong with it and how it is mended), the first there is."""
    return _subject(wanted.subject) or _until(wanted, now) or _allow(wanted.allow, plan) or _texts(wanted)


def begin(tx: Tx, project_id: int, wanted: Wanted, now: int) -> Pause:
    """Begin it, in the place of one that the subject may have. `wanted` has no fault."""
    made = add_pause(
        tx,
        project_id,
        now,
        subject=wanted.subject,
        until_at=wanted.until_at,
        until_event=wanted.until_event,
        ends_at=now + LIMITS.pause_ms if wanted.until_at is None else wanted.until_at,
        allow=list(dict.fromkeys(wanted.allow)),
        reason=wanted.reason.strip(),
        author=wanted.author.strip(),
    )
    pause = pause_by_id(tx, project_id, made)
    assert pause is not None
    return pause


def _subject(subject: str) -> tuple[str, str] | None:
    name = subject[2:]
    if not subject.startswith((USER, ACCOUNT)) or not name:
        return "subject", "it is neither a person, u:…, nor an account, g:…"
    if len(name) > LIMITS.id_chars:
        return "subject", f"an id has at most {LIMITS.id_chars} characters"
    return ("subject", "an id holds no control characters") if _unfit(name) else None


def _until(wanted: Wanted, now: int) -> tuple[str, str] | None:
    until, event = wanted.until_at, wanted.until_event
    if until is None and event is None:
        return "until_at", "a pause ends by itself; give a time, an event, or both"
    if until is not None and until <= now:
        return "until_at", "this time is past; give one that is still to come"
    if until is not None and until > now + LIMITS.pause_ms:
        return "until_at", f"a pause lasts at most {LIMITS.pause_ms // DAY} days; give an earlier time"
    if event is None:
        return None
    if not event or len(event) > LIMITS.name_chars or _unfit(event):
        return "until_event", f"the name of an event has 1 to {LIMITS.name_chars} characters"
    return ("until_event", "no app sends an event that begins with $") if event.startswith("$") else None


def _allow(allow: list[str], plan: Plan) -> tuple[str, str] | None:
    if len(allow) > LIMITS.pause_tips:
        return "allow", f"at most {LIMITS.pause_tips} tips pass; what is left of the pause otherwise?"
    tips = [rule.id for rule in plan.rules.values() if rule.kind != "alert"]
    unknown = next((tip for tip in allow if tip not in tips), None)
    if unknown is None:
        return None
    if unknown in plan.rules:
        return "allow", f'"{unknown}" opens a CSM task, which no pause holds back; leave it out'
    return "allow", f'there is no live tip "{unknown[: LIMITS.id_chars]}"{meant(unknown, tips)}'


def _texts(wanted: Wanted) -> tuple[str, str] | None:
    for field, text, most in (
        ("reason", wanted.reason, LIMITS.pause_reason_chars),
        ("author", wanted.author, LIMITS.pause_author_chars),
    ):
        if len(text) > most:
            return field, f"it has at most {most} characters"
        if _unfit(text):
            return field, "it is one line of text"
    return None


def _unfit(text: str) -> bool:
    """Control characters, and what no UTF-8 can hold."""
    return any(char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff" for char in text)
