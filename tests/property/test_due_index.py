"""Alerts opened through the due index are those that somebody finds who looks at every event, every threshold, every
midnight, and a millisecond on either side of each.

Both sides ask the same engine whether a rule holds; what is compared is when they ask. The watcher's episodes are
written from section 1.5 of the semantics and know nothing of tasks, rows or an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.scale import scaled
from waypost.engine.rehearse import Rehearsal
from waypost.facts.look import Look
from waypost.facts.operators import frozen_key, usage_norm
from waypost.facts.read import pending_moment
from waypost.model import DAY, GROUP, HOUR, IDENTIFY, MINUTE, Event, account_key
from waypost.rules.plan import CompiledRule
from waypost.service.clock import Clock
from waypost.service.journal import record
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.sqlite import Tx
from waypost.store.tasks import list_tasks
from waypost.web.background import alerts_hook

START = 1_800_000_000_000  # 15 January 2027
SPAN = 30 * DAY
GRACE, COOLDOWN = 2 * MINUTE, 2 * DAY
TEXT = {"en": {"title": "t"}}
CHAINS = {
    "import": {"steps": [{"event": "start"}, {"event": "map"}, {"event": "done"}], "within": "3h"},
}
ACCOUNT_RULES: dict[str, dict[str, Any]] = {
    "quiet": {"when": {"inactive": {"for": "5d", "scope": "account"}}},
    "never": {"when": {"never": {"event": "share", "tenure": "4d", "scope": "account"}}},
    "few": {"when": {"did": {"event": "use", "min": 0, "max": 2, "last": "6d", "scope": "account"}}},
    "days": {"when": {"<": [{"days": {"event": "use", "last": "7cd", "scope": "account"}}, 3]}},
    "fall": {
        "when": {
            "dropped": {
                "metric": {"event": "use"},
                "by": 0.5,
                "recent": "7cd",
                "baseline": 2,
                "min_base": 2,
                "scope": "account",
            }
        },
        "clear": {
            "!": [
                {
                    "dropped": {
                        "metric": {"event": "use"},
                        "by": 0.3,
                        "recent": "7cd",
                        "baseline": "frozen",
                        "scope": "account",
                    }
                }
            ]
        },
    },
    "share": {"when": {"<": [{"share": {"event": "use", "among": "seats", "last": "5cd"}}, 0.3]}},
    "renewal": {
        "when": {"<=": [0, {"days_to": {"var": "account.renewal"}}, 3]},
        "repeat": {"mode": "per_key", "key": {"var": "account.renewal"}},
    },
    "young": {"when": {"and": [{">=": [{"var": "account.age_days"}, 9]}, {"<=": [{"var": "account.age_days"}, 12]}]}},
    "busy": {"when": {">=": [{"count": {"event": "use", "last": "2d", "scope": "account"}}, 4]}},
}
USER_RULES: dict[str, dict[str, Any]] = {
    "stuck": {"on": {"abandoned": {"ref": "import", "after": 1}}},
    "left": {"when": {"abandoned": {"ref": "import", "after": 2, "last": "2d"}}},
    "stall": {"when": {"abandoned": {"ref": "import", "after": 1, "within": "1h", "last": "1d"}}},
    "upgraded": {"when": {"changed": {"var": "user.plan", "last": "3d"}}},
}
WAITS: dict[str, list[int]] = {
    "quiet": [5 * DAY], "never": [4 * DAY], "few": [6 * DAY], "young": [9 * DAY, 10 * DAY, 12 * DAY, 13 * DAY],
    "busy": [2 * DAY], "stuck": [3 * HOUR + GRACE], "left": [3 * HOUR + GRACE, 3 * HOUR + 2 * DAY],
    "stall": [HOUR + GRACE, HOUR + DAY, 3 * HOUR + GRACE], "upgraded": [3 * DAY],
}  # fmt: skip
"""What may become true so long after an event; the other rules change at midnight."""
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]


def documents() -> Iterator[dict[str, Any]]:
    for scope, rules in (("account", ACCOUNT_RULES), ("user", USER_RULES)):
        for name, parts in rules.items():
            trigger = {key: parts[key] for key in ("on", "when") if key in parts}
            alert = {"clear": parts["clear"]} if "clear" in parts else {}
            yield {
                "id": name, "kind": "alert", "scope": scope, "text": TEXT, "trigger": trigger, "alert": alert,
                "repeat": {"mode": "episode", "cooldown": f"{COOLDOWN}ms", **parts.get("repeat", {})},
            }  # fmt: skip


class Server:
    """The live service with a clock of its own; everything of one subject happens in one transaction."""

    def __init__(self, folder: Path) -> None:
        (folder / "tips").mkdir(parents=True)
        (folder / "chains.json").write_bytes(msgspec.json.encode(CHAINS))
        for document in documents():
            (folder / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))
        self.now = START
        settings = Settings(database_url=f"sqlite:///{folder / 'a.db'}", rules=str(folder), write_key="wk")
        self.runtime: Runtime = open_runtime(settings, alerts_hook, Clock(lambda: self.now))
        assert not self.runtime.rules.broken, self.runtime.rules.problems
        known = dict.fromkeys(self.runtime.rules.plan.names, START - 100 * DAY)
        self.runtime.rules.named_since = known


@dataclass
class Watcher:
    """Looks whenever it is told to, and keeps its own episodes."""

    rule: CompiledRule
    open_since: int | None = None
    norm: dict[str, float] = field(default_factory=dict)
    was_false: bool = True
    last_opened: int | None = None
    told: set[str] = field(default_factory=set)
    episodes: list[list[int | None]] = field(default_factory=list)

    def look(self, look: Look, now: int) -> None:
        true = look.truth(self.rule.audience) and look.truth(self.rule.when)
        if self.rule.moment is not None:
            self._moment(look, now, true)
            return
        if self.open_since is not None:
            clear = self.rule.alert.clear if self.rule.alert else None
            cleared = not true if clear is None else self._frozen(look).truth(clear)
            self.was_false = self.was_false or not true
            if cleared:
                self.episodes[-1][1] = now
                self.open_since = None
            return
        if not true:
            self.was_false = True
            return
        if self.rule.repeat.mode == "per_key":
            key = str(look.variable("account.renewal"))
            if key in self.told:
                return
            self.told.add(key)
        elif self.last_opened is not None and not (
            self.was_false and now - self.last_opened >= self.rule.repeat.cooldown
        ):
            return
        self._open(look, now)

    def _frozen(self, look: Look) -> Look:
        """The same look, with the norms of the day on which the episode began."""
        return Look(look.plan, look.user, look.account, look.now, replace(look.env, frozen=self.norm), look.ids)

    def _moment(self, look: Look, now: int, true: bool) -> None:
        moment = self.rule.moment
        assert moment is not None
        assert look.user is not None
        found = pending_moment(look.plan, look.user, moment.kind, moment.atom, moment.after, moment.grace, now)
        if found is None or found.anchor in self.told or not true:
            return
        if self.last_opened is not None and now - self.last_opened < self.rule.repeat.cooldown:
            return
        if self.open_since is None:
            self.told.add(found.anchor)
            self._open(look, found.t)

    def _open(self, look: Look, at: int) -> None:
        self.open_since = self.last_opened = at
        self.was_false = False
        self.episodes.append([at, None])
        for name in self.rule.when.readings:
            reading = look.plan.readings[name]
            sight = look.sight(reading.scope)
            if reading.usage is not None and sight is not None and reading.atom:
                norm = usage_norm(sight, reading)
                if norm is not None:
                    self.norm[frozen_key(reading)] = norm.base


def history(rng: Random, number: int) -> list[Event]:
    """What one person of one account does over the span."""
    user, account = f"u{number}", f"a{number}"
    zone = rng.choice(ZONES)
    events = [(START, GROUP, {"seats": rng.choice([1, 2, 4]), "tz": zone}), (START, IDENTIFY, {"plan": "free"})]
    for _ in range(rng.randint(0, 14)):
        events.append((START + rng.randrange(SPAN - 5 * DAY), "use", {}))
    for _ in range(rng.randint(0, 2)):
        begun = START + rng.randrange(SPAN - 5 * DAY)
        events.append((begun, "start", {}))
        if rng.random() < 0.6:
            after = rng.choice([59 * MINUTE, HOUR, HOUR + 1, 2 * HOUR])
            events.append((begun + after, "map", {}))
            if rng.random() < 0.5:
                events.append((begun + rng.choice([3 * HOUR, 3 * HOUR + 1, after + 1]), "done", {}))
    if rng.random() < 0.4:
        events.append((START + rng.randrange(SPAN - 5 * DAY), IDENTIFY, {"plan": "team"}))
    if rng.random() < 0.5:
        day = datetime.fromtimestamp(START / 1000, UTC).date() + timedelta(days=rng.randint(2, 30))
        events.append((START + rng.randrange(20 * DAY), GROUP, {"renewal": day.isoformat()}))
    if rng.random() < 0.3:
        events.append((START + rng.randrange(10 * DAY), "share", {}))
    events.sort(key=lambda item: item[0])
    return [
        Event(
            message_id=f"{number}-{i}", name=name, t=t, received_at=t, index=i, seq=i, user_id=user,
            account_id=account, active=not name.startswith("$"), props=props,
        )
        for i, (t, name, props) in enumerate(events)
    ]  # fmt: skip


def instants(events: list[Event], rules: Sequence[str]) -> set[int]:
    """Every event, every time of the rules after it, and every midnight, each a millisecond either way."""
    found = {event.t for event in events}
    for event in events:
        for wait in (wait for name in rules for wait in WAITS.get(name, ())):
            found.add(event.t + wait)
    zone = next(ZoneInfo(str(e.props["tz"])) for e in events if "tz" in e.props)
    day = datetime.fromtimestamp(START / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found |= {int((day + timedelta(days=i)).timestamp() * 1000) for i in range(1, SPAN // DAY + 2)}
    near = {instant + step for instant in found for step in (-1, 0, 1)}
    return {instant for instant in near if START <= instant <= START + SPAN}


def both(server: Server, number: int, grid: bool) -> tuple[dict[str, Any], dict[str, Any], int]:
    """(rule -> episodes by the index, rule -> episodes by watching, how often the index looked), for some of the rules."""
    rng = Random(number)
    events = history(rng, number)
    runtime, plan = server.runtime, server.runtime.rules.plan
    user, account = f"u:u{number}", account_key(f"a{number}")
    watched = sorted(plan.rules) if grid else rng.sample(sorted(plan.rules), 3)
    watchers = {name: Watcher(plan.rules[name]) for name in watched}
    times = instants(events, watched)
    if grid:
        times |= set(range(START, START + SPAN, MINUTE))
    looked = 0

    def simulate(tx: Tx) -> None:
        nonlocal looked
        waiting = list(events)

        def pop(before: int) -> None:
            """What the background does: look at whoever is due, the earliest first."""
            nonlocal looked
            while True:
                row = tx.execute(
                    "SELECT MIN(at) FROM due WHERE project_id=? AND subject IN (?,?) AND at<=?",
                    (runtime.project_id, user, account, before),
                ).fetchone()
                if row[0] is None:
                    return
                server.now = max(server.now, int(row[0]))
                for (subject,) in tx.execute(
                    "SELECT DISTINCT subject FROM due WHERE project_id=? AND subject IN (?,?) AND at<=?",
                    (runtime.project_id, user, account, server.now),
                ).fetchall():
                    unit = runtime.unit(tx)
                    runtime.on_facts(unit, subject, server.now)
                    looked += 1
                    unit.save()

        while waiting:
            event = waiting.pop(0)
            pop(event.t - 1)
            server.now = event.t
            unit = runtime.unit(tx)
            record(runtime, unit, [event], event.t)
            unit.save()
        pop(START + SPAN)

    server.now = START
    runtime.store.write_now(simulate)
    found = runtime.store.read_now(
        lambda tx: list_tasks(tx, runtime.project_id, ("open", "done", "closed"), 1_000_000)
    )
    mine = sorted((t for t in found if t.subject in (user, account)), key=lambda t: t.id)
    index: dict[str, Any] = {name: [] for name in watchers}
    for task in mine:
        if task.rule_id in index:
            index[task.rule_id].append([task.opened_at, task.closed_at])
    watch(server, events, watchers, sorted(times), user, account)
    return index, {name: watcher.episodes for name, watcher in watchers.items()}, looked


def watch(
    server: Server, events: list[Event], watchers: dict[str, Watcher], times: list[int], user: str, account: str
) -> None:
    """The same history, looked at at every instant: facts are folded by the same engine, in memory."""
    world = Rehearsal(server.runtime.rules.plan, server.runtime.rules.named_since)
    waiting = list(events)
    while times:
        now = heappop(times)
        while waiting and waiting[0].t <= now:
            world.tell(waiting.pop(0))
        looks = {subject: world.look(subject, now) for subject in (user, account)}
        for watcher in watchers.values():
            watcher.look(looks[account if watcher.rule.scope == "account" else user], now)
            if watcher.open_since == now and now + COOLDOWN <= START + SPAN:  # from then on the cool-down runs
                heappush(times, now + COOLDOWN)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("due"))
    yield made
    made.runtime.store.close()


def test_the_index_opens_and_closes_what_a_watcher_of_every_instant_does(server: Server) -> None:
    opened = 0
    for number in range(scaled(400)):
        index, watched, _ = both(server, number, grid=False)
        assert index == watched, number
        opened += sum(len(episodes) for episodes in watched.values())
    assert opened > 1_300


def test_the_index_agrees_with_a_look_at_every_minute_and_asks_seldom(server: Server) -> None:
    for number in range(3_000, 3_020):
        index, watched, looked = both(server, number, grid=True)
        assert index == watched, number
        assert looked < 400, "about a look a day and threshold, not one a minute"
