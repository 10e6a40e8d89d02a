"""Chains of the engine against every choice of events tried by brute force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from tests.oracle import chains, logic
from tests.oracle.history import Happening
from tests.property.chain_shapes import CHAINS, KEY_ACTIONS, chain_shapes, chain_story
from tests.property.histories import RUNS, Shapes, Subject, differences, received
from waypost.facts.subject import ChainState

WINDOWS: tuple[dict[str, Any], ...] = ({}, {"last": "10m"}, {"last": "1h"}, {"last": "1d"}, {"in": "session"})
CALENDAR: tuple[dict[str, Any], ...] = ({"last": "1cd"}, {"last": "2cd"})


def run(op: str, each: int, windows: Sequence[dict[str, Any]], account: str = "") -> None:
    tried = chain_shapes([{op: window} for window in windows], bool(account))
    for seed in range(RUNS):
        rng = Random(f"{op} {account} {seed}")
        shapes = rng.choice(tried)
        numbers = rng.sample(range(len(shapes.exprs)), min(each, len(shapes.exprs)))
        assert differences(shapes, chain_story(rng), numbers, account=account) == [], seed


def test_a_chain_is_complete_where_some_choice_of_events_is() -> None:
    run("chain", 8, WINDOWS)


def test_a_chain_of_an_account_is_made_by_all_its_people() -> None:
    run("chain", 5, WINDOWS[:-1], "Europe/Berlin")


def test_a_chain_was_completed_on_one_of_the_last_local_days() -> None:
    run("chain", 5, CALENDAR)


def test_progress_is_the_furthest_step_that_can_still_go_on() -> None:
    run("progress", 4, ({},))


def test_progress_of_an_account_is_that_of_all_its_people() -> None:
    run("progress", 3, ({},), "Asia/Kathmandu")


def states(subject: Subject, shapes: Shapes) -> Iterator[tuple[str, ChainState]]:
    for number, expr in enumerate(shapes.exprs):
        (reading,) = shapes.plan.rules[f"s{number}"].when.readings
        atom = shapes.plan.readings[reading].atom or ""
        yield expr["abandoned"]["ref"], subject.user.now.chains.get(atom, ChainState())


def test_every_attempt_is_opened_and_ended_as_by_brute_force() -> None:
    tried = chain_shapes([{"abandoned": {}}], False)
    for seed in range(RUNS):
        rng = Random(seed)
        told, shapes = chain_story(rng), rng.choice(tried)
        subject, events = Subject(shapes.plan, told.zone).feed(told.arrivals), received(told.arrivals)
        for name, state in states(subject, shapes):
            agree(name, state, events, seed)


def agree(name: str, state: ChainState, events: Sequence[Happening], seed: int) -> None:
    found = chains.attempts(chains.played(events, CHAINS[name], logic.truth, KEY_ACTIONS), CHAINS[name])
    assert (state.opened, state.completed, state.interrupted, state.abandoned, state.evicted) == (
        found.opened, len(found.completed), found.interrupted, len(found.abandoned), found.evicted,
    ), (name, seed)  # fmt: skip
    assert (state.done or (None, None))[:2] == (found.completed[-1] if found.completed else (None, None)), (
        name,
        seed,
    )
    assert [end[:3] for end in state.ended] == found.abandoned[-chains.ENDED_KEPT :], (name, seed)
    assert {lane.attempt for lane in state.lanes.values()} == {open_[0].id for open_ in found.open.values()}, (
        name,
        seed,
    )


def many_keys(rng: Random) -> list[dict[str, Any]]:
    """Starts and ends of up to twenty keys, a second apart."""
    return [
        {
            "id": f"m{i:02}",
            "t": 1_800_000_000_000 + i * 1_000,
            "name": rng.choice("AAAB"),
            "props": {"k": rng.randrange(20)},
        }
        for i in range(45)
    ]


def test_the_seventeenth_key_costs_the_least_recent_its_attempt() -> None:
    shapes = Shapes([{"abandoned": {"ref": "same"}}], chains=CHAINS, key_actions=KEY_ACTIONS)
    evicted = 0
    for seed in range(RUNS // 50):
        rng = Random(seed)
        events = many_keys(rng)
        subject = Subject(shapes.plan).feed(rng.sample(events, len(events)))
        state = dict(states(subject, shapes))["same"]
        agree("same", state, events, seed)
        evicted += state.evicted
    assert evicted > 0
