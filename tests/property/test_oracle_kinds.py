"""Chains of the other kinds against brute force: strict, in any order, inside a session, by one person; and stalls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tests.oracle import chains, logic, sessions, stalls, strict, unordered
from tests.oracle.history import MINUTE, Happening, in_order, length
from tests.property.chain_shapes import PROPS, SPANS, STEPS, X, of
from tests.property.histories import RUNS, Shapes, Story, Subject, received, story

ONE = {"==": [{"var": "event.k"}, 1]}
STRICT: dict[str, dict[str, Any]] = {
    "ab": {"steps": of("AB"), "within": "10m"},
    "abc": {"steps": of("ABC"), "within": "10m"},
    "aba": {"steps": of("ABA"), "within": "10m"},
    "aab": {"steps": of("AAB"), "within": "10m"},
    "abab": {"steps": of("ABAB"), "within": "1h"},
    "gap": {"steps": of("ABC"), "within": "10m", "gap": "4m"},
    "unless": {"steps": of("ABC"), "within": "10m", "unless": X},
    "alphabet": {"steps": of("AB"), "within": "10m", "alphabet": ["C", {"any": ["X"]}]},
    "where": {"steps": [{"event": "A", "where": ONE}, {"event": "B"}], "within": "10m"},
    "times": {"steps": [{"step": {"event": "A"}, "times": 3}], "within": "1h"},
    "same": {"steps": of("AB"), "within": "10m", "same": ["k"], "alphabet": ["C"]},
    "same-unless": {"steps": of("ABC"), "within": "1h", "same": ["k"], "unless": X},
    "instant": {"steps": of("AB"), "within": "0s"},
}
ANY: dict[str, dict[str, Any]] = {
    "ab": {"steps": of("AB"), "within": "10m"},
    "abc": {"steps": of("ABC"), "within": "10m"},
    "abcx": {"steps": of("ABCX"), "within": "1h"},
    "unless": {"steps": of("ABC"), "within": "10m", "unless": X},
    "where": {"steps": [{"event": "A", "where": ONE}, {"event": "B"}], "within": "10m"},
    "same": {"steps": of("ABC"), "within": "10m", "same": ["k"]},
    "instant": {"steps": of("AB"), "within": "0s"},
}
STALLS: dict[str, dict[str, Any]] = {
    "ab": {"steps": of("AB"), "within": "10m"},
    "abc": {"steps": of("ABC"), "within": "10m"},
    "abc-first": {"steps": of("ABC"), "within": "10m", "restart": "first"},
    "gap": {"steps": of("ABC"), "within": "10m", "gap": "4m"},
    "unless": {"steps": of("ABC"), "within": "10m", "unless": X},
    "aba": {"steps": of("ABA"), "within": "10m"},
    "same": {"steps": of("ABC"), "within": "10m", "same": ["k"]},
}
Occurrences = Callable[[Sequence[Happening], Mapping[str, Any]], list[tuple[int, str]]]


def told(rng: Random, most: int = 9) -> Story:
    names = rng.choice(("AABBC", "ABCX", "AABX", "ABAB", "AB", "ABC"))
    return story(rng, names, SPANS, props=rng.choice((({},), PROPS)), steps=STEPS, most=most, travel=False)


def completes(specs: Mapping[str, dict[str, Any]], occurrences: Occurrences, salt: str) -> None:
    """The chain holds, in each window, when the latest occurrence lies in it; and is the very one that was found."""
    names = sorted(specs)
    windows: list[dict[str, Any]] = [{}, {"last": "10m"}, {"last": "1d"}]
    shapes = Shapes([{"chain": {**specs[name], **window}} for name in names for window in windows])
    for seed in range(RUNS):
        rng = Random(f"{salt} {seed}")
        one, subject, fed = told(rng), None, 0
        subject = Subject(shapes.plan, one.zone)
        for arrived, now in one.looks:
            subject.feed(one.arrivals[fed:arrived])
            fed, happened, look = arrived, received(one.arrivals[:arrived]), subject.look(now)
            for i, name in enumerate(names):
                found = occurrences(happened, specs[name])
                for j, window in enumerate(windows):
                    since = now - length(window["last"]) if window else -1
                    expected = any(since < t <= now for t, _ in found)
                    assert subject.value(look, i * len(windows) + j) is expected, (seed, name, window, now)
                (reading,) = shapes.plan.rules[f"s{i * len(windows)}"].when.readings
                state = subject.user.now.chains.get(shapes.plan.readings[reading].atom or "")
                assert (state.done[:2] if state and state.done else None) == (found[-1] if found else None), (
                    seed,
                    name,
                )


def test_a_strict_chain_is_a_run_of_neighbours() -> None:
    def occurrences(happened: Sequence[Happening], spec: Mapping[str, Any]) -> list[tuple[int, str]]:
        return strict.occurrences(strict.spelled(happened, spec, logic.truth), spec)

    completes({name: {**spec, "mode": "strict"} for name, spec in STRICT.items()}, occurrences, "strict")


def test_a_chain_in_any_order_is_one_window_with_every_step() -> None:
    def occurrences(happened: Sequence[Happening], spec: Mapping[str, Any]) -> list[tuple[int, str]]:
        return unordered.occurrences(chains.played(happened, spec, logic.truth), spec)

    completes({name: {**spec, "order": "any"} for name, spec in ANY.items()}, occurrences, "any")


def test_a_chain_within_a_session_is_made_in_one_visit() -> None:
    """As a chain without a window over the events of each visit by itself; what no visit holds is not seen."""
    wide = "90d"

    def occurrences(happened: Sequence[Happening], spec: Mapping[str, Any]) -> list[tuple[int, str]]:
        found, spec = list[tuple[int, str]](), {**spec, "within": wide}
        visits = sessions.visits(happened)
        for i, visit in enumerate(visits):
            end = min(visit.last + 30 * MINUTE, visit.start + 24 * 60 * MINUTE)
            end = min(end, visits[i + 1].start) if i + 1 < len(visits) else end
            inside = [h for h in _from(visit, happened) if h["t"] < end]
            found += chains.attempts(chains.played(inside, spec, logic.truth), spec).completed
        return found

    specs = {
        name: {"steps": steps, "within": "session"}
        for name, steps in {"ab": of("AB"), "abc": of("ABC"), "aba": of("ABA")}.items()
    }
    completes(specs, occurrences, "session")


def _from(visit: sessions.Visit, happened: Sequence[Happening]) -> list[Happening]:
    """What happened from the visit's first active event on, in the order of the events."""
    ordered = in_order(happened)
    first = next(i for i, h in enumerate(ordered) if h.get("active") and h["t"] == visit.start)
    return ordered[first:]


def test_a_stall_is_a_step_that_waits_too_long_for_the_next() -> None:
    names = sorted(STALLS)
    asked = [
        {"ref": name, "after": after, "within": within, "grace": grace, **window}
        for name in names
        for after in (1, 2)[: len(STALLS[name]["steps"]) - 1]
        for within, grace in (("2m", "0s"), ("4m", "2m"), ("10m", "0s"))
        for window in ({}, {"last": "1h"})
    ]
    shapes = Shapes([{"abandoned": args} for args in asked], chains=STALLS)
    for seed in range(RUNS):
        rng = Random(f"stall {seed}")
        one, fed = told(rng), 0
        subject = Subject(shapes.plan, one.zone)
        for arrived, now in one.looks:
            subject.feed(one.arrivals[fed:arrived])
            fed, happened, look = arrived, received(one.arrivals[:arrived]), subject.look(now)
            for number in rng.sample(range(len(asked)), 8):
                args = asked[number]
                spec = STALLS[args["ref"]]
                events = chains.played(happened, spec, logic.truth)
                since = now - length(args["last"]) if "last" in args else -1
                found = stalls.stalls(events, spec, args["after"], args["within"], now)[-chains.ENDED_KEPT :]
                expected = any(since < at and now > at + length(args["grace"]) for at, _ in found)
                assert subject.value(look, number) is expected, (seed, args, now, found)


def test_a_chain_of_one_actor_is_made_by_one_person() -> None:
    """As a chain that carries the person as a property that must be the same."""
    specs = {
        name: {"steps": of(name), "within": "10m", "scope": "account", "actor": "same"}
        for name in ("AB", "ABC", "AAB")
    }
    shapes = Shapes([{"chain": spec} for spec in specs.values()])
    for seed in range(RUNS):
        rng = Random(f"actor {seed}")
        one = told(rng)
        subject = Subject(shapes.plan, one.zone, account="UTC")
        happened = [{**h, "props": {"who": rng.choice("xyz")}} for h in received(one.arrivals)]
        for h in happened:
            subject.feed_of(h, h["props"]["who"])
        now = one.looks[-1][1]
        look = subject.look(now)
        for number, spec in enumerate(specs.values()):
            found = chains.attempts(
                chains.played(happened, {**spec, "same": ["who"]}, logic.truth), {**spec, "same": ["who"]}
            )
            assert subject.value(look, number) is any(t <= now for t, _ in found.completed), (seed, spec)
