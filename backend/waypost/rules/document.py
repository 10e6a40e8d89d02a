"""What a rule file may hold: checked field by field, printed as the JSON Schema for editors."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from waypost.model import DAY, MINUTE
from waypost.rules.operators import CHAIN, EVENT, MOMENT
from waypost.rules.plan import WEIGHTS
from waypost.rules.shape import (
    Anything,
    Choice,
    Dictionary,
    Duration,
    Flag,
    Fraction,
    ListOf,
    Number,
    Object,
    OneOf,
    Shape,
    Text,
)
from waypost.rules.survey import questions_shape
from waypost.settings import LIMITS
from waypost.trust.mail_server import EMAIL
from waypost.trust.urls import safe_url

__all__ = [
    "CHAINS",
    "CHROME",
    "KEYS",
    "KINDS",
    "LOCAL_TIME",
    "PROJECT",
    "ROUTE_TEXT",
    "RULE",
    "SEGMENTS",
    "STATES",
    "TEXT",
]

KINDS = ("tip", "tour", "checklist", "announcement", "survey", "alert")
STATES = ("draft", "shadow", "live", "paused", "retired")
CHROME = ("tooltip", "corner", "banner", "modal", "inline", "hotspot")
KEYS = Text(LIMITS.id_chars, about="An id of a user or an account.")
ID = Text(80, r"^[a-z0-9][a-z0-9._-]*$", 'an id: small letters, digits, "-", "_" and "."')
LOCALE = Text(20, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", 'a language tag such as "en" or "pt-BR"')
EXPR = Anything("#/$defs/expression")


def _openable(text: str) -> str:
    return "" if safe_url(text) else f'"{text}" may not be opened; write https://…, mailto:…, or a path from "/"'


def _place(text: str) -> str:
    """An anchor is a CSS selector or a data-waypost name; only what can never match is refused."""
    if not text.strip():
        return "this selector is empty"
    pairs = (text.count("[") - text.count("]"), text.count("(") - text.count(")"))
    return "brackets do not match in this selector" if any(pairs) else ""


def _route(text: str) -> str:
    if not text.startswith(("/", "*")):
        return f'"{text}" is not a route; it starts with "/", ":x" is one segment, a last "*" is the rest'
    return "" if "*" not in text[:-1] else '"*" may only stand at the end of a route'


BODY = Text(
    LIMITS.rule_text_bytes,
    about="A small Markdown; {user.name|there} puts in a trait, or the words after |.",
    in_bytes=True,
)
WORDS = Object(
    {
        "title": Text(200, about="At most 60 characters read well."),
        "body": BODY,
        "cta": Text(60, about="The label of the main action."),
        "secondary": Text(60, about="The label of the quiet way out."),
        "why": Text(300, about='What "why am I seeing this" answers; made from the trigger when not written.'),
    },
    ["title"],
)
TEXT = Dictionary(LOCALE, WORDS, least=1, about="The words, by language.")
ROUTE_TEXT = Text(300, fits=_route)
ROUTE = OneOf({str: ROUTE_TEXT, list: ListOf(ROUTE_TEXT, 1, 50)}, "a route or a list of them")
URL_TEST = OneOf(
    {
        str: Text(2_048),
        dict: Dictionary(
            Text(
                20,
                r"^(is|contains|startsWith|endsWith|isNot|notContains|notStartsWith|notEndsWith)$",
                "one of is, contains, startsWith, endsWith, isNot, notContains, notStartsWith, notEndsWith",
            ),
            Text(2_048),
            least=1,
        ),
    },
    'a URL or {"contains": "…"}',
)
AT = Object(
    {
        "route": ROUTE,
        "route_not": ROUTE,
        "url": URL_TEST,
        "element": Text(500, fits=_place, about="This element is on the page and visible."),
        "dwell": Duration(DAY, about="So long on this route, in the foreground."),
        "idle": Duration(DAY, about="No input for so long."),
        "typing": Flag(False, "Not while typing."),
        "exit_intent": Flag(True),
        "viewport": Object({"min_width": Number(0, 10_000), "max_width": Number(0, 10_000)}),
        "no_modal": Flag(True, "Not while a dialog of the app is open."),
    },
    about="Where and when in the browser.",
)
SNOOZE = Duration(90 * DAY)
ACTION = Object(
    {
        "open": Text(2_048, fits=_openable, about="A path of the app, or a URL."),
        "track": Text(LIMITS.name_chars, about="An event to send."),
        "start": Text(80, about="Another tip to show."),
        "snooze": SNOOZE,
        "dismiss": Flag(True),
        "talk": Flag(True, "Asks for a person: a CSM task opens, with what they saw and did."),
    },
    one_of=["open", "track", "start", "snooze", "dismiss", "talk"],
    about="What the main action does.",
)
VARIANT = Object(
    {
        "name": Text(80, about="What it is called where the texts are compared."),
        "if": EXPR,
        "share": Fraction(
            0.001, 1, "The share of people who see this text, always the same; the rest see the text of the rule."
        ),
        "text": TEXT,
    },
    ["text"],
    one_of=["if", "share"],
    about="Other words: for whom `if` holds (the first that does), or for a share of all others.",
)
TRIGGER = Object(
    {
        "on": MOMENT,
        "when": Anything("#/$defs/expression", "What must be true now."),
        "at": AT,
        "settle": Duration(10 * MINUTE, about="Wait so long; cancelled when `at` stops holding."),
        "ttl": Text(20, fits=lambda t: _ttl(t), about='How long the moment lives: "page", "session" or a duration.'),
    },
    about="When the tip comes up: on a moment, when a state holds, at a place.",
)
REPEAT = Object(
    {
        "mode": Choice(("once", "per_moment", "per_key", "cooldown", "episode")),
        "cooldown": Duration(LIMITS.last_ms),
        "max": Number(1, 1_000),
        "key": EXPR,
    }
)


def _date(text: str) -> str:
    try:
        return "" if date.fromisoformat(text) and len(text) == 10 else f'"{text}" is not a date such as "2026-12-25"'
    except ValueError:
        return f'"{text}" is not a date such as "2026-12-25"'


DATE = Text(10, fits=_date)


def _local_time(text: str) -> str:
    try:
        return "" if datetime.fromisoformat(text).year >= 1970 else f'"{text}" is before 1970'
    except ValueError:
        return f'there is no "{text}"'


LOCAL_TIME = Text(16, r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$", 'a local time such as "2026-12-01T09:00"', fits=_local_time)
CAP = Object(
    {"count": Number(1, 1_000), "per": Duration(LIMITS.last_ms), "group": Choice(("tip", "category"))},
    ["count", "per"],
)
OF_DAY = Text(5, r"^([01][0-9]|2[0-3]):[0-5][0-9]$", 'a time of day such as "22:00"')
VIEWS = Number(0, LIMITS.views_kept)
OTHER_TIP = OneOf(
    {str: ID, dict: Object({"tip": ID, "did": Choice(("viewed", "completed"))}, ["tip", "did"])},
    'the id of a tip, or {"tip": "…", "did": "completed"}',
)
POLICY = Object(
    {
        "category": Text(80),
        "priority": Choice(("low", "normal", "high", "critical")),
        "caps": ListOf(CAP, 0, 10),
        "stop_after": Object({"dismissed": Number(1, 100)}, ["dismissed"]),
        "mandatory": Flag(None, "Passes mutes and pauses: for what people must know."),
        "opened": Flag(True, "The person opens it: nothing holds it back, and it counts for nothing."),
        "exclusive": Text(80, about="A group of tips of which a person sees one at a time, and one in 24 hours."),
        "requires": ListOf(OTHER_TIP, 0, 20, about="Only after these tips were seen (or completed)."),
        "blocked_by": ListOf(OTHER_TIP, 0, 20, about="Not after these tips were seen (or completed)."),
        "holdout": Fraction(0, 0.5, "The share of people who form the control group; 0 when not written."),
        "unit": Choice(
            ("user", "account"), about="What is drawn for the control group and for variants, and what is exclusive."
        ),
        "sample": Fraction(0, 1, "The share of people to whom the rule applies; 1 when not written."),
    }
)
ALERT = Object(
    {
        "owner": Text(200, about="Who is told: a name, or a trait such as account.csm."),
        "severity": Choice(("low", "medium", "high")),
        "sla": Duration(90 * DAY),
        "clear": EXPR,
        "escalate": Object(
            {
                "ignored": Number(1, 100, "The tip was seen and not answered so many times."),
                "unmet": Duration(LIMITS.last_ms, about="The tip was seen so long ago, and its goal is not reached."),
            },
            about="In a tip: when it was not enough, a CSM task opens; the goal closes it.",
        ),
    },
    about="Whom a task goes to and by when. In a tip it needs escalate, or the action talk.",
)
RULE = Object(
    {
        "$schema": Text(500),
        "id": ID,
        "name": Text(200),
        "note": Text(2_000, empty=True),
        "kind": Choice(KINDS, about="tip when not written."),
        "state": Choice(
            STATES, about="live when not written. shadow: decided and recorded as if live, never shown to anybody."
        ),
        "scope": Choice(("user", "account")),
        "text": TEXT,
        "questions": questions_shape(LOCALE),
        "action": ACTION,
        "variants": ListOf(VARIANT, 0, 20),
        "placement": Object(
            {
                "surface": Choice(CHROME),
                "anchor": Text(500, fits=_place, about="A CSS selector, or a data-waypost name."),
            },
            ["surface"],
        ),
        "audience": EXPR,
        "trigger": TRIGGER,
        "repeat": REPEAT,
        "goal": EXPR,
        "goal_window": Duration(90 * DAY, about="How long after the first view the goal counts; 7d."),
        "schedule": Object({"from": LOCAL_TIME, "to": LOCAL_TIME, "tz": Choice(("user", "account", "environment"))}),
        "policy": POLICY,
        "alert": ALERT,
    },
    ["id", "text", "trigger"],
    later=["steps", "items"],
)
CHAINS = Dictionary(ID, CHAIN)


def _own(text: str) -> str:
    return f'"{text}" is not an event of your app' if text.startswith("$") else ""


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        return f'"{text}" is not a zone such as "Europe/Berlin"'
    return ""


def _line(text: str) -> str:
    return "this is one line, without control characters" if not text.isprintable() else ""


ADDRESS = Text(254, f"^{EMAIL.pattern}$", "an e-mail address such as olga@example.com")
CSM = Object(
    {
        "name": Text(LIMITS.id_chars, fits=_line),
        "email": ADDRESS,
        "lang": Choice(("en", "ru"), about="The language of their mail; en when not written."),
        "tz": Text(64, fits=_zone, about="Their week begins by this zone; the environment's when not written."),
    }
)
OWN = Text(LIMITS.name_chars, fits=_own)
OWN_EVENT = OneOf({str: OWN, dict: Object({"any": ListOf(OWN, 1, 50)}, ["any"])}, 'an event name or {"any": [names]}')
SEGMENTS = Dictionary(ID, EXPR)
ROLE = Text(LIMITS.id_chars)
NAMED = OneOf({str: Text(100), dict: Dictionary(LOCALE, Text(100), least=1)}, "a name, or one by language")
WEIGHT = Fraction(0, 1)
CUSTOMERS: dict[str, Shape] = {
    "features": ListOf(
        Object(
            {
                "id": ID,
                "name": NAMED,
                "events": ListOf(OWN_EVENT, 1, 50, about="Each of these is a use."),
                "chain": Text(80, about="The chain of chains.json that is the way through it."),
                "entitlement": Text(
                    LIMITS.id_chars, about="Only accounts with this in account.entitlements have it."
                ),
                "core": Flag(None, "Counts for the depth of use; all do where none says so."),
            },
            ["id", "events"],
        ),
        0,
        LIMITS.features,
        about="What customers can use; each key action is one when not written.",
    ),
    "stages": ListOf(
        Object({"id": ID, "name": NAMED, "when": EXPR}, ["id", "when"]),
        0,
        LIMITS.stages,
        about="The stages of an account's life: the first that holds. Without them account.stage is taken as it comes.",
    ),
    "health": Object(
        {
            "weights": Object(dict.fromkeys(WEIGHTS, WEIGHT)),
            "red": Fraction(0, 100, "Below it an account is red; 40."),
            "yellow": Fraction(0, 100, "Below it an account is yellow; 70."),
        },
        about="How the health of an account is weighed.",
    ),
    "champion": OneOf(
        {str: ROLE, list: ListOf(ROLE, 1, 20)},
        "a role or a list of roles",
        about="The user.role of whom an account stands and falls with; admin when not written.",
    ),
    "limits": OneOf(
        {str: OWN, dict: Object({"any": ListOf(OWN, 1, 50)}, ["any"])},
        'an event name or {"any": [names]}',
        about="The event that says that an account ran into a limit of its plan; limit_reached when not written.",
    ),
}
PROJECT = Object(
    {
        **CUSTOMERS,
        "key_actions": ListOf(EVENT, 0, 100, about="The project's value events: what $key_action stands for."),
        "activation": Object(
            {
                "events": ListOf(OWN_EVENT, 1, 20, about="All of these, in any order, make a new person active."),
                "within": Duration(366 * DAY, about="From the first sight of a person; 14d."),
            },
            ["events"],
            about="What new people have to do to have got going; the first key action when not written.",
        ),
        "value": OWN_EVENT,
        "support": Object(
            {
                "event": OWN_EVENT,
                "topic": Text(LIMITS.name_chars, about="The property that holds the topic; topic when not written."),
            },
            ["event"],
            about="The event of a support request.",
        ),
        "calendars": Dictionary(
            Text(80), ListOf(DATE, 0, 2_000), about="Days off by calendar, for usage that is compared with its norm."
        ),
        "holdout": Object(
            {"share": Fraction(0, 0.5), "unit": Choice(("user", "account"))},
            ["share"],
            about="The share of people (or accounts) who see no tip at all, drawn anew each quarter: the control group of everything.",
        ),
        "frequency": Object(
            {
                "session": VIEWS,
                "day": VIEWS,
                "week": VIEWS,
                "gap": Duration(DAY),
                "category_day": VIEWS,
                "survey_gap": Duration(LIMITS.last_ms),
                "account": ListOf(
                    Object({"count": VIEWS, "per": Duration(LIMITS.last_ms)}, ["count", "per"]),
                    0,
                    10,
                    about="Views by everybody of an account.",
                ),
            },
            about="How many tips that interrupt one person may see: 1 a session, 2 in 24 h, 5 in 7 d, 10m apart when not written.",
        ),
        "attention": Object(
            {
                "user": Fraction(0, 1_000, "What tips may cost one person in 7 days; 6 when not written."),
                "account": Fraction(0, 1_000, "The same for each active person of an account; 2 when not written."),
            },
            about="The attention budget: a tooltip or card costs 1, a banner or survey 2, a dialog 3.",
        ),
        "retention": Object(
            {
                "decisions": Duration(
                    3_660 * DAY, about="How long the decision log looks back; for ever when not written."
                )
            }
        ),
        "csms": Dictionary(
            Text(LIMITS.id_chars, fits=_line),
            CSM,
            about="Who owns CSM tasks, by the id in account.csm and alert.owner.",
        ),
        "quiet_hours": Object(
            {"from": OF_DAY, "to": OF_DAY}, ["from", "to"], about="No tips, by the person's clock."
        ),
        "$schema": Text(500),
    }
)


def _ttl(text: str) -> str:
    if text in ("page", "session") or re.fullmatch(r"[0-9]{1,9}(ms|s|m|h|d)", text):
        return ""
    return f'"{text}" is not "page", "session" or a duration such as "2h"'
