"""A CSM pause in the policy: whose tips rest, which pass, until which millisecond, and in which words."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.decide_world import START, World, paused, tip
from waypost.engine.explain import words
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts
from waypost.model import DAY, GROUP, HOUR, Event
from waypost.settings import LIMITS

CRITICAL = {"policy": {"priority": "critical"}}
MANDATORY = {"policy": {"mandatory": True}}
FRIDAY = 1_800_608_400_000  # 22 January 2027, 09:00 UTC


def world(*pauses: Any, **context: Any) -> World:
    """A tip, a critical one, a mandatory one, and one that waits for what this person never did."""
    gated = tip("gated", when={"did": {"event": "never"}})
    made = World(
        tip("plain", "hotspot"), tip("urgent", "hotspot", anchor="b", **CRITICAL), tip("must", **MANDATORY), gated
    )
    made.context = {"pauses": pauses, **context}
    return made


def reasons(made: World, **request: Any) -> dict[str, str]:
    return {name: made.reason(name, **request) for name in ("plain", "urgent", "must", "gated")}


@pytest.mark.parametrize("subject", ["u:ivan", "g:acme"])
def test_a_pause_of_the_person_or_their_account_holds_every_tip_but_a_mandatory_one(subject: str) -> None:
    assert reasons(world()) == {"plain": "offered", "urgent": "offered", "must": "offered", "gated": "when_false"}
    held = reasons(world(paused(subject)))
    assert held == {"plain": "paused", "urgent": "paused", "must": "offered", "gated": "paused"}


def test_it_lasts_from_its_first_millisecond_to_the_one_before_its_end() -> None:
    made = world(paused("g:acme", until=START + HOUR, from_at=START))
    seen = [made.reason("plain", now=now) for now in (START - 1, START, START + HOUR - 1, START + HOUR)]
    assert seen == ["offered", "paused", "paused", "offered"]


@pytest.mark.parametrize(("left", "asked"), [(1, 1), (HOUR, HOUR), (DAY, DAY), (DAY + 1, DAY)])
def test_the_browser_asks_again_at_the_instant_it_ends(left: int, asked: int) -> None:
    made = World(tip("plain"))
    made.context = {"pauses": [paused("u:ivan", until=START + left)]}
    assert made.ask().next_in == asked


def test_where_only_mandatory_tips_are_live_a_pause_changes_nothing() -> None:
    made = World(tip("must", **MANDATORY))
    before = made.ask()
    made.context = {"pauses": [paused("u:ivan")]}
    assert made.ask() == before


def test_named_tips_pass_and_have_their_own_reasons_then() -> None:
    made = world(paused("g:acme", allow=["plain", "gated"]))
    assert reasons(made) == {"plain": "offered", "urgent": "paused", "must": "offered", "gated": "when_false"}
    made.told("plain", "muted", at=START - HOUR)
    assert made.reason("plain") == "muted_tip"


def test_what_the_one_lets_through_the_other_may_hold() -> None:
    made = world(paused("u:ivan", allow=["plain"]), paused("g:acme", allow=["urgent"], id=2))
    held = {name: made.loser(name).detail["pause"] for name in ("plain", "urgent", "gated")}
    assert held == {"plain": 2, "urgent": 1, "gated": 1}


@pytest.mark.parametrize("turned", [1, -1])
def test_of_two_the_one_that_lasts_longer_is_named_and_waited_for(turned: int) -> None:
    both = [paused("u:ivan", until=START + HOUR), paused("g:acme", until=START + 2 * HOUR, id=2)]
    made = world(*both[::turned])
    assert (made.loser("plain").detail["pause"], made.ask().next_in) == (2, 2 * HOUR)


def test_a_pause_that_only_an_event_ends_is_over_after_the_longest_time_all_the_same() -> None:
    made = world(paused("g:acme", until=None, event="call_booked", from_at=START))
    assert [made.reason("plain", now=START + LIMITS.pause_ms - less) for less in (1, 0)] == ["paused", "offered"]
    assert made.ask().next_in == DAY


def test_the_test_user_and_the_switch_come_before_it_and_a_mute_of_all_after_it() -> None:
    assert world(paused("u:ivan")).reason("plain", test_user=True) == "test_user"
    assert world(paused("u:ivan"), kill_switch=True).reason("plain") == "kill_switch"
    made = world(paused("u:ivan", allow=["urgent"]))
    made.told("plain", "muted", at=START - HOUR, scope="all")
    assert (made.reason("plain"), made.reason("urgent"), made.reason("must")) == ("paused", "muted_all", "offered")


def test_a_preview_is_shown_all_the_same() -> None:
    (first, *_) = world(paused("u:ivan")).ask(preview="plain").offers
    assert (first.tip, first.preview) == ("plain", True)


def test_the_detail_says_whose_it_is_by_whom_why_and_until_when() -> None:
    made = world(paused("g:acme", author="Ann", reason="renewal talk", event="call_booked"))
    whole = {
        "pause": 1, "subject": "g:acme", "account": "acme", "author": "Ann", "reason": "renewal talk",
        "since": START - HOUR, "until": START + DAY, "ends": START + DAY, "event": "call_booked",
    }  # fmt: skip
    assert made.loser("plain").detail == whole
    made.account = Facts.empty(made.plan.fingerprint)
    named = Event(message_id="m", name=GROUP, t=START, received_at=START, user_id="ivan", props={"name": "Acme Ltd"})
    fold_event(made.plan, "account", made.account, named)
    assert made.loser("plain").detail == {**whole, "account": "Acme Ltd"}
    assert "account" not in world(paused("u:ivan")).loser("plain").detail


def said(lang: str, **parts: Any) -> str:
    """In the words of Berlin, where it is an hour later."""
    whose = parts.pop("subject", "g:acme")
    made = world(paused(whose, **{"until": FRIDAY, "from_at": START, **parts}))
    detail = made.loser("plain", now=START + HOUR).detail
    return words("paused", detail, lang, now=START + HOUR, name="Ivan", zone=ZoneInfo("Europe/Berlin"))


SAID = [
    (
        {"author": "Ann", "reason": "renewal talk", "event": "call_booked"},
        "Ann paused tips for the account acme on 15 Jan 2027, 09:00 CET: “renewal talk”. "
        "It ends by itself on Friday 22 January, 10:00 CET, or when “call_booked” comes.",
        "Подсказки для клиента «acme» на паузе с 15.01.2027, 09:00 CET, её поставил CSM (Ann), причина: «renewal talk». "
        "Пауза закончится сама в пятницу 22 января, 10:00 CET, или когда придёт событие «call_booked».",
    ),
    (
        {"subject": "u:ivan"},
        "A CSM paused tips for Ivan on 15 Jan 2027, 09:00 CET. It ends by itself on Friday 22 January, 10:00 CET.",
        "Подсказки для пользователя Ivan на паузе с 15.01.2027, 09:00 CET, её поставил CSM. "
        "Пауза закончится сама в пятницу 22 января, 10:00 CET.",
    ),
    (
        {"until": None, "event": "call_booked"},
        "A CSM paused tips for the account acme on 15 Jan 2027, 09:00 CET. "
        "It ends when “call_booked” comes, and in any case on Saturday 19 February 2028, 09:00 CET.",
        "Подсказки для клиента «acme» на паузе с 15.01.2027, 09:00 CET, её поставил CSM. Пауза закончится, "
        "когда придёт событие «call_booked», и в любом случае в субботу 19 февраля 2028, 09:00 CET.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "english", "russian"), SAID)
def test_the_sentence_says_who_why_and_what_would_have_to_change(
    parts: dict[str, Any], english: str, russian: str
) -> None:
    assert (said("en", **parts), said("ru", **parts)) == (english, russian)
