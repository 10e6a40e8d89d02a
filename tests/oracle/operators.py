"""One door to the oracles: the value of a behavioural operator, or of a whole expression, over a world."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle import absence, chains, logic, sessions, tips, windows
from tests.oracle.chains import Attempts
from tests.oracle.history import DAY, Happening, length, matching, place

__all__ = ["World"]


@dataclass
class World:
    """All that is known at `now`. `user` and `account` are what has arrived, in the order of arrival."""

    now: int
    user: Sequence[Happening] = ()
    account: Sequence[Happening] | None = None
    zone: str = "UTC"
    account_zone: str = "UTC"
    known: Mapping[str, int] = field(default_factory=dict)
    chains: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, Any] = field(default_factory=dict)
    key_actions: Sequence[str] = ()
    memo: dict[str, Attempts] = field(default_factory=dict)  # may be shared by looks at the same history

    # -- expressions

    def truth(self, expr: Any) -> bool:
        return logic.truthy(self.value(expr))

    def value(self, expr: Any) -> Any:
        if isinstance(expr, dict) and expr.keys() <= logic.BEHAVIOURAL:
            ((name, args),) = expr.items()
            return self.operator(name, args)
        return logic.value(expr, self.document(), self.operator)

    def document(self) -> dict[str, Any]:
        """What variables reach: traits, the account with its age, and the session."""
        account: dict[str, Any] = {}
        if self.account is not None:
            account = traits(self.account, "$group")
            since = absence.first_seen(self.account)
            if since is not None:
                account["age_days"] = max(0, self.now - since) // DAY
        return {
            "user": traits(self.user, "$identify"),
            "account": account,
            "session": sessions.variables(self.user, self.now),
        }

    # -- operators

    def operator(self, name: str, args: Any) -> Any:
        """A bool, or a number for count, days, weeks and progress."""
        if name == "seg":
            return self.value(self.segments[args])
        if name in ("chain", "progress", "abandoned"):
            return self._chain(name, args)
        if name == "returned":
            return sessions.returned(self.user, args["after"], self.now)
        if name == "tip":
            return tips.tip(self.user, args, self.now)
        return self._events(name, args)

    def _side(self, scope: str) -> tuple[Sequence[Happening] | None, str]:
        return (self.account, self.account_zone) if scope == "account" else (self.user, self.zone)

    def _session_start(self, args: Mapping[str, Any]) -> int | None:
        visit = sessions.running(self.user, self.now) if args.get("in") == "session" else None
        return visit.start if visit else None

    def _events(self, name: str, args: Mapping[str, Any]) -> Any:
        history, zone = self._side(args.get("scope", "user"))
        if history is None:
            return 0 if name in ("count", "days", "weeks") else False
        spec = {"event": "$active", **args}
        found = matching(history, spec, logic.truth, self.key_actions)
        if name == "did":
            return windows.did(found, args, self.now, zone, self._session_start(args))
        if name == "count":
            return windows.count(found, args, self.now, zone, self._session_start(args))
        if name == "days":
            return windows.days(found, args, self.now, zone)
        if name == "weeks":
            return windows.weeks(found, args, self.now, zone)
        if name == "inactive":
            return absence.inactive(history, found, args, self.now)
        assert name == "never"
        event = args["event"]
        names = event["any"] if isinstance(event, dict) else [event]
        names = [plain for n in names for plain in (self.key_actions if n == "$key_action" else [n])]
        return absence.never(history, found, args, self.known, names, self.now)

    def _chain(self, name: str, args: Mapping[str, Any]) -> Any:
        spec = self.chains[args["ref"]] if "ref" in args else args
        history, _ = self._side(spec.get("scope", "user"))
        if history is None:
            return 0 if name == "progress" else False
        attempts = self._attempts(spec, history)
        if name == "progress":
            return chains.progress(attempts, spec, self.now)
        if name == "chain":
            return any(self._inside({"t": t}, args) for t, _ in attempts.completed)
        grace = length(args.get("grace", "2m"))
        return any(
            end.furthest >= args.get("after", 1)
            and self.now > end.deadline + grace
            and self._inside({"t": end.deadline}, args)
            for end in chains.abandonments(attempts, spec, self.now)[-chains.ENDED_KEPT :]
        )

    def _attempts(self, spec: Mapping[str, Any], history: Sequence[Happening]) -> Attempts:
        name = json.dumps(spec, sort_keys=True)
        if name not in self.memo:
            played = chains.played(history, spec, logic.truth, self.key_actions)
            self.memo[name] = chains.attempts(played, spec)
        return self.memo[name]

    def _inside(self, instant: Happening, args: Mapping[str, Any]) -> bool:
        return windows.in_window(instant, args, self.now, self.zone, self._session_start(args))


def traits(history: Sequence[Happening], call: str) -> dict[str, Any]:
    """Last write wins by event time, key by key."""
    found: dict[str, Any] = {}
    for h in sorted((h for h in history if h["name"] == call), key=place):
        found.update(h.get("props", {}))
    return found
