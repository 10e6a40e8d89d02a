"""Usage by day equals a naive count over the log: over any batches, kills in between, late events and duplicates."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.model import DAY, GROUP, IDENTIFY, TIP, Event
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan
from waypost.service import usage as counting
from waypost.store import events as log
from waypost.store import usage
from waypost.store.sqlite import Store, Tx

PLAN, _ = compile_rules({}, {}, {}, {}, {"support": {"event": "asked", "topic": "about"}})
OTHER, _ = compile_rules({}, {}, {}, {}, {"support": {"event": "wrote"}})
ACCOUNTS, PEOPLE = ("acme", "beta"), ("ann", "ben", "cyd")


class Killed(Exception):
    """The process was killed inside a transaction."""


@dataclass
class World:
    store: Store

    def clean(self) -> None:
        def wipe(tx: Tx) -> None:
            for table in ("event", "event_name", "usage_day", "person", "ticket", "account_due", "meta"):
                tx.execute(f"DELETE FROM {table}")

        self.store.write_now(wipe)

    def settle(self, limit: int, kills: Iterator[bool], plan: Plan = PLAN) -> None:
        """Count to the end. Where `kills` says so the process dies with the rows written and the cursor not yet."""
        whole, more = usage.set_cursor, True

        def dies(tx: Tx, project_id: int, at: usage.Cursor) -> None:
            if next(kills, False):
                raise Killed
            whole(tx, project_id, at)

        usage.set_cursor = dies
        try:
            while more:
                with contextlib.suppress(Killed):
                    more = counting.step(self.store, 1, plan, limit)
        finally:
            usage.set_cursor = whole


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('usage') / 'a.db'}")
    store.write_now(lambda tx: tx.execute("INSERT INTO project (name, write_key, created_at) VALUES ('p', 'k', 0)"))
    yield World(store)
    store.close()


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[str, Event]]:
    """(subject, event) in order of arrival; times go back and forth, and some messages come twice."""
    found = []
    for i in range(draw(st.integers(0, 30))):
        person = draw(st.sampled_from(PEOPLE))
        known, t = draw(st.booleans()), draw(st.integers(0, 5 * DAY))
        name = draw(st.sampled_from(("opened", "saved", "asked", "ticket_closed", TIP, GROUP, IDENTIFY)))
        props: dict[str, Any] = {}
        if name in ("asked", "ticket_closed"):
            ticket = draw(st.sampled_from((1, "x", None)))
            props = {"ticket_id": ticket, "severity": draw(st.sampled_from(("high", "low"))), "about": "billing"}
        elif name == IDENTIFY:
            props = {
                "name": draw(st.sampled_from(("Ann", "Anna", 5))),
                "role": draw(st.sampled_from(("admin", "member"))),
            }
        account = draw(st.sampled_from((*ACCOUNTS, None)))
        event = Event(
            message_id=f"m{draw(st.integers(0, 40))}-{i if draw(st.booleans()) else 0}",
            name=name,
            t=t,
            received_at=t,
            user_id=person if known else None,
            anon_id=None if known else person,
            account_id=account,
            account_day=20_000 + t // DAY,
            active=draw(st.booleans()),
            props=props,
        )
        found.append((f"u:{person}" if known else f"a:{person}", event))
    return found


def rows(tx: Tx, table: str) -> list[tuple[Any, ...]]:
    return sorted(tx.execute(f"SELECT * FROM {table} WHERE project_id=1").fetchall())


def naive(tx: Tx) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What the three tables must hold, written down anew from the whole log."""
    names = usage.name_ids(tx, 1)
    events = [(subject, event) for _, subject, event in log.everything(tx, 1)]
    counts, last = Counter[Any](), dict[Any, int]()
    for subject, e in events:
        if e.account_id and e.name[0] != "$":
            for key in [
                (1, f"g:{e.account_id}", day, name, subject)
                for day in (0, e.account_day)
                for name in ([names[e.name], 0] if e.active else [names[e.name]])
            ]:
                counts[key] += 1
                last[key] = max(last.get(key, 0), e.t)
    people = []
    for subject in sorted(
        {s for s, e in events if s[0] == "u" and (e.name == IDENTIFY or (e.name == GROUP and e.account_id))}
    ):
        said = [e for s, e in events if s == subject]
        groups = [(e.t, f"g:{e.account_id}") for e in said if e.name == GROUP and e.account_id]
        called = [(e.t, e.props["name"]) for e in said if e.name == IDENTIFY and isinstance(e.props["name"], str)]
        roles = [(e.t, e.props["role"]) for e in said if e.name == IDENTIFY]
        (since, account), (named, name), (at, role) = (max(x, default=(-1, "")) for x in (groups, called, roles))
        people.append((1, subject, account, since, name, named, role, at))
    tickets = []
    for account, number in {
        (e.account_id, str(e.props["ticket_id"])) for _, e in events if e.props.get("ticket_id") and e.account_id
    }:
        mine = [(s, e) for s, e in events if e.account_id == account and str(e.props.get("ticket_id")) == number]
        opened = [(s, e) for s, e in mine if e.name == "asked"]
        closed = [e.t for _, e in mine if e.name == "ticket_closed"]
        tickets.append(
            (f"g:{account}", number, min((e.t for _, e in opened), default=None), max(closed, default=None))
        )
    return sorted((*key, n, last[key]) for key, n in counts.items()), sorted(people), sorted(tickets, key=str)


def assert_naive(tx: Tx) -> None:
    counts, people, tickets = naive(tx)
    assert rows(tx, "usage_day") == counts
    assert rows(tx, "person") == people
    assert sorted(((r[1], r[2], r[4], r[5]) for r in rows(tx, "ticket")), key=str) == tickets


@settings(max_examples=150)
@given(streams(), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.lists(st.booleans(), max_size=8))
def test_usage_is_a_count_over_the_log_whatever_dies_in_between(
    world: World, stream: list[tuple[str, Event]], limits: list[int], kills: list[bool]
) -> None:
    world.clean()
    deaths, size = iter(kills), -(-len(stream) // len(limits)) or 1
    for i, limit in enumerate(limits):
        part = stream[i * size : (i + 1) * size]
        world.store.write_now(lambda tx, part=part: log.append(tx, 1, part))  # type: ignore[misc]
        world.settle(limit, deaths)
    world.store.read_now(assert_naive)


@settings(max_examples=50)
@given(streams(), st.integers(1, 9), st.lists(st.booleans(), max_size=8))
def test_a_recount_ends_in_the_same_rows(
    world: World, stream: list[tuple[str, Event]], limit: int, kills: list[bool]
) -> None:
    world.clean()
    world.store.write_now(lambda tx: log.append(tx, 1, stream))
    world.settle(limit, iter(()))
    world.store.write_now(lambda tx: counting.forget_usage(tx, 1))
    world.settle(limit, iter(kills))
    world.store.read_now(assert_naive)


def test_another_support_event_has_tickets_counted_anew(world: World) -> None:
    world.clean()
    wrote = Event(
        message_id="1", name="wrote", t=9, received_at=9, user_id="ann", account_id="acme", props={"ticket_id": 7}
    )
    world.store.write_now(lambda tx: log.append(tx, 1, [("u:ann", wrote)]))
    world.settle(10, iter(()))
    assert world.store.read_now(lambda tx: usage.tickets_of(tx, 1, "g:acme")) == []
    world.settle(10, iter(()), OTHER)
    (found,) = world.store.read_now(lambda tx: usage.tickets_of(tx, 1, "g:acme"))
    assert (found.ticket, found.opened_at, found.closed_at) == ("7", 9, None)


def test_a_log_that_was_emptied_is_counted_from_its_start(world: World) -> None:
    world.clean()
    events = [
        (f"u:{i}", Event(message_id=f"{i}", name="x", t=i, received_at=i, user_id=f"{i}", account_id="acme"))
        for i in range(5)
    ]
    world.store.write_now(lambda tx: log.append(tx, 1, events))
    world.settle(10, iter(()))
    world.store.write_now(lambda tx: tx.execute("DELETE FROM event WHERE project_id=1"))
    world.store.write_now(lambda tx: log.append(tx, 1, events[:1]))
    world.settle(10, iter(()))
    world.store.read_now(assert_naive)


def test_days_beyond_the_limit_are_forgotten_and_what_was_ever_done_is_not(world: World) -> None:
    world.clean()
    events = [
        (
            "u:ann",
            Event(
                message_id=f"{day}",
                name="x",
                t=day,
                received_at=day,
                user_id="ann",
                account_id="acme",
                account_day=day,
            ),
        )
        for day in (100, 101)
    ]
    world.store.write_now(lambda tx: log.append(tx, 1, events))
    world.settle(10, iter(()))
    assert world.store.write_now(lambda tx: usage.forget(tx, 1, "g:acme", 101)) == 1
    ((name, bits),) = world.store.read_now(lambda tx: usage.days_of(tx, 1, "g:acme", 99, 63)).items()
    assert bits == {"u:ann": 0b100}
    assert world.store.read_now(lambda tx: usage.uses_of(tx, 1, "g:acme", 99, 63)) == {name: {101: 1}}
    assert world.store.read_now(lambda tx: usage.last_of(tx, 1, "g:acme")) == {name: {"u:ann": 101}}
    (ever,) = (row for row in world.store.read_now(lambda tx: rows(tx, "usage_day")) if row[2] == usage.EVER)
    assert ever[-2:] == (2, 101)


def test_the_people_of_an_account_are_found_along_an_index(world: World) -> None:
    seen: list[str] = []

    class Explaining(Tx):
        def execute(self, sql: str, params: Any = ()) -> Any:
            seen.extend(row[-1] for row in super().execute("EXPLAIN QUERY PLAN " + sql, params))
            return super().execute(sql, params)

    world.store.read_now(lambda tx: usage.people_of(Explaining(tx._connection), 1, "g:acme"))
    assert seen == ["SEARCH person USING INDEX person_by_account (project_id=? AND account=?)"]
