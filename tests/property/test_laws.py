"""The laws of section 4.3 over random histories: what must hold whatever happened and however it came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import pytest

from tests.oracle import logic
from tests.oracle.history import DAY, HOUR, MINUTE, Happening, in_order
from tests.oracle.operators import World
from tests.property.chain_shapes import CHAINS, PROPS, STEPS
from tests.property.histories import RUNS, Shapes, Story, Subject, event_of, received, story
from waypost.facts.flips import next_flip
from waypost.facts.fold import fold_event
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts, decode, encode
from waypost.ingest.decode import decode_items
from waypost.settings import LIMITS

SPANS = (10 * MINUTE, 30 * MINUTE, HOUR, DAY, 7 * DAY)
STILL = ("UTC", "Europe/Moscow", "Asia/Kathmandu")  # zones whose clocks do not change
TRAITS: tuple[dict[str, Any], ...] = (
    {"role": "admin", "n": 3},
    {"role": "user", "tags": ["a", "b"]},
    {"n": 2.5},
    {"plan": "pro"},
    {},
)
TOLD = tuple({"tip": "seen", "what": what, "category": "general"} for what in ("viewed", "clicked", "dismissed"))
NAMES = ("A", "A", "B", "C", "X", "$identify", "$tip")
ASKED: list[Any] = [
    {"did": {"event": "A", "min": 2, "last": "1d"}},
    {"did": {"event": {"any": ["A", "B"]}, "max": 2, "last": "7cd"}},
    {"did": {"event": "$active", "in": "session", "min": 2}},
    {"count": {"event": "A", "last": "7d"}},
    {"count": {"event": "B", "where": {"==": [{"var": "event.k"}, 1]}}},
    {"days": {"event": "$active", "last": "14cd"}},
    {"weeks": {"event": "A", "last": "28cd"}},
    {"never": {"event": "C", "tenure": "1d"}},
    {"never": {"event": "B", "where": {">": [{"var": "event.x"}, 3]}, "tenure": "0s"}},
    {"inactive": {"for": "1d"}},
    {"inactive": {"for": "1h", "event": "B"}},
    {"returned": {"after": "1d"}},
    {"tip": {"id": "seen", "last": "7d"}},
    {"tip": {"id": "seen", "did": "dismissed"}},
    *({"chain": {"ref": name, "last": "1h"}} for name in ("ab", "abc-unless", "same", "abc-gap-first")),
    {"chain": {"ref": "aa", "in": "session"}},
    *({"abandoned": {"ref": name}} for name in ("ab", "same-first", "abcd-gap")),
    {"abandoned": {"ref": "abc", "after": 2, "last": "1d", "grace": "0s"}},
    {"chain": {"ref": "ab", "last": "1cd"}},
    {"progress": {"ref": "abcd-gap"}},
]
SHAPES = Shapes(ASKED, chains=CHAINS, key_actions=["B"])
KNOWN = dict.fromkeys("ABCX", 0)


def told(rng: Random, most: int = 12, **more: Any) -> Story:
    found = story(rng, NAMES, SPANS, steps=STEPS, most=most, **more)
    for h in found.arrivals:
        h["props"] = dict(rng.choice({"$identify": TRAITS, "$tip": TOLD}.get(h["name"], PROPS)))
        h["active"] = h["active"] and not h["name"].startswith("$")
    return found


def fold(happenings: Iterable[Happening], zone: str = "UTC") -> Subject:
    return Subject(SHAPES.plan, zone, account="Europe/Berlin").feed(happenings)


def state(facts: Facts | None) -> tuple[Any, ...]:
    """Everything but session.n as it was shown, which remembers what had arrived when."""
    assert facts is not None
    seen = (
        facts.first_seen,
        facts.last_seen,
        facts.last_active,
        facts.traits,
        facts.groups,
        facts.tips,
        facts.states,
    )
    return (*seen, facts.now, facts.log.floor, list(facts.log))


def values(subject: Subject, now: int) -> list[Any]:
    look = subject.look(now, KNOWN)
    return [subject.value(look, number) for number in range(len(ASKED))]


# -- 1 permutation


def test_any_order_of_arrival_ends_in_the_same_state() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        events = received(told(rng).arrivals)
        first = fold(in_order(events))
        for _ in range(2):
            other = fold(rng.sample(events, len(events)))
            assert state(other.user) == state(first.user), seed
            assert state(other.account) == state(first.account), seed


def months(rng: Random) -> list[Happening]:
    """Thirty events over a hundred days: most of them leave the replay window."""
    times = sorted(1_800_000_000_000 + rng.randrange(100 * DAY) for _ in range(15))
    times += [t + rng.choice(STEPS) for t in times]
    return [
        {
            "id": f"m{i:02}",
            "t": t,
            "recv": t,
            "name": rng.choice("AABC"),
            "props": {"k": rng.randrange(3)},
            "active": True,
        }
        for i, t in enumerate(times)
    ]


def delayed(rng: Random, events: Sequence[Happening]) -> list[Happening]:
    """Each event comes in late, but while the latest one is less than the replay window ahead of it."""
    left, arrivals, latest = in_order(events), list[Happening](), 0
    while left:
        due = [h for h in left if h["t"] <= left[0]["t"] + LIMITS.replay_ms and h["t"] >= latest - LIMITS.replay_ms]
        chosen = rng.choice([h for h in due if h["t"] - left[0]["t"] <= LIMITS.replay_ms])
        latest = max(latest, chosen["t"])
        left.remove(chosen)
        arrivals.append(chosen)
    return arrivals


def test_lateness_inside_the_replay_window_leaves_no_trace() -> None:
    for seed in range(RUNS // 5):
        rng = Random(seed)
        events = months(rng)
        assert state(fold(delayed(rng, events)).user) == state(fold(in_order(events)).user), seed


def test_more_events_than_the_replay_window_holds_may_still_come_late() -> None:
    for seed in range(RUNS // 1_000):
        rng = Random(seed)
        events = [
            {
                "id": f"m{i:03}",
                "t": 1_800_000_000_000 + i * 1_000,
                "name": rng.choice("ABCX"),
                "props": {"k": rng.randrange(4)},
            }
            for i in range(LIMITS.replay_events + 60)
        ]
        late = [events[min(i + 1, len(events) - 1)] if i % 2 == 0 else events[i - 1] for i in range(len(events))]
        assert {str(h["id"]) for h in late} == {str(h["id"]) for h in events}
        assert state(fold(late).user) == state(fold(events).user), seed


def test_the_account_of_a_person_is_the_same_in_any_order_of_arrival() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        calls = [(rng.randrange(6), f"m{i}", rng.choice("ab")) for i in range(rng.randint(1, 5))]
        found = []
        for order in (sorted(calls), rng.sample(calls, len(calls))):
            facts = Facts.empty("f")
            for t, message, account in order:
                group = {"id": message, "t": t, "recv": 10, "name": "$group"}
                fold_event(SHAPES.plan, "user", facts, event_of(group, account_id=account))
            found.append([facts.account_at(t) for t in range(7)])
        assert found[0] == found[1], (seed, calls)


# -- 3 clock skew, 4 translation


def test_a_wrong_clock_changes_nothing() -> None:
    for seed in range(RUNS // 10):
        rng = Random(seed)
        sent = 1_800_000_000_000
        ages = [rng.choice((0, 1, HOUR, 3 * DAY)) for _ in range(5)]
        skew = rng.choice((1, -1)) * rng.choice((0, 1, 3 * HOUR, 400 * DAY))
        times = []
        for wrong in (0, skew):
            items = [
                b'{"type":"track","event":"A","userId":"u","timestamp":%d}' % (sent + wrong - age) for age in ages
            ]
            times.append([e.t for e in decode_items(items, received_at=sent + 250, sent_at=sent + wrong).events])
        assert times[0] == times[1] == [sent + 250 - age for age in ages]


def test_weeks_later_everything_is_as_it_was() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        found = told(rng, zones=STILL)
        shift = rng.randint(1, 60) * 7 * DAY
        moved = [{**h, "t": h["t"] + shift, "recv": h["recv"] + shift} for h in found.arrivals]
        now = found.looks[-1][1]
        one, other = fold(found.arrivals, found.zone), fold(moved, found.zone)
        assert values(one, now) == values(other, now + shift), seed


# -- 5 monotone, 6 complement


def test_one_more_matching_event_never_makes_did_false() -> None:
    exprs: list[Any] = [
        {"did": {"event": "A", "min": least, **window}}
        for least in (1, 2, 3)
        for window in ({}, {"last": "1d"}, {"last": "7cd"}, {"last": "1h"})
    ]
    shapes = Shapes(exprs)
    for seed in range(RUNS):
        rng = Random(seed)
        found = story(rng, ("A", "A", "B"), SPANS, travel=False)
        now = found.looks[-1][1]
        subject = Subject(shapes.plan, found.zone).feed(found.arrivals)
        before = [subject.value(subject.look(now), i) for i in range(len(exprs))]
        more = {
            "id": "more",
            "t": now - rng.choice((0, 1, HOUR, DAY, 30 * DAY)),
            "recv": now,
            "name": "A",
            "tz": found.zone,
        }
        subject.feed([more])
        after = [subject.value(subject.look(now), i) for i in range(len(exprs))]
        assert all(now_true for was, now_true in zip(before, after, strict=True) if was), seed


def test_one_more_event_never_makes_inactive_true() -> None:
    """Unless it came before everything else: without a matching event, silence counts from the first sight."""
    exprs: list[Any] = [
        {"inactive": {"for": size, **event}} for size in ("0s", "1h", "1d") for event in ({}, {"event": "A"})
    ]
    shapes = Shapes(exprs)
    for seed in range(RUNS):
        rng = Random(seed)
        found = story(rng, ("A", "B"), SPANS, most=6)
        if not found.arrivals:
            continue
        now = found.looks[-1][1]
        subject = Subject(shapes.plan, found.zone).feed(found.arrivals)
        before = [subject.value(subject.look(now), i) for i in range(len(exprs))]
        assert subject.user.first_seen is not None
        more = {"id": "more", "t": rng.randint(subject.user.first_seen, now), "recv": now, "name": rng.choice("AB")}
        subject.feed([{**more, "active": rng.random() < 0.5}])
        after = [subject.value(subject.look(now), i) for i in range(len(exprs))]
        assert not any(after[i] and not before[i] for i in range(len(exprs))), seed


def test_inactive_is_the_exact_complement_of_did() -> None:
    sizes = ("1ms", "1h", "24h", "1d", "7d")
    events: list[dict[str, Any]] = [{"event": "A"}, {"event": "$active"}, {"event": {"any": ["A", "B"]}}]
    pairs: list[Any] = [[{"inactive": {"for": d, **e}}, {"did": {"last": d, **e}}] for d in sizes for e in events]
    shapes, spans = Shapes([expr for pair in pairs for expr in pair]), [1, HOUR, DAY, DAY, 7 * DAY]
    for seed in range(RUNS):
        rng = Random(seed)
        found = story(rng, ("A", "B", "C"), SPANS, most=6)
        subject = Subject(shapes.plan, found.zone).feed(found.arrivals)
        for now in {now for _, now in found.looks if now >= found.looks[-1][1] - HOUR}:
            first = subject.user.first_seen
            for i in range(len(pairs)):
                if (
                    first is None
                    or first > now - spans[i // len(events)]
                    or now < max(h["recv"] for h in found.arrivals)
                ):
                    continue
                inactive, did = (subject.value(subject.look(now), 2 * i + j) for j in (0, 1))
                assert inactive is not did, (seed, pairs[i])


# -- 7 conservation


def test_every_attempt_that_was_opened_ended_or_is_open() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        subject = fold([])
        for h in told(rng, most=14).arrivals:
            subject.feed([h])
            for facts in (subject.user, subject.account):
                assert facts is not None
                for s in facts.now.chains.values():
                    ended = s.completed + s.interrupted + s.abandoned + s.evicted
                    assert s.opened == ended + len(s.lanes), seed


# -- 8 prefix, 10 sharding, 12 snapshot


def test_what_comes_later_does_not_change_what_was() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        events = in_order(received(told(rng).arrivals))
        n = rng.randint(0, len(events))
        subject = fold(events[:n])
        kept = encode(subject.user)
        before = decode(kept)
        subject.feed(events[n:])
        assert encode(before) == kept == encode(fold(events[:n]).user), seed


def test_people_do_not_touch_each_other() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        lives = [received(told(rng, most=8).arrivals) for _ in range(3)]
        together, rest = [fold([]) for _ in lives], [list(life) for life in lives]
        while any(rest):
            who = rng.choice([i for i, life in enumerate(rest) if life])
            together[who].feed([rest[who].pop(0)])
        for one, life in zip(together, lives, strict=True):
            alone = fold(life)
            assert encode(one.user) == encode(alone.user), seed


def test_saving_and_loading_at_any_point_is_invisible() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        found = told(rng)
        whole, saved = fold(found.arrivals, found.zone), fold([], found.zone)
        for h in found.arrivals:
            if rng.random() < 0.4:
                saved.user = decode(encode(saved.user))
                assert saved.account is not None
                saved.account = decode(encode(saved.account))
            saved.feed([h])
        assert encode(saved.user) == encode(whole.user), seed
        now = found.looks[-1][1]
        saved.user = decode(encode(saved.user))
        assert values(saved, now) == values(whole, now), seed


# -- 9 merge homomorphism


def test_linking_is_playing_the_union() -> None:
    """What the anonymous id did is folded in just before the event that links it; others may have come before."""
    for seed in range(RUNS):
        rng = Random(seed)
        events = received(told(rng, most=14).arrivals)
        anonymous = [h for h in events if rng.random() < 0.5]
        own = [h for h in events if h not in anonymous]
        before = own[: rng.randint(0, len(own))]
        linked = fold(before).feed(anonymous).feed(own[len(before) :])
        assert state(linked.user) == state(fold(in_order(events)).user), seed
        both = decode(encode(fold(anonymous).user))
        merged = Subject(SHAPES.plan)
        merged.user = both
        assert state(merged.feed(own).user) == state(linked.user), seed


# -- 11 compile


LEAVES: list[Any] = [
    *(expr for expr in ASKED[:10]),
    {"chain": {"ref": "abc-unless", "last": "1h"}}, {"abandoned": {"ref": "ab"}}, {"seg": "admins"}, {"seg": "busy"},
]  # fmt: skip
SEGMENTS: dict[str, Any] = {
    "admins": {"==": [{"var": "user.role"}, "admin"]},
    "busy": {"or": [{"seg": "admins"}, {">=": [{"count": {"event": "A", "last": "7d"}}, 3]}]},
}
NUMBERS: list[Any] = [
    0, 1, 2, 3, -1, 2.5, {"var": "user.n"}, {"var": "user.absent"}, {"var": "session.n"}, {"var": "session.age_s"},
    {"var": "account.age_days"}, {"count": {"event": "A", "last": "7d"}}, {"days": {"event": "$active", "last": "14cd"}},
    {"var": ["user.n", 7]}, {"var": "user.role"}, "3", None, True,
]  # fmt: skip
LISTS: list[Any] = [{"var": "user.tags"}, ["a", "admin", 1], [], {"var": "user.absent"}, [{"var": "user.n"}, 1, None]]
TEXTS: list[Any] = [{"var": "user.role"}, "admin", "", "user", {"var": "account.plan"}, {"cat": ["ad", "min"]}, None]


def number(rng: Random, arithmetic: Sequence[str], depth: int) -> Any:
    if depth > 2 or rng.random() < 0.6:
        return rng.choice(NUMBERS)
    sign = rng.choice(arithmetic)
    count = {"/": 2, "%": 2, "-": rng.randint(1, 2)}.get(sign, rng.randint(2, 3))
    return {sign: [number(rng, arithmetic, depth + 1) for _ in range(count)]}


def condition(rng: Random, arithmetic: Sequence[str], depth: int = 0) -> Any:
    """Any expression of the profile over what a person did and is."""
    kind = rng.randrange(11 if depth < 4 else 6)

    def inner() -> Any:
        return condition(rng, arithmetic, depth + 1)

    if kind < 3:
        return rng.choice(LEAVES)
    if kind == 3:
        sign = rng.choice(("<", "<=", ">", ">=", "==", "!=", "===", "!=="))
        values = [number(rng, arithmetic, depth) for _ in range(rng.choice((2, 2, 3)) if sign in ("<", "<=") else 2)]
        return {sign: values}
    if kind == 4:
        return rng.choice(
            [
                {"in": [rng.choice(TEXTS), rng.choice((*TEXTS, *LISTS))]},
                {"==": [rng.choice(TEXTS), rng.choice(TEXTS)]},
                {"missing": rng.sample(["user.role", "user.absent", "user.n", "account.plan"], 2)},
                {"missing_some": [1, ["user.role", "user.absent"]]},
                {"!!": [rng.choice((*TEXTS, *LISTS, *NUMBERS))]},
            ]
        )
    if kind == 5:
        body = rng.choice(
            [{"==": [{"var": ""}, "a"]}, {"in": [{"var": ""}, {"var": "$root.user.tags"}]}, {"var": ""}]
        )
        return rng.choice(
            [
                {rng.choice(("all", "some", "none")): [rng.choice(LISTS), body]},
                {"filter": [rng.choice(LISTS), body]},
                {"map": [rng.choice(LISTS), {"===": [{"var": ""}, {"var": "$root.user.n"}]}]},
                {"reduce": [rng.choice(LISTS), {"or": [{"var": "accumulator"}, {"var": "current"}]}, False]},
                {"merge": [["a"], rng.choice(LISTS[1:3]), rng.choice(TEXTS[1:4])]},
                {"substr": ["abcdef", rng.randint(-7, 7), rng.randint(-3, 3)]},
            ]
        )
    if kind < 9:
        return {rng.choice(("and", "or")): [inner() for _ in range(rng.randint(1, 3))]}
    if kind == 9:
        return {rng.choice(("!", "!!")): [inner()]}
    return {"if": [inner() for _ in range(rng.randint(1, 5))]}


def compile_law(arithmetic: Sequence[str]) -> None:
    """Ten rules to a plan, each plan over two people."""
    for batch in range(RUNS // 10):
        rng = Random(batch)
        exprs = [condition(rng, arithmetic) for _ in range(10)]
        shapes = Shapes(exprs, chains=CHAINS, segments=SEGMENTS, key_actions=["B"])
        for _ in range(2):
            found = told(rng, most=8, late=False)
            events, now = in_order(received(found.arrivals)), found.looks[-1][1]
            subject = Subject(shapes.plan, found.zone, account=found.zone).feed(events)
            world = World(now, events, events, found.zone, found.zone, KNOWN, CHAINS, SEGMENTS, ["B"])
            look = subject.look(now, KNOWN)
            for i, expr in enumerate(exprs):
                assert look.truth(shapes.plan.rules[f"s{i}"].when) is world.truth(expr), (batch, expr)
                assert same(subject.value(look, i), world.value(expr)), (batch, expr)


def same(a: Any, b: Any) -> bool:
    return logic.truth({"===": [{"var": "a"}, {"var": "b"}]}, {"a": a, "b": b})


def test_a_compiled_rule_is_its_expression_read_naively() -> None:
    compile_law(("+", "*"))


def test_a_compiled_rule_with_any_arithmetic_is_its_expression_read_naively() -> None:
    compile_law(("+", "-", "*", "/", "%", "max", "min"))


# -- time alone


@pytest.mark.parametrize("number", range(len(ASKED)), ids=lambda i: next(iter(ASKED[i])))
def test_time_alone_changes_nothing_before_the_next_flip(number: int) -> None:
    (name,) = SHAPES.plan.rules[f"s{number}"].when.readings
    reading = SHAPES.plan.readings[name]
    for seed in range(RUNS // 8):
        rng = Random(seed)
        found = told(rng, travel=False)
        subject = fold(found.arrivals, found.zone)
        now = found.looks[-1][1]
        env = ReadEnv(KNOWN, subject.look(now).env.user_zone, subject.look(now).env.account_zone)
        flip = next_flip(SHAPES.plan, subject.user, reading, now, env) or now + 40 * DAY
        assert flip > now
        is_now = subject.value(subject.look(now, KNOWN), number)
        edges = {h["t"] + span + off for h in found.arrivals for span in (*SPANS, 12 * MINUTE) for off in (0, 1)}
        for then in sorted(t for t in {*edges, flip - 1} if now < t < flip):
            assert subject.value(subject.look(then, KNOWN), number) == is_now, (seed, then)
