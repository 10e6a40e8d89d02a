"""The behavioural operators: which arguments each takes. Meanings: semantics, section 1.4."""

from __future__ import annotations

from waypost.model import MINUTE
from waypost.rules.shape import (
    Anything,
    Choice,
    Duration,
    Flag,
    Fraction,
    ListOf,
    Number,
    Object,
    OneOf,
    Shape,
    Text,
    Words,
)
from waypost.settings import LIMITS

__all__ = ["CHAIN", "MOMENT", "NAME", "NTH", "OPERATORS", "OUTCOMES"]

OUTCOMES = ("viewed", "clicked", "dismissed", "completed", "ignored")

EXPR = Anything("#/$defs/expression")
SCOPE = Choice(("user", "account"), about="Whose events count: this person's (default) or the whole account's.")
NAME = Text(LIMITS.name_chars, about="An event name, for example report_exported.")
EVENT = OneOf(
    {str: NAME, dict: Object({"any": ListOf(NAME, 1, 50)}, ["any"])},
    says='an event name or {"any": [names]}',
    about="An event name, or any of several. $active is any use of the app, $key_action the project's value events, "
    "$csm_task what became of a CSM task.",
)
WHERE = Anything("#/$defs/expression", about="JsonLogic over the event's properties: event.<name>.")
LAST = Duration(LIMITS.last_ms, calendar=True, about='A window back from now: "7d" rolling, "7cd" calendar days.')
CALENDAR = Duration(LIMITS.last_ms, calendar=True, only_calendar=True, about='Calendar days, today included: "14cd".')
IN = Choice(("session",), about="Only inside the running session.")
WITHIN = Words(
    ("session",), Duration(LIMITS.chain_within_ms), about='From the first step to the last, closed; or "session".'
)
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
        "mode": Choice(("relaxed", "strict"), about="strict: no other event of the chain's alphabet between steps."),
        "alphabet": ListOf(
            EVENT, 1, 50, about="More events that a strict chain counts as in between, beside its steps and unless."
        ),
        "order": Choice(("given", "any"), about="any: all steps inside one window, in whatever order."),
        "actor": Choice(("same",), about="Account chains: all steps by one person."),
        "scope": SCOPE,
    },
    ["steps", "within"],
)
_REF = Text(LIMITS.name_chars, about="The name of a chain in chains.json.")
_USAGE: dict[str, Shape] = {
    "metric": EVENT_REF,
    "by": Fraction(0, 100, "0.4 is 40 %."),
    "recent": Duration(
        LIMITS.last_ms, calendar=True, only_calendar=True, about='"7cd": whole weeks, or under a week.'
    ),
    "baseline": Words(
        ("frozen",),
        OneOf(
            {
                int: Number(1, 52),
                dict: Object(
                    {
                        "windows": Number(1, 52),
                        "lag": Duration(LIMITS.last_ms, calendar=True, only_calendar=True),
                    },
                    ["windows"],
                ),
            },
            'a number of windows before, {"windows": 4, "lag": "56cd"}, or "frozen"',
        ),
        about="Windows of equal length before; in `clear`, frozen is the norm of the day on which the task opened.",
    ),
    "min_base": Number(0, 1_000_000_000, "A norm below this is too small to fall."),
    "guard": Fraction(0, 100, "How sure: 1.645 is one chance in twenty."),
    "min_days": Fraction(
        0, 364, "Days of work that the recent window must hold: without days off and what befell all on the plan."
    ),
    "relative_to": Choice(("peers",), about="Compare with the other accounts of the same plan."),
    "calendar": Text(LIMITS.name_chars, about="A calendar of project.json, or a trait such as account.country."),
    "scope": SCOPE,
}
NTH = Object(
    {
        "event": EVENT,
        "where": WHERE,
        "n": Number(1, 1_000_000),
        "every": Number(1, 1_000_000),
    },
    ["event"],
    one_of=["n", "every"],
    about="The n-th time, or every so many times.",
)
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
        one_of=["ref", "steps"],
        about="Went through a chain of features.",
    ),
    "progress": Object({"ref": _REF}, ["ref"], about="How many steps of the open attempt are done; 0 when none."),
    "abandoned": Object(
        {
            "ref": _REF,
            "after": Number(1, LIMITS.chain_steps, "Reached at least this step."),
            "within": Duration(
                LIMITS.chain_within_ms, about="A stall: step `after` reached, the next not within this."
            ),
            "grace": Duration(15 * MINUTE, about="How long to wait for late events after the deadline; 2m."),
            "last": LAST,
        },
        ["ref"],
        about="Began a chain and did not finish it in time.",
    ),
    "dropped": Object(_USAGE, ["metric", "by", "recent", "baseline"], about="Usage fell against its own norm."),
    "rose": Object(_USAGE, ["metric", "by", "recent", "baseline"], about="Usage rose against its own norm."),
    "share": Object(
        {
            "event": EVENT,
            "where": WHERE,
            "among": Choice(("seats", "active"), about="account.seats, or everybody active in the window."),
            "last": CALENDAR,
            "scope": Choice(("account",)),
        },
        ["event", "among", "last"],
        about="The share of an account's people who did it, 0 to 1.",
    ),
    "changed": Object(
        {"var": Text(LIMITS.name_chars, about="user.<trait> or account.<trait>."), "to": Anything(), "last": LAST},
        ["var"],
        about="A trait changed, to this value if one is given. The first value is no change.",
    ),
    "days_to": OneOf(
        {dict: Object({"var": Text(LIMITS.name_chars)}, ["var"])},
        'a variable such as {"var": "account.renewal_date"}',
        about="Local whole days from today to a date; negative when it is past.",
    ),
    "survey": Object(
        {"id": Text(LIMITS.name_chars), "answered": Flag(), "score": Flag(True, "The last score, a number.")},
        ["id"],
        one_of=["answered", "score"],
        about="This person's last answer to a survey.",
    ),
    "tip": Object(
        {
            "id": Text(LIMITS.name_chars),
            "category": Text(LIMITS.name_chars),
            "did": Choice(OUTCOMES),
            "min": Number(1, 100),
            "last": Duration(LIMITS.last_ms, about="A rolling window."),
            "ago": Duration(LIMITS.last_ms, about="At least so long ago."),
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
        "chain": OneOf({dict: Object({"ref": _REF, **CHAIN.fields}, one_of=["ref", "steps"])}, "a chain"),
        "abandoned": Object(
            {
                "ref": _REF,
                "after": Number(1, LIMITS.chain_steps),
                "within": Duration(LIMITS.chain_within_ms),
                "grace": Duration(15 * MINUTE),
            },
            ["ref"],
        ),
        "nth": NTH,
        "session": Choice(("start",)),
        "clock": Flag(True, "Looked at by time alone; alerts only."),
        "scope": SCOPE,
    },
    one_of=["event", "chain", "abandoned", "session", "clock", "nth"],
    about="The instant that brings the tip up. Without it the rule is a state that is looked at on each decision.",
)
