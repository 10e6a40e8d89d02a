"""CSM tasks over the API: found, taken, noted, done; what comes of them is an event that rules see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import ORIGIN, START, Shop, assert_problem, track
from tests.http.test_console_access import QUIET
from waypost.model import CSM_TASK, DAY, HOUR, MINUTE, Event
from waypost.service.rebuild import verify
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx
from waypost.store.task_notes import add_note, notes_of
from waypost.web.background import alerts_hook, reload_rules, run_due

NOW = START + 15 * DAY
LOST = {
    "id": "lost",
    "kind": "alert",
    "text": {"en": {"title": "{account.name} may leave"}},
    "trigger": {
        "when": {
            "did": {
                "event": "$csm_task",
                "where": {
                    "and": [
                        {"==": [{"var": "event.did"}, "done"]},
                        {"==": [{"var": "event.outcome"}, "churn_risk"]},
                        {"==": [{"var": "event.rule"}, "quiet"]},
                    ]
                },
                "last": "30d",
                "scope": "account",
            }
        }
    },
}
OWNED = {**QUIET, "alert": {"owner": "account.csm", "sla": "2d"}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Acme, of Olga, has been quiet for 15 days, and there is a task; somebody is signed in."""
    made = Shop(tmp_path / "shop", OWNED, LOST)
    made.runtime.on_facts = alerts_hook
    traits = {"name": "Acme", "csm": "olga"}
    browser = {"context": {"groupId": "acme", "library": {"name": "waypost"}}}
    made.batch({"type": "group", "userId": "ivan", "groupId": "acme", "traits": traits}, track(**browser))
    made.now = NOW
    made.run(run_due(made.runtime))
    made.sign_in()
    yield made
    assert verify(made.runtime.store, made.runtime.project_id, made.runtime.rules.plan) == [], "facts are the log's"
    made.close()


def get(shop: Shop, path: str = "") -> Any:
    answer = shop.ask("GET", f"/api/v1/tasks{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(shop: Shop, path: str = "", /, **body: Any) -> Any:
    answer = shop.ask("POST", f"/api/v1/tasks{path}", json=body, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(shop: Shop, path: str = "", /, **body: Any) -> str:
    answer = shop.ask("POST", f"/api/v1/tasks{path}", json=body, headers=ORIGIN)
    return str(assert_problem(answer, 422, "bad_parameter")["detail"])


def told(shop: Shop) -> list[Event]:
    return shop.events(CSM_TASK)


def test_each_step_of_a_task_is_an_event_of_its_account_that_no_app_can_send(shop: Shop) -> None:
    post(shop, "/1/take", by="Olga")
    shop.now += HOUR
    post(shop, "/1/done", by="Olga", code="reached", outcome="They were on holiday.")
    events = told(shop)
    assert [event.props["did"] for event in events] == ["opened", "taken", "done"]
    assert [event.t for event in events] == [START + 14 * DAY, NOW, NOW + HOUR]
    assert {(event.account_id, event.user_id, event.active) for event in events} == {("acme", None, False)}
    assert events[-1].props == {
        "task": 1, "did": "done", "rule": "quiet", "owner": "olga", "severity": "medium", "outcome": "reached", "by": "Olga",
    }  # fmt: skip
    (refusal,) = shop.batch(track(CSM_TASK))["rejected"]
    assert refusal["code"] == "reserved_name"


def test_a_rule_sees_the_outcome(shop: Shop) -> None:
    post(shop, "/1/done", code="reached")
    assert get(shop)["tasks"] == []
    shop.now += 1
    post(shop, "/1/reopen")
    post(shop, "/1/done", code="churn_risk")
    (task,) = get(shop)["tasks"]
    assert (task["rule"], task["title"], task["opened_at"]) == ("lost", "Acme may leave", NOW + 1)


def test_a_rule_that_waits_for_another_ones_task_sees_it_on_the_next_look(tmp_path: Path) -> None:
    after = {"event": "$csm_task", "where": {"==": [{"var": "event.rule"}, "quiet"]}, "scope": "account"}
    made = Shop(tmp_path / "a", OWNED, {**LOST, "id": "a-second", "trigger": {"when": {"did": after}}})
    made.runtime.on_facts = alerts_hook
    made.batch(track(context={"groupId": "acme"}))
    made.now = NOW
    assert made.run(run_due(made.runtime)) == 1
    made.now += 1
    assert made.run(run_due(made.runtime)) == 1
    assert [event.props["rule"] for event in made.events(CSM_TASK)] == ["quiet", "a-second"]
    made.now += MINUTE
    assert made.run(run_due(made.runtime)) == 1, "the second is news as well"
    made.now += MINUTE
    assert made.run(run_due(made.runtime)) == 0
    made.close()


def test_taking_a_task_can_start_a_pause_in_the_same_breath(shop: Shop) -> None:
    friday = NOW + 3 * DAY
    task = post(shop, "/1/take", by="Olga", pause={"until_at": friday, "reason": "call booked"})
    assert (task["taken_by"], task["taken_at"], task["owner"]) == ("Olga", NOW, "olga")
    (pause,) = task["pauses"]
    assert (pause["subject"], pause["until_at"], pause["author"]) == ("g:acme", friday, "Olga")
    shop.now = friday
    assert get(shop, "/1")["pauses"] == []


def test_a_pause_that_cannot_be_takes_the_taking_with_it(shop: Shop) -> None:
    assert refused(shop, "/1/take", by="Olga", pause={"until_at": NOW}).startswith("pause.until_at: ")
    assert get(shop, "/1")["taken_at"] is None
    assert len(told(shop)) == 1


def test_a_snoozed_task_that_is_taken_is_open_and_one_that_is_done_cannot_be(shop: Shop) -> None:
    post(shop, "/1/snooze", until=NOW + DAY)
    assert post(shop, "/1/take", by="Max")["state"] == "open"
    post(shop, "/1/done", code="solved")
    for deed, body in (("take", {}), ("assign", {"owner": "max"}), ("due", {"due_at": None})):
        answer = shop.ask("POST", f"/api/v1/tasks/1/{deed}", json=body, headers=ORIGIN)
        assert_problem(answer, 422, "task_done")


def test_the_view_tells_what_happened_who_uses_it_and_what_was_noted(shop: Shop) -> None:
    shop.batch(track("opened", "petr", context={"groupId": "acme", "library": {"name": "waypost"}}))
    post(shop, "/1/reopen")
    post(shop, "/1/notes", by="Olga", body="  No answer.  ")
    post(shop, account="acme", title="Renewal talk")
    task = get(shop, "/1")
    assert task["words"] == ["by the clock; no use of the app for 14 days"]
    kinds = [(line["kind"], line.get("name") or line.get("did") or line.get("body")) for line in task["timeline"]]
    assert ("note", "No answer.") in kinds
    assert ("task", "opened") in kinds
    assert ("event", "opened") in kinds
    people = task["people"]
    assert (people["using"], people["quiet"]) == (2, 0)
    assert [one["title"] for one in task["before"]] == ["Renewal talk"]


def test_who_has_not_come_for_28_days_does_not_use_it(shop: Shop) -> None:
    shop.now = START + 28 * DAY
    people = get(shop, "/1")["people"]
    assert (people["using"], [one["user_id"] for one in people["do_not"]]) == (0, ["ivan"])


def test_a_task_is_opened_by_hand_for_whom_we_know(shop: Shop) -> None:
    made = post(shop, account="acme", title=" Renewal talk ", body="In March.", due_at=NOW + DAY, by="Olga")
    assert (made["title"], made["opened_by"], made["owner"], made["rule"]) == ("Renewal talk", "person", "olga", "")
    assert (made["state"], made["opened_at"], made["due_at"]) == ("open", NOW, NOW + DAY)
    person = post(shop, user="ivan", title="Call Ivan", severity="high", owner="max")
    assert (person["subject"], person["account"], person["owner"]) == ("u:ivan", "acme", "max")
    assert [event.props["by"] for event in told(shop) if event.props["task"] == made["id"]] == ["Olga"]


def test_tasks_that_no_rule_opened_stay_when_rules_change(shop: Shop) -> None:
    post(shop, account="acme", title="Renewal talk")
    (shop.folder / "tips" / "quiet.json").unlink()
    (shop.folder / "tips" / "lost.json").unlink()
    shop.run(reload_rules(shop.runtime))
    assert [task["title"] for task in get(shop)["tasks"]] == ["Renewal talk"]
    assert told(shop)[-1].props["by"] == "rule_removed"


@pytest.mark.parametrize(
    "body",
    [
        {"account": "acme"},
        {"account": "acme", "title": "  "},
        {"title": "x"},
        {"account": "acme", "user": "ivan", "title": "x"},
        {"account": "nobody", "title": "x"},
        {"account": "acme", "title": "x", "severity": "awful"},
        {"account": "acme", "title": "x", "due_at": NOW},
        {"account": "acme", "title": "x", "more": 1},
        {"account": "acme", "title": "x" * 201},
        {"account": "acme", "title": "x", "body": "x" * 2_001},
        {"account": "acme", "title": "x", "owner": "x" * 201},
        {"account": "acme", "title": "x", "by": "x" * 101},
        {"account": "acme", "title": "x", "by": "a\nb"},
    ],
)
def test_what_is_no_task_is_refused(shop: Shop, body: Any) -> None:
    refused(shop, **body)
    assert get(shop)["counts"] == {"open": 1, "snoozed": 0, "done": 0}


def test_texts_may_be_as_long_as_that(shop: Shop) -> None:
    texts = {"title": "x" * LIMITS.task_title_chars, "body": "x" * LIMITS.task_text_chars, "owner": "x" * 200}
    made = post(shop, account="acme", by="x" * 100, due_at=NOW + LIMITS.task_due_ms - 1, **texts)
    assert {name: made[name] for name in texts} == texts
    assert LIMITS.task_owner_chars == 200
    refused(shop, "/1/assign", owner="x" * 201)
    refused(shop, "/1/due", due_at=NOW + LIMITS.task_due_ms)


def test_other_tasks_of_the_account_stand_below_those_that_are_open_first(shop: Shop) -> None:
    for number in range(3):
        made = post(shop, account="acme", title=f"t{number}")
        if number < 2:
            shop.now += 1
            post(shop, f"/{made['id']}/done", code="solved")
    assert [one["title"] for one in get(shop, "/1")["before"]] == ["t2", "t1", "t0"]


def test_a_view_has_the_latest_200_notes(shop: Shop) -> None:
    def many(tx: Tx) -> list[str]:
        for number in range(LIMITS.task_notes + 1):
            add_note(tx, shop.runtime.project_id, 1, NOW, "", f"n{number}")
        return [note.body for note in notes_of(tx, shop.runtime.project_id, 1, LIMITS.task_notes)]

    found = shop.runtime.store.write_now(many)
    assert (len(found), found[0], found[-1]) == (200, "n200", "n1")


@pytest.mark.parametrize("body", [{}, {"code": "won"}, {"code": None}])
def test_an_outcome_has_a_code_of_the_list(shop: Shop, body: Any) -> None:
    refused(shop, "/1/done", **body)


def test_a_note_is_a_text_of_2000_characters(shop: Shop) -> None:
    post(shop, "/1/notes", body="x" * 2_000)
    refused(shop, "/1/notes", body="x" * 2_001)
    refused(shop, "/1/notes", body=" ")
    assert [line["by"] for line in get(shop, "/1")["timeline"] if line["kind"] == "note"] == [""]


def test_a_long_inbox_comes_in_pages_by_deadline_and_nothing_is_there_twice(shop: Shop) -> None:
    for number in range(12):
        due = None if number % 3 == 0 else NOW + (number % 5 + 1) * HOUR
        post(shop, account="acme", title=f"t{number}", due_at=due)
        shop.now += 1
    seen, after = [], ""
    while True:
        page = get(shop, f"?limit=5&after={after}")
        seen += page["tasks"]
        after = page["next"]
        if after is None:
            break
    dues = [task["due_at"] for task in seen]
    assert len({task["id"] for task in seen}) == 13
    assert dues == sorted(dues, key=lambda due: (due is None, due or 0))
    undated = [task["opened_at"] for task in seen if task["due_at"] is None]
    assert undated == sorted(undated)


def test_the_inbox_is_narrowed(shop: Shop) -> None:
    shop.batch({"type": "group", "userId": "eva", "groupId": "birch", "traits": {"name": "Birch"}})
    post(shop, account="birch", title="t", owner="max", due_at=NOW + HOUR)
    for query, titles in (
        ("?owner=max", ["t"]),
        ("?account=acme", ["Acme has gone quiet"]),
        ("?rule=quiet", ["Acme has gone quiet"]),
        ("?rule=", ["t"]),
        ("?overdue=1", []),
        ("?owner=max&account=acme", []),
    ):
        assert [task["title"] for task in get(shop, query)["tasks"]] == titles, query
    shop.now += 2 * HOUR
    assert [task["title"] for task in get(shop, "?overdue=1")["tasks"]] == ["t"]


@pytest.mark.parametrize("after", ["x", "1", "1.", ".1", "1.x", "1.1.1", "1" * 30 + ".1", "²5.1", "--1.1"])
def test_a_cursor_of_nobody_is_refused(shop: Shop, after: str) -> None:
    assert_problem(shop.ask("GET", "/api/v1/tasks", params={"after": after}), 422, "bad_parameter")


def test_a_page_has_200_tasks_at_most(shop: Shop) -> None:
    assert LIMITS.tasks_page == 200
    assert len(get(shop, "?limit=999")["tasks"]) == 1
    assert_problem(shop.ask("GET", "/api/v1/tasks?limit=0"), 422, "bad_parameter")


def test_time_to_react_and_to_resolve_are_measured(shop: Shop) -> None:
    made = post(shop, account="acme", title="t", owner="max", due_at=NOW + HOUR)
    shop.now += 10 * MINUTE
    post(shop, f"/{made['id']}/notes", body="Wrote an e-mail.")
    shop.now += 40 * MINUTE
    post(shop, f"/{made['id']}/done", code="reached")
    times = get(shop, "/times?days=28")
    (owner,) = [row for row in times["owners"] if row["name"] == "max"]
    assert owner == {
        "name": "max", "opened": 1, "reacted": 1, "resolved": 1, "alone": 0, "react": 10 * MINUTE, "resolve": 50 * MINUTE,
        "in_time": 1, "with_sla": 1,
    }  # fmt: skip
    assert (times["all"]["opened"], [row["name"] for row in times["rules"]]) == (2, ["", "quiet"])
    for days in ("0", "367", "x"):
        assert_problem(shop.ask("GET", f"/api/v1/tasks/times?days={days}"), 422, "bad_parameter")
