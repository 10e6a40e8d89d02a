"""A rule in shadow over the wire: nothing of it gets out, and what it would have shown is counted and explained."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http.shop import KEY, Shop, corner, track
from waypost.model import DAY, MINUTE
from waypost.store.sqlite import Tx

SECRET = corner("secret", trigger={"on": {"event": "exported"}, "ttl": "1h"}, state="shadow")
PAGE = {"type": "page", "properties": {"route": "/deals"}, "ageMs": MINUTE}
ALWAYS = corner("stealth", state="shadow", policy={"priority": "critical"})
HELLO = corner("hello")


@pytest.fixture
def shop(tmp_path: Any) -> Any:
    made = Shop(tmp_path / "shop", SECRET, ALWAYS, HELLO)
    made.sync(events=[PAGE])
    made.now += MINUTE
    yield made
    made.close()


def outcomes(shop: Shop, tip: str) -> list[tuple[str, str]]:
    def job(tx: Tx) -> list[tuple[str, str]]:
        rows = tx.execute(
            "SELECT outcome, subject FROM tip_day WHERE project_id=? AND tip=? ORDER BY outcome, subject",
            (shop.runtime.project_id, tip),
        )
        return [(row[0], row[1]) for row in rows]

    return shop.runtime.store.read_now(job)


def decisions(shop: Shop) -> int:
    project = shop.runtime.project_id
    return int(
        shop.runtime.store.read_now(
            lambda tx: tx.execute("SELECT COUNT(*) FROM decision WHERE project_id=?", (project,)).fetchone()[0]
        )
    )


def test_nothing_of_a_shadow_stands_in_any_reply(shop: Shop) -> None:
    token = shop.runtime.signer.dumps("preview", {"tip": "stealth"}, shop.runtime.clock.wall())
    said = [
        shop.sync(),
        shop.sync(events=[track("exported")]),
        shop.sync(preview=token),
        shop.sync("olga", "p2", events=[{**PAGE, "userId": "olga"}]),
    ]
    for reply in said:
        assert [offer["tip"] for offer in reply["offers"]] == ["hello"]
        assert "secret" not in json.dumps(reply)
        assert "stealth" not in json.dumps(reply)
    settings = shop.ask("GET", f"/v1/projects/{KEY}/settings").text
    assert "secret" not in settings


def test_what_it_would_have_shown_is_counted_by_people(shop: Shop) -> None:
    shop.sync(events=[track("exported")])
    shop.sync()
    assert outcomes(shop, "secret") == [("eligible", "u:ivan"), ("would_show", "u:ivan")]
    shop.sign_in()
    row = next(tip for tip in shop.ask("GET", "/api/tips").json()["tips"] if tip["id"] == "secret")
    assert {name: row["28"][name] for name in ("eligible", "would_show", "shown")} == {
        "eligible": 1, "would_show": 1, "shown": 0,
    }  # fmt: skip
    people = shop.ask("GET", "/api/tips/secret/people?outcome=would_show").json()
    assert [one["user_id"] for one in people["people"]] == ["ivan"]


def test_a_sync_that_changes_nothing_shares_the_row_of_the_decision_log(shop: Shop) -> None:
    shop.sync()
    before = decisions(shop)
    shop.now += MINUTE
    shop.sync()
    assert decisions(shop) == before


def test_why_says_that_it_runs_in_shadow_mode(shop: Shop) -> None:
    shop.batch({"type": "identify", "userId": "ivan", "traits": {"name": "Ivan"}})
    shop.sync()
    shop.sign_in()
    said = {lang: shop.ask("GET", f"/api/why?user=ivan&tip=stealth&lang={lang}").json() for lang in ("en", "ru")}
    assert (said["en"]["outcome"], said["en"]["code"], said["en"]["stage"]) == ("held", "shadow", 10)
    assert said["en"]["words"] == ["It runs in shadow mode: it would have been offered to Ivan then."]
    assert said["ru"]["words"] == ["Она работает в теневом режиме: тогда пользователю Ivan она была бы предложена."]


def test_a_shadow_that_would_come_spends_no_cap_and_no_budget(shop: Shop) -> None:
    for day in range(8):
        shop.now += DAY
        shop.sync(page=f"d{day}", events=[{**PAGE, "messageId": f"m{day}"}])
        shop.now += MINUTE
        assert [offer["tip"] for offer in shop.sync(page=f"d{day}")["offers"]] == ["hello"]
