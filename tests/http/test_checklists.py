"""Checklists for accounts: begun from a template, ticked by somebody, and untouched when the template changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.http.shop import ORIGIN, START, Shop, assert_problem
from waypost.model import DAY
from waypost.rules.check import check_folder
from waypost.rules.checklists import check_checklists
from waypost.rules.load import load_folder
from waypost.settings import LIMITS
from waypost.store.checklists import add_checklist
from waypost.store.sqlite import Tx
from waypost.web.background import reload_rules

ROOT = Path(__file__).parents[2]
LIST: dict[str, Any] = {
    "id": "onboarding",
    "name": {"en": "Onboarding", "ru": "Онбординг"},
    "items": [
        {"id": "call", "text": {"en": "Kick-off call", "ru": "Стартовый созвон"}, "due": "3d"},
        {"id": "team", "text": {"en": "Invite the team"}},
    ],
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", checklists=[LIST])
    made.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"name": "Acme", "csm": "olga"}})
    made.sign_in()
    yield made
    made.close()


def post(shop: Shop, path: str = "", /, **body: Any) -> Any:
    answer = shop.ask("POST", f"/api/v1/checklists{path}", json=body, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(shop: Shop, query: str = "") -> Any:
    answer = shop.ask("GET", f"/api/v1/checklists{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_checklist_is_begun_and_ticked_by_somebody_until_it_is_done(shop: Shop) -> None:
    made = post(shop, template="onboarding", account="acme", by="Olga")
    assert (made["owner"], made["begun_at"], made["begun_by"], made["done"]) == ("olga", START, "Olga", 0)
    assert [(item["text"], item["due_at"]) for item in made["items"]] == [
        ("Kick-off call", START + 3 * DAY),
        ("Invite the team", None),
    ]
    shop.now += DAY
    ticked = post(shop, "/1/items/call", done=True, by="Max")
    assert (ticked["done"], ticked["done_at"]) == (1, None)
    assert (ticked["items"][0]["done_at"], ticked["items"][0]["done_by"]) == (START + DAY, "Max")
    shop.now += DAY
    assert post(shop, "/1/items/call", done=True, by="Olga")["items"][0]["done_by"] == "Max", "who was first"
    assert post(shop, "/1/items/team", done=True)["done_at"] == START + 2 * DAY
    assert [one["id"] for one in get(shop, "?state=done")["checklists"]] == [1]
    again = post(shop, "/1/items/call", done=False)
    assert (again["done"], again["done_at"], again["items"][0]["done_by"]) == (1, None, "")


def test_an_edited_template_changes_nothing_that_was_begun(shop: Shop) -> None:
    post(shop, template="onboarding", account="acme")
    edited = {**LIST, "items": [{"id": "other", "text": {"en": "Other"}}]}
    (shop.folder / "checklists" / "onboarding.json").write_bytes(msgspec.json.encode(edited))
    assert shop.run(reload_rules(shop.runtime))
    assert [item["text"] for item in get(shop)["checklists"][0]["items"]] == ["Kick-off call", "Invite the team"]
    assert get(shop)["templates"] == [{"id": "onboarding", "name": "Onboarding", "items": 1}]
    (shop.folder / "checklists" / "onboarding.json").unlink()
    assert shop.run(reload_rules(shop.runtime))
    assert (len(get(shop)["checklists"]), get(shop)["templates"]) == (1, [])


def test_they_are_asked_for_by_account_and_in_a_language(shop: Shop) -> None:
    post(shop, template="onboarding", account="acme")
    assert get(shop, "?account=birch")["checklists"] == []
    (found,) = get(shop, "?account=acme&state=open&lang=ru")["checklists"]
    assert (found["name"], [item["text"] for item in found["items"]]) == (
        "Онбординг",
        ["Стартовый созвон", "Invite the team"],
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"template": "onbording", "account": "acme"}, 'did you mean "onboarding"?'),
        ({"template": "onboarding", "account": "nobody"}, "nothing is known of"),
        ({"template": "onboarding"}, "account"),
        ({"template": "onboarding", "account": "acme", "owner": "x" * 201}, "owner"),
        ({"template": "onboarding", "account": "acme", "by": "x" * 101}, "by"),
    ],
)
def test_what_cannot_be_begun_is_refused(shop: Shop, body: Any, said: str) -> None:
    answer = shop.ask("POST", "/api/v1/checklists", json=body, headers=ORIGIN)
    assert said in assert_problem(answer, 422, "bad_parameter")["detail"]
    assert_problem(shop.ask("GET", "/api/v1/checklists?state=lost"), 422, "bad_parameter")


def test_what_is_not_there_is_404(shop: Shop) -> None:
    post(shop, template="onboarding", account="acme")
    for path in ("/2/items/call", "/1/items/none", f"/{2**63}/items/call"):
        answer = shop.ask("POST", f"/api/v1/checklists{path}", json={"done": True}, headers=ORIGIN)
        assert_problem(answer, 404, "not_found")


def test_the_latest_200_are_listed(shop: Shop) -> None:
    def many(tx: Tx) -> None:
        for _ in range(LIMITS.checklists_listed + 1):
            add_checklist(tx, shop.runtime.project_id, "onboarding", "g:acme", "", {"en": "t"}, [], START, "")

    shop.runtime.store.write_now(many)
    found = [one["id"] for one in get(shop)["checklists"]]
    assert (len(found), found[0], found[-1]) == (200, 201, 2)


def mistakes(document: Any) -> list[str]:
    return [problem.line() for problem in check_checklists({"checklists/a.json": document})]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "A b"}, 'id: "A b" is not an id'),
        ({"name": {}}, "name: at least 1 entry is needed here"),
        ({"items": []}, "items: 1 to 50 entries are needed here, not 0"),
        ({"item": []}, ': unknown field "item"; did you mean "items"?'),
        ({"items": [{"id": "a", "text": {"en": "x"}, "due": "soon"}]}, "items[0].due: "),
        ({"items": [{"id": "a", "text": {"en": "x"}}] * 2}, 'items[1].id: "a" is the id of another item too'),
    ],
)
def test_a_mistake_is_told_with_its_place(change: Any, said: str) -> None:
    (line,) = mistakes({**LIST, **change})
    assert line.startswith("checklists/a.json: ")
    assert said in line


def test_a_checklist_has_50_items_at_most() -> None:
    def items(number: int) -> list[Any]:
        return [{"id": f"i{i}", "text": {"en": "x"}} for i in range(number)]

    assert LIMITS.checklist_items == 50
    assert mistakes({**LIST, "items": items(50)}) == []
    assert len(mistakes({**LIST, "items": items(51)})) == 1


def test_two_files_cannot_be_the_same_checklist_and_a_broken_one_goes_not_live(shop: Shop) -> None:
    (shop.folder / "checklists" / "b.json").write_bytes(msgspec.json.encode(LIST))
    assert not shop.run(reload_rules(shop.runtime))
    assert [problem.line() for problem in shop.runtime.rules.problems] == [
        'checklists/onboarding.json: id: "onboarding" is the id of checklists/b.json too'
    ]
    assert [one["id"] for one in get(shop)["templates"]] == ["onboarding"]


def test_the_shipped_ones_are_right_and_speak_both_languages() -> None:
    _, problems = check_folder(ROOT / "rules")
    assert [problem.line() for problem in problems if problem.file.startswith("checklists/")] == []
    found = load_folder(ROOT / "rules").checklists
    assert sorted(document["id"] for document in found.values()) == ["offboarding", "onboarding", "quarterly-review"]
    words = [words for one in found.values() for words in (one["name"], *(item["text"] for item in one["items"]))]
    assert all(words.keys() == {"en", "ru"} for words in words)
