"""Whatever is wrong in a folder of rules is said at once, with its place and what was probably meant; nothing wrong loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from waypost.errors import Problem
from waypost.rules.check import check_folder
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.rules.schema import rule_schema
from waypost.service.live_rules import LiveRules
from waypost.settings import LIMITS
from waypost.store.sqlite import Store

NOW = 1_800_000_000_000
LEAVE_OUT = object()
CHAINS = {"import": {"steps": [{"event": "import_started"}, {"event": "import_completed"}], "within": "30m"}}
SEGMENTS = {"paying": {"!=": [{"var": "account.plan"}, "free"]}}
RIGHT: dict[str, Any] = {
    "id": "export-schedule",
    "text": {"en": {"title": "Send this report by itself", "body": "Schedule it."}},
    "placement": {"surface": "tooltip", "anchor": "[data-waypost=export]"},
    "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}},
}
"""The least a rule needs (semantics, section 1.3)."""


def changed(path: str, value: Any) -> dict[str, Any]:
    """The right rule with one place changed, or left out. Objects on the way are made."""
    rule = deepcopy(RIGHT)
    *way, last = path.split(".")
    place = rule
    for name in way:
        place = place.setdefault(name, {})
    if value is LEAVE_OUT:
        del place[last]
    else:
        place[last] = value
    return rule


class Mistake:
    """`says`: the lines of `waypost check`, without the file. `schema`: whether an editor with the schema sees it too."""

    def __init__(self, at: str, value: Any, *says: str, schema: bool = True) -> None:
        self.rule, self.says, self.schema = changed(at, value), says, schema


OTHER = {"en": {"title": "Get it every Monday"}}


def share(value: Any) -> dict[str, Any]:
    return {"share": value, "text": OTHER}


WHEN, AND = "trigger.when", [{"var": "session.n"}]
DID = {"event": "x"}


def steps(*names: str, **more: Any) -> dict[str, Any]:
    return {"chain": {"steps": [{"event": name} for name in names], "within": "1h", **more}}


def nested(levels: int) -> Any:
    node: Any = {"did": DID}
    for _ in range(levels):
        node = {"!": [node]}
    return node


MISTAKES = [
    # the rule itself
    Mistake("tigger", {"when": True}, 'tigger: unknown field "tigger"; did you mean "trigger"?'),
    Mistake("id", LEAVE_OUT, '"id" is missing'),
    Mistake("id", "Export Schedule", 'id: "Export Schedule" is not an id: small letters, digits, "-", "_" and "."'),
    Mistake("id", "x" * 81, "id: longer than 80 characters (81)"),
    Mistake("id", "", "id: this text is empty"),
    Mistake("name", 7, "name: a text is needed here, not a number"),
    Mistake(
        "kind",
        "tipp",
        'kind: "tipp" is not one of "tip", "tour", "checklist", "announcement", "survey", "alert"; did you mean "tip"?',
    ),
    Mistake("scope", "account", "scope: a tip is shown to a person; account is for alerts", schema=False),
    Mistake("steps", [], 'steps: "steps" is not available in this version'),
    Mistake("variants", {}, "variants: a list is needed here, not an object"),
    Mistake("variants", [{"text": OTHER}], 'variants[0]: exactly one of "if", "share" is needed here'),
    Mistake(
        "variants",
        [{"if": True, "share": 0.5, "text": OTHER}],
        'variants[0]: exactly one of "if", "share" is needed here',
    ),
    Mistake("variants", [{"share": 0.5}], 'variants[0]: "text" is missing'),
    Mistake("variants", [share(0)], "variants[0].share: 0 is not between 0.001 and 1"),
    Mistake("variants", [share(1.001)], "variants[0].share: 1.001 is not between 0.001 and 1"),
    Mistake("variants", [share("half")], "variants[0].share: a number is needed here, not a text"),
    Mistake(
        "variants",
        [{"if": True, "text": OTHER, "shrae": 0.5}],
        'variants[0].shrae: unknown field "shrae"; did you mean "share"?',
    ),
    # text
    Mistake("text", LEAVE_OUT, '"text" is missing'),
    Mistake("text", "Send it", "text: an object is needed here, not a text"),
    Mistake("text", {}, "text: at least 1 entry is needed here"),
    Mistake("text.english", {"title": "x"}, 'text.english: "english" is not a language tag such as "en" or "pt-BR"'),
    Mistake("text.en", {"body": "x"}, 'text.en: "title" is missing'),
    Mistake("text.en.titel", "x", 'text.en.titel: unknown field "titel"; did you mean "title"?'),
    Mistake("text.en.title", "", "text.en.title: this text is empty", schema=False),
    Mistake("text.en.title", "x" * 201, "text.en.title: longer than 200 characters (201)"),
    Mistake("text.en.body", None, "text.en.body: a text is needed here, not null"),
    Mistake(
        "text.en.body",
        "Hello {usr.name}",
        'text.en.body: {usr.name} is not a trait; write {user.name} or {account.name|a fallback}; did you mean "user"?',
        schema=False,
    ),
    Mistake(
        "text.en.body",
        "See [this](javascript:alert(1))",
        'text.en.body: the link "javascript:alert(1)" may not be opened; write https://… or a path from "/"',
        schema=False,
    ),
    # placement
    Mistake("placement", LEAVE_OUT, '"placement" is missing', schema=False),
    Mistake("placement", {"surface": "tooltip"}, 'placement: a tooltip needs an "anchor"', schema=False),
    Mistake(
        "placement.surface",
        "tooltipp",
        'placement.surface: "tooltipp" is not one of "tooltip", "corner", "banner", "modal", "inline", "hotspot"; did you mean "tooltip"?',
    ),
    Mistake(
        "placement.anchor",
        "[data-waypost=export",
        "placement.anchor: brackets do not match in this selector",
        schema=False,
    ),
    Mistake("placement.anchor", "   ", "placement.anchor: this selector is empty", schema=False),
    # action
    Mistake(
        "action",
        {"opn": "/x"},
        'action.opn: unknown field "opn"; did you mean "open"?',
        'action: exactly one of "open", "track", "start", "snooze", "dismiss", "talk" is needed here',
    ),
    Mistake(
        "action",
        {"open": "/x", "track": "y"},
        'action: exactly one of "open", "track", "start", "snooze", "dismiss", "talk" is needed here',
    ),
    Mistake(
        "action",
        {"open": "javascript:alert(1)"},
        'action.open: "javascript:alert(1)" may not be opened; write https://…, mailto:…, or a path from "/"',
        schema=False,
    ),
    Mistake(
        "action",
        {"start": "export-schedul"},
        'action.start: there is no tip "export-schedul"; did you mean "export-schedule"?',
        schema=False,
    ),
    Mistake(
        "action", {"snooze": "soon"}, 'action.snooze: \'soon\' is not a duration; write "90s", "30m", "2h", "7d"'
    ),
    Mistake("action", {"dismiss": False}, "action.dismiss: only true means something here"),
    Mistake(
        "action",
        {"talk": True, "dismiss": True},
        'action: exactly one of "open", "track", "start", "snooze", "dismiss", "talk" is needed here',
    ),
    # trigger
    Mistake("trigger", LEAVE_OUT, '"trigger" is missing'),
    Mistake("trigger", [], "trigger: an object is needed here, not a list"),
    Mistake("trigger.on", {"event": ""}, "trigger.on.event: this text is empty", schema=False),
    Mistake(
        "trigger.on",
        {"evnt": "x"},
        'trigger.on.evnt: unknown field "evnt"; did you mean "event"?',
        'trigger.on: exactly one of "event", "chain", "abandoned", "session", "clock", "nth" is needed here',
    ),
    Mistake(
        "trigger.on",
        {"event": "x", "session": "start"},
        'trigger.on: exactly one of "event", "chain", "abandoned", "session", "clock", "nth" is needed here',
    ),
    Mistake("trigger.on", {"session": "end"}, 'trigger.on.session: "end" is not one of "start"'),
    Mistake("trigger.on", {"clock": True}, "trigger.on.clock: only alerts are looked at by time alone", schema=False),
    Mistake("trigger.on", {"chain": "import"}, "trigger.on.chain: a chain is needed here, not a text"),
    Mistake(
        "trigger.on",
        {"chain": {"ref": "imprt"}},
        'trigger.on.chain.ref: there is no chain "imprt" in chains.json; did you mean "import"?',
        schema=False,
    ),
    Mistake(
        "trigger.on",
        {"abandoned": {"ref": "import", "after": 0}},
        "trigger.on.abandoned.after: 0 is not between 1 and 8",
    ),
    Mistake("trigger.settle", 500, 'trigger.settle: 500 is not a duration; write "90s", "30m", "2h", "7d"'),
    Mistake(
        "trigger.ttl", "pge", 'trigger.ttl: "pge" is not "page", "session" or a duration such as "2h"', schema=False
    ),
    Mistake("trigger.at", {"routes": "/x"}, 'trigger.at.routes: unknown field "routes"; did you mean "route"?'),
    Mistake(
        "trigger.at.route",
        "reports",
        'trigger.at.route: "reports" is not a route; it starts with "/", ":x" is one segment, a last "*" is the rest',
        schema=False,
    ),
    Mistake("trigger.at.route", "/a/*/b", 'trigger.at.route: "*" may only stand at the end of a route', schema=False),
    Mistake("trigger.at.route", [], "trigger.at.route: 1 to 50 entries are needed here, not 0"),
    Mistake("trigger.at.route", 7, "trigger.at.route: a route or a list of them is needed here, not a number"),
    Mistake(
        "trigger.at.url",
        {"startWith": "/x"},
        'trigger.at.url.startWith: "startWith" is not one of is, contains, startsWith, endsWith, isNot, notContains, notStartsWith, notEndsWith',
    ),
    Mistake("trigger.at.url", {}, "trigger.at.url: at least 1 entry is needed here"),
    Mistake("trigger.settle", "11m", 'trigger.settle: "11m" is longer than 10m', schema=False),
    Mistake("trigger.at.dwell", "25h", 'trigger.at.dwell: "25h" is longer than 1d', schema=False),
    Mistake("trigger.at.exit_intent", False, "trigger.at.exit_intent: only true means something here"),
    Mistake("trigger.at.exit_intent", "yes", "trigger.at.exit_intent: true or false is needed here, not a text"),
    Mistake(
        "trigger.at.viewport.min_width",
        "wide",
        "trigger.at.viewport.min_width: a whole number is needed here, not a text",
    ),
    # conditions
    Mistake(
        WHEN,
        {"and": [*AND, {"chian": {"ref": "import"}}]},
        'trigger.when.and[1]: unknown operator "chian"; did you mean "chain"?',
    ),
    Mistake(
        WHEN, {"and": [], "or": []}, 'trigger.when: an operation has exactly one operator, here are 2: "and", "or"'
    ),
    Mistake(WHEN, {}, "trigger.when: {} is empty"),
    Mistake(WHEN, {"and": []}, 'trigger.when.and: "and" takes at least 1 values, here are 0', schema=False),
    Mistake(WHEN, {">": [3, 2, 1]}, 'trigger.when.>: ">" takes 2 values, here are 3', schema=False),
    Mistake(WHEN, {"log": "x"}, 'trigger.when: operator "log" is not allowed: it writes to the server\'s log'),
    Mistake(
        WHEN,
        {"method": ["x", "y"]},
        'trigger.when: operator "method" is not allowed: it can call any method of any object',
    ),
    Mistake(WHEN, nested(32), f"trigger.when{'.![0]' * 32}: nested deeper than 32 levels", schema=False),
    Mistake(WHEN, {"or": [True] * 512}, "trigger.when: more than 512 values in one expression", schema=False),
    Mistake(WHEN, {"in": [1, [0] * 1_001]}, "trigger.when.in[1]: a list longer than 1000", schema=False),
    Mistake(
        WHEN,
        {"==": [{"var": "usr.role"}, "admin"]},
        'trigger.when.==[0].var: there is no variable "usr.role"; did you mean "user"?',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"==": [{"var": "event.plan"}, "x"]},
        'trigger.when.==[0].var: there is no variable "event.plan"; event.* can only be read in a where',
        schema=False,
    ),
    Mistake(
        WHEN,
        {">": [{"var": "session.number"}, 1]},
        'trigger.when.>[0].var: there is no variable "session.number"; there are session.n, session.age_s, session.is_first, session.prev_gap_s',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"seg": "payin"},
        'trigger.when.seg: there is no segment "payin" in segments.json; did you mean "paying"?',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"did": {"evnt": "x"}},
        'trigger.when.did.evnt: unknown field "evnt"; did you mean "event"?',
        'trigger.when.did: "event" is missing',
    ),
    Mistake(WHEN, {"did": "x"}, "trigger.when.did: an object is needed here, not a text"),
    Mistake(WHEN, {"did": {**DID, "min": 1_001}}, "trigger.when.did.min: 1001 is not between 0 and 1000"),
    Mistake(WHEN, {"did": {**DID, "min": "3"}}, "trigger.when.did.min: a whole number is needed here, not a text"),
    Mistake(
        WHEN, {"did": {**DID, "min": True}}, "trigger.when.did.min: a whole number is needed here, not true or false"
    ),
    Mistake(WHEN, {"did": {**DID, "min": 2, "max": 1}}, "trigger.when.did: min 2 is more than max 1", schema=False),
    Mistake(
        WHEN,
        {"did": {**DID, "last": "a week"}},
        'trigger.when.did.last: \'a week\' is not a duration; write "90s", "30m", "2h", "7d" or "7cd" (calendar days)',
    ),
    Mistake(
        WHEN, {"did": {**DID, "last": "401d"}}, 'trigger.when.did.last: "401d" is longer than 400d', schema=False
    ),
    Mistake(
        WHEN,
        {"did": {**DID, "last": "7d", "in": "session"}},
        'trigger.when.did: "in" and "last" exclude each other',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"did": {**DID, "in": "session", "scope": "account"}},
        "trigger.when.did: an account has no session; use last",
        schema=False,
    ),
    Mistake(WHEN, {"did": {**DID, "in": "visit"}}, 'trigger.when.did.in: "visit" is not one of "session"'),
    Mistake(
        WHEN, {"did": {**DID, "scope": "team"}}, 'trigger.when.did.scope: "team" is not one of "user", "account"'
    ),
    Mistake(
        WHEN,
        {"did": {"event": "$activ"}},
        'trigger.when.did.event: there is no event "$activ"; did you mean "$active"?',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"did": {"event": "$key_action"}},
        'trigger.when.did.event: "$key_action" needs {"key_actions": ["…"]} in project.json',
        schema=False,
    ),
    Mistake(
        WHEN, {"did": {"event": {"any": []}}}, "trigger.when.did.event.any: 1 to 50 entries are needed here, not 0"
    ),
    Mistake(
        WHEN,
        {"did": {"event": 7}},
        'trigger.when.did.event: an event name or {"any": [names]} is needed here, not a number',
    ),
    Mistake(
        WHEN,
        {"did": {**DID, "where": {"==": [{"var": "format"}, "csv"]}}},
        'trigger.when.did.where.==[0].var: there is no variable "format"; write event.<name>',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"did": {**DID, "where": {"=": [{"var": "event.format"}, "csv"]}}},
        'trigger.when.did.where: unknown operator "="; did you mean ">="?',
    ),
    Mistake(
        WHEN, {"did": {**DID, "where": {"did": DID}}}, 'trigger.when.did.where: unknown operator "did"', schema=False
    ),
    Mistake(
        WHEN,
        {">=": [{"count": DID}, 1_001]},
        "trigger.when.>=[0].count: counts stop at 1000; compare with less",
        schema=False,
    ),
    Mistake(
        WHEN,
        {">": [{"days": {**DID, "last": "14d"}}, 3]},
        'trigger.when.>[0].days.last: "14d" does not fit here; write "14cd"',
    ),
    Mistake(WHEN, {">": [{"weeks": DID}, 3]}, 'trigger.when.>[0].weeks: "last" is missing'),
    Mistake(WHEN, {"never": DID}, 'trigger.when.never: "tenure" is missing'),
    Mistake(
        WHEN,
        {"never": {**DID, "tenure": "7cd"}},
        'trigger.when.never.tenure: "7cd" does not fit here; write "90s", "30m", "2h", "7d"',
    ),
    Mistake(
        WHEN,
        {"inactive": {"fr": "14d"}},
        'trigger.when.inactive.fr: unknown field "fr"; did you mean "for"?',
        'trigger.when.inactive: "for" is missing',
    ),
    Mistake(
        WHEN,
        {"returned": {"after": "2 weeks"}},
        'trigger.when.returned.after: \'2 weeks\' is not a duration; write "90s", "30m", "2h", "7d"',
    ),
    Mistake(WHEN, steps("a", "b", within="91d"), 'trigger.when.chain.within: "91d" is longer than 90d', schema=False),
    Mistake(WHEN, steps(*"abcdefghi"), "trigger.when.chain.steps: 1 to 8 entries are needed here, not 9"),
    Mistake(
        WHEN,
        steps("a", "b", unless=[{"event": "b"}]),
        "trigger.when.chain.unless[0]: the same event is a step and breaks the chain",
        schema=False,
    ),
    Mistake(WHEN, steps("a", "b", ref="import"), 'trigger.when.chain: exactly one of "ref", "steps" is needed here'),
    Mistake(
        WHEN,
        steps("a", "b", restart="last"),
        'trigger.when.chain.restart: "last" is not one of "latest", "first"; did you mean "latest"?',
    ),
    Mistake(WHEN, steps("a", "b", same="doc_id"), "trigger.when.chain.same: a list is needed here, not a text"),
    Mistake(
        WHEN,
        {"chain": {"steps": [{"step": DID, "times": 9}], "within": "1h"}},
        "trigger.when.chain.steps[0].times: 9 is not between 1 and 8",
    ),
    Mistake(
        WHEN,
        {"chain": {"steps": [{"step": DID, "times": 8}, DID], "within": "1h"}},
        "trigger.when.chain.steps: 9 steps, with repetitions; 8 at most",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"progress": {"ref": "imports"}},
        'trigger.when.progress.ref: there is no chain "imports" in chains.json; did you mean "import"?',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"tip": {"id": "export-schedule", "category": "x"}},
        'trigger.when.tip: exactly one of "id", "category" is needed here',
    ),
    Mistake(
        WHEN,
        {"tip": {"id": "export-schedul"}},
        'trigger.when.tip: there is no tip "export-schedul"; did you mean "export-schedule"?',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"tip": {"id": "export-schedule", "did": "seen"}},
        'trigger.when.tip.did: "seen" is not one of "viewed", "clicked", "dismissed", "completed", "ignored"',
    ),
    Mistake(
        WHEN,
        {"changed": {"var": "user.plan.name"}},
        "trigger.when.changed.var: changes of a whole trait are known, not of a part of it",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "10cd", "baseline": 4}},
        "trigger.when.dropped.recent: whole weeks, or fewer than 7 days, can be compared",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "7cd", "baseline": "frosen"}},
        'trigger.when.dropped.baseline: "frosen" means nothing here; did you mean "frozen"?',
    ),
    Mistake(
        WHEN,
        {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "7cd", "baseline": 4, "relative_to": "peers"}},
        'trigger.when.dropped.relative_to: only accounts have peers; add "scope": "account"',
        schema=False,
    ),
    Mistake(
        WHEN,
        {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "7cd", "baseline": 4, "min_days": 5.5}},
        "trigger.when.dropped.min_days: a window of 7 days may hold 5 days of work, Monday to Friday",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "4cd", "baseline": 4, "min_days": 3}},
        "trigger.when.dropped.min_days: a window of 4 days may hold 2 days of work, Monday to Friday",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"chain": {"steps": [{"event": "a"}, {"event": "a"}], "within": "1h", "order": "any"}},
        "trigger.when.chain.steps: in any order each step needs an event of its own",
        schema=False,
    ),
    Mistake(
        WHEN,
        {"survey": {"id": "right"}},
        'trigger.when.survey: exactly one of "answered", "score" is needed here',
    ),
    # the rest
    Mistake("audience", {"==": [{"var": "user.role"}]}, 'audience.==: "==" takes 2 values, here are 1', schema=False),
    Mistake("goal", {"di": DID}, 'goal: unknown operator "di"; did you mean "did"?'),
    Mistake("goal_window", "91d", 'goal_window: "91d" is longer than 90d', schema=False),
    Mistake(
        "repeat.mode",
        "per_moment",
        'repeat.mode: "per_moment" needs trigger.on, or one chain in trigger.when',
        schema=False,
    ),
    Mistake("repeat.mode", "per_key", 'repeat: "per_key" and "key" need each other', schema=False),
    Mistake("repeat.mode", "episode", 'repeat.mode: "episode" is for alerts', schema=False),
    Mistake(
        "repeat.mode",
        "always",
        'repeat.mode: "always" is not one of "once", "per_moment", "per_key", "cooldown", "episode"',
    ),
    Mistake("repeat.max", 0, "repeat.max: 0 is not between 1 and 1000"),
    Mistake(
        "schedule.from", "1 December", 'schedule.from: "1 December" is not a local time such as "2026-12-01T09:00"'
    ),
    Mistake(
        "schedule",
        {"from": "2026-12-02T09:00", "to": "2026-12-01T09:00"},
        "schedule.to: this is not after schedule.from",
        schema=False,
    ),
    Mistake(
        "policy.priority",
        "hgh",
        'policy.priority: "hgh" is not one of "low", "normal", "high", "critical"; did you mean "high"?',
    ),
    Mistake("policy.caps", [{"count": 1}], 'policy.caps[0]: "per" is missing'),
    Mistake("policy.holdout", 0.6, "policy.holdout: 0.6 is not between 0 and 0.5"),
    Mistake("policy.stop_after", {"dismissed": 0}, "policy.stop_after.dismissed: 0 is not between 1 and 100"),
    Mistake(
        "alert",
        {"severity": "high"},
        'alert: only a rule of "kind": "alert" has this; a tip opens a task by "escalate", or by {"talk": true} as action',
        schema=False,
    ),
    Mistake(
        "alert",
        {"escalate": {}},
        'alert.escalate: when? write {"ignored": 2} or {"unmet": "7d"}, or both',
        schema=False,
    ),
    Mistake(
        "alert",
        {"escalate": {"unmet": "7d"}},
        'alert.escalate.unmet: a tip without a goal has none to miss; add "goal"',
        schema=False,
    ),
    Mistake(
        "alert",
        {"escalate": {"ignored": 4}},
        "alert.escalate.ignored: it is shown 3 times at most; raise repeat.max, or lower this",
        schema=False,
    ),
    Mistake(
        "alert",
        {"escalate": {"ignored": 2}, "clear": True},
        "alert.clear: the goal of the tip closes the task; take this out",
        schema=False,
    ),
    Mistake("alert", {"escalate": {"ignored": 0}}, "alert.escalate.ignored: 0 is not between 1 and 100"),
    Mistake(
        "alert",
        {"escalate": {"unmet": "soon"}},
        'alert.escalate.unmet: \'soon\' is not a duration; write "90s", "30m", "2h", "7d"',
    ),
    Mistake(
        "alert",
        {"escalate": {"ignore": 2}},
        'alert.escalate.ignore: unknown field "ignore"; did you mean "ignored"?',
    ),
    Mistake(
        "trigger.when",
        {"tip": {"id": "export-schedule", "last": "7d", "ago": "7d"}},
        "trigger.when.tip.ago: nothing is in the last 7d and so long ago",
        schema=False,
    ),
    Mistake("kind", "alert", "placement: an alert opens a CSM task; it has no place on a page", schema=False),
]


def compiled(rule: Mapping[str, Any]) -> tuple[Plan, list[Problem]]:
    return compile_rules({"tips/x.json": rule}, CHAINS, SEGMENTS, {})


def wrote(folder: Path, **files: Any) -> Path:
    """A folder of rules: tips by file name, and chains, segments and project, as JSON or as the bytes given."""
    (folder / "tips").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / (f"{name}.json" if name in ("chains", "segments", "project") else f"tips/{name}.json")
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def lines(folder: Path) -> list[str]:
    return [problem.line() for problem in check_folder(folder)[1]]


def test_the_rule_without_a_mistake_is_right() -> None:
    plan, problems = compiled(RIGHT)
    assert (list(plan.rules), problems) == (["export-schedule"], [])


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.says[0])
def test_a_mistake_is_told_with_its_place_and_what_was_probably_meant(mistake: Mistake) -> None:
    _, problems = compiled(mistake.rule)
    assert [problem.line() for problem in problems] == [f"tips/x.json: {line}" for line in mistake.says]
    assert {problem.severity for problem in problems} == {"error"}


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.schema], ids=lambda mistake: mistake.says[0])
def test_an_editor_with_the_schema_sees_the_mistake_too(mistake: Mistake) -> None:
    assert not jsonschema.Draft202012Validator(rule_schema()).is_valid(mistake.rule)


def test_all_mistakes_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    of_parts = [one for one in MISTAKES if "id" in one.rule and not one.says[0].startswith("id:")]
    wrong = {f"m{i:03}": {**one.rule, "id": f"m{i:03}"} for i, one in enumerate(of_parts)}
    folder = wrote(tmp_path, right=RIGHT, chains=CHAINS, segments=SEGMENTS, **wrong)
    assert sorted(lines(folder)) == sorted(
        f"tips/{name}.json: {line}" for name, one in zip(wrong, of_parts, strict=True) for line in one.says
    )


def test_no_mistake_can_be_loaded(tmp_path: Path) -> None:
    folder = wrote(tmp_path / "rules", right=changed("id", "right"), chains=CHAINS, segments=SEGMENTS)
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")
    live = LiveRules(store, 1, str(folder))
    assert live.load(NOW)
    for mistake in MISTAKES:
        wrote(folder, x=mistake.rule)
        assert not live.load(NOW), mistake.says
        assert list(live.plan.rules) == ["right"]
    store.close()


AT_LIMITS = [
    ("id", "x" * 80),
    ("text.en.title", "x" * 200),
    ("text.en.body", "x" * LIMITS.rule_text_bytes),
    ("trigger.settle", "10m"),
    ("trigger.at.dwell", "24h"),
    (WHEN, nested(LIMITS.rule_depth - 1)),
    (WHEN, {"or": [True] * (LIMITS.rule_nodes - 1)}),
    (WHEN, {"did": {**DID, "min": LIMITS.count_max}}),
    (WHEN, {"did": {**DID, "last": "400d"}}),
    (WHEN, {">": [{"days": {**DID, "last": "400cd"}}, 1]}),
    (WHEN, {">=": [{"count": DID}, LIMITS.count_max - 1]}),
    (WHEN, steps("a", "b", within="90d")),
    (WHEN, steps(*"abcdefgh")),
    (WHEN, {"chain": {"steps": [{"step": DID, "times": LIMITS.chain_steps}], "within": "1h"}}),
    (WHEN, {"or": [{"did": {"event": f"e{i}"}} for i in range(LIMITS.atoms_per_rule)]}),
    ("goal_window", "90d"),
    ("repeat.max", 1_000),
]


@pytest.mark.parametrize(("at", "value"), AT_LIMITS, ids=lambda value: str(value)[:40])
def test_at_its_limit_a_rule_is_right(at: str, value: Any) -> None:
    plan, problems = compiled(changed(at, value))
    assert [problem.line() for problem in problems if problem.severity == "error"] == []
    assert list(plan.rules) == ["x" * 80 if at == "id" else "export-schedule"]


def test_one_condition_on_behaviour_more_than_a_rule_may_have_is_told() -> None:
    many = {"or": [{"did": {"event": f"e{i}"}} for i in range(LIMITS.atoms_per_rule + 1)]}
    plan, (problem,) = compiled(changed(WHEN, many))
    assert problem.line() == "tips/x.json: trigger: 17 different conditions on behaviour; 16 at most"
    assert plan.rules == {}


SHARED = [
    ({"chains": {"import": {"steps": [{"event": "a"}]}}}, 'chains.json: import: "within" is missing'),
    ({"chains": {"Import": CHAINS["import"]}}, 'chains.json: Import: "Import" is not an id: small letters, digits, "-", "_" and "."'),
    ({"chains": {"c": {**CHAINS["import"], "gap": "soon"}}}, "chains.json: c.gap: 'soon' is not a duration; write \"90s\", \"30m\", \"2h\", \"7d\""),
    ({"chains": {"c": {"steps": [{"event": "$x"}], "within": "1h"}}}, 'chains.json: c.steps[0].event: there is no event "$x"'),
    ({"segments": {"s": {"adn": []}}}, 'segments.json: s: unknown operator "adn"; did you mean "and"?'),
    ({"segments": {"s": {"seg": "s"}}}, 'segments.json: s.seg.seg: segment "s" is nested deeper than 3, or in itself'),
    ({"project": {"key_action": ["a"]}}, 'project.json: key_action: unknown field "key_action"; did you mean "key_actions"?'),
    ({"project": {"activation": {"within": "14d"}}}, 'project.json: activation: "events" is missing'),
    ({"project": {"activation": {"events": ["a"], "within": "soon"}}}, "project.json: activation.within: 'soon' is not a duration; write \"90s\", \"30m\", \"2h\", \"7d\""),
    ({"project": {"value": "$active"}}, 'project.json: value: "$active" is not an event of your app'),
    ({"project": {"support": {"event": "ticket_opened", "topics": "area"}}}, 'project.json: support.topics: unknown field "topics"; did you mean "topic"?'),
    ({"project": {"csms": {"olga": {"mail": "olga@example.com"}}}}, 'project.json: csms.olga.mail: unknown field "mail"; did you mean "email"?'),
    ({"project": {"csms": {"olga": {"email": "Olga <olga@example.com>"}}}}, 'project.json: csms.olga.email: "Olga <olga@example.com>" is not an e-mail address such as olga@example.com'),
    ({"project": {"csms": {"olga": {"email": "olga@example.com\n"}}}}, 'project.json: csms.olga.email: "olga@example.com\n" is not an e-mail address such as olga@example.com'),
    ({"project": {"csms": {"olga": {"name": "Olga\r\nBcc: x"}}}}, "project.json: csms.olga.name: this is one line, without control characters"),
    ({"project": {"csms": {"olga": {"lang": "de"}}}}, 'project.json: csms.olga.lang: "de" is not one of "en", "ru"'),
    ({"project": {"csms": {"olga": {"tz": "Moscow"}}}}, 'project.json: csms.olga.tz: "Moscow" is not a zone such as "Europe/Berlin"'),
    ({"project": {"csms": {"olga": {"tz": "../Berlin"}}}}, 'project.json: csms.olga.tz: "../Berlin" is not a zone such as "Europe/Berlin"'),
    ({"project": {"key_actions": [7]}}, 'project.json: key_actions[0]: an event name or {"any": [names]} is needed here, not a number'),
]  # fmt: skip


def test_shares_of_texts_add_up_to_one_at_most_and_a_task_has_one_text() -> None:
    measured = {**RIGHT, "goal": {"did": DID}}
    for shares, wrong in (([0.7, 0.2, 0.1], []), ([0.999, 0.001], []), ([0.6, 0.401], ["1.001"])):
        _, problems = compiled({**measured, "variants": [share(one) for one in shares]})
        assert [p.line() for p in problems] == [
            f"tips/x.json: variants: the shares add up to {total}; 1 at most" for total in wrong
        ]
    alert = {name: part for name, part in measured.items() if name != "placement"}
    _, problems = compiled({**alert, "kind": "alert", "variants": [share(0.5)]})
    assert [p.line() for p in problems if p.severity == "error"] == [
        "tips/x.json: variants: a CSM task has one text; shares are for what people see"
    ]


@pytest.mark.parametrize(("files", "line"), SHARED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistake_in_what_rules_share_is_told_although_no_rule_uses_it(
    tmp_path: Path, files: dict[str, Any], line: str
) -> None:
    assert lines(wrote(tmp_path, **files)) == [line]


UNREADABLE = [
    (b"", "tips/x.json: not JSON: Input data was truncated"),
    (b'{\n  "id": "x",\n  "text": }', "tips/x.json: not JSON: JSON is malformed: invalid character (byte 25) (line 3, column 11)"),
    (b"[]", "tips/x.json: a JSON object is needed"),
    (b"\xff{}", "tips/x.json: not JSON: JSON is malformed: invalid character (byte 0) (line 1, column 1)"),
    (b"[" * 60_000, "tips/x.json: not JSON: maximum recursion depth exceeded while deserializing an object"),
    (b" " * LIMITS.rule_bytes + b"{", "tips/x.json: larger than 64 KiB"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "line"), UNREADABLE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_read_is_told_with_its_line_and_column(tmp_path: Path, raw: bytes, line: str) -> None:
    assert lines(wrote(tmp_path, x=raw)) == [line]


def test_a_file_as_large_as_a_rule_may_be_is_read(tmp_path: Path) -> None:
    raw = json.dumps(RIGHT).encode()
    assert lines(wrote(tmp_path, x=raw + b" " * (LIMITS.rule_bytes - len(raw)))) == []


def test_two_rules_with_one_id_are_told_with_both_files(tmp_path: Path) -> None:
    assert lines(wrote(tmp_path, a=RIGHT, b=RIGHT)) == [
        'tips/b.json: id: "export-schedule" is the id of tips/a.json too'
    ]


def test_advice_is_not_a_mistake(tmp_path: Path) -> None:
    careless = changed("audience", {"!": [{">": [{"var": "user.seats"}, 5]}]})
    careless["text"]["en"]["title"] = "x" * 61
    plan, problems = check_folder(wrote(tmp_path, x=careless))
    assert [problem.line() for problem in problems] == [
        'tips/x.json: audience.![0]: true as well when the trait is missing; add a "missing" guard if you do not mean that',
        "tips/x.json: text.en.title: 61 characters; 60 read well",
    ]
    assert {problem.severity for problem in problems} == {"warning"}
    assert list(plan.rules) == ["export-schedule"]
