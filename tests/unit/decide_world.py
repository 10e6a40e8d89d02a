"""A small world to decide in: some rules, one person, a clock that tests set."""

from __future__ import annotations

from typing import Any

from waypost.delivery.case import DecideContext
from waypost.engine.decide import decide
from waypost.facts.fold import fold_event
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import DAY, HOUR, IDENTIFY, PAGE, TIP, Context, Decision, Event, Loser, Pause, Request
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.settings import LIMITS

__all__ = ["START", "World", "compiled", "paused", "tip"]

START = 1_800_000_000_000  # 15 January 2027, 08:00 UTC
NOTICE = {"en": {"title": "A title", "body": "A body"}}


def tip(tip_id: str, surface: str = "corner", **parts: Any) -> dict[str, Any]:
    """A rule document. `on`, `when`, `at`, `settle`, `ttl` go into the trigger, `anchor` into the placement."""
    trigger = {name: parts.pop(name) for name in ("on", "when", "at", "settle", "ttl") if name in parts}
    placement = {"surface": surface}
    if anchor := parts.pop("anchor", "" if surface in ("corner", "banner", "modal") else "export"):
        placement["anchor"] = anchor
    return {"id": tip_id, "text": NOTICE, "placement": placement, "trigger": trigger or {"when": True}, **parts}


def compiled(*documents: dict[str, Any], chains: Any = None) -> Plan:
    plan, problems = compile_rules({document["id"]: document for document in documents}, chains or {}, {}, {})
    assert [p.line() for p in problems if p.severity == "error"] == []
    return plan


def paused(subject: str, until: int | None = START + DAY, event: str | None = None, **parts: Any) -> Pause:
    """A pause that began an hour ago and lasts a day more."""
    begun = parts.pop("from_at", START - HOUR)
    ends = begun + LIMITS.pause_ms if until is None else until
    texts: dict[str, Any] = {"reason": "", "author": "", "allow": [], "id": 1, **parts}
    return Pause(
        subject=subject, from_at=begun, created_at=begun, until_at=until, until_event=event, ends_at=ends, **texts
    )


class World:
    """Rules, one person's facts, an account's if any, and `now`. Starts with a session that is a minute old."""

    def __init__(
        self, *documents: dict[str, Any], chains: Any = None, session: bool = True, plan: Plan | None = None
    ) -> None:
        self.plan = plan or compiled(*documents, chains=chains)
        self.user, self.account = Facts.empty(self.plan.fingerprint), None
        self.now, self._serial, self.known = START, 0, {}
        self.context: dict[str, Any] = {}
        if session:
            self.did(PAGE, at=START - 60_000)

    account: Facts | None
    subject = "u:ivan"
    known: dict[str, int]

    def did(self, name: str, at: int | None = None, page: str = "p1", active: bool = True, **props: Any) -> None:
        """One event of this person; `at` is now when not given, page "" is a server's."""
        self._fold(Event(**self._head(at), name=name, page_view_id=page, active=active and bool(page), props=props))

    def is_known_as(self, at: int | None = None, **traits: Any) -> None:
        self._fold(Event(**self._head(at), name=IDENTIFY, props=traits))

    def told(self, tip_id: str, what: str, at: int | None = None, page: str = "old", **props: Any) -> None:
        """Feedback on a tip, as the service makes it of an offer."""
        rule = self.plan.rules[tip_id]
        claim: dict[str, Any] = {"tip": tip_id, "what": what, "category": rule.category, "surface": rule.surface}
        claim |= {"kind": rule.kind, "intrusive": rule.intrusive, "page_view": page, "version": rule.version}
        self._fold(Event(**self._head(at), name=TIP, props={**claim, **props}))

    def ask(self, page: str = "p1", now: int | None = None, **request: Any) -> Decision:
        """The decision now. Path, locale and placements go into the request's context."""
        said = {name: request.pop(name) for name in ("path", "locale", "placements") if name in request}
        asked = Request(
            subject=self.subject,
            account="g:acme" if self.account else None,
            now=self.now if now is None else now,
            page_view_id=page,
            context=Context(**said),
            **request,
        )
        return decide(self.plan, self.user, self.account, asked, DecideContext(ReadEnv(self.known), **self.context))

    def loser(self, tip_id: str, **request: Any) -> Loser:
        return next(loser for loser in self.ask(**request).losers if loser.tip == tip_id)

    def reason(self, tip_id: str, **request: Any) -> str:
        """ "offered", or the code that holds the tip back."""
        decision = self.ask(**request)
        if any(offer.tip == tip_id for offer in decision.offers):
            return "offered"
        return next(loser.code for loser in decision.losers if loser.tip == tip_id)

    def _head(self, at: int | None) -> dict[str, Any]:
        self._serial += 1
        t = self.now if at is None else at
        return {"message_id": f"m{self._serial}", "t": t, "received_at": t, "user_id": "ivan", "seq": self._serial}

    def _fold(self, event: Event) -> None:
        fold_event(self.plan, "user", self.user, event)
