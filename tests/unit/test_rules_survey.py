"""What a survey may ask, what it says when nothing is written, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.unit.decide_world import START, World, tip
from waypost.model import DAY, MINUTE
from waypost.rules.check import explain_defaults
from waypost.rules.compile import compile_rules
from waypost.rules.plan import CompiledRule
from waypost.rules.schema import rule_schema

NPS = [{"scale": "nps"}]


def survey(**parts: Any) -> dict[str, Any]:
    return tip("s", **{"kind": "survey", "questions": NPS, **parts})


def said(document: dict[str, Any]) -> list[str]:
    return [problem.line() for problem in compile_rules({"s.json": document}, {}, {}, {})[1]]


def right(document: dict[str, Any]) -> CompiledRule:
    plan, problems = compile_rules({"s.json": document}, {}, {}, {})
    assert problems == []
    return plan.rules["s"]


def test_six_lines_are_a_survey() -> None:
    document = {
        "id": "s",
        "kind": "survey",
        "text": {"en": {"title": "How likely are you to recommend us?"}},
        "questions": [{"scale": "nps"}],
        "placement": {"surface": "corner"},
        "trigger": {"on": {"event": "report_shared"}},
    }
    rule = right(document)
    assert rule.question is not None
    assert rule.question.scores == (0, 10)
    assert rule.question.low == {"en": "Not likely", "ru": "Вряд ли"}
    assert rule.intrusive
    assert not list(Draft202012Validator(rule_schema()).iter_errors(document))
    assert explain_defaults(rule)["questions"][0]["high"] == {"en": "Very likely", "ru": "Обязательно"}


@pytest.mark.parametrize(("scale", "scores"), [("nps", (0, 10)), ("csat", (1, 5)), ("ces", (1, 7)), ("text", None)])
def test_each_scale_has_its_scores(scale: str, scores: tuple[int, int] | None) -> None:
    question = right(survey(questions=[{"scale": scale}])).question
    assert question is not None
    assert question.scores == scores


def test_words_of_the_rule_stand_before_ours_language_by_language() -> None:
    asked = {"scale": "csat", "low": {"en": "Poor", "de": "Schlecht"}, "comment": {"en": "Why?"}}
    question = right(survey(questions=[asked])).question
    assert question is not None
    assert question.low == {"en": "Poor", "de": "Schlecht", "ru": "Не устраивает"}
    assert question.comment["en"] == "Why?"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"questions": NPS * 2}, "questions: a survey asks one question in this version; write a rule for each"),
        ({"questions": []}, "questions: a survey asks one question in this version; write a rule for each"),
        ({"questions": [{}]}, 'questions[0]: "scale" is missing'),
        (
            {"questions": [{"scale": "npc"}]},
            'questions[0].scale: "npc" is not one of "nps", "csat", "ces", "text"; did you mean "nps"?',
        ),
        (
            {"questions": [{"scale": "text", "high": {"en": "x"}}]},
            'questions[0].high: the scale "text" has no ends to name',
        ),
        (
            {"questions": [{"scale": "nps", "low": {"en": "x" * 41}}]},
            "questions[0].low.en: longer than 40 characters (41)",
        ),
        ({"kind": "tip"}, 'questions: only a rule of "kind": "survey" has this'),
        ({"surface": "banner"}, 'placement.surface: a question stands on the card in the corner: "corner"'),
        (
            {"policy": {"opened": True}},
            'policy.opened: what opens it is an event: add "on": {"event": "…"} to the trigger',
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(parts: dict[str, Any], message: str) -> None:
    assert said(survey(**parts)) == [f"s.json: {message}"]


def test_a_survey_that_asks_nothing_gets_advice() -> None:
    document = survey()
    del document["questions"]
    assert said(document) == ['s.json: this survey cannot be answered; add "questions": [{"scale": "nps"}]']


def test_an_answer_ends_it_unless_the_rule_says_when_it_comes_again() -> None:
    ended = right(survey())
    assert ended.goal is not None
    assert ended.goal.source == {"survey": {"id": "s", "answered": True}}
    assert right(survey(repeat={"mode": "cooldown", "cooldown": "180d"})).goal is None


def test_what_the_person_opens_passes_caps_rest_and_a_full_page() -> None:
    box = tip("box", kind="survey", questions=[{"scale": "text"}], on={"event": "opened"}, policy={"opened": True})
    world = World(tip("loud"), box)
    for what in ("viewed", "dismissed"):
        world.told("loud", what, at=START - 1, page="p1")
    world.did("opened")
    decision = world.ask()
    assert [offer.tip for offer in decision.offers] == ["box"]
    assert not decision.offers[0].intrusive
    for _ in range(2):
        world.told("box", "dismissed", page="p1", opened=True, offer="o1", moment=decision.offers[0].moment)
    assert world.ask().offers == [], "this opening is over"
    world.did("opened", at=START + MINUTE)
    assert [offer.tip for offer in world.ask(now=START + MINUTE).offers] == ["box"]


def test_what_was_opened_does_not_use_up_the_surveys_of_ninety_days() -> None:
    box = tip("box", kind="survey", questions=[{"scale": "text"}], on={"event": "opened"}, policy={"opened": True})
    world = World(box, survey(), session=False)
    world.told("box", "viewed", at=START - DAY, opened=True, intrusive=False)
    assert [offer.tip for offer in world.ask().offers] == ["s"]
