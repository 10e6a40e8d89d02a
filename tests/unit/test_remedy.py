"""What would have to change: a sentence for every reason, and the parts that did not hold."""

from __future__ import annotations

import re

import pytest

from tests.unit.decide_world import START
from waypost.engine.explain import SENTENCES
from waypost.engine.remedy import REMEDIES, missing_traits, remedies, unmet
from waypost.engine.trace import Trace
from waypost.model import HOUR


def test_every_reason_has_what_would_change_it() -> None:
    assert set(REMEDIES) == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(REMEDIES))
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_sentence_is_whole_with_a_time_and_without(code: str, lang: str) -> None:
    for detail in ({"until": START + HOUR, "by": "other"}, {"by": "other"}):
        (said,) = remedies(code, detail, [], lang)
        assert said.endswith(".")
        assert "{" not in said
        assert bool(re.search("[а-я]", said)) == (lang == "ru")


def test_an_unknown_code_promises_nothing() -> None:
    assert remedies("from_the_future", {}, [], "en") == []


def part(name: str, value: bool, **more: object) -> Trace:
    return Trace(name, value, **more)  # type: ignore[arg-type]


WRONG = part("user.role = admin", False, numbers={"user.role": None})
OTHER = part("account.plan = team", False, numbers={"account.plan": "free"})
OURS = part("account.age_days > 3", False, numbers={"account.age_days": None})
RIGHT = part("user.city = Oslo", True, numbers={"user.city": "Oslo"})


def test_the_smallest_parts_that_do_not_hold() -> None:
    either = part("any of these", False, parts=[WRONG, OTHER], joins=True)
    audience = part("audience", False, parts=[RIGHT, either, OURS])
    when = part("trigger.when", False, parts=[part("“x”", False)])
    found = unmet("audience_false", [audience, when])
    assert [one.part for one in found] == [WRONG.part, OTHER.part, OURS.part]
    assert missing_traits(found) == ["user.role"]
    assert [one.part for one in unmet("when_false", [audience, when])] == ["“x”"]
    assert unmet("cap_user_24h", [audience, when]) == []


def test_values_stand_beside_what_is_missing() -> None:
    audience = part("audience", False, parts=[WRONG, OTHER])
    assert remedies("audience_false", {}, [audience], "en")[1] == (
        "What is missing: user.role = admin (now not set); account.plan = team (now free)."
    )
    assert remedies("audience_false", {}, [audience], "ru")[1] == (
        "Не хватает: user.role = admin (сейчас нет значения); account.plan = team (сейчас free)."
    )


def test_what_holds_by_now_is_not_missing() -> None:
    assert len(remedies("audience_false", {}, [part("audience", True, parts=[RIGHT])], "en")) == 1
