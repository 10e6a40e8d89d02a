"""Zones over the API: the heat map, the list by worth, and the people whom a field is about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.customers import customers
from tests.http.shop import Shop, assert_problem
from waypost.store.accounts import StoredZone, put_zones


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    made = customers(module_path / "shop")
    yield made
    made.close()


def get(shop: Shop, path: str, **params: Any) -> Any:
    answer = shop.ask("GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_heat_map_has_the_accounts_that_rank_first_and_every_feature(shop: Shop) -> None:
    found = get(shop, "/api/v1/zones")
    assert found["now"] == shop.now
    assert [feature["id"] for feature in found["features"]] == ["analytics", "board", "api"]
    ranked = [row["id"] for row in get(shop, "/api/v1/accounts")["accounts"]]
    assert [row["id"] for row in found["accounts"]] == ranked
    cells = {(cell["account"], cell["feature"]): cell for cell in found["cells"]}
    acme = cells["acme", "analytics"]
    assert (acme["state"], acme["people"], acme["of"]) == ("used", 3, 20)
    assert cells["beta", "analytics"]["state"] == "unused"
    assert cells["beta", "analytics"]["since"] is None
    assert cells["acme", "board"]["since"] is not None


def test_the_list_goes_by_worth_and_every_zone_stands_on_one_page(shop: Shop) -> None:
    whole = get(shop, "/api/v1/zones", limit=200)
    worths = [zone["worth"] for zone in whole["ranked"]]
    assert worths == sorted(worths, reverse=True)
    assert all(worth > 0 for worth in worths)
    assert whole["total"] == len(worths) > 1
    found, after = [], ""
    while True:
        page = get(shop, "/api/v1/zones", limit=1, after=after)
        found += page["ranked"]
        if page["next"] is None:
            break
        after = page["next"]
    assert found == whole["ranked"]
    beta = next(zone for zone in found if zone["account"] == "beta")
    assert (beta["account_name"], beta["feature_name"], beta["state"], beta["people"], beta["of"]) == (
        "Beta", "Analytics", "unused", 1, 1,
    )  # fmt: skip
    russian = next(zone for zone in get(shop, "/api/v1/zones", lang="ru")["ranked"] if zone["account"] == "beta")
    assert russian["feature_name"] == "Аналитика"
    assert russian["words"] != beta["words"]


def test_zones_of_an_owner_a_feature_or_a_state(shop: Shop) -> None:
    assert {zone["account"] for zone in get(shop, "/api/v1/zones", owner="max")["ranked"]} == {"beta"}
    assert {row["id"] for row in get(shop, "/api/v1/zones", owner="-")["accounts"]} == {"new/ü"}
    analytics = get(shop, "/api/v1/zones", feature="analytics")
    assert [feature["id"] for feature in analytics["features"]] == ["analytics"]
    assert {cell["feature"] for cell in analytics["cells"]} == {"analytics"}
    used = get(shop, "/api/v1/zones", state="used")
    assert {zone["state"] for zone in used["ranked"]} == {"used"}
    assert used["total"] == len(used["ranked"])


def test_ties_in_worth_are_paged_too(shop: Shop) -> None:
    zones = [StoredZone(f"f{n}", "unused", 1, 1, 0, None, 0.5) for n in range(7)]
    before = get(shop, "/api/v1/zones", limit=200)["ranked"]
    shop.runtime.store.write_now(lambda tx: put_zones(tx, shop.runtime.project_id, "g:gone", zones))
    found, after = [], ""
    while True:
        page = get(shop, "/api/v1/zones", limit=2, after=after)
        found += [(zone["account"], zone["feature"]) for zone in page["ranked"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(found) == len(set(found)) == page["total"]
    assert {feature for account, feature in found if account == "gone"} == {zone.feature for zone in zones}
    assert {key for key in found if key[0] != "gone"} == {
        (z["account"], z["feature"]) for z in before if z["account"] != "gone"
    }


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"feature": "chat"}, "feature: one of (nothing), analytics, board, api"),
        ({"state": "lost"}, "state: one of (nothing), unused, falling, abandoned, used, not_entitled"),
        ({"limit": "201"}, "limit: a whole number from 1 to 200"),
        ({"owner": "o" * 129}, "owner: a text of at most 128 characters"),
        ({"after": "x"}, 'after: take it from "next" of the page before'),
        ({"after": "x" * 1_001}, "after: a text of at most 1000 characters"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_name(shop: Shop, params: dict[str, str], says: str) -> None:
    assert assert_problem(shop.ask("GET", "/api/v1/zones", params=params), 400, "bad_parameter")["detail"] == says


def test_the_people_of_a_field_are_those_whom_it_is_about(shop: Shop) -> None:
    field = {"account": "acme", "feature": "analytics", "state": "used"}
    found = get(shop, "/api/v1/zones/people", **field)
    assert [person["user_id"] for person in found["people"]] == ["acme-00", "acme-01", "acme-02"]
    assert found["total"] == 3
    assert found["people"][0]["name"] == "Person 0"
    assert found["people"][0]["role"] == "admin"
    assert found["people"][0]["last_used_at"] <= found["people"][0]["last_active_at"]
    board = get(shop, "/api/v1/zones/people", account="acme", feature="board", limit=7)
    assert (len(board["people"]), board["next"], board["total"]) == (7, "acme-06", 20)
    rest = get(shop, "/api/v1/zones/people", account="acme", feature="board", limit=200, after="acme-06")
    assert (len(rest["people"]), rest["next"]) == (13, None)
    never = get(shop, "/api/v1/zones/people", account="beta", feature="analytics", state="unused")
    assert [(person["user_id"], person["last_used_at"]) for person in never["people"]] == [("beta-00", None)]


def test_those_who_do_not_use_it_are_the_other_active_people(shop: Shop) -> None:
    field = {"account": "acme", "feature": "analytics", "state": "used"}
    found = get(shop, "/api/v1/zones/people", **field, others="1")
    assert found["total"] == 17
    assert [person["user_id"] for person in found["people"]] == [f"acme-{n:02}" for n in range(3, 20)]
    assert {person["last_used_at"] for person in found["people"]} == {None}


def test_a_field_that_is_in_another_state_by_now_has_nobody(shop: Shop) -> None:
    found = get(shop, "/api/v1/zones/people", account="acme", feature="analytics", state="unused")
    assert found == {"people": [], "next": None, "total": 0}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"account": "acme", "feature": "chat"}, 404),
        ({"account": "none", "feature": "board"}, 404),
        ({"feature": "board"}, 404),
        ({"account": "acme"}, 404),
        ({"account": "a" * 129, "feature": "board"}, 400),
        ({"account": "acme", "feature": "board", "limit": "201"}, 400),
        ({"account": "acme", "feature": "board", "after": "a" * 129}, 400),
        ({"account": "acme", "feature": "board", "state": "lost"}, 400),
        ({"account": "acme", "feature": "board", "others": "yes"}, 400),
    ],
)
def test_a_field_that_there_is_not_is_not_found(shop: Shop, params: dict[str, str], status: int) -> None:
    assert_problem(shop.ask("GET", "/api/v1/zones/people", params=params), status)
