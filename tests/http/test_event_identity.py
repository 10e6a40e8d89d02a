"""Whose event it is: anonymous ids and users, who inherits what, and which account an event belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.shop import START, Shop, track
from waypost.facts.subject import Facts, decode
from waypost.model import DAY, HOUR, MINUTE
from waypost.store.events import events_of, linked_user
from waypost.store.facts import load_facts


def anon(event: str, anon_id: str = "x", **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "anonymousId": anon_id, **fields}


def both(event: str, user: str, anon_id: str = "x", **fields: Any) -> dict[str, Any]:
    return {**track(event, user), "anonymousId": anon_id, **fields}


def group(account: str, user: str = "ivan", **fields: Any) -> dict[str, Any]:
    return {"type": "group", "userId": user, "groupId": account, **fields}


def log_of(shop: Shop, subject: str) -> list[str]:
    """What is stored under a subject's own name."""
    read = shop.runtime.store.read_now
    return read(lambda tx: [event.name for _, event in events_of(tx, shop.runtime.project_id, subject)])


def facts_of(shop: Shop, subject: str) -> Facts | None:
    row = shop.runtime.store.read_now(lambda tx: load_facts(tx, shop.runtime.project_id, subject))
    return None if row is None else decode(row[1])


def linked(shop: Shop, anon_id: str = "x") -> str | None:
    """The user whom an anonymous id was given to."""
    found = shop.runtime.store.read_now(lambda tx: linked_user(tx, shop.runtime.project_id, f"a:{anon_id}"))
    return found[0] if found else None


def seen(shop: Shop, subject: str) -> int | None:
    """Since when a subject is known."""
    facts = facts_of(shop, subject)
    return None if facts is None else facts.first_seen


def test_the_first_event_with_both_ids_gives_the_history_to_the_user(shop: Shop) -> None:
    shop.batch(anon("looked"))
    shop.now += HOUR
    shop.batch(both("signed_in", "ivan"))
    assert linked(shop) == "u:ivan"
    assert (log_of(shop, "a:x"), log_of(shop, "u:ivan")) == (["looked"], ["signed_in"])
    assert seen(shop, "u:ivan") == START


def test_a_second_user_on_the_same_browser_inherits_nothing(shop: Shop) -> None:
    shop.batch(anon("looked"), both("signed_in", "ivan"))
    shop.now += HOUR
    shop.batch(both("signed_in", "olga"), {"type": "alias", "userId": "olga", "previousId": "x"})
    assert linked(shop) == "u:ivan"
    assert (seen(shop, "u:ivan"), seen(shop, "u:olga")) == (START, START + HOUR)
    assert log_of(shop, "u:olga") == ["signed_in", "$link"]


def test_alias_links_an_anonymous_id_that_was_never_linked(shop: Shop) -> None:
    shop.batch(anon("looked"))
    shop.now += HOUR
    shop.batch({"type": "alias", "userId": "ivan", "previousId": "x"})
    assert (linked(shop), seen(shop, "u:ivan")) == ("u:ivan", START)


def test_identify_with_both_ids_links_too(shop: Shop) -> None:
    shop.batch(anon("looked"))
    shop.now += HOUR
    shop.batch({"type": "identify", "userId": "ivan", "anonymousId": "x", "traits": {"plan": "pro"}})
    assert (linked(shop), seen(shop, "u:ivan")) == ("u:ivan", START)


def test_an_anonymous_id_is_in_a_name_space_of_its_own(shop: Shop) -> None:
    shop.batch(track("a", user="ivan"))
    shop.now += HOUR
    shop.batch(anon("b", anon_id="ivan"), anon("c", anon_id="u:ivan"))
    assert log_of(shop, "u:ivan") == ["a"]
    assert (log_of(shop, "a:ivan"), log_of(shop, "a:u:ivan")) == (["b"], ["c"])


def test_two_browsers_of_one_user_both_give_their_history(shop: Shop) -> None:
    shop.batch(anon("a", "x"), anon("b", "y"))
    shop.now += HOUR
    shop.batch(both("signed_in", "ivan", "x"), both("signed_in", "ivan", "y", messageId="m2"))
    assert (linked(shop, "x"), linked(shop, "y")) == ("u:ivan", "u:ivan")


@pytest.mark.parametrize("wrong", [7.5, True, [], {}, "a\x00b", "a\nb", "\x7f"], ids=repr)
@pytest.mark.parametrize("name", ["userId", "anonymousId", "messageId", "loadId", "pageViewId"])
def test_an_id_that_is_none_rejects_its_event(shared: Shop, name: str, wrong: Any) -> None:
    reply = shared.batch({**track(), name: wrong})
    assert [reject["code"] for reject in reply["rejected"]] == ["bad_id"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "track", "event": "a"}, "no_identity"),
        ({"type": "track", "event": "a", "userId": "", "anonymousId": None}, "no_identity"),
        ({"type": "alias", "userId": "ivan"}, "no_identity"),
        ({"type": "alias", "previousId": "x"}, "no_identity"),
        ({"type": "alias", "userId": "ivan", "anonymousId": "x"}, "no_identity"),
        ({"type": "group", "userId": "ivan"}, "no_group"),
        ({"type": "group", "userId": "ivan", "groupId": ""}, "no_group"),
        ({"type": "track", "userId": "ivan"}, "no_name"),
        ({"type": "track", "userId": "ivan", "event": "   "}, "no_name"),
        ({"type": "track", "userId": "ivan", "event": 7}, "no_name"),
        ({"type": "track", "userId": "ivan", "event": "$identify"}, "reserved_name"),
        ({"type": "track", "userId": "ivan", "event": "a\x00"}, "bad_name"),
        ({"type": "track", "userId": "ivan", "event": "a", "properties": []}, "bad_properties"),
        ({"type": "identify", "userId": "ivan", "traits": "pro"}, "bad_properties"),
        ({"type": "Track", "userId": "ivan", "event": "a"}, "unknown_type"),
        ({"userId": "ivan", "event": "a"}, "unknown_type"),
        ({"type": ["track"] * 999, "userId": "ivan"}, "unknown_type"),
        ([], "not_an_object"),
        (None, "not_an_object"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_event_has_a_code_of_its_own_and_short_words(
    shared: Shop, event: Any, code: str
) -> None:
    (reject,) = shared.batch(event)["rejected"]
    assert reject["code"] == code
    assert 0 < len(reject["reason"]) < 200


def accounts(shop: Shop) -> dict[str, str | None]:
    return {event.message_id: event.account_id for event in shop.events()}


def test_the_account_of_an_event_is_its_own_group_else_the_users_group_at_its_time(shop: Shop) -> None:
    shop.batch(
        track("a", messageId="before any group"),
        group("acme", messageId="joins acme"),
        track("a", messageId="in acme"),
        track("a", messageId="says globex", context={"groupId": "globex"}),
    )
    assert accounts(shop) == {
        "before any group": None,
        "joins acme": "acme",
        "in acme": "acme",
        "says globex": "globex",
    }


def test_the_account_is_that_of_the_events_time_even_when_it_comes_late(shop: Shop) -> None:
    shop.batch(group("acme", messageId="acme"))
    shop.now += 10 * DAY
    shop.batch(group("globex", messageId="globex"))
    shop.now += DAY
    shop.batch(track("late", messageId="in acme", ageMs=5 * DAY), track("now", messageId="in globex"))
    assert accounts(shop) == {"acme": "acme", "globex": "globex", "in acme": "acme", "in globex": "globex"}


def test_an_account_is_fixed_when_the_event_comes_in_and_no_later_move_changes_it(shop: Shop) -> None:
    shop.batch(group("acme", messageId="acme"), track("a", messageId="a"))
    shop.now += DAY
    shop.batch(group("globex", messageId="globex", ageMs=DAY + MINUTE))
    shop.restart()
    assert accounts(shop)["a"] == "acme"


def test_a_server_names_the_account_of_a_user_that_it_knows(shop: Shop) -> None:
    shop.batch(track("invoice", context={"groupId": "acme"}), track("opened", messageId="opened"))
    assert [event.account_id for event in shop.events()] == ["acme", None]


def test_traits_are_settled_by_the_time_of_the_event_not_of_its_arrival(shop: Shop) -> None:
    shop.batch({"type": "identify", "userId": "ivan", "traits": {"plan": "pro"}})
    shop.now += MINUTE
    shop.batch({"type": "identify", "userId": "ivan", "traits": {"plan": "free", "role": "admin"}, "ageMs": HOUR})
    facts = facts_of(shop, "u:ivan")
    assert facts is not None
    assert (facts.trait("plan"), facts.trait("role")) == ("pro", "admin")
