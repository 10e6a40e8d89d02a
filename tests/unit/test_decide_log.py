"""The decision log: equal decisions share a row, and any instant finds the decision in force."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.unit.decide_world import START, World, tip
from waypost.model import DAY, Decision, Json, Loser
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store import decision_body, decisions
from waypost.store.decision_body import Usual
from waypost.store.projects import get_meta
from waypost.store.sqlite import Store, Tx
from waypost.web.background import forget_decisions

IVAN = "u:ivan"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/log.db")
    yield opened
    opened.close()


def keep(store: Store, decision: Decision, *times: int, subject: str = IVAN, project: int = 1) -> None:
    for t in times:
        store.write_now(partial(_append, project, subject, t, decision))


def _append(project: int, subject: str, t: int, decision: Decision, tx: Tx) -> None:
    decisions.append(tx, project, subject, t, decision)


def rows(store: Store) -> list[tuple[Json, ...]]:
    def job(tx: Tx) -> list[tuple[Json, ...]]:
        return tx.execute("SELECT first_at, last_at FROM decision WHERE project_id=1 ORDER BY first_at, n").fetchall()

    return store.read_now(job)


def found(store: Store, at: int, subject: str = IVAN, project: int = 1) -> decisions.Stored | None:
    return store.read_now(lambda tx: decisions.at(tx, project, subject, at))


def held(code: str, **detail: Json) -> Decision:
    return Decision(offers=[], losers=[Loser(tip="a", version=1, stage=1, code=code, detail=detail)])


def test_what_was_offered_and_why_not_the_rest_comes_back(store: Store) -> None:
    world = World(tip("a"), tip("b", when={"did": {"event": "x"}}), tip("c", schedule={"from": "2030-01-01T00:00"}))
    decision = world.ask()
    keep(store, decision, START)
    kept = found(store, START)
    assert kept is not None
    assert kept.decided_at == START
    assert kept.decision.offers == decision.offers
    assert kept.decision.losers == sorted(decision.losers, key=lambda loser: loser.tip)
    assert [loser.code for loser in kept.decision.losers] == ["when_false", "not_started"]


def test_equal_successive_decisions_share_a_row_and_keep_their_instants(store: Store) -> None:
    keep(store, held("when_false"), 10, 20, 30)
    keep(store, held("no_moment"), 40)
    keep(store, held("when_false"), 50)
    assert rows(store) == [(10, 30), (40, 40), (50, 50)]
    assert [kept.decided_at for t in (10, 19, 20, 35) if (kept := found(store, t))] == [10, 10, 20, 30]


def test_the_order_of_losers_makes_no_difference(store: Store) -> None:
    losers = [Loser(tip=name, version=1, stage=1, code="when_false") for name in "abc"]
    keep(store, Decision(offers=[], losers=losers), 1)
    keep(store, Decision(offers=[], losers=losers[::-1], next_in=5), 2)
    assert rows(store) == [(1, 2)]


def test_other_numbers_are_another_decision(store: Store) -> None:
    keep(store, held("snoozed", until=5), 1)
    keep(store, held("snoozed", until=6), 2)
    assert rows(store) == [(1, 1), (2, 2)]


def test_before_the_first_decision_there_is_none(store: Store) -> None:
    assert found(store, 9) is None
    keep(store, held("when_false"), 10)
    assert found(store, 9) is None
    assert store.read_now(lambda tx: decisions.latest(tx, 1, IVAN)) == found(store, 10)


def test_people_and_projects_are_apart(store: Store) -> None:
    keep(store, held("when_false"), 10)
    assert found(store, 10, subject="u:olga") is None
    assert found(store, 10, project=2) is None


def test_the_same_instant_twice_is_kept_once(store: Store) -> None:
    keep(store, held("when_false"), 10, 10)
    keep(store, held("no_moment"), 10)
    kept = found(store, 10)
    assert kept is not None
    assert kept.decision.losers[0].code == "no_moment"


def test_a_full_row_begins_another(store: Store) -> None:
    keep(store, held("when_false"), *range(decisions.INSTANTS_KEPT + 1))
    assert rows(store) == [(0, decisions.INSTANTS_KEPT - 1), (decisions.INSTANTS_KEPT, decisions.INSTANTS_KEPT)]


def test_a_decision_after_a_long_silence_begins_another_row(store: Store) -> None:
    keep(store, held("when_false"), 0, 2**32 - 1)
    assert rows(store) == [(0, 2**32 - 1)]
    keep(store, held("when_false"), 2**32)
    assert rows(store) == [(0, 2**32 - 1), (2**32, 2**32)]


def test_a_thousand_rules_that_never_matched_take_little_room(store: Store) -> None:
    losers = [Loser(tip=f"adoption-{i:04}-tip", version=1, stage=1, code="when_false") for i in range(1_000)]
    keep(store, Decision(offers=[], losers=losers), START)
    size = store.read_now(lambda tx: tx.execute("SELECT length(body) FROM decision WHERE project_id=1").fetchone()[0])
    assert size < 8_000
    kept = found(store, START)
    assert kept is not None
    assert kept.decision.losers == losers


def test_bodies_before_and_after_a_dictionary_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision_body, "NEXT_DICTIONARY", 30)
    told = [
        held("cap_user_24h", count=2, limit=2, until=START + i, by=[["welcome-admin", START]]) for i in range(150)
    ]
    for i, decision in enumerate(told):
        keep(store, decision, i)
    for i, decision in enumerate(told):
        kept = found(store, i)
        assert kept is not None
        assert kept.decision.losers == decision.losers

    def lengths(tx: Tx) -> list[int]:
        return [
            row[0] for row in tx.execute("SELECT length(body) FROM decision WHERE project_id=1 ORDER BY first_at, n")
        ]

    sizes = store.read_now(lengths)
    assert max(sizes[64:]) * 2 < min(sizes[:64]), "its likes make a body small"
    latest = store.read_now(lambda tx: get_meta(tx, "decisions:1:latest"))
    assert latest is not None
    assert int(latest.split(" ")[0]) > 3, "there were several"


def test_dictionaries_of_a_project_are_made_of_its_own_rows(store: Store) -> None:
    for i in range(63):
        keep(store, held("no_moment", n=i), i)
    for i in range(100):
        keep(store, held("snoozed", secret=i), i, project=2)

    def kept(tx: Tx) -> list[str | None]:
        return [get_meta(tx, f"decisions:{project}:latest") for project in (1, 2)]

    first, second = store.read_now(kept)
    assert first is not None
    assert first.split(" ")[1] == "-", "63 rows are too few, however many others have"
    assert second is not None
    assert second.split(" ")[1] != "-"


def test_what_rules_usually_say_is_kept_once_for_all_and_comes_back(store: Store) -> None:
    usual = Usual.of({f"t{i:03}": Loser(tip=f"t{i:03}", version=1, stage=1, code="when_false") for i in range(500)})
    other = Usual.of({**usual.losers, "t007": Loser(tip="t007", version=2, stage=1, code="no_moment")})
    held_back = Loser(tip="t003", version=1, stage=4, code="cap_user_24h", detail={"count": 2})
    (offer,) = World(tip("t004")).ask().offers
    decision = Decision(
        offers=[offer],
        losers=[held_back, *(one for name, one in usual.losers.items() if name not in ("t003", "t004"))],
    )
    equal = Decision(offers=[offer], losers=[msgspec.structs.replace(one) for one in reversed(decision.losers)])
    later = Decision(offers=[], losers=list(other.losers.values()))

    def job(tx: Tx) -> None:
        for t, told, under in ((1, decision, usual), (2, equal, usual), (3, later, other), (4, equal, usual)):
            decisions.append(tx, 1, IVAN, t, told, under)

    store.write_now(job)
    assert rows(store) == [(1, 2), (3, 3), (4, 4)]
    for t, told in ((2, decision), (3, later), (4, decision)):
        kept = found(store, t)
        assert kept is not None
        assert (kept.decision.offers, kept.decision.losers) == (
            told.offers,
            sorted(told.losers, key=lambda loser: loser.tip),
        )
    size = store.read_now(
        lambda tx: tx.execute("SELECT SUM(length(body)) FROM decision WHERE project_id=1").fetchone()[0]
    )
    assert size < 700, "what is usual is not in the rows"


def test_after_the_clock_went_back_decisions_of_one_instant_keep_their_order(store: Store) -> None:
    keep(store, held("when_false"), 100)
    for code in ("no_moment", "snoozed", "other_page"):
        keep(store, held(code), 50)
    kept = found(store, 50)
    assert kept is not None
    assert kept.decision.losers[0].code == "other_page"
    assert rows(store) == [(50, 50)] * 3 + [(100, 100)]


def test_what_a_project_does_not_keep_is_forgotten(store: Store) -> None:
    for i in range(5):
        keep(store, held("no_moment", n=i), i * 10)
    keep(store, held("no_moment", n=1), 5, project=2)
    gone, place = store.write_now(lambda tx: decisions.forget(tx, 1, 20, decisions.BEGINNING, 1))
    assert (gone, place) == (1, (IVAN, 0, 0)), "no more than it may look at"
    assert store.write_now(lambda tx: decisions.forget(tx, 1, 20, place, 100)) == (1, None)
    assert rows(store) == [(20, 20), (30, 30), (40, 40)], "the instant itself stays"
    assert found(store, 5, project=2) is not None


def test_the_background_forgets_by_the_project_s_retention(tmp_path: Path) -> None:
    (tmp_path / "project.json").write_text('{"retention": {"decisions": "30d"}}')
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db", rules=str(tmp_path), write_key="wk")
    runtime = open_runtime(settings, clock=Clock(lambda: START + 30 * DAY))
    for t in (START - 1, START):
        keep(runtime.store, held("no_moment", t=t), t)
    assert asyncio.run(forget_decisions(runtime)) == 1
    assert rows(runtime.store) == [(START, START)]
    (tmp_path / "project.json").write_text("{}")
    assert runtime.rules.load(START)
    assert asyncio.run(forget_decisions(runtime)) == 0
    runtime.store.close()
