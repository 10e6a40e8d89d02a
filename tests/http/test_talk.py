"""Talk to a person: a button in a tip opens a CSM task with what they saw and did, one for each person and tip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import ORIGIN, START, Shop, corner, track
from waypost.model import CSM_TASK, DAY, HOUR
from waypost.service.rebuild import verify

HELP: dict[str, Any] = corner(
    "help",
    action={"talk": True},
    surface="inline",
    anchor="a",
    repeat={"mode": "cooldown", "cooldown": "0s", "max": 100},
    policy={"category": "help", "priority": "critical"},
)
OFTEN = {"repeat": HELP["repeat"], "policy": HELP["policy"]}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", HELP, corner("plain", surface="inline", anchor="b", **OFTEN))
    made.batch(
        {"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme", "csm": "olga"}},
        {"type": "identify", "userId": "ivan", "traits": {"name": "Ivan"}},
        track("report_opened", properties={"route": "/reports"}),
    )
    made.sign_in()
    yield made
    assert verify(made.runtime.store, made.runtime.project_id, made.runtime.rules.plan) == []
    made.close()


def offer(shop: Shop, tip: str = "help", **body: Any) -> dict[str, Any]:
    context = {"path": "/reports/:id", "locale": body.pop("locale", "en")}
    found: dict[str, Any] = next(o for o in shop.sync(context=context, **body)["offers"] if o["tip"] == tip)
    return found


def say(shop: Shop, offer_id: str, what: str = "clicked", talk: Any = True, **body: Any) -> dict[str, Any]:
    told = [{"offer_id": offer_id, "what": what, "talk": talk}]
    return shop.sync(context={"path": "/reports/:id"}, feedback=told, **body)


def tasks(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.ask("GET", "/api/v1/tasks").json()["tasks"]
    return found


def test_a_click_opens_a_task_with_its_context(shop: Shop) -> None:
    say(shop, offer(shop)["offer_id"])
    (task,) = tasks(shop)
    assert (task["rule"], task["subject"], task["account"], task["owner"]) == ("help", "u:ivan", "acme", "olga")
    assert (task["opened_by"], task["title"], task["body"]) == ("tip", "Ivan would like to talk: “help”", "A body")
    whole = shop.ask("GET", f"/api/v1/tasks/{task['id']}?lang=ru").json()
    assert whole["title"] == "Ivan, просьба связаться: «help»"
    context = whole["context"]
    assert (context["tip"], context["route"], context["saw"]) == ("help", "/reports/:id", {"en": "help"})
    assert context["recent"] == [{"name": "report_opened", "at": START, "route": "/reports"}]
    (event,) = shop.events(CSM_TASK)
    assert (event.user_id, event.account_id, event.props["did"], event.props["rule"]) == (
        "ivan",
        "acme",
        "opened",
        "help",
    )


def test_the_same_click_told_again_and_another_click_open_no_second_one(shop: Shop) -> None:
    first = offer(shop)["offer_id"]
    say(shop, first)
    say(shop, first)
    shop.now += HOUR
    say(shop, offer(shop, page="p2")["offer_id"], page="p2")
    assert len(tasks(shop)) == 1
    shop.ask("POST", "/api/v1/tasks/1/done", json={"code": "solved"}, headers=ORIGIN)
    shop.now += DAY
    say(shop, first)
    assert tasks(shop) == [], "a click of yesterday is no new one"
    say(shop, offer(shop, page="p3")["offer_id"], page="p3")
    assert [task["id"] for task in tasks(shop)] == [2]


@pytest.mark.parametrize(("tip", "what", "talk"), [("plain", "clicked", True), ("help", "clicked", False), ("help", "viewed", True)])  # fmt: skip
def test_nothing_else_opens_one(shop: Shop, tip: str, what: str, talk: bool) -> None:
    say(shop, offer(shop, tip)["offer_id"], what, talk)
    assert tasks(shop) == []


def test_a_preview_opens_none(shop: Shop) -> None:
    token = shop.runtime.signer.dumps("preview", {"tip": "help"}, shop.runtime.clock.wall())
    say(shop, offer(shop, preview=token)["offer_id"], preview=token)
    assert tasks(shop) == []


def test_a_stranger_is_a_visitor(shop: Shop) -> None:
    say(shop, offer(shop, user=None)["offer_id"], user=None)
    (task,) = tasks(shop)
    assert (task["subject"], task["title"], task["account"]) == (
        "a:anon-1",
        "A visitor would like to talk: “help”",
        None,
    )


def test_the_button_has_words_of_its_own_where_the_rule_has_none(shop: Shop) -> None:
    content = offer(shop)["content"]
    assert (content["cta"], content["action"]) == ("Talk to a person", {"talk": True})
    assert content["ui"]["sent"] == "Sent. Somebody will get in touch with you."


def test_the_tip_says_whose_task_it_is_and_by_when(tmp_path: Path) -> None:
    alert = {"owner": "support", "severity": "high", "sla": "4h"}
    own = Shop(tmp_path / "own", {**HELP, "alert": alert})
    own.sign_in()
    say(own, offer(own)["offer_id"])
    (task,) = tasks(own)
    assert (task["owner"], task["severity"], task["due_at"]) == ("support", "high", START + 4 * HOUR)
    own.close()
