"""The recipes of examples/ways-in: what stands there is sent as it stands, and does what is said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import START, Shop, corner
from waypost.model import DAY, account_key
from waypost.store import keys
from waypost.trust.keys import key_digest
from waypost.web.background import alerts_hook

BEARER = {"authorization": "Bearer sk_recipes"}
README = Path(__file__).parents[2] / "examples" / "ways-in" / "README.md"
BODIES = {
    name: json.loads(text) for name, text in re.findall(r"```json (\S+)\n(.*?)```", README.read_text(), re.DOTALL)
}
SAID = re.findall(r"`(\{\".*?\}|\"trigger\": \{.*?\})`", README.read_text())
TEXT = {"en": {"title": "Call them"}}
NEAR, UNHAPPY = (
    {"id": "near", "kind": "alert", "scope": "account", "text": TEXT, "alert": {"owner": "account.csm"},
     "trigger": {"on": {"clock": True}, "when": json.loads(next(text for text in SAID if "days_to" in text))}},
    {"id": "unhappy", "kind": "alert", "text": TEXT, "alert": {"owner": "account.csm"},
     **json.loads("{" + next(text for text in SAID if "survey_answered" in text) + "}")},
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", corner("hello"), NEAR, UNHAPPY)
    made.runtime.on_facts = alerts_hook
    digest = key_digest("sk_recipes")
    made.runtime.store.write_now(lambda tx: keys.add_key(tx, made.runtime.project_id, "recipes", digest, made.now))
    yield made
    made.close()


def send(shop: Shop, name: str) -> None:
    answer = shop.ask("POST", "/v1/batch", json=BODIES[name], headers=BEARER)
    assert answer.json()["rejected"] == []
    assert answer.json()["accepted"] == len(BODIES[name]["batch"])


def open_tasks(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.ask("GET", "/api/v1/tasks", shop.browser(), headers=BEARER).json()["tasks"]
    return [{name: task[name] for name in ("rule", "account", "owner")} for task in found]


def test_tickets_land_on_their_own_days_and_once(shop: Shop) -> None:
    for _ in range(2):
        send(shop, "tickets.json")
    opened, closed = shop.events()
    assert [event.name for event in (opened, closed)] == ["ticket_opened", "ticket_closed"]
    assert {event.account_id for event in (opened, closed)} == {"acme"}
    assert START - DAY < opened.t < closed.t < START
    assert not opened.active


def test_fields_of_a_crm_are_traits_that_rules_see(shop: Shop) -> None:
    send(shop, "crm.json")

    def facts(tx: Any) -> Any:
        return shop.runtime.unit(tx).facts(account_key("acme"))

    traits = {name: trait.value for name, trait in shop.runtime.store.read_now(facts).traits.items()}
    assert traits == BODIES["crm.json"]["batch"][0]["traits"]
    assert open_tasks(shop) == [], "166 days are left"
    shop.now += 76 * DAY
    send(shop, "tickets.json")
    assert open_tasks(shop) == [{"rule": "near", "account": "acme", "owner": "olga"}]


def test_a_bad_answer_from_another_tool_becomes_a_task(shop: Shop) -> None:
    send(shop, "crm.json")
    send(shop, "survey.json")
    assert open_tasks(shop) == [{"rule": "unhappy", "account": "acme", "owner": "olga"}]


def test_every_rule_in_the_text_is_one(shop: Shop) -> None:
    texts = [text for text in SAID if "rose" in text]
    assert (len(SAID), len(texts)) == (3, 1)
    rule = {**NEAR, "id": "rising", "trigger": {"on": {"clock": True}, "when": json.loads(texts[0])}}
    (shop.folder / "tips" / "rising.json").write_text(json.dumps(rule))
    assert shop.runtime.rules.load(shop.now), [problem.line() for problem in shop.runtime.rules.problems]
