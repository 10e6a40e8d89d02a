"""The behavioural operators: which arguments each takes. Meanings: semantics, section 1.4."""

from __future__ import annotations

from waypost.model import MINUTE
from waypost.rules.shape import Anything, Choice, Duration, Flag, ListOf, Number, Object, OneOf, Shape, Text
from waypost.settings import LIMITS

__all__ = ["CHAIN", "LATER", "MOMENT", "OPERATORS"]

OUTCOMES = ("viewed", "clicked", "dismissed", "completed")
LATER = frozenset({"nth", "dropped", "rose", "share", "survey", "changed", "days_to"})
"""Operators of the semantics that this version does not have yet."""

EXPR = Anything("#/$defs/expression")
SCOPE = Choice(("user", "account"), about="Whose events count: this person's (default) or the whole account's.")
NAME = Text(LIMITS.name_chars, about="An event name, for example report_exported.")
EVENT = OneOf(
    {str: NAME, dict: Object({"any": ListOf(NAME, 1, 50)}, ["any"])},
    says='an event name or {"any": [names]}',
    about="An event name, or any of several. $active is any use of the app, $key_action the project's value events.",
)
WHERE = Anything("#/$defs/expression", about="JsonLogic over the event's properties: event.<name>.")
LAST = Duration(LIMITS.last_ms, calendar=True, about='A window back from now: "7d" rolling, "7cd" calendar days.')
CALENDAR = Duration(LIMITS.last_ms, calendar=True, only_calendar=True, about='Calendar days, today included: "14cd".')
IN = Choice(("session",), about="Only inside the running session.")
WITHIN = Duration(LIMITS.chain_within_ms, about="From the first step to the last, closed.")
EVENT_REF = Object({"event": EVENT, "where": WHERE}, ["event"])
STEP = Object(
    {"event": EVENT, "where": WHERE, "step": EVENT_REF, "times": Number(1, LIMITS.chain_steps)},
    one_of=["event", "step"],
)
CHAIN = Object(
    {
        "steps": ListOf(STEP, 1, LIMITS.chain_steps),
        "within": WITHIN,
        "gap": Duration(LIMITS.chain_within_ms, about="From each step to the next, closed."),
        "unless": ListOf(EVENT_REF, 1, LIMITS.chain_steps, about="An event that breaks the chain."),
        "same": ListOf(Text(LIMITS.name_chars), 1, 4, about="Properties that must be equal in all steps."),
        "restart": Choice(("latest", "first"), about="Whether a repeated first step moves the start forward."),
        "mode": Choice(("relaxed",), later=("strict",)),
        "order": Choice(("given",), later=("any",)),
        "scope": SCOPE,
    },
    ["steps", "within"],
    later=["actor", "alphabet"],
)
_REF = Text(LIMITS.name_chars, about="The name of a chain in chains.json.")
OPERATORS: dict[str, Shape] = {
    "did": Object(
        {
            "event": EVENT,
            "where": WHERE,
            "scope": SCOPE,
            "min": Number(0, LIMITS.count_max, "At least so many times; 1 when not written."),
            "max": Number(0, LIMITS.count_max - 1, "At most so many times."),
            "last": LAST,
            "in": IN,
        },
        ["event"],
        about="Did an event so many times.",
    ),
    "count": Object({"event": EVENT, "where": WHERE, "scope": SCOPE, "last": LAST, "in": IN}, ["event"]),
    "days": Object({"event": EVENT, "where": WHERE, "scope": SCOPE, "last": CALENDAR}, ["event", "last"]),
    "weeks": Object({"event": EVENT, "where": WHERE, "scope": SCOPE, "last": CALENDAR}, ["event", "last"]),
    "never": Object(
        {"event": EVENT, "where": WHERE, "scope": SCOPE, "tenure": Duration(LIMITS.last_ms)},
        ["event", "tenure"],
        about="Never did it, and has been able to for at least the tenure.",
    ),
    "inactive": Object(
        {"for": Duration(LIMITS.last_ms), "event": EVENT, "where": WHERE, "scope": SCOPE},
        ["for"],
        about="No such event for so long; any use of the app when no event is named.",
    ),
    "returned": Object(
        {"after": Duration(LIMITS.last_ms)}, ["after"], about="Came back after a break, this session."
    ),
    "chain": Object(
        {"ref": _REF, "last": LAST, "in": IN, **CHAIN.fields},
        later=CHAIN.later,
        one_of=["ref", "steps"],
        about="Went through a chain of features.",
    ),
    "progress": Object({"ref": _REF}, ["ref"], about="How many steps of the open attempt are done; 0 when none."),
    "abandoned": Object(
        {
            "ref": _REF,
            "after": Number(1, LIMITS.chain_steps, "Reached at least this step."),
            "grace": Duration(15 * MINUTE, about="How long to wait for late events after the deadline; 2m."),
            "last": LAST,
        },
        ["ref"],
        later=["within"],
        about="Began a chain and did not finish it in time.",
    ),
    "tip": Object(
        {
            "id": Text(LIMITS.name_chars),
            "category": Text(LIMITS.name_chars),
            "did": Choice(OUTCOMES, later=("ignored",)),
            "min": Number(1, 100),
            "last": Duration(LIMITS.last_ms, about="A rolling window."),
        },
        one_of=["id", "category"],
        about="This person's own history with a tip.",
    ),
    "seg": Text(LIMITS.name_chars, about="The name of a segment in segments.json."),
}
MOMENT = Object(
    {
        "event": EVENT,
        "where": WHERE,
        "chain": OneOf(
            {dict: Object({"ref": _REF, **CHAIN.fields}, later=CHAIN.later, one_of=["ref", "steps"])}, "a chain"
        ),
        "abandoned": Object(
            {"ref": _REF, "after": Number(1, LIMITS.chain_steps), "grace": Duration(15 * MINUTE)},
            ["ref"],
            later=["within"],
        ),
        "session": Choice(("start",)),
        "clock": Flag(True, "Looked at by time alone; alerts only."),
        "scope": SCOPE,
    },
    later=["nth"],
    one_of=["event", "chain", "abandoned", "session", "clock", "nth"],
    about="The instant that brings the tip up. Without it the rule is a state that is looked at on each decision.",
)
