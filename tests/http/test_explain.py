"""Why, whole: the decision in force at any instant, what would have to change, and who writes what is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import START, Shop, assert_problem, corner
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.settings import LIMITS
from waypost.store.events import lately
from waypost.store.sqlite import Tx
from waypost.store.writers import LOOKED_AT, last_writers

FREE = {"repeat": {"cooldown": "1d", "max": 9}}
RULES = (
    corner("one", policy={"category": "a", "priority": "high"}, **FREE),
    corner("two", policy={"category": "b"}, **FREE),
    corner("three", policy={"category": "c", "priority": "low"}, **FREE),
    corner(
        "team",
        surface="inline",
        anchor="a",
        audience={"and": [{"==": [{"var": "account.plan"}, "team"]}, {"==": [{"var": "user.role"}, "admin"]}]},
    ),
    corner("export", surface="inline", anchor="b", trigger={"when": {"did": {"event": "exported", "min": 3, "last": "7d"}}}),
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    """Ivan saw two tips in two visits of Tuesday, and asked again; Olga told her role."""
    made = Shop(module_path / "shop", *RULES)
    made.sign_in()
    made.batch(
        {"type": "identify", "userId": "ivan", "traits": {"name": "Иван"}},
        {"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme"}},
        {"type": "identify", "userId": "olga", "traits": {"name": "Olga", "role": "admin"}},
    )
    for visit, tip in (("p1", "one"), ("p2", "two")):
        made.sync(page=visit, events=[{"type": "page", "messageId": visit}])
        made.now += MINUTE
        offer = next(o for o in made.sync(page=visit)["offers"] if o["tip"] == tip)
        made.now += SECOND
        made.sync(page=visit, feedback=[{"offer_id": offer["offer_id"], "what": "viewed"}])
        made.now += HOUR
    made.sync(page="p3", events=[{"type": "page", "messageId": "p3"}])
    made.now += MINUTE
    made.sync(page="p3")
    yield made
    made.close()


def explain(shop: Shop, tip: str, user: str = "ivan", at: int | None = None, lang: str = "en") -> dict[str, Any]:
    answer = shop.ask("GET", f"/api/v1/explain?user={user}&tip={tip}&at={at or shop.now}&lang={lang}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_full_cap_names_the_tips_that_filled_it_and_when_it_is_free(shop: Shop) -> None:
    found = explain(shop, "three")
    assert (found["outcome"], found["code"], found["name"], found["account_name"]) == (
        "held", "cap_user_24h", "Иван", "Acme",
    )  # fmt: skip
    assert [tip for tip, _ in found["detail"]["by"]] == ["one", "two"]
    assert found["detail"]["until"] == START + MINUTE + SECOND + DAY
    assert "“one” on 15 Jan 2027, 08:01 UTC; “two” on 15 Jan 2027, 09:02 UTC" in found["words"][0]
    assert found["change"] == ["It may come on 16 Jan 2027, 08:01 UTC, if nothing else is shown before."]
    assert found["writers"] == []
    russian = explain(shop, "three", lang="ru")
    assert "«one» 15.01.2027, 08:01 UTC; «two» 15.01.2027, 09:02 UTC" in russian["words"][0]
    assert russian["change"] == [
        "Она может появиться 16.01.2027, 08:01 UTC, если до этого ничего другого не покажут."
    ]


def test_any_instant_of_the_past_has_its_decision(shop: Shop) -> None:
    first = explain(shop, "one", at=START + MINUTE)
    assert (first["outcome"], first["decided_at"], first["change"]) == ("offered", START + MINUTE, [])
    before = explain(shop, "one", at=START - 1)
    assert (before["outcome"], before["change"], before["decided_at"]) == ("no_decision", [], None)
    nobody = explain(shop, "one", user="nobody")
    assert (nobody["known"], nobody["outcome"]) == (False, "no_decision")
    assert (first["known"], explain(shop, "gone")["trace"]) == (True, [])


def test_a_missing_trait_is_named_with_who_writes_it(shop: Shop) -> None:
    found = explain(shop, "team")
    assert found["code"] == "audience_false"
    assert found["change"] == [
        "It may come when this person is in its audience.",
        "What is missing: account.plan = team (now not set); user.role = admin (now not set).",
    ]
    plan, role = found["writers"]
    assert plan["words"] == "Nobody has sent the trait `plan` yet: send it with group."
    assert (role["trait"], role["source"], role["call"], role["at"]) == ("user.role", "server", "identify", START)
    assert role["words"] == (
        "The trait `role` is not known here. Identify from a server or the API wrote it last, "
        "for olga on 15 Jan 2027, 08:00 UTC."
    )
    plan, role = explain(shop, "team", lang="ru")["writers"]
    assert plan["words"] == "Свойство `plan` ещё никто не присылал: пришлите его вызовом group."
    assert "вызов identify с сервера или из API: для olga" in role["words"]


def test_a_condition_says_which_events_are_missing(shop: Shop) -> None:
    found = explain(shop, "export")
    assert found["change"] == [
        "It may come when its condition holds.",
        "What is missing: “exported” at least 3 times in the last 7 days.",
    ]
    (audience, when) = found["trace"]
    assert (audience["part"], audience["value"], when["value"]) == ("audience", True, False)
    assert when["parts"][0]["numbers"] == {"so far": 0}


def test_the_browser_is_told_from_a_server(shop: Shop) -> None:
    shop.sync("petr", page="p9", anon_id="anon-9", events=[
        {"type": "identify", "messageId": "i9", "traits": {"seat": "x"}},
        {"type": "group", "messageId": "g9", "groupId": "blue", "traits": {"size": 3}},
    ])  # fmt: skip
    found, whole = shop.runtime.store.read_now(
        lambda tx: last_writers(tx, shop.runtime.project_id, ["user.seat", "account.size", "user.size"])
    )
    assert (whole, sorted(found)) == (True, ["account.size", "user.seat"])
    assert all(event.page_view_id == "p9" for event in found.values())


def test_only_the_end_of_the_log_is_looked_at(tmp_path: Path) -> None:
    made = Shop(tmp_path / "shop")
    made.batch({"type": "identify", "userId": "olga", "traits": {"role": "admin"}})
    look = made.runtime.store.read_now
    for begin in range(0, LOOKED_AT - 1, 2_500):
        number = min(2_500, LOOKED_AT - 1 - begin)
        made.batch(*({"type": "track", "event": "x", "userId": "ivan", "messageId": f"{begin}-{i}"} for i in range(number)))  # fmt: skip
    project = made.runtime.project_id
    assert "user.role" in look(lambda tx: last_writers(tx, project, ["user.role"]))[0]
    made.batch({"type": "track", "event": "x", "userId": "ivan"})
    assert look(lambda tx: last_writers(tx, project, ["user.role"])) == ({}, False)
    made.close()


def test_the_log_is_walked_from_its_end_and_never_sorted(shop: Shop) -> None:
    steps: list[str] = []

    class Looking(Tx):
        def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
            steps.extend(row[3] for row in super().execute("EXPLAIN QUERY PLAN " + sql, params))
            return super().execute(sql, params)

    def job(tx: Tx) -> None:
        looking = Looking(tx._connection)
        last_writers(looking, shop.runtime.project_id, ["user.role"])
        lately(looking, shop.runtime.project_id, 10)

    shop.runtime.store.read_now(job)
    assert steps.count("SCAN event") == 2
    assert not any(step.startswith("SEARCH event USING") for step in steps)


def test_people_are_found_by_the_beginning_of_an_id_or_a_part_of_a_name(shop: Shop) -> None:
    def like(typed: str) -> list[str]:
        return [one["user_id"] for one in shop.ask("GET", "/api/people", params={"q": typed}).json()["people"]]

    assert (like("iv"), like("ИВА"), like("lga"), like("acme")) == (["ivan"], ["ivan"], ["olga"], ["ivan"])
    assert like("nobody") == []
    assert set(like("")) >= {"ivan", "olga"}
    assert like("x" * LIMITS.id_chars) == []
    assert_problem(shop.ask("GET", "/api/people", params={"q": "x" * (LIMITS.id_chars + 1)}), 422, "bad_parameter")


@pytest.mark.parametrize("query", ["", "user=ivan", "tip=one", "user=ivan&tip=one&at=x", "user=ivan&tip=one&at=" + "9" * 16])  # fmt: skip
def test_what_cannot_be_asked(shop: Shop, query: str) -> None:
    assert_problem(shop.ask("GET", f"/api/v1/explain?{query}"), 422, "bad_parameter")


def test_a_moment_ago_is_not_now(shop: Shop) -> None:
    """The decision before the second tip was seen."""
    found = explain(shop, "three", at=START + HOUR + 2 * MINUTE + SECOND)
    assert found["code"] != "cap_user_24h"
