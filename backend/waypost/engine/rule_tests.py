"""Run rule tests: tell the history, ask at each expected instant, and show the trace where it came out otherwise."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from waypost.engine.explain import SENTENCES, words
from waypost.engine.rehearse import Rehearsal
from waypost.engine.trace import trace_lines, trace_rule
from waypost.logic.guard import meant
from waypost.model import (
    DAY,
    GROUP,
    IDENTIFY,
    PAGE,
    TIP,
    Context,
    Decision,
    Event,
    Json,
    Loser,
    account_key,
    user_key,
)
from waypost.rules.durations import parse_ms
from waypost.rules.plan import CompiledRule, Plan
from waypost.rules.testfile import RuleTest, instant_ms, local_ms
from waypost.settings import Policy

__all__ = ["Failure", "run_rule_test"]

KNOWN_FOR = 400 * DAY
HELD = {
    "key": "the alert is true, but this key has had its task, or has no value",
    "cooldown": "the alert is true, but its cool-down since the last task was opened is not over",
    "still_true": "the alert has been true ever since the last task was opened",
    "clear": "the alert is true, but what closes it is true as well",
    "moment": "the alert is true, but its moment has not come, or has had its task",
}
CLOSING = ("clicked", "dismissed", "snoozed", "muted")  # end what is on the screen


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met: where it stands, what came instead, and the trace of the rule."""

    path: str
    message: str
    trace: list[str]


def run_rule_test(plan: Plan, test: RuleTest) -> list[Failure]:
    """Every expectation of one test that was not met. Never raises for a test that was loaded."""
    return _Run(plan, test).failures()


@dataclass
class _Pages:
    """The page views of one person: each event of the browser with the page view and the page that it was on."""

    times: list[int] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)

    def saw(self, t: int, route: str | None) -> str:
        """An event in the browser, in order of time; `route` when it opens a page. The page view it belongs to."""
        view, path = self.at(t)
        if route is not None or not view:
            view, path = f"page view {len(self.times) + 1}", path if route is None else route
        self.times.append(t)
        self.places.append((view, path))
        return view

    def at(self, t: int) -> tuple[str, str]:
        """(page view, page) that is open; ("", "/") when there is none, or nothing happened there for half an hour."""
        place = bisect_right(self.times, t)
        if not place or t - self.times[place - 1] >= Policy.session_gap_ms:
            return "", "/"
        return self.places[place - 1]


class _Run:
    def __init__(self, plan: Plan, test: RuleTest) -> None:
        self.plan, self.body = plan, test.body
        self.timezone = str(self.body.get("timezone", "UTC"))
        self.zone = ZoneInfo(self.timezone)
        self.start = local_ms(self.body["start"], self.zone)
        known = dict.fromkeys(plan.names, self.start - KNOWN_FOR)
        known |= {name: self.at(since) for name, since in self.body.get("known", {}).items()}
        self.world = Rehearsal(plan, known, self.timezone)
        self.pages: dict[str, _Pages] = {}
        self.offers: dict[tuple[str, str], tuple[int, bool]] = {}  # (person, tip): its latest offer, still on screen
        history = list(self._history())
        self.told = sorted(history, key=lambda event: (event.received_at, event.seq))

    def failures(self) -> list[Failure]:
        found, told = [], iter(self.told)
        waiting = next(told, None)
        for one in self.body["expect"]:
            rule = self._rule(one)
            if "opens" in one and rule is not None:
                self.world.watch(rule, self._subject(one, rule))
        for number, one in sorted(enumerate(self.body["expect"]), key=lambda item: self.at(item[1]["at"])):
            now = self.at(one["at"])
            while waiting is not None and waiting.received_at <= now:
                self._tell(waiting)
                waiting = next(told, None)
            self.world.pass_time(now)
            message = self._judge(one, now)
            if message:
                since = f" ({one['at']})" if now != self.start and "T" not in one["at"] else ""
                said = f"{self._instant(now)}{since}: {message}"
                found.append(Failure(f"expect[{number}]", said, self._trace(one, now)))
        return found

    # -- time and people

    def at(self, text: str) -> int:
        return instant_ms(text, self.start, self.zone)

    def _instant(self, ms: int) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, self.zone):%a %Y-%m-%d %H:%M:%S}"

    def _user(self, one: Mapping[str, Json]) -> str:
        return str(one.get("user") or self.body.get("user", {}).get("id") or "somebody")

    def _account(self, one: Mapping[str, Json]) -> str | None:
        account = one.get("account") or self.body.get("account", {}).get("id")
        return None if account is None else str(account)

    def _rule(self, one: Mapping[str, Json]) -> CompiledRule | None:
        return self.plan.rules.get(one.get("rule") or self.body["rule"])

    def _subject(self, one: Mapping[str, Json], rule: CompiledRule) -> str:
        if rule.scope == "account":
            return account_key(self._account(one) or "account")
        return user_key(self._user(one))

    # -- the history

    def _history(self) -> Iterator[Event]:
        happened = [
            (self.at(one["at"]) + i * parse_ms(one.get("every", "1m")), number, one)
            for number, one in enumerate(self.body.get("events", ()))
            for i in range(one.get("times", 1))
        ]
        happened.sort(key=lambda item: item[:2])
        asked = [(self.at(one["at"]), one) for one in self.body["expect"] if "user" in one]
        yield from self._acquaintance([*((t, one) for t, _, one in happened), *asked])
        for serial, (t, _, one) in enumerate(happened, 1):
            yield self._event(one, t, serial)

    def _acquaintance(self, mentioned: list[tuple[int, Mapping[str, Json]]]) -> Iterator[Event]:
        """The account and the user are known since `since`, others since they are first mentioned."""
        account, user = self.body.get("account"), self.body.get("user", {})
        me, since = self._user({}), self.at(user.get("since", "0s"))
        if account:
            born = self.at(account.get("since", "0s"))
            founder = me if not user or since <= born else f"somebody of {account['id']}"
            traits = account.get("traits", {})
            yield self._made(born, 0, GROUP, user_id=founder, account_id=account["id"], props=traits)
            if founder != me:
                yield self._made(since, 0, GROUP, user_id=me, account_id=account["id"])
        if user:
            yield self._made(since, 0, IDENTIFY, user_id=me, props=user.get("traits", {}))
        met = {me}
        for t, one in sorted(mentioned, key=lambda item: item[0]):
            person, group = self._user(one), self._account(one)
            if person not in met and group is not None:
                yield self._made(t, 0, GROUP, user_id=person, account_id=group)
            met.add(person)

    def _event(self, one: Mapping[str, Json], t: int, serial: int) -> Event:
        person = self._user(one)
        received = max(t, self.at(one["arrives"])) if "arrives" in one else t
        own = {"user_id": person, "account_id": one.get("account"), "received_at": received}
        if "account_traits" in one:
            own["account_id"] = self._account(one) or "account"
            return self._made(t, serial, GROUP, **own, props=one["account_traits"])
        if "traits" in one:
            return self._made(t, serial, IDENTIFY, **own, props=one["traits"])
        pages = self.pages.setdefault(person, _Pages())
        if "tip" in one:
            return self._made(t, serial, TIP, **own, props=dict(one), page_view_id=pages.at(t)[0])
        active = not one.get("server", False)
        page = pages.saw(t, one.get("page")) if active else ""
        props = {**one.get("props", {}), **({"route": one["page"]} if "page" in one else {})}
        return self._made(t, serial, one.get("event", PAGE), **own, active=active, props=props, page_view_id=page)

    def _made(self, t: int, serial: int, name: str, **fields: Json) -> Event:
        return Event(
            **{"received_at": t, **fields}, message_id=f"e{serial}", name=name, t=t, index=serial, seq=serial
        )

    # -- what a person did with a tip

    def _tell(self, event: Event) -> None:
        if event.name == TIP:
            event = msgspec.structs.replace(event, props=self._met(event))
        self.world.tell(event)

    def _met(self, event: Event) -> dict[str, Json]:
        """The feedback of a browser: on the moment that is pending, and on the offer that is on the screen."""
        tip, person = str(event.props["tip"]), user_key(event.user_id or "")
        what = event.props.get("did", "viewed")
        rule = self.plan.rules.get(tip)
        serial, on_screen = self.offers.get((person, tip), (0, False))
        if what in ("viewed", "ignored") or (what in CLOSING and not on_screen):
            serial += 1
        self.offers[person, tip] = serial, what not in CLOSING
        met: dict[str, Json] = {"tip": tip, "what": {"completed": "goal", "ignored": "viewed"}.get(what, what)}
        met |= {"offer": f"{tip} {serial}", "page_view": event.page_view_id}
        if rule is not None:
            met |= {"category": rule.category, "surface": rule.surface, "intrusive": rule.intrusive}
            met |= {"kind": rule.kind, **({"opened": True} if rule.opened else {})}
            met["moment"] = self.world.moment(rule, person, event.t, event.page_view_id)
        if what == "snoozed":
            met["until"] = event.t + Policy.snooze_ms
        return {**met, **({"score": event.props["score"]} if "score" in event.props else {})}

    # -- expectations

    def _judge(self, one: Mapping[str, Json], now: int) -> str:
        """What came instead, or "" when it came as expected."""
        rule = self._rule(one)
        if rule is None:
            return f'the rule "{one.get("rule") or self.body["rule"]}" has mistakes of its own'
        return self._judge_alert(one, rule) if "opens" in one else self._judge_tip(one, now, rule)

    def _judge_alert(self, one: Mapping[str, Json], rule: CompiledRule) -> str:
        tasks = self.world.watch(rule, self._subject(one, rule))
        if tasks.open is one["opens"]:
            return ""
        since = "" if tasks.opened_at is None else self._instant(tasks.opened_at)
        if tasks.open:
            return f"no task should be open, but one is, since {since}"
        said = ["a task should be open, but none is"]
        if tasks.closed_at is not None:
            said.append(f"the last was open from {since} to {self._instant(tasks.closed_at)}")
        return "; ".join([*said, *([HELD[tasks.held]] if tasks.held else [])])

    def _judge_tip(self, one: Mapping[str, Json], now: int, rule: CompiledRule) -> str:
        decision = self._decision(one, now)
        place = next((i for i, offer in enumerate(decision.offers, 1) if offer.tip == rule.id), None)
        if place is not None:
            return "" if one["shows"] else f"it should not show, but it is offered, {place} of {len(decision.offers)}"
        if one["shows"]:
            return "it should show, but does not"
        wanted, loser = one.get("because"), self._loser(decision, rule)
        if wanted is None or (loser is not None and loser.code == wanted):
            return ""
        hint = "" if wanted in SENTENCES else f" (there is no such reason{meant(wanted, SENTENCES)})"
        return f'it does not show, as expected, but not because of "{wanted}"{hint}'

    def _loser(self, decision: Decision, rule: CompiledRule) -> Loser | None:
        return next((loser for loser in decision.losers if loser.tip == rule.id), None)

    def _decision(self, one: Mapping[str, Json], now: int) -> Decision:
        person = self._user(one)
        view, path = self.pages.get(person, _Pages()).at(now)
        asked = one.get("page", path)
        if not view or asked != path:
            view = f"page view at {now}"
        context = Context(path=asked, locale=one.get("locale", "en"), placements=one.get("placements"))
        return self.world.decision(user_key(person), now, context, view)

    def _trace(self, one: Mapping[str, Json], now: int) -> list[str]:
        """What holds it back, then the rule part by part, then names of events that look misspelt."""
        rule = self._rule(one)
        if rule is None:
            return []
        subject = self._subject(one, rule)
        norms = self.world.watch(rule, subject).norms if "opens" in one else None
        look = self.world.look(subject, now, norms)
        traces = trace_rule(look, rule, lambda scope: self.world.behind(subject, scope, now))
        if norms is not None and self.world.watch(rule, subject).opened_at is None:
            traces = [trace for trace in traces if trace.part != "alert.clear"]  # there is nothing to close
        return [*self._reason(one, rule, now), *trace_lines(traces, self._instant), *self._strangers()]

    def _reason(self, one: Mapping[str, Json], rule: CompiledRule, now: int) -> list[str]:
        loser = self._loser(self._decision(one, now), rule) if "shows" in one else None
        if loser is None:
            return []
        person = self._user(one)
        name = self.world.of(user_key(person)).trait("name")
        said = words(loser.code, loser.detail, "en", now=now, name=str(name or person), zone=self.zone)
        return [f"held back by {loser.code}: {said}"]

    def _strangers(self) -> list[str]:
        """Events that no rule waits for, but that are nearly the name of one: most likely a slip of the pen."""
        names = dict.fromkeys(one["event"] for one in self.body.get("events", ()) if "event" in one)
        hints = [(name, meant(name, self.plan.names)) for name in names if name not in self.plan.names]
        return [f'no rule waits for the event "{name}"{hint}' for name, hint in hints if hint]
