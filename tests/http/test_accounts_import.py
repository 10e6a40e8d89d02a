"""Accounts from a CSV file over the API: into the log, into facts, once; what is wrong is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.customers import look
from tests.http.shop import ORIGIN, Shop, assert_problem, track
from waypost.insight.backtest import Backtest, Side
from waypost.insight.why import facts_of
from waypost.model import DAY, GROUP
from waypost.service.rebuild import verify
from waypost.settings import LIMITS
from waypost.store.facts import subjects

FILE = "id,name,csm,seats,arr,renewal,Region\nacme,Acme,olga,25,12000,2027-02-14,north\nbeta,Beta,max,5,,,007\n"


def send(shop: Shop, text: str | bytes, **params: Any) -> dict[str, Any]:
    raw = text if isinstance(text, bytes) else text.encode()
    answer = shop.ask("POST", "/api/v1/accounts/import", content=raw, params=params, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def traits(shop: Shop, account: str) -> dict[str, Any]:
    facts = shop.runtime.store.read_now(lambda tx: facts_of(tx, shop.runtime.project_id, f"g:{account}"))
    return {name: trait.value for name, trait in facts.traits.items()} if facts else {}


def verified(shop: Shop) -> bool:
    return verify(shop.runtime.store, shop.runtime.project_id, shop.runtime.rules.plan) == []


@pytest.fixture(autouse=True)
def _signed_in(shop: Shop) -> None:
    shop.sign_in()


def test_each_row_is_one_event_of_the_account_and_facts_are_what_the_log_says(shop: Shop) -> None:
    told = {"problems": [], "problems_total": 0, "dry_run": False}
    assert send(shop, FILE) == {"accounts": 2, "changed": 2, **told}
    events = shop.events(GROUP)
    assert [(event.account_id, event.user_id, event.anon_id) for event in events] == [
        ("acme", None, None),
        ("beta", None, None),
    ]
    assert traits(shop, "acme") == {
        "name": "Acme", "csm": "olga", "seats": 25, "arr": 12_000, "renewal": "2027-02-14", "Region": "north",
    }  # fmt: skip
    assert traits(shop, "beta") == {"name": "Beta", "csm": "max", "seats": 5, "Region": "007"}
    assert verified(shop)
    assert shop.runtime.store.read_now(lambda tx: subjects(tx, shop.runtime.project_id)) == ["g:acme", "g:beta"]


def test_the_same_file_twice_changes_nothing(shop: Shop) -> None:
    send(shop, FILE)
    shop.now += DAY
    assert send(shop, FILE)["changed"] == 0
    assert len(shop.events(GROUP)) == 2


def test_a_file_that_goes_back_to_what_was_is_taken_too(shop: Shop) -> None:
    """A message id from the content alone would take it for the first file once more."""
    for seats, changed in ((25, 1), (30, 1), (25, 1), (25, 0)):
        assert send(shop, f"id,seats\nacme,{seats}\n")["changed"] == changed
        shop.now += 1_000
        assert traits(shop, "acme") == {"seats": seats}
    assert verified(shop)


def test_a_dry_run_says_what_would_change_and_changes_nothing(shop: Shop) -> None:
    assert send(shop, FILE, dry_run="1") == {
        "accounts": 2, "changed": 2, "problems": [], "problems_total": 0, "dry_run": True,
    }  # fmt: skip
    assert shop.events() == []
    assert_problem(shop.ask("POST", "/api/v1/accounts/import?dry_run=yes", content=b"id\na\n", headers=ORIGIN), 400)


def test_a_wrong_row_is_left_out_whole_and_told_in_both_languages(shop: Shop) -> None:
    text = "id;seats;renewal\nacme;many;2027-01-31\nbeta;5;31.01.2027\ngood;7;2027-01-31\n"
    found = send(shop, text)
    assert (found["accounts"], found["changed"], found["problems_total"]) == (1, 1, 2)
    assert found["problems"] == [
        {"line": 2, "column": "seats", "code": "not_whole", "reason": "“many” is not a whole number; write 25"},
        {
            "line": 3,
            "column": "renewal",
            "code": "not_date",
            "reason": "“31.01.2027” is not a date; write 2027-01-31",
        },
    ]
    assert (traits(shop, "acme"), traits(shop, "good")) == ({}, {"seats": 7, "renewal": "2027-01-31"})
    assert send(shop, text, lang="ru")["problems"][0]["reason"] == "«many» не целое число; напишите 25"


def test_what_is_no_table_is_refused_as_a_whole(shop: Shop) -> None:
    for raw in (b"", b"name\nAcme\n", b"\xff\xfe", b'id,name\nacme,"open\n'):
        assert_problem(shop.ask("POST", "/api/v1/accounts/import", content=raw, headers=ORIGIN), 400, "bad_csv")
    assert shop.events() == []


def test_the_largest_file_is_taken_and_one_byte_more_is_not(shop: Shop) -> None:
    raw = b"id,name\na,b\n"
    raw += b"\n" * (LIMITS.import_bytes - len(raw))
    assert send(shop, raw)["accounts"] == 1
    assert_problem(shop.ask("POST", "/api/v1/accounts/import", content=raw + b"\n", headers=ORIGIN), 413)


def test_so_many_problems_are_told_and_the_others_counted(shop: Shop) -> None:
    def wrong(rows: int) -> dict[str, Any]:
        return send(shop, "id,seats\n" + "".join(f"a{n},x\n" for n in range(rows)))

    assert len(wrong(LIMITS.import_problems)["problems"]) == LIMITS.import_problems
    more = wrong(LIMITS.import_problems + 1)
    assert (len(more["problems"]), more["problems_total"]) == (LIMITS.import_problems, LIMITS.import_problems + 1)


def test_an_account_takes_as_many_traits_as_there_may_be_and_not_one_more(shop: Shop) -> None:
    names = [f"c{n}" for n in range(LIMITS.traits)]
    send(shop, ",".join(["id", *names]) + "\n" + ",".join(["acme", *["1"] * len(names)]) + "\n")
    assert len(traits(shop, "acme")) == LIMITS.traits
    assert send(shop, "id,c0\nacme,2\n")["changed"] == 1
    (fault,) = send(shop, "id,c0,other\nacme,3,1\n")["problems"]
    assert (fault["line"], fault["column"], fault["code"]) == (2, "other", "too_many_traits")
    assert traits(shop, "acme")["c0"] == 2


def test_more_rows_than_one_transaction_takes_all_arrive(shop: Shop) -> None:
    text = "id,seats\n" + "".join(f"a{n},{n}\n" for n in range(250))
    assert send(shop, text)["changed"] == 250
    assert len(shop.events(GROUP)) == 250
    assert verified(shop)


def test_people_and_their_accounts_mix_with_what_is_imported(shop: Shop) -> None:
    """Use before and after, in the same account; no person comes into being from a file."""
    group = {"type": "group", "userId": "ivan", "groupId": "acme", "traits": {"plan": "free", "name": "Old"}}
    shop.batch(group, track())
    shop.now += 1_000
    send(shop, "id,name,plan\nacme,New,pro\n")
    shop.now += 1_000
    shop.batch({**group, "traits": {"plan": "gold"}}, track())
    assert traits(shop, "acme") == {"plan": "gold", "name": "New"}
    assert verified(shop)
    shop.runtime.rules.load(shop.now)
    assert verified(shop)
    known = shop.runtime.store.read_now(lambda tx: subjects(tx, shop.runtime.project_id))
    assert known == ["g:acme", "u:ivan"]
    reports = shop.ask("GET", "/api/reports").json()
    assert reports["log_from"] is not None
    look(shop)
    (row,) = shop.ask("GET", "/api/v1/accounts").json()["accounts"]
    assert (row["name"], row["plan"]) == ("New", "gold")
    assert shop.ask("GET", "/api/v1/accounts/acme/people").json()["total"] == 1


def test_a_backtest_takes_an_account_once_and_for_nobody(shop: Shop) -> None:
    send(shop, FILE)
    runtime = shop.runtime
    side = Side(runtime.rules.plan, {}, "UTC", ())
    run = Backtest([side], 0)
    runtime.store.read_now(lambda tx: run.run(tx, runtime.project_id, lambda cost: None))
    assert (run.events, run.people) == (2, 0)


def test_the_console_shows_an_imported_account_after_the_next_look(shop: Shop) -> None:
    send(shop, FILE)
    assert_problem(shop.ask("GET", "/api/v1/accounts/acme"), 404, "not_found")
    look(shop)
    acme = shop.ask("GET", "/api/v1/accounts/acme").json()
    assert (acme["owner"], acme["seats"], acme["traits"]["Region"]) == ("olga", 25, "north")
    assert [row["id"] for row in shop.ask("GET", "/api/v1/accounts?sort=name").json()["accounts"]] == ["acme", "beta"]
    assert verified(shop)
