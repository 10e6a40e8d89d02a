"""Runs a case through the real ingestion, journal, store and decision, with a fake clock; and through the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.oracle.operators import World
from tests.unit.decide_world import tip
from waypost.facts.look import Look
from waypost.ingest.decode import decode_items
from waypost.model import Event, user_key
from waypost.rules.compile import compile_rules
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.live_rules import LiveRules
from waypost.service.runtime import Runtime
from waypost.service.subjects import Subjects
from waypost.service.sync import Feedback, SyncBody, SyncContext, answer, decode_incoming, read_feedback
from waypost.settings import Settings
from waypost.store.projects import ensure_project
from waypost.store.sqlite import Store
from waypost.trust.signing import Signer

__all__ = ["FILES", "Case", "Live", "answers", "by_oracle", "cases", "instant"]

FOLDER = Path(__file__).parent
FILES = (
    "tricky",
    "windows",
    "absence",
    "sessions",
    "chains",
    "kinds",
    "abandoned",
    "usage",
    "traits",
    "tips",
    "decisions",
)
LONG_AGO = "2020-01-01T00:00:00Z"
CALLS = {"$identify": "identify", "$group": "group", "$link": "alias", "page_viewed": "page"}
Case = Mapping[str, Any]


def cases() -> Iterator[tuple[str, Case]]:
    """(name, case) of the whole corpus."""
    for file in FILES:
        for line in (FOLDER / f"{file}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            yield f"{file}/{case['id']}", case


def instant(text: str) -> int:
    when = datetime.fromisoformat(text)
    return int(when.timestamp()) * 1_000 + when.microsecond // 1_000


def received_at(event: Mapping[str, Any]) -> int:
    return instant(event.get("recv") or event["t"])


# -- the product


def call_of(event: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(kind, body) of the call that a client would have sent."""
    kind = CALLS.get(event["name"], "track")
    context: dict[str, Any] = (
        {"channel": "server"} if event.get("active") is False else {"library": {"name": "waypost"}}
    )
    if "tz" in event:
        context["timezone"] = event["tz"]
    if "account" in event and kind != "group":
        context["groupId"] = event["account"]
    body: dict[str, Any] = {
        "messageId": event["id"], "context": context, "seq": event.get("seq", 0), "loadId": event.get("load"),
        "pageViewId": event.get("page"), "timestamp": event.get("t") or event.get("timestamp"), "sentAt": event.get("sent_at"),
        "ageMs": event.get("age_ms"), "groupId": event.get("account"), "event": event["name"],
    }  # fmt: skip
    body["traits" if kind in ("identify", "group") else "properties"] = event.get("props", {})
    if "user" in event or "anon" not in event:
        body["userId"] = event.get("user", "ivan")
    if "anon" in event:
        body["previousId" if kind == "alias" else "anonymousId"] = event["anon"]
    return kind, {name: value for name, value in body.items() if value is not None}


def decoded(event: Mapping[str, Any]) -> Event:
    kind, body = call_of(event)
    found = decode_items([json.dumps(body).encode()], received_at=received_at(event), kind=kind, trusted="t" in event)
    assert found.rejects == []
    return found.events[0]


@dataclass
class Live:
    """One case in a project of its own, so that all of them share one database."""

    store: Store
    name: str
    case: Case
    now: int = 0
    problems: list[str] = field(default_factory=list)
    offers: dict[str, str] = field(default_factory=dict)  # tip -> the latest offer's id

    def __post_init__(self) -> None:
        case = self.case
        rules = case.get("rules") or [tip("case", when=case["atom"])]
        plan, problems = compile_rules(
            {rule["id"]: rule for rule in rules}, case.get("chains", {}), case.get("segments", {}), {},
            {"key_actions": case.get("key_actions", []), "calendars": case.get("calendars", {})},
        )  # fmt: skip
        told = case.get("problems", [])  # advice that a case is not about is left to the tests of lint
        self.problems = [problem.code for problem in problems if problem.severity == "error" or problem.code in told]
        project = self.store.write_now(lambda tx: ensure_project(tx, self.name, self.name, 0))
        live = LiveRules(self.store, project.id, "")
        live.plan, live.loaded_at = plan, 1
        live.named_since = dict.fromkeys(plan.names, instant(case.get("published", LONG_AGO)))
        settings = Settings(timezone=case["tz"], debug_reasons=True)
        clock = Clock(lambda: self.now)
        self.runtime = Runtime(
            self.store, settings, clock, project.id, self.name, live, Signer("a secret of sixteen")
        )

    def feed(self, event: Mapping[str, Any]) -> None:
        self.now = received_at(event)
        self._record([decoded(event)])

    def _record(self, events: list[Event]) -> None:
        def job(tx: Any) -> None:
            unit = self.runtime.unit(tx)
            record(self.runtime, unit, events, self.now)
            unit.save()

        self.store.write_now(job)

    def ask(self, probe: Mapping[str, Any]) -> Any:
        self.now = instant(probe["at"])
        return self._tips(probe) if "rules" in self.case else self._value(probe)

    def _value(self, probe: Mapping[str, Any]) -> Any:
        """The value of the case's expression, or of its one operator."""
        subject = f"a:{probe['anon']}" if "anon" in probe else user_key(probe.get("user", "ivan"))

        def job(tx: Any) -> Any:
            unit: Subjects = self.runtime.unit(tx)
            account = unit.account_of(subject, self.now)
            facts = unit.facts(account) if account else None
            look = Look(unit.plan, unit.facts(subject), facts, self.now, unit.env(subject, account))
            program = unit.plan.rules["case"].when.program
            assert program is not None
            return program.value(look.data)

        return self.store.read_now(job)

    def _tips(self, probe: Mapping[str, Any]) -> dict[str, str]:
        """For each tip that is asked about, "offered" (with the title if that is asked for too) or the reason."""
        body = SyncBody(
            user_id=probe.get("user", "ivan"),
            page_view_id=probe.get("page", ""),
            context=SyncContext(path="/"),
            debug=True,
        )
        reply = self._sync(body)
        self.offers |= {offer["tip"]: offer["offer_id"] for offer in reply["offers"]}
        found = {reason["tip"]: reason["code"] for reason in reply["reasons"]}
        for offer in reply["offers"]:
            titled = probe["expect"].get(offer["tip"], "").startswith("offered: ")
            found[offer["tip"]] = f"offered: {offer['content']['title'][0]}" if titled else "offered"
        for name, what in probe.get("then", {}).items():
            body.feedback = [Feedback(offer_id=self.offers[name], what=what)]
            said = read_feedback(self.runtime, body, self.now)
            assert said.refused == []
            self._record(said.events)
        return {name: found[name] for name in probe["expect"]}

    def _sync(self, body: SyncBody) -> dict[str, Any]:
        incoming, said = decode_incoming(body, self.now), read_feedback(self.runtime, body, self.now)
        return self.store.write_now(lambda tx: answer(self.runtime, tx, body, incoming, said, self.now))


def answers(store: Store, name: str, case: Case) -> tuple[list[str], list[Any]]:
    """(problem codes, the answer to each probe) of the product."""
    live, left = Live(store, name, case), sorted(case["events"], key=received_at)
    if live.problems != case.get("problems", []):
        return live.problems, []
    found = []
    for probe in case["probes"]:
        while left and received_at(left[0]) <= instant(probe["at"]):
            live.feed(left.pop(0))
        found.append(live.ask(probe))
    return live.problems, found


# -- the oracle


def by_oracle(case: Case) -> list[Any]:
    """The answer of the oracle to each probe of an `atom` that needs no wire, no link and no account."""
    events = [
        {
            **event, "props": {k: v for k, v in event.get("props", {}).items() if v is not None}, "t": instant(event["t"]), "recv": received_at(event), "active": event.get("active", True)
            and not event["name"].startswith("$"), "tz": event.get("tz", case["tz"]),
        }
        for event in sorted(case["events"], key=received_at)
    ]  # fmt: skip
    found = []
    for probe in case["probes"]:
        now, first = instant(probe["at"]), dict[str, Any]()
        for event in events:
            if event["recv"] <= now:
                first.setdefault(event["id"], event)
        published, seen = instant(case.get("published", LONG_AGO)), sorted(first.values(), key=lambda e: int(e["t"]))
        world = World(
            now, list(first.values()), zone=seen[-1]["tz"] if seen else case["tz"], chains=case.get("chains", {}), segments=case.get("segments", {}),
            key_actions=_flat(case.get("key_actions", [])), known=_Known(published, first.values()),
        )  # fmt: skip
        found.append(world.value(case["atom"]))
    return found


def _flat(key_actions: list[Any]) -> list[str]:
    return [name for one in key_actions for name in (one["any"] if isinstance(one, dict) else [one])]


class _Known(dict[str, int]):
    """A name is known since the rules name it, or since its first receipt."""

    def __init__(self, published: int, events: Any) -> None:
        super().__init__()
        self.published = published
        for event in events:
            self[event["name"]] = min(self.get(event["name"], published), event["recv"])

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> int:
        return self.published
