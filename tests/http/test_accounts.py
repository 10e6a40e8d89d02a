"""The portfolio and one account over the API: exact numbers of a small customer base, words in both languages, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.customers import TODAY, customers, day_of
from tests.http.shop import ORIGIN, START, Shop, assert_problem
from waypost.model import DAY, HOUR
from waypost.settings import LIMITS


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    made = customers(module_path / "shop")
    yield made
    made.close()


def get(shop: Shop, path: str, **params: Any) -> Any:
    answer = shop.ask("GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(found: dict[str, Any]) -> list[str]:
    return [row["id"] for row in found["accounts"]]


def test_a_row_says_what_there_is_to_know(shop: Shop) -> None:
    found = get(shop, "/api/v1/accounts", sort="name")
    assert (found["now"], found["total"], found["next"]) == (shop.now, 4, None)
    assert ids(found) == ["acme", "beta", "gone", "new/ü"]
    acme = found["accounts"][0]
    assert {name: acme[name] for name in ("name", "owner", "plan", "stage", "stage_name", "seats", "active", "wau", "arr")} == {
        "name": "Acme", "owner": "olga", "plan": "pro", "stage": "live", "stage_name": "Live", "seats": 25, "active": 20, "wau": 20,
        "arr": 12_000,
    }  # fmt: skip
    assert (acme["renewal"], acme["days_to_renewal"]) == ("2027-02-14", 30)
    assert len(acme["usage"]) == 8
    assert acme["usage"][-1] == 43
    assert (acme["open_tasks"], acme["paused_until"]) == (0, None)
    assert acme["last_active_at"] <= START
    beta = found["accounts"][1]
    assert (beta["arr"], beta["renewal"], beta["days_to_renewal"]) == (1_200, None, None)
    new = found["accounts"][3]
    assert (new["name"], new["owner"], new["stage"], new["arr"]) == ("Новая", "", "onboarding", None)


def test_who_went_quiet_comes_first_and_says_why_in_both_languages(shop: Shop) -> None:
    found = get(shop, "/api/v1/accounts")
    first = found["accounts"][0]
    assert (first["id"], first["band"], first["open_tasks"]) == ("gone", "red", 1)
    codes = [reason["code"] for reason in first["why"]]
    assert "red" in codes
    assert "tasks" in codes
    russian = get(shop, "/api/v1/accounts", lang="ru")["accounts"][0]
    assert [reason["code"] for reason in russian["why"]] == codes
    assert all(any("а" <= letter <= "я" for letter in reason["words"].lower()) for reason in russian["why"])
    assert not any(any("а" <= letter <= "я" for letter in reason["words"].lower()) for reason in first["why"])
    assert first["health_change"] is not None


def test_filters_and_the_search_narrow_the_list_and_the_owners_stay(shop: Shop) -> None:
    def narrowed(**params: str) -> tuple[list[str], int]:
        found = get(shop, "/api/v1/accounts", sort="name", **params)
        assert found["owners"] == [
            {"id": "", "name": "", "accounts": 1},
            {"id": "max", "name": "max", "accounts": 1},
            {"id": "olga", "name": "olga", "accounts": 2},
        ]
        assert [stage["id"] for stage in found["stages"]] == ["onboarding", "live"]
        return ids(found), found["total"]

    assert narrowed(owner="olga") == (["acme", "gone"], 2)
    assert narrowed(owner="-") == (["new/ü"], 1)
    assert narrowed(owner="nobody") == ([], 0)
    assert narrowed(stage="onboarding") == (["new/ü"], 1)
    assert narrowed(band="red", owner="olga") == (["gone"], 1)
    assert narrowed(q="AC") == (["acme"], 1)
    assert narrowed(q="нов") == (["new/ü"], 1)
    assert narrowed(q="new/") == (["new/ü"], 1)
    assert narrowed(q="zzz") == ([], 0)
    assert narrowed(q="g", owner="max") == ([], 0)


@pytest.mark.parametrize("sort", ["rank", "health", "fell", "wau", "renewal", "arr", "name"])
def test_pages_follow_each_other_under_every_sort(shop: Shop, sort: str) -> None:
    whole = ids(get(shop, "/api/v1/accounts", sort=sort))
    found, after = [], ""
    while True:
        page = get(shop, "/api/v1/accounts", sort=sort, limit=1, after=after)
        found += ids(page)
        if page["next"] is None:
            break
        after = page["next"]
    assert found == whole
    assert sorted(found) == ["acme", "beta", "gone", "new/ü"]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"sort": "size"}, "sort: one of rank, health, fell, wau, renewal, arr, name"),
        ({"band": "blue"}, "band: one of (nothing), red, yellow, green, none"),
        ({"limit": "0"}, "limit: a whole number from 1 to 200"),
        ({"limit": "201"}, "limit: a whole number from 1 to 200"),
        ({"limit": "many"}, "limit: a whole number from 1 to 200"),
        ({"limit": "²"}, "limit: a whole number from 1 to 200"),
        ({"owner": "o" * 129}, "owner: a text of at most 128 characters"),
        ({"stage": "o" * 129}, "stage: a text of at most 128 characters"),
        ({"q": "o" * 129}, "q: a text of at most 128 characters"),
        ({"after": "acme"}, 'after: take it from "next" of the page before'),
        ({"after": "[1]"}, 'after: take it from "next" of the page before'),
        ({"after": "[null,\"acme\"]"}, "after: this is the place of a page under another sort"),
        ({"after": "[\"a\",\"acme\"]", "sort": "health"}, "after: this is the place of a page under another sort"),
        ({"after": "[1,\"acme\"]", "sort": "name"}, "after: this is the place of a page under another sort"),
        ({"after": "x" * 1_001}, "after: a text of at most 1000 characters"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused_with_its_name_and_its_mend(
    shop: Shop, params: dict[str, str], says: str
) -> None:
    found = assert_problem(shop.ask("GET", "/api/v1/accounts", params=params), 400, "bad_parameter")
    assert found["detail"] == says


def test_the_longest_filters_and_the_largest_page_are_taken(shop: Shop) -> None:
    assert ids(get(shop, "/api/v1/accounts", owner="o" * 128, stage="s" * 128, q="q" * 128, limit=200)) == []


def test_the_portfolio_adds_up(shop: Shop) -> None:
    found = get(shop, "/api/v1/portfolio")
    assert found["accounts"] == 4
    assert sum(found["bands"].values()) == 4
    assert found["bands"]["red"] >= 1
    assert found["arr"]["total"] == 12_000 + 1_200 + 50_000
    assert found["arr"]["red"] >= 50_000
    assert found["arr"]["at_risk"]["how"] == "prior"
    assert found["arr"]["at_risk"]["value"] == pytest.approx(63_200 / 20)
    assert found["arr"]["renewing_at_risk"] == {"accounts": 1, "arr": 50_000}
    assert found["wau"]["now"] == 20 + 1 + 3
    assert found["nrr"] == {"value": 1.0, "from": found["nrr"]["from"], "to": day_of(0), "accounts": 3}
    assert found["grr"]["value"] == 1.0
    olga = get(shop, "/api/v1/portfolio", owner="olga")
    assert (olga["accounts"], olga["arr"]["total"]) == (2, 62_000)
    nobody = get(shop, "/api/v1/portfolio", owner="-")
    assert nobody["arr"] == {
        "total": None,
        "red": None,
        "at_risk": None,
        "renewing_at_risk": {"accounts": 0, "arr": 0},
    }
    assert (nobody["nrr"], nobody["grr"]) == (None, None)
    assert_problem(shop.ask("GET", "/api/v1/portfolio", params={"owner": "o" * 129}), 400, "bad_parameter")


def test_one_account_holds_everything(shop: Shop) -> None:
    acme = get(shop, "/api/v1/accounts/acme")
    (row,) = [one for one in get(shop, "/api/v1/accounts")["accounts"] if one["id"] == "acme"]
    assert {name: acme[name] for name in row} == row
    assert (acme["tz"], acme["first_seen_at"]) == ("Europe/Berlin", START - 60 * DAY)
    assert acme["traits"]["csm"] == "olga"
    assert acme["traits"]["health_band"] == acme["band"]
    health = acme["health_detail"]
    assert health["score"] == acme["health"]
    assert [part["id"] for part in health["components"]][:2] == ["trend", "breadth"]
    assert sum(part["points"] or 0 for part in health["components"]) == pytest.approx(health["score"])
    assert all(part["because"] and part["words"] for part in health["components"])
    assert [week["week"] for week in health["history"]] == sorted(week["week"] for week in health["history"])
    assert len(health["history"]) == 5
    signals = {one["id"]: one for one in acme["signals"]}
    assert (signals["wau"]["value"], signals["wau"]["period"], signals["wau"]["unit"]) == (20, "7d", "people")
    assert (signals["tickets_severe"]["value"], signals["tickets_severe"]["tone"]) == (1, "bad")
    assert [(stage["stage"], stage["to"] is None) for stage in acme["stage_history"]] == [("live", True)]
    zones = {zone["feature"]: zone for zone in acme["zones"]}
    assert (zones["analytics"]["state"], zones["analytics"]["people"], zones["analytics"]["name"]) == (
        "used",
        3,
        "Analytics",
    )
    assert zones["board"]["people"] == 20
    assert acme["people_count"] == 20
    russian = get(shop, "/api/v1/accounts/acme", lang="ru")
    assert russian["zones"][0]["name"] == "Аналитика"
    assert russian["health_detail"]["components"][0]["words"] == "Динамика использования"
    assert {one["words"] for one in russian["signals"]} != {one["words"] for one in acme["signals"]}


def test_the_task_of_an_account_stands_on_its_page(shop: Shop) -> None:
    (task,) = get(shop, "/api/v1/accounts/gone")["tasks"]
    assert (task["title"], task["state"], task["owner"], task["rule"]) == (
        "gone quiet has gone quiet",
        "open",
        "olga",
        "quiet",
    )
    assert get(shop, "/api/v1/accounts/gone", lang="ru")["tasks"][0]["title"] == "gone quiet: тишина"


def test_an_id_may_hold_a_slash_and_any_letter(shop: Shop) -> None:
    assert get(shop, "/api/v1/accounts/new%2F%C3%BC")["name"] == "Новая"
    assert get(shop, "/api/v1/accounts/new%2F%C3%BC/people")["total"] == 3
    assert get(shop, "/api/v1/accounts/new%2F%C3%BC/timeline")["days"]


@pytest.mark.parametrize("part", ["", "/people", "/timeline"])
@pytest.mark.parametrize("account", ["none", "x" * 500, "import", "acme%00"])
def test_an_account_that_there_is_not_is_not_found(shop: Shop, account: str, part: str) -> None:
    assert_problem(shop.ask("GET", f"/api/v1/accounts/{account}{part}"), 404, "not_found")


def test_people_come_by_id_with_what_they_use(shop: Shop) -> None:
    first = get(shop, "/api/v1/accounts/acme/people", limit=3)
    assert first["total"] == 20
    assert [person["user_id"] for person in first["people"]] == ["acme-00", "acme-01", "acme-02"]
    assert first["next"] == "acme-02"
    admin = first["people"][0]
    assert (admin["name"], admin["role"], admin["features"]) == ("Person 0", "admin", ["analytics", "board"])
    assert admin["active_days"] == 9 + 3  # the board every third day, and reports on three other days
    rest = get(shop, "/api/v1/accounts/acme/people", limit=200, after="acme-02")
    assert len(rest["people"]) == 17
    assert rest["next"] is None
    assert {tuple(person["features"]) for person in rest["people"]} == {("board",)}
    assert_problem(shop.ask("GET", "/api/v1/accounts/acme/people?limit=201"), 400, "bad_parameter")
    assert_problem(shop.ask("GET", f"/api/v1/accounts/acme/people?after={'x' * 129}"), 400, "bad_parameter")


def test_a_note_is_kept_and_shown_in_the_account_its_timeline_and_the_journey(shop: Shop) -> None:
    body = {"body": " They plan to move \n to the API in March. ", "by": "Olga"}
    answer = shop.ask("POST", "/api/v1/accounts/beta/notes", json=body, headers=ORIGIN)
    assert answer.status_code == 201
    note = answer.json()
    assert note == {
        "id": note["id"],
        "at": shop.now,
        "author": "Olga",
        "body": "They plan to move \n to the API in March.",
    }
    assert get(shop, "/api/v1/accounts/beta")["notes"] == [note]
    (day, *_) = get(shop, "/api/v1/accounts/beta/timeline")["days"]
    assert day["items"][0] == {
        "at": shop.now, "kind": "note", "words": f"Olga: {note['body']}", "user_id": None, "count": 1,
    }  # fmt: skip
    live = next(stage for stage in get(shop, "/api/v1/journey")["stages"] if stage["id"] == "live")
    assert live["words"] == [
        {"quote": note["body"], "who": "Olga", "account": "beta", "at": shop.now, "kind": "note"}
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"body": "x"}, "this is not a note: Object missing required field `by`"),
        ({"body": 1, "by": "Olga"}, "this is not a note: Expected `str`, got `int` - at `$.body`"),
        ({"body": "x", "by": "Olga", "at": 1}, "this is not a note: Object contains unknown field `at`"),
        ({"body": " ", "by": "Olga"}, f"body: a text of 1 to {LIMITS.note_chars} characters"),
        (
            {"body": "x" * (LIMITS.note_chars + 1), "by": "Olga"},
            f"body: a text of 1 to {LIMITS.note_chars} characters",
        ),
        ({"body": "x", "by": ""}, f"by: a text of 1 to {LIMITS.author_chars} characters"),
        (
            {"body": "x", "by": "o" * (LIMITS.author_chars + 1)},
            f"by: a text of 1 to {LIMITS.author_chars} characters",
        ),
    ],
)
def test_what_is_no_note_is_refused(shop: Shop, body: dict[str, Any], says: str) -> None:
    answer = shop.ask("POST", "/api/v1/accounts/acme/notes", json=body, headers=ORIGIN)
    assert assert_problem(answer, 400, "bad_parameter")["detail"] == says
    assert get(shop, "/api/v1/accounts/acme")["notes"] == []


def test_the_longest_note_is_taken_and_nobody_unknown_gets_one(shop: Shop) -> None:
    body = {"body": "ы" * LIMITS.note_chars, "by": "я" * LIMITS.author_chars}
    assert shop.ask("POST", "/api/v1/accounts/new%2F%C3%BC/notes", json=body, headers=ORIGIN).status_code == 201
    assert_problem(shop.ask("POST", "/api/v1/accounts/none/notes", json=body, headers=ORIGIN), 404, "not_found")


def test_today_holds_what_a_day_begins_with(shop: Shop) -> None:
    found = get(shop, "/api/v1/today", owner="olga")
    assert found["now"] == shop.now
    assert found["first"][0]["id"] == "gone"
    assert {row["owner"] for row in found["first"]} == {"olga"}
    (task,) = [*found["tasks"]["overdue"], *found["tasks"]["today"]]
    assert (task["account"], task["account_name"], task["owner"], task["severity"]) == (
        "gone",
        "gone quiet",
        "olga",
        "high",
    )
    assert [(row["id"], row["days_to_renewal"]) for row in found["renewals"]] == [("gone", 5), ("acme", 30)]
    assert found["counts"]["accounts"] == 2
    assert found["counts"]["open_tasks"] == 1
    assert all(zone["account"] in ("acme", "gone") for zone in found["zones"])
    max_ = get(shop, "/api/v1/today", owner="max")
    assert max_["renewals"] == []
    assert max_["tasks"] == {"overdue": [], "today": []}
    assert_problem(shop.ask("GET", "/api/v1/today", params={"owner": "o" * 129}), 400, "bad_parameter")


def test_the_journey_says_where_accounts_stand_and_who_is_stuck(shop: Shop) -> None:
    found = get(shop, "/api/v1/journey")
    assert [(stage["id"], stage["name"], stage["accounts"]) for stage in found["stages"]] == [
        ("onboarding", "Onboarding", 1),
        ("live", "Live", 3),
    ]
    onboarding, live = found["stages"]
    assert (onboarding["arr"], live["arr"]) == (None, 63_200)
    assert onboarding["median_days"] == 7
    assert live["median_days"] is not None
    assert get(shop, "/api/v1/journey", lang="ru", owner="-")["stages"][0]["name"] == "Внедрение"
    assert [stage["accounts"] for stage in get(shop, "/api/v1/journey", owner="max")["stages"]] == [0, 1]


def test_a_pause_shows_in_the_row_and_the_account(shop: Shop) -> None:
    until = shop.now + 3 * DAY
    wanted = {"subject": "g:beta", "until_at": until, "reason": "a call on Friday", "author": "Max"}
    pause = shop.ask("POST", "/api/pauses", json=wanted, headers=ORIGIN).json()
    beta = get(shop, "/api/v1/accounts/beta")
    assert (beta["paused_until"], [one["id"] for one in beta["pauses"]]) == (until, [pause["id"]])
    shop.ask("POST", f"/api/pauses/{pause['id']}/end", headers=ORIGIN)
    assert get(shop, "/api/v1/accounts/beta")["paused_until"] is None


def test_every_answer_is_json_that_says_nothing_undefined(shop: Shop) -> None:
    for path in ("accounts", "accounts/gone", "portfolio", "zones", "journey", "today", "accounts/gone/timeline"):
        text = json.dumps(get(shop, f"/api/v1/{path}"))
        assert "NaN" not in text
        assert "Infinity" not in text
    assert TODAY * DAY <= START <= shop.now < START + 12 * HOUR
