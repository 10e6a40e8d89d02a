"""A stream that was recorded live, and then lived through again: the same showings, to the millisecond."""

from __future__ import annotations

import asyncio
import heapq
import shutil
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from waypost.insight.backtest import Backtest, Side, weighed
from waypost.insight.comparison import compared
from waypost.insight.why import why
from waypost.model import ANSWER, DAY, HOUR, MINUTE, Offer
from waypost.rules.check import check_folder
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.service.clock import Clock
from waypost.service.pauses import Wanted, begin
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.service.subjects import known_names
from waypost.service.sync import SyncBody, decode_sync, sync
from waypost.settings import Settings
from waypost.store.events import count_since
from waypost.store.pauses import end_pause, list_pauses, pauses_over_since, pauses_running
from waypost.store.sqlite import Tx

RULES = Path(__file__).parents[2] / "rules"


def rule(name: str, surface: str, trigger: dict[str, Any], goal: Any = None, **policy: Any) -> dict[str, Any]:
    place = {"surface": surface} | ({"anchor": name} if surface in ("inline", "tooltip") else {})
    made = {"id": name, "text": {"en": {"title": name}}, "placement": place, "trigger": trigger, "policy": policy}
    return made | {"repeat": {"cooldown": "1d", "max": 20}} | ({"goal": goal} if goal else {})


START = 1_800_000_000_000
OPEN = 30 * MINUTE  # a page stays open so long
EXTRA = (
    rule("nudge", "modal", {"when": {"did": {"event": "a", "min": 3, "last": "7d"}}}, priority="high", holdout=0.5),
    rule("note", "inline", {"when": {"did": {"event": "b", "last": "2d"}}}, category="quiet"),
    rule("both", "tooltip", {"on": {"chain": {"ref": "ab"}}, "ttl": "session"}, goal={"did": {"event": "c", "last": "1d"}}),
    rule("left", "corner", {"on": {"abandoned": {"ref": "ab"}}, "ttl": "3d"}, exclusive="one"),
    rule("news", "banner", {"on": {"session": "start"}, "ttl": "page"}, exclusive="one", category="news", holdout=0.2, unit="account"),
    rule("urgent", "corner", {"on": {"event": "c"}, "ttl": "page"}, priority="critical", category="urgent"),
)  # fmt: skip
CHAINS = {"ab": {"steps": [{"event": "a"}, {"event": "b"}], "within": "1h"}}
Showing = tuple[int, str, str, bool]  # when, who, tip, in the control group


def rules_in(folder: Path) -> Path:
    """The demo's rules and a few more."""
    made = folder / "rules"
    shutil.copytree(RULES, made, ignore=shutil.ignore_patterns("tests"))
    for document in EXTRA:
        (made / "tips" / f"{document['id']}.json").write_bytes(msgspec.json.encode(document))
    chains = msgspec.json.decode((made / "chains.json").read_bytes()) | CHAINS
    (made / "chains.json").write_bytes(msgspec.json.encode(chains))
    return made


class Office:
    """People with browsers before the real service. What they are offered they see at once; some they close."""

    def __init__(self, folder: Path, people: int, seed: int) -> None:
        self.desk = Random(seed + 1)
        self.now, self.rng, self.shown, self.serial = START, Random(seed), list[Showing](), 0
        url = f"sqlite:///{folder / 'a.db'}"
        self.folder = rules_in(folder)
        settings = Settings(
            database_url=url,
            rules=str(self.folder),
            write_key="wk",
            secret_key="0123456789abcdef",
            debug_reasons=True,
        )
        self.runtime: Runtime = open_runtime(settings, clock=Clock(lambda: self.now))
        assert not self.runtime.rules.broken
        self.names = [*"aaabbc", *sorted(self.runtime.rules.plan.names - {"page_viewed", ANSWER})]
        self.pages = {f"u{i}": [f"u{i}-0", START] for i in range(people)}  # person -> [page, until when it is open]
        self.wakes: dict[str, tuple[int, int]] = {}  # person -> (when the browser asks again, how often it did)
        self.seen: dict[str, list[str]] = {}  # person -> offers on the page that is open
        self.told: dict[
            str, list[tuple[int, dict[str, tuple[str, str]]]]
        ] = {}  # person -> (when, tip -> (code, words))

    def run(self, until: int) -> None:
        """Each person comes, does this and that, and rests; in between their browser asks when it was told to."""
        queue = [(START + self.rng.randrange(5 * DAY), "comes", user) for user in self.pages]
        heapq.heapify(queue)
        while queue:
            at, what, user = heapq.heappop(queue)
            if at > until:
                break
            self.now = at
            if what == "asks":
                when, often = self.wakes[user]
                if when != at or often >= 20:
                    continue
                self.wakes[user] = (when, often + 1)
                self.tell(user)
            else:
                self.comes(user)
                pause = self.rng.choice((1, 2_999, 3_000, 20_000, 5 * MINUTE, 40 * MINUTE, HOUR, DAY, 15 * DAY))
                heapq.heappush(queue, (at + pause + self.rng.randrange(2_000), "comes", user))
            when, _ = self.wakes.get(user, (0, 0))
            if at < when <= self.pages[user][1]:
                heapq.heappush(queue, (when, "asks", user))

    def comes(self, user: str) -> None:
        page, rng = self.pages[user], self.rng
        feedback, events = [], list[dict[str, Any]]()
        replaced = []
        if rng.random() < 0.4:
            replaced = [page[0]]
            page[0], self.seen[user] = f"{user}-{self.serial}", []
            events.append(
                {"type": "page", "properties": {"path": rng.choice(("/", "/board", "/reports", "/import"))}}
            )
        elif self.seen.get(user) and rng.random() < 0.5:
            what = rng.choice(("dismissed", "dismissed", "clicked", "snoozed"))
            feedback.append({"offer_id": self.seen[user].pop(), "what": what})
        if not feedback or rng.random() < 0.5:
            events += [{"type": "track", "event": rng.choice(self.names)} for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.05:
            events.append({"type": "group", "groupId": rng.choice(("acme", "blue"))})
        if rng.random() < 0.05:
            events.append({"type": "identify", "traits": {"role": rng.choice(("admin", "member"))}})
        self.csm()
        page[1] = self.now + OPEN
        self.wakes[user] = (0, 0)
        self.tell(user, events=events, feedback=feedback, previous_page_view_ids=replaced)

    def csm(self) -> None:
        """Now and then somebody pauses a person or an account, changes a pause, or ends it."""
        rng, project = self.desk, self.runtime.project_id
        if rng.random() > 0.05:
            return
        subject = rng.choice(("g:acme", "g:blue", *(f"u:{user}" for user in list(self.pages)[:20])))
        until = self.now + rng.choice((HOUR, DAY, 3 * DAY)) + rng.randrange(1_000)
        wanted = Wanted(
            subject=subject,
            until_at=rng.choice((until, until, None)),
            until_event=None,
            allow=rng.choice(([], ["note"])),
        )
        if wanted.until_at is None or rng.random() < 0.4:
            wanted = msgspec.structs.replace(wanted, until_event=rng.choice(("a", "b", "c")))

        def job(tx: Tx) -> None:
            running = pauses_running(tx, project, subject, None, self.now)
            if running and rng.random() < 0.5:
                end_pause(tx, project, running[0].id, self.now, "person")
            else:
                begin(tx, project, wanted, self.now)

        self.runtime.store.write_now(job)

    def tell(self, user: str, **said: Any) -> None:
        """One sync, and one more for each thing that it made the browser show."""
        page = str(self.pages[user][0])
        for event in said.get("events", ()):
            self.serial += 1
            event["messageId"] = f"m{self.serial}"
        body = {"write_key": "wk", "user_id": user, "load_id": "l", "page_view_id": page, "debug": True, **said}
        answer = asyncio.run(sync(self.runtime, self.body(body)))
        reasons = {one["tip"]: (one["code"], one["words"]) for one in answer["reasons"]}
        offered = {offer["tip"]: ("", "") for offer in answer["offers"]}
        self.told.setdefault(user, []).append((self.now, reasons | offered))
        often = self.wakes.get(user, (0, 0))[1]
        self.wakes[user] = (self.now + answer["next_in_ms"] if answer["next_in_ms"] else 0, often)
        crowded, feedback = answer["lease"] is None, []
        for offer in answer["offers"]:
            if offer["intrusive"] and crowded:
                continue
            crowded = crowded or offer["intrusive"]
            self.shown.append((self.now, f"u:{user}", offer["tip"], offer["ghost"]))
            if not offer["ghost"]:
                self.seen.setdefault(user, []).append(offer["offer_id"])
            feedback.append({"offer_id": offer["offer_id"], "what": "ghost" if offer["ghost"] else "viewed"})
        if feedback:
            self.tell(user, feedback=feedback)

    def body(self, said: dict[str, Any]) -> SyncBody:
        return decode_sync(msgspec.json.encode(said))

    def side(self, plan: Plan | None = None) -> Remembering:
        known = self.runtime.store.read_now(
            lambda tx: known_names(tx, self.runtime.project_id, self.runtime.rules.named_since)
        )
        return Remembering(plan or self.runtime.rules.plan, known, "UTC")

    def lived_again(self, since: int, *sides: Side) -> Backtest:
        run = Backtest(sides, since)
        self.runtime.store.read_now(lambda tx: run.run(tx, self.runtime.project_id, lambda cost: None))
        return run


class Remembering(Side):
    """A side that remembers each showing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.shown: list[Showing] = []

    def _count(self, subject: str, offer: Offer, now: int) -> None:
        super()._count(subject, offer, now)
        self.shown.append((now, subject, offer.tip, offer.ghost))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"), people=60, seed=3)
    made.run(START + 60 * DAY)
    return made


def test_the_live_rules_show_again_what_they_showed(office: Office) -> None:
    again = office.side()
    run = office.lived_again(0, again)
    assert len(office.shown) > 300
    assert len({tip for _, _, tip, _ in office.shown}) >= 8
    assert sorted(again.shown) == sorted(office.shown)
    assert run.recorded == Counter(tip for _, _, tip, ghost in office.shown if not ghost)


def test_a_thousand_explanations_of_the_past_are_what_was_told_live(office: Office) -> None:
    rng, runtime, held = Random(7), office.runtime, 0
    tips = [rule.id for rule in runtime.rules.plan.rules.values() if rule.kind != "alert"]
    for _ in range(1_000):
        user, tip = rng.choice(sorted(office.told)), rng.choice(tips)
        told = office.told[user]
        at = rng.choice(told)[0] + rng.choice((0, 0, 1, MINUTE, HOUR))
        when, reasons = max((one for one in told if one[0] <= at), key=lambda one: one[0])
        reasons = [one for t, one in told if t == when][-1]
        found = runtime.store.read_now(
            partial(
                why,
                project_id=runtime.project_id,
                plan=runtime.rules.plan,
                subject=f"u:{user}",
                tip=tip,
                at=at,
                lang="en",
                timezone="UTC",
            )
        )
        code, words = reasons[tip]
        assert (found.decided_at, found.code or "") == (when, code)
        if code:
            held += 1
            assert found.words[0] == words
    assert held > 700


class Deaf(Remembering):
    """A side that nobody tells of pauses."""

    pauses = property(lambda self: {}, lambda self, told: None)  # type: ignore[assignment]


def test_csm_pauses_are_those_of_the_time(office: Office) -> None:
    """Begun, replaced, ended by time, by an event and by a person; of people and of accounts."""
    project, end = office.runtime.project_id, office.now + 400 * DAY
    past = office.runtime.store.read_now(lambda tx: list_pauses(tx, project, end, 10_000, running=False))
    assert {pause.ended(end) for pause in past} == {"time", "event", "person"}
    assert {pause.subject[:2] for pause in past} == {"u:", "g:"}
    assert len(past) > 50
    known = office.side().known
    deaf = Deaf(office.runtime.rules.plan, known, "UTC")
    office.lived_again(0, deaf)
    assert len(deaf.shown) > len(office.shown)


def test_of_very_many_pauses_the_latest_are_known(office: Office) -> None:
    project = office.runtime.project_id
    kept = office.runtime.store.read_now(lambda tx: pauses_over_since(tx, project, 0, 7))
    everything = office.runtime.store.read_now(lambda tx: pauses_over_since(tx, project, 0, 10_000))
    ids = sorted(pause.id for pauses in everything.values() for pause in pauses)
    assert sorted(pause.id for pauses in kept.values() for pause in pauses) == ids[-7:]
    assert all([p.id for p in pauses] == sorted(p.id for p in pauses) for pauses in everything.values())
    late = office.runtime.store.read_now(lambda tx: pauses_over_since(tx, project, START + 30 * DAY, 10_000))
    assert 0 < sum(map(len, late.values())) < len(ids)
    assert all(pause.over_at > START + 30 * DAY for pauses in late.values() for pause in pauses)


def test_what_was_before_the_window_is_history(office: Office) -> None:
    since = START + 30 * DAY
    again = office.side()
    run = office.lived_again(since, again)
    assert sorted(again.shown) == sorted(one for one in office.shown if one[0] >= since)
    events, inside = office.runtime.store.read_now(lambda tx: count_since(tx, office.runtime.project_id, since))
    assert 0 < run.events == inside < events
    assert weighed(events, inside) == events - inside + 20 * inside


def test_a_draft_that_takes_the_place_of_others_is_seen_to(office: Office) -> None:
    """The same rules and one more, more important than all of them."""
    plan, problems = check_folder(office.folder)
    assert not [problem for problem in problems if problem.severity == "error"]
    greedy = msgspec.json.decode((RULES / "tips" / "bulk-edit.json").read_bytes())
    greedy |= {
        "id": "greedy",
        "policy": {"category": "other", "priority": "high"},
        "repeat": {"cooldown": "1d", "max": 99},
    }
    greedy |= {"trigger": {"when": {"did": {"event": "page_viewed"}}, "at": {"route": "/board", "dwell": "5s"}}}
    greedy.pop("goal", None)
    draft = with_rule(plan, greedy)
    mine, theirs = office.side(draft), office.side()
    run = office.lived_again(START + 30 * DAY, mine, theirs)
    found = compared(run, mine, theirs, START + 60 * DAY)
    row = next(row for row in found.rows if row.tip == "greedy")
    assert (row.change, row.live_shown) == ("new", 0)
    assert row.shown > 20
    assert row.unknown == ["dwell", "route"]
    losing = [row for row in found.rows if row.change == "same" and row.lost]
    assert losing
    assert all(row.shown < row.live_shown for row in losing if row.people < row.live_people)
    assert found.rows[0] is row
    assert found.attention[0] > found.attention[1] > 0


def test_it_stops_when_it_is_told_to(office: Office) -> None:
    taken: list[int] = []
    run = Backtest([office.side()], 0)
    office.runtime.store.read_now(
        lambda tx: run.run(tx, office.runtime.project_id, taken.append, lambda: len(taken) == 100)
    )
    assert run.stopped
    assert len(taken) == run.events == 100


def with_rule(plan: Plan, document: dict[str, Any]) -> Plan:
    written = (rule for rule in plan.rules.values() if not rule.escalates)
    documents = {rule.id: dict(rule.source) for rule in written} | {document["id"]: document}
    loaded = msgspec.json.decode((RULES / "chains.json").read_bytes()) | CHAINS
    project = msgspec.json.decode((RULES / "project.json").read_bytes())
    made, problems = compile_rules(documents, loaded, {}, {}, project)
    assert [problem.line() for problem in problems if problem.severity == "error"] == []
    return made
