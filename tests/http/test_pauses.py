"""A CSM pauses tips: from the request to the reply of a sync, to its end by itself, and to every explanation of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.shop import ORIGIN, START, Shop, assert_problem, corner, track
from waypost.model import DAY, HOUR, SECOND
from waypost.service.sync import SyncBody, sync
from waypost.settings import LIMITS
from waypost.store.sqlite import Tx
from waypost.web.background import alerts_hook, run_due

HELLO = corner("hello", policy={"category": "a"})
HELP = corner("help", surface="hotspot", anchor="help", policy={"category": "b"})
ALERT = {
    "id": "quiet",
    "kind": "alert",
    "text": {"en": {"title": "Quiet"}},
    "trigger": {"on": {"clock": True}, "when": {"inactive": {"for": "14d", "scope": "account"}}},
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Ivan of Acme and Olga of Beta have been here for a minute; a CSM is signed in."""
    made = Shop(tmp_path / "shop", HELLO, HELP, ALERT)
    made.sign_in()
    for user, account, name in (("ivan", "acme", "Acme"), ("olga", "beta", "Beta")):
        made.batch({"type": "group", "userId": user, "groupId": account, "traits": {"name": name}})
        made.sync(user, events=[{"type": "page", "name": "home"}])
    made.now += 60 * SECOND
    yield made
    made.close()


def ask(shop: Shop, path: str, body: Any = None) -> httpx.Response:
    """POST with a body, else GET."""
    if body is None:
        return shop.ask("GET", f"/api/{path}")
    return shop.ask("POST", f"/api/{path}", json=body, headers=ORIGIN)


def pause(shop: Shop, subject: str = "g:acme", **parts: Any) -> dict[str, Any]:
    answer = ask(shop, "pauses", {"subject": subject, **(parts or {"until_at": shop.now + DAY})})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def shown(shop: Shop, user: str = "ivan") -> list[str]:
    return sorted(offer["tip"] for offer in shop.sync(user)["offers"])


def listed(shop: Shop, state: str = "running") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(shop, f"pauses?state={state}").json()["pauses"]
    return found


def why(shop: Shop, at: int, tip: str = "hello", user: str = "ivan", lang: str = "en") -> dict[str, Any]:
    found: dict[str, Any] = ask(shop, f"why?user={user}&tip={tip}&at={at}&lang={lang}").json()
    return found


def test_an_account_rests_until_the_instant_and_nobody_else_does(shop: Shop) -> None:
    assert shown(shop) == ["hello", "help"]
    until = shop.now + 3 * HOUR
    made = pause(shop, until_at=until, author="Ann", reason="renewal talk")
    assert made == {
        "id": 1, "subject": "g:acme", "name": "Acme", "from_at": shop.now, "created_at": shop.now, "until_at": until,
        "until_event": None, "ends_at": until, "allow": [], "reason": "renewal talk", "author": "Ann",
        "ended_at": None, "ended_by": "",
    }  # fmt: skip
    assert (shown(shop), shown(shop, "olga")) == ([], ["hello", "help"])
    assert shop.sync()["next_in_ms"] == 3 * HOUR
    shop.now = until - 1
    assert (shown(shop), shop.sync()["next_in_ms"], len(listed(shop))) == ([], 1, 1)
    shop.now = until
    assert (shown(shop), listed(shop)) == (["hello", "help"], [])
    (over,) = listed(shop, "ended")
    assert (over["ended_at"], over["ended_by"]) == (until, "time")


def test_a_person_rests_alone(shop: Shop) -> None:
    shop.batch(
        {"type": "group", "userId": "eve", "groupId": "acme"}, {"type": "page", "name": "home", "userId": "eve"}
    )
    pause(shop, "u:ivan")
    assert (shown(shop), shown(shop, "eve")) == ([], ["hello", "help"])


def test_named_tips_come_through(shop: Shop) -> None:
    pause(shop, until_at=shop.now + DAY, allow=["help", "help"])
    assert (listed(shop)[0]["allow"], shown(shop)) == (["help"], ["help"])


def test_a_pause_survives_a_restart_and_ends_over_one(shop: Shop) -> None:
    pause(shop, until_at=shop.now + HOUR)
    cookies = shop.client.cookies
    shop.restart()
    shop.client.cookies = cookies
    assert (shown(shop), len(listed(shop))) == ([], 1)
    shop.now += HOUR
    shop.restart()
    shop.client.cookies = cookies
    assert (shown(shop), listed(shop)) == (["hello", "help"], [])


def test_a_new_one_takes_the_place_of_the_former(shop: Shop) -> None:
    first = pause(shop, until_at=shop.now + DAY)
    begun = shop.now
    shop.now += HOUR
    second = pause(shop, until_at=shop.now + HOUR)
    assert [one["id"] for one in listed(shop)] == [second["id"]]
    (former,) = listed(shop, "ended")
    assert (former["id"], former["from_at"], former["ended_at"], former["ended_by"]) == (
        first["id"],
        begun,
        shop.now,
        "person",
    )
    shop.now += 2 * HOUR
    third = pause(shop, until_at=shop.now + HOUR)
    ended = {one["id"]: (one["ended_at"], one["ended_by"]) for one in listed(shop, "ended")}
    assert ended[second["id"]] == (second["until_at"], "time"), "it was over before the third began"
    assert [one["id"] for one in listed(shop)] == [third["id"]]


def test_a_person_ends_it_and_two_who_click_do_no_harm(shop: Shop) -> None:
    made = pause(shop)
    shop.now += HOUR
    ended = ask(shop, f"pauses/{made['id']}/end", {}).json()
    assert (ended["ended_at"], ended["ended_by"], shown(shop)) == (shop.now, "person", ["hello", "help"])
    shop.now += HOUR
    assert ask(shop, f"pauses/{made['id']}/end", {}).json() == ended
    assert_problem(ask(shop, "pauses/99/end", {}), 404, "not_found")
    assert_problem(ask(shop, f"pauses/{1 << 63}/end", {}), 404, "not_found")


# -- by an event


def test_the_event_of_anybody_of_the_account_ends_its_pause_at_once(shop: Shop) -> None:
    pause(shop, until_event="call_booked")
    assert shown(shop) == []
    shop.now += HOUR
    shop.batch(track("call_booked", "olga"), track("call_held", "ivan"))
    assert shown(shop) == []
    shop.batch({"type": "group", "userId": "eve", "groupId": "acme"}, track("call_booked", "eve"))
    (over,) = listed(shop, "ended")
    assert (over["ended_at"], over["ended_by"], shown(shop)) == (shop.now, "event", ["hello", "help"])


def test_the_event_may_come_with_the_very_sync_that_asks(shop: Shop) -> None:
    pause(shop, "u:ivan", until_event="call_booked", until_at=shop.now + DAY)
    reply = shop.sync(events=[{"type": "track", "event": "call_booked"}])
    assert {offer["tip"] for offer in reply["offers"]} == {"hello", "help"}


def test_the_pause_of_a_person_waits_for_their_own_event(shop: Shop) -> None:
    pause(shop, "u:ivan", until_event="call_booked")
    shop.batch({"type": "group", "userId": "eve", "groupId": "acme"}, track("call_booked", "eve"))
    assert len(listed(shop)) == 1
    shop.batch(track("call_booked", "ivan"))
    assert listed(shop) == []


@pytest.mark.parametrize(("age", "ends"), [(HOUR, True), (HOUR + 1, False)])
def test_what_happened_before_it_began_does_not_end_it_however_late_it_comes(
    shop: Shop, age: int, ends: bool
) -> None:
    pause(shop, until_event="call_booked")
    shop.now += HOUR
    event = {"type": "track", "event": "call_booked", "ageMs": age}
    shop.sync(events=[event])
    assert (listed(shop) == []) is ends


def test_an_event_after_its_time_changes_nothing(shop: Shop) -> None:
    made = pause(shop, until_event="call_booked", until_at=shop.now + HOUR)
    shop.now += HOUR
    shop.batch(track("call_booked"))
    (over,) = listed(shop, "ended")
    assert (over["ended_at"], over["ended_by"]) == (made["until_at"], "time")


def test_a_repeated_message_does_not_end_a_later_pause(shop: Shop) -> None:
    event = track("call_booked", messageId="m1")
    pause(shop, until_event="call_booked")
    shop.batch(event)
    pause(shop, until_event="call_booked")
    shop.batch(event)
    assert len(listed(shop)) == 1


def test_an_event_that_cannot_be_stored_ends_nothing(shop: Shop) -> None:
    pause(shop, until_event="call_booked")
    shop.disk.error = OSError("no space")
    assert shop.post("/v1/batch", {"batch": [track("call_booked")]}).status_code == 503
    shop.disk.error = None
    shop.restart()
    shop.sign_in()
    assert len(listed(shop)) == 1


# -- what it costs


def statements(shop: Shop, job: Any) -> list[str]:
    """Those that name the table of pauses while the job runs."""
    seen: list[str] = []
    shop.runtime.store._connection.set_trace_callback(lambda sql: seen.append(sql) if "FROM pause" in sql else None)
    job()
    shop.runtime.store._connection.set_trace_callback(None)
    return seen


def test_a_sync_looks_once_and_a_batch_once_however_long_it_is(shop: Shop) -> None:
    assert len(statements(shop, lambda: shop.sync())) == 1
    assert len(statements(shop, lambda: shop.batch(*(track(f"e{n}") for n in range(200))))) == 1


# -- explanations


BEGUN = "Ann paused tips for the account Acme on 15 Jan 2027, 08:01 UTC: “call”."


def test_why_names_it_for_any_instant_also_after_it_ended(shop: Shop) -> None:
    before = shop.now - 1
    shown(shop)
    pause(shop, until_at=START + 8 * DAY + HOUR, until_event="call_booked", author="Ann", reason="call")
    begun = shop.now
    shop.now += HOUR
    assert shown(shop) == []
    held = shop.now
    shop.now += HOUR
    shop.batch(track("call_booked"))
    ended = shop.now
    shop.now += HOUR

    ends = "It ends by itself on Saturday 23 January, 09:00 UTC, or when “call_booked” comes."
    assert why(shop, before)["code"] == "quiet_session_start"
    told = why(shop, begun + 5)
    assert (told["outcome"], told["words"][-1]) == ("offered", f"{BEGUN} {ends}"), "the app had not asked since"
    told = why(shop, held)
    assert (told["outcome"], told["stage"], told["code"], told["words"]) == ("held", 0, "paused", [f"{BEGUN} {ends}"])
    assert told["detail"]["until"] == START + 8 * DAY + HOUR
    assert why(shop, ended - 1)["words"] == [f"{BEGUN} {ends}"]
    over = "That pause ended on 15 Jan 2027, 10:01 UTC: “call_booked” came. The app has not asked since."
    assert why(shop, ended)["words"] == [f"{BEGUN} {ends}", over]
    shown(shop)
    assert "paused" not in str(why(shop, shop.now))
    assert why(shop, held, lang="ru")["words"] == [
        "Подсказки для клиента «Acme» на паузе с 15.01.2027, 08:01 UTC, её поставил CSM (Ann), причина: «call». "
        "Пауза закончится сама в субботу 23 января, 09:00 UTC, или когда придёт событие «call_booked»."
    ]
    assert why(shop, ended, lang="ru")["words"][1] == (
        "Эта пауза закончилась 15.01.2027, 10:01 UTC: пришло событие «call_booked». С тех пор приложение ещё не спрашивало."
    )


@pytest.mark.parametrize(("how", "words"), [("time", "its time had come"), ("person", "a person ended it")])
def test_why_says_what_ended_it(shop: Shop, how: str, words: str) -> None:
    made = pause(shop, until_at=shop.now + HOUR)
    shown(shop)
    if how == "person":
        ask(shop, f"pauses/{made['id']}/end", {})
    shop.now += HOUR
    assert words in why(shop, shop.now)["words"][-1]


def test_why_names_it_for_somebody_whose_app_never_asked(shop: Shop) -> None:
    shop.batch({"type": "group", "userId": "eve", "groupId": "acme"})
    pause(shop, until_at=shop.now + DAY, allow=["help"])
    told = why(shop, shop.now, user="eve")
    assert (told["outcome"], len(told["words"])) == ("no_decision", 2)
    assert told["words"][1].startswith("A CSM paused tips for the account Acme")
    assert len(why(shop, shop.now, "help", "eve")["words"]) == 1, "that one passes"


def test_the_debug_panel_and_the_tips_page_name_it(shop: Shop) -> None:
    pause(shop, until_at=shop.now + DAY, author="Ann")
    shop.runtime.settings.debug_reasons = True
    body = SyncBody(user_id="ivan", page_view_id="p1", debug=True)
    told = {reason["tip"]: reason for reason in shop.run(sync(shop.runtime, body))["reasons"]}
    assert (told["hello"]["code"], told["hello"]["words"][:25]) == ("paused", "Ann paused tips for the a")
    tips = {tip["id"]: tip["28"]["held_back"] for tip in ask(shop, "tips").json()["tips"]}
    assert tips["help"] == {"code": "paused", "words": "paused by a CSM", "users": 1}


# -- what is refused


LONG = LIMITS.pause_ms


def fields(**parts: Any) -> dict[str, Any]:
    return {"subject": "g:acme", "until_at": START + DAY, **parts}


AT_THE_LIMIT = [
    fields(until_at=START + 60 * SECOND + 1),
    fields(until_at=START + 60 * SECOND + LONG),
    fields(subject="u:" + "x" * LIMITS.id_chars),
    fields(until_event="e" * LIMITS.name_chars),
    fields(reason="r" * LIMITS.pause_reason_chars),
    fields(author="a" * LIMITS.pause_author_chars),
    fields(allow=["help"] * LIMITS.pause_tips),
]
REFUSED = [
    (fields(until_at=START + 60 * SECOND), "until_at: this time is past; give one that is still to come"),
    (fields(until_at=START + 60 * SECOND + LONG + 1), "until_at: a pause lasts at most 400 days; give an earlier time"),
    (fields(until_at=None), "until_at: a pause ends by itself; give a time, an event, or both"),
    (fields(until_at="friday"), "this is not a pause: Expected `int | null`, got `str` - at `$.until_at`"),
    (fields(until_at=True), "this is not a pause: Expected `int | null`, got `bool` - at `$.until_at`"),
    (fields(subject="u:" + "x" * (LIMITS.id_chars + 1)), "subject: an id has at most 128 characters"),
    (fields(subject="acme"), "subject: it is neither a person, u:…, nor an account, g:…"),
    (fields(subject="a:anon-1"), "subject: it is neither a person, u:…, nor an account, g:…"),
    (fields(subject="g:"), "subject: it is neither a person, u:…, nor an account, g:…"),
    (fields(subject="g:a\n"), "subject: an id holds no control characters"),
    (fields(until_event="e" * (LIMITS.name_chars + 1)), "until_event: the name of an event has 1 to 200 characters"),
    (fields(until_event=""), "until_event: the name of an event has 1 to 200 characters"),
    (fields(until_event="$tip"), "until_event: no app sends an event that begins with $"),
    (fields(reason="r" * (LIMITS.pause_reason_chars + 1)), "reason: it has at most 500 characters"),
    (fields(reason="a\nb"), "reason: it is one line of text"),
    (fields(author="a" * (LIMITS.pause_author_chars + 1)), "author: it has at most 100 characters"),
    (fields(allow=["help"] * (LIMITS.pause_tips + 1)), "allow: at most 50 tips pass; what is left of the pause otherwise?"),
    (fields(allow=["help", "helpp"]), 'allow: there is no live tip "helpp"; did you mean "help"?'),
    (fields(allow=["quiet"]), 'allow: "quiet" opens a CSM task, which no pause holds back; leave it out'),
    (fields(until=1), "this is not a pause: Object contains unknown field `until`"),
    ({"until_at": START + DAY}, "this is not a pause: Object missing required field `subject`"),
]  # fmt: skip


@pytest.mark.parametrize("body", AT_THE_LIMIT)
def test_at_the_limit_it_is_taken(shop: Shop, body: dict[str, Any]) -> None:
    assert ask(shop, "pauses", body).status_code == 200
    assert len(listed(shop)) == 1


@pytest.mark.parametrize(("body", "detail"), REFUSED)
def test_what_is_wrong_is_named_with_its_mend_and_nothing_begins(
    shop: Shop, body: dict[str, Any], detail: str
) -> None:
    assert assert_problem(ask(shop, "pauses", body), 422, "bad_parameter")["detail"].startswith(detail)
    assert listed(shop) == []


def test_a_list_has_so_many_and_no_more(shop: Shop) -> None:
    def many(tx: Tx) -> None:
        rows = [(shop.runtime.project_id, f"u:{n}", n, shop.now + DAY) for n in range(LIMITS.pauses_listed + 1)]
        tx.executemany(
            "INSERT INTO pause (project_id, subject, from_at, ends_at, allow, reason, author, created_at, ended_by) "
            "VALUES (?,?,?,?,'[]','','',0,'')",
            rows,
        )

    shop.runtime.store.write_now(many)
    found = listed(shop)
    assert (len(found), found[0]["subject"], found[-1]["subject"]) == (500, "u:500", "u:1"), "the latest"
    assert_problem(ask(shop, "pauses?state=x"), 422, "bad_parameter")


def test_a_task_says_which_pauses_run_for_its_account(shop: Shop) -> None:
    shop.runtime.on_facts = alerts_hook
    shop.batch(track(user="ivan"), track(user="olga"))
    shop.now += 15 * DAY
    shop.run(run_due(shop.runtime))
    shop.sign_in()
    pause(shop, until_at=shop.now + DAY)
    tasks = {task["subject"]: task for task in ask(shop, "v1/tasks").json()["tasks"]}
    whose = {subject: [pause["subject"] for pause in task["pauses"]] for subject, task in tasks.items()}
    assert whose == {"g:acme": ["g:acme"], "g:beta": []}
