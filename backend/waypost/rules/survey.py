"""What a survey asks: its scale, and the words around it. The title of the rule's text is the question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waypost.logic.guard import Fault
from waypost.model import Json
from waypost.rules.plan import SCALES, Question
from waypost.rules.shape import Choice, Dictionary, ListOf, Object, Text

__all__ = ["ask_once", "question_faults", "question_of", "questions_shape"]

ENDS = ("low", "high")
_REASON = {"en": "What is the main reason?", "ru": "Что больше всего повлияло на оценку?"}
WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "nps": {
        "low": {"en": "Not likely", "ru": "Вряд ли"},
        "high": {"en": "Very likely", "ru": "Обязательно"},
        "comment": _REASON,
    },
    "csat": {
        "low": {"en": "Very dissatisfied", "ru": "Не устраивает"},
        "high": {"en": "Very satisfied", "ru": "Полностью устраивает"},
        "comment": _REASON,
    },
    "ces": {
        "low": {"en": "Very hard", "ru": "Очень трудно"},
        "high": {"en": "Very easy", "ru": "Очень легко"},
        "comment": _REASON,
    },
    "text": {},
}  # where a rule has none of its own


def questions_shape(locale: Text) -> ListOf:
    end = Dictionary(locale, Text(40), least=1, about="What this end of the scale is called, by language.")
    question = Object(
        {
            "scale": Choice(
                tuple(SCALES),
                about="nps: 0 to 10, how likely to recommend. csat: 1 to 5, how satisfied. ces: 1 to 7, how easy. text: words only.",
            ),
            "low": end,
            "high": end,
            "comment": Dictionary(locale, Text(120), least=1, about="The label of the comment, by language."),
        },
        ["scale"],
    )
    return ListOf(
        question,
        1,
        1,
        about="What a survey asks; the title is the question. One, in this version.",
        says="a survey asks one question in this version; write a rule for each",
    )


def question_of(document: Mapping[str, Json]) -> Question | None:
    """The question of a checked rule, with our words in the languages for which it has none."""
    if not document.get("questions"):
        return None
    asked: Mapping[str, Json] = document["questions"][0]
    ours = WORDS[asked["scale"]]
    words = {name: {**ours.get(name, {}), **asked.get(name, {})} for name in (*ENDS, "comment")}
    return Question(asked["scale"], **words)


def ask_once(document: Mapping[str, Json]) -> Json:
    """The goal of a survey that says neither its goal nor when it comes again: an answer ends it. None for others."""
    if not document.get("questions") or "goal" in document or "repeat" in document:
        return None
    return {"survey": {"id": document["id"], "answered": True}}


def question_faults(document: Mapping[str, Json]) -> Iterator[Fault]:
    """What no single field can tell."""
    question = question_of(document)
    if question is None:
        if document.get("kind") == "survey":
            message = 'this survey cannot be answered; add "questions": [{"scale": "nps"}]'
            yield Fault("", message, "no_question", warning=True)
        return
    if document.get("kind") != "survey":
        yield Fault("questions", 'only a rule of "kind": "survey" has this', "contradiction")
    if document.get("placement", {}).get("surface", "corner") != "corner":
        yield Fault("placement.surface", 'a question stands on the card in the corner: "corner"', "contradiction")
    for end in ENDS:
        if question.scores is None and end in document["questions"][0]:
            yield Fault(f"questions[0].{end}", 'the scale "text" has no ends to name', "contradiction")
