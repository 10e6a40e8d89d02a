"""Run rule tests: tell the history, ask at each expected instant, and show the trace where it came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from waypost.engine.explain import words
from waypost.engine.rehearse import Rehearsal
from waypost.engine.trace import trace_lines, trace_rule
from waypost.facts.days import zone
from waypost.model import DAY, GROUP, IDENTIFY, PAGE, TIP, Context, Event, Json, account_key, user_key
from waypost.rules.durations import parse_ms
from waypost.rules.plan import CompiledRule, Plan
from waypost.rules.testfile import RuleTest, offset_ms

__all__ = ["Failure", "run_rule_test"]

KNOWN_FOR = 400 * DAY


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met: where it stands, what came instead, and the trace of the rule."""

    path: str
    message: str
    trace: list[str]


def run_rule_test(plan: Plan, test: RuleTest) -> list[Failure]:
    """Every expectation of one test that was not met. Never raises for a test that was loaded."""
    return _Run(plan, test).failures()


class _Run:
    def __init__(self, plan: Plan, test: RuleTest) -> None:
        self.plan, self.body = plan, test.body
        self.timezone = str(self.body.get("timezone", "UTC"))
        self.zone = zone(self.timezone)
        self.start = self._local(self.body["start"])
        known = dict.fromkeys(plan.names, self.start - KNOWN_FOR)
        known |= {name: self.at(since) for name, since in self.body.get("known", {}).items()}
        self.world = Rehearsal(plan, known, self.timezone)
        self.told = sorted(self._history(), key=lambda event: (event.received_at, event.index))

    def failures(self) -> list[Failure]:
        found, told = [], iter(self.told)
        waiting = next(told, None)
        expected = sorted(enumerate(self.body["expect"]), key=lambda item: self.at(item[1]["at"]))
        for number, one in expected:
            now = self.at(one["at"])
            while waiting is not None and waiting.received_at <= now:
                self.world.tell(waiting)
                waiting = next(told, None)
            message = self._judge(one, now)
            if message:
                found.append(Failure(f"expect[{number}]", message, self._trace(one, now)))
        return found

    # -- time and people

    def _local(self, text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=self.zone).timestamp() * 1000)

    def at(self, text: str) -> int:
        try:
            return self.start + offset_ms(text)
        except ValueError:
            return self._local(text)

    def _user(self, one: Mapping[str, Json]) -> str:
        return str(one.get("user") or self.body.get("user", {}).get("id") or "somebody")

    def _subject(self, one: Mapping[str, Json], rule: CompiledRule) -> str:
        if rule.scope == "account":
            return account_key(str(one.get("account") or self.body.get("account", {}).get("id") or "account"))
        return user_key(self._user(one))

    # -- the history

    def _history(self) -> Iterator[Event]:
        number = 0
        for event in self._acquaintance():
            number += 1
            yield event
        for one in self.body.get("events", ()):
            for i in range(one.get("times", 1)):
                t = self.at(one["at"]) + i * parse_ms(one.get("every", "1m"))
                number += 1
                yield self._event(one, t, number)

    def _acquaintance(self) -> Iterator[Event]:
        """The user and the account are known since `since`."""
        user, account = self.body.get("user"), self.body.get("account")
        if account:
            t = self.at(account.get("since", "0s"))
            traits = account.get("traits", {})
            yield self._made(t, 0, GROUP, user_id=self._user({}), account_id=account["id"], props=traits)
        if user:
            yield self._made(
                self.at(user.get("since", "0s")), 0, IDENTIFY, user_id=user["id"], props=user.get("traits", {})
            )

    def _event(self, one: Mapping[str, Json], t: int, number: int) -> Event:
        own = {"user_id": self._user(one), "account_id": one.get("account"), "page_view_id": f"page at {t}"}
        arrives = max(t, self.at(one["arrives"])) if "arrives" in one else t
        if "tip" in one:
            return self._made(t, number, TIP, **own, props=self._met(one))
        if "traits" in one:
            return self._made(t, number, IDENTIFY, **own, props=one["traits"])
        if "account_traits" in one:
            account = own.pop("account_id") or self.body.get("account", {}).get("id") or "account"
            return self._made(t, number, GROUP, **own, account_id=account, props=one["account_traits"])
        props = {**one.get("props", {}), **({"route": one["page"]} if "page" in one else {})}
        name, active = one.get("event", PAGE), not one.get("server", False)
        page = own.pop("page_view_id") if active else ""
        return self._made(t, number, name, **own, received_at=arrives, active=active, props=props, page_view_id=page)

    def _met(self, one: Mapping[str, Json]) -> dict[str, Json]:
        rule = self.plan.rules.get(one["tip"])
        what = one.get("did", "viewed")
        met: dict[str, Json] = {
            "tip": one["tip"],
            "what": "goal" if what == "completed" else what,
            "page_view": "before",
        }
        if rule is not None:
            met |= {"category": rule.category, "surface": rule.surface, "intrusive": rule.intrusive}
        return {**met, **({"score": one["score"]} if "score" in one else {})}

    def _made(self, t: int, number: int, name: str, **fields: Json) -> Event:
        return Event(
            **{"received_at": t, **fields}, message_id=f"e{number}", name=name, t=t, index=number, seq=number
        )

    # -- expectations

    def _judge(self, one: Mapping[str, Json], now: int) -> str:
        """What came instead, or "" when it came as expected."""
        rule = self.plan.rules.get(one.get("rule") or self.body["rule"])
        if rule is None:
            return f'there is no rule "{one.get("rule") or self.body["rule"]}" without mistakes'
        if "opens" in one:
            opens = self.world.holds(rule, self._subject(one, rule), now)
            return "" if opens is one["opens"] else f"the alert {'opens' if opens else 'does not open'} a task"
        return self._judge_tip(one, now, rule)

    def _judge_tip(self, one: Mapping[str, Json], now: int, rule: CompiledRule) -> str:
        context = Context(path=one.get("page", "/"), locale=one.get("locale", "en"), placements=one.get("placements"))
        person = user_key(self._user(one))
        decision = self.world.decision(person, now, context, self._page(person, now))
        shows = any(offer.tip == rule.id for offer in decision.offers)
        loser = next((loser for loser in decision.losers if loser.tip == rule.id), None)
        said = "" if loser is None else f"{loser.code}: {words(loser.code, loser.detail, 'en', now=now)}"
        if shows is not one["shows"]:
            return "it is offered" if shows else f"it is not offered ({said})"
        if not shows and "because" in one and loser is not None and loser.code != one["because"]:
            return f"it is held back by another reason ({said})"
        return ""

    def _page(self, person: str, now: int) -> str:
        """The page view that is open: that of the latest event of this person."""
        seen = [e.page_view_id for e in self.world.behind(person, "user", now) if e.t <= now and e.page_view_id]
        return seen[0] if seen else "page"

    def _trace(self, one: Mapping[str, Json], now: int) -> list[str]:
        rule = self.plan.rules.get(one.get("rule") or self.body["rule"])
        if rule is None:
            return []
        subject = self._subject(one, rule)
        traces = trace_rule(self.world.look(subject, now), rule, lambda scope: self.world.behind(subject, scope, now))
        return trace_lines(traces, self._instant)

    def _instant(self, ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, self.zone):%Y-%m-%d %H:%M:%S}"
