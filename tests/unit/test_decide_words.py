"""Words: the content of an offer, and a sentence for every reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import waypost.delivery
from tests.unit.decide_world import START, World, tip
from waypost.engine.content import UI, content
from waypost.engine.durations import instant, soon, span
from waypost.engine.explain import SENTENCES, explain, words
from waypost.engine.labels import LABELS
from waypost.engine.texts import pick_locale
from waypost.facts.subject import Facts
from waypost.model import DAY, HOUR, MINUTE, SECOND

FULL: dict[str, Any] = {
    "until": START + 3 * HOUR + 10 * MINUTE, "count": 2, "limit": 2, "per": DAY, "since": START, "at": START,
    "used": START, "last": START, "dismissed": 1, "category": "adoption", "anchor": "export", "events": ["bulk"],
    "group": "launch", "ttl": MINUTE, "by": "other", "route": "/pay/*", "unmet": [{"did": {"event": "x", "min": 3, "last": "7d"}}], "seen": [2],
    "spent": 5, "cost": 1.5, "budget": 6, "level": 3.4, "threshold": 3.0,
}  # fmt: skip


def codes_of_the_policy() -> set[str]:
    """Every code that the policy's sources hold a rule back with."""
    found: set[str] = set()
    for path in Path(waypost.delivery.__path__[0]).glob("*.py"):
        text = path.read_text()
        found |= set(re.findall(r'Held\(\s*\d+,\s*"(\w+)"', text))
        found |= set(re.findall(r'_window\(case, "(\w+)"', text))
        found |= set(re.findall(r'"(no_moment|when_false|repeat_moment|moment_consumed)"', text))
    return found


def test_every_reason_of_the_policy_has_its_sentences_and_there_are_no_others() -> None:
    assert codes_of_the_policy() | {"at_pending", "shadow"} == set(SENTENCES)


def test_every_reason_has_a_label_for_tables() -> None:
    assert set(LABELS) == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_sentence_is_whole_with_every_number_it_needs(code: str, lang: str) -> None:
    said = words(code, FULL, lang, now=START, name="Ivan")
    assert said.endswith(".")
    assert said[0].isupper()
    assert "–" not in said
    assert "{" not in said
    assert bool(re.search("[а-я]", said)) == (lang == "ru")


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_stands_without_any_number(code: str) -> None:
    assert words(code, {}, "en").endswith(".")
    assert words(code, {}, "ru-RU").endswith(".")


def test_the_sentence_of_a_spent_day() -> None:
    detail = {"count": 2, "limit": 2, "per": DAY, "until": START + 3 * HOUR + 10 * MINUTE}
    assert words("cap_user_24h", detail, "en", now=START, name="Ivan") == (
        "Two tips a day is the limit: Ivan has seen 2 in the last 24 hours; the next may come in 3 h 10 min."
    )
    assert words("cap_user_24h", detail, "ru", now=START, name="Иван") == (
        "Предел — 2 подсказки в сутки: за последние 24 часа пользователь Иван видел 2; "
        "следующая возможна через 3 ч 10 мин."
    )


def test_without_a_present_a_time_to_come_is_an_instant_in_the_zone_of_the_reader() -> None:
    said = words("snoozed", {"until": START}, "ru", zone=ZoneInfo("Europe/Moscow"))
    assert said.endswith("после 15.01.2027, 11:00 MSK.")


def test_an_unknown_code_is_said_as_it_is() -> None:
    assert words("from_the_future", {}, "en") == "from_the_future"


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (1, "1 s"), (SECOND, "1 s"), (1_001, "2 s"), (59 * SECOND, "59 s"), (MINUTE, "1 min"), (61 * SECOND, "1 min 1 s"),
        (HOUR, "1 h"), (3 * HOUR + 10 * MINUTE, "3 h 10 min"), (HOUR + 1, "1 h 1 min"), (DAY, "1 d"),
        (DAY + 5 * MINUTE, "1 d"), (14 * DAY + 2 * HOUR, "14 d 2 h"),
    ],
)  # fmt: skip
def test_spans(ms: int, said: str) -> None:
    assert span(ms, "en") == said


def test_instants_and_what_is_due() -> None:
    assert instant(START, "en") == "15 Jan 2027, 08:00 UTC"
    assert soon(START, START, "en") == "now"
    assert soon(START + 1, START, "ru") == "через 1 с"


def test_explain_tells_of_an_offer_of_a_loser_and_of_a_stranger() -> None:
    world = World(tip("a"), tip("b", when={"did": {"event": "exported", "min": 3}}))
    decision = world.ask()
    assert explain(world.plan, decision, "a", "en")[0].startswith("It was offered to the browser, number 1 of 1.")
    held = explain(world.plan, decision, "b", "en", name="Ivan")
    assert held == ["Its condition does not hold now.", "It comes like this: “exported” at least 3 times"]
    world.did("exported")
    said = explain(world.plan, world.ask(), "b", "en", name="Ivan")
    assert said == ["Its condition does not hold. It needs: “exported” at least 3 times (1 so far)."]
    assert explain(world.plan, decision, "zz", "ru") == ["Подсказка «zz» тогда не участвовала в показе."]
    assert explain(world.plan, world.ask(preview="b"), "b", "en") == ["It was offered as a preview."]


# -- the content of an offer


def shown(world: World, locale: str = "en") -> dict[str, Any]:
    offer = world.ask(locale=locale).offers[0]
    return content(world.plan, world.plan.rules[offer.tip], offer, world.user, world.account, world.now, locale)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("ru-RU", "ru-RU"), ("ru_ru", "ru-RU"), ("ru-KZ", "ru"), ("en-GB", "en"), ("de", "en"), ("", "en")],
)
def test_the_nearest_language_is_chosen(wanted: str, given: str) -> None:
    assert pick_locale(["de-AT", "ru", "ru-RU", "en"], wanted) == given


def test_without_english_the_first_language_is_chosen() -> None:
    assert pick_locale(["fr", "de"], "ru") == "fr"
    assert pick_locale([], "ru") is None


def test_a_russian_browser_gets_russian_text_and_russian_buttons() -> None:
    text = {"en": {"title": "Hello", "body": "Body"}, "ru": {"title": "Привет", "body": "Текст", "cta": "Открыть"}}
    said = shown(World(tip("a", text=text)), "ru-RU")
    assert (said["lang"], said["dir"], said["title"], said["cta"]) == ("ru", "ltr", ["Привет"], "Открыть")
    assert said["ui"] == UI["ru"]
    assert said["why"].startswith("Подсказка")


@pytest.mark.parametrize("locale", ["ar", "he-IL", "fa", "ur"])
def test_a_text_from_right_to_left(locale: str) -> None:
    said = shown(World(tip("a", text={locale: {"title": "x", "body": "y"}})), locale)
    assert (said["dir"], said["lang"], said["ui"]) == ("rtl", locale, UI["en"])


def test_variables_become_plain_text() -> None:
    title = "Hi {user.name|there}, {account.plan|free} {user.tags|none} {user.n|0} {account.age_days|?}"
    text = {"en": {"title": title, "body": "- **{user.name|you}**\n- two"}}
    world = World(tip("a", text=text))
    assert shown(world)["title"] == ["Hi ", "there", ", ", "free", " ", "none", " ", "0", " ", "?"]
    world.is_known_as(name="<b>Ivan</b>", tags=["x"], n=3.0)
    world.account = Facts.empty(world.plan.fingerprint)
    world.account.first_seen = START - 3 * DAY
    assert shown(world)["title"] == ["Hi ", "<b>Ivan</b>", ", ", "free", " ", "none", " ", "3", " ", "3"]
    assert shown(world)["body"] == [["ul", ["li", ["strong", "<b>Ivan</b>"]], ["li", "two"]]]


def test_the_variant_that_fits_the_person_is_shown() -> None:
    admin = {"if": {"==": [{"var": "user.role"}, "admin"]}, "text": {"en": {"title": "Boss", "body": "b"}}}
    world = World(tip("a", variants=[admin]))
    assert (world.ask().offers[0].variant, shown(world)["title"]) == (-1, ["A title"])
    world.is_known_as(role="admin")
    assert (world.ask().offers[0].variant, shown(world)["title"]) == (0, ["Boss"])
