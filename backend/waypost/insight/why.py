"""Why somebody did or did not see a tip at an instant: a look into the decision log, in words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import tzinfo

from waypost.delivery.pause import pause_detail, pausing
from waypost.engine.explain import explain, words
from waypost.engine.pause_words import pause_over
from waypost.facts.days import zone
from waypost.facts.subject import Facts, decode
from waypost.model import ACCOUNT, ANON, USER, Json, account_key, user_key
from waypost.rules.plan import CompiledRule, Plan
from waypost.store import decisions
from waypost.store.facts import load_facts
from waypost.store.pauses import pause_by_id, pauses_at
from waypost.store.sqlite import Tx

__all__ = ["Why", "facts_of", "subject_named", "why"]

NO_DECISION = {
    "en": "No decision was made for this person by then: their app had not asked yet.",
    "ru": "К этому времени решений для этого человека не было: его приложение ещё не обращалось.",
}
UNKNOWN_TIP = {"en": "There was no such live tip then.", "ru": "Такой действующей подсказки тогда не было."}

RESTING = {
    "draft": ("It is a draft now.", "Сейчас это черновик."),
    "paused": ("It is paused now.", "Сейчас она приостановлена."),
    "retired": ("It is retired now.", "Сейчас она снята с показа."),
}


@dataclass(frozen=True, slots=True)
class Why:
    """outcome: offered, held or no_decision. `words`: sentences."""

    subject: str
    tip: str
    at: int
    decided_at: int | None
    outcome: str
    stage: int | None = None
    code: str | None = None
    words: list[str] = field(default_factory=list)
    detail: dict[str, Json] = field(default_factory=dict)


def subject_named(name: str) -> str:
    """A user id as people write it, or a subject key as it stands."""
    return name if name.startswith((USER, ANON, ACCOUNT)) else user_key(name)


def facts_of(tx: Tx, project_id: int, subject: str) -> Facts | None:
    """The stored facts of a subject, as they are."""
    row = load_facts(tx, project_id, subject)
    return None if row is None else decode(row[1])


def why(tx: Tx, project_id: int, plan: Plan, subject: str, tip: str, at: int, lang: str, timezone: str) -> Why:
    """The decision in force at `at`, read for one tip, and what became of CSM pauses between it and `at`."""
    reader = _Reader("ru" if lang.startswith("ru") else "en", zone(timezone), facts_of(tx, project_id, subject))
    found = _decided(tx, project_id, plan, subject, tip, at, reader)
    rule = plan.rules.get(tip)
    if rule is None or rule.kind == "alert":
        return found
    since = [*_ended_since(tx, project_id, found, reader), *_begun_since(tx, project_id, rule, found, reader)]
    return replace(found, words=[*found.words, *since])


@dataclass(frozen=True, slots=True)
class _Reader:
    """In which words it is told, and of whom."""

    lang: str
    zone: tzinfo
    facts: Facts | None

    @property
    def name(self) -> str | None:
        name = self.facts.trait("name") if self.facts else None
        return name if isinstance(name, str) else None


def _decided(tx: Tx, project_id: int, plan: Plan, subject: str, tip: str, at: int, reader: _Reader) -> Why:
    lang = reader.lang
    stored = decisions.at(tx, project_id, subject, at)
    if stored is None:
        return Why(subject, tip, at, None, "no_decision", words=[NO_DECISION[lang]])
    then = stored.decided_at
    said = explain(plan, stored.decision, tip, lang, now=then, name=reader.name, zone=reader.zone)
    if any(offer.tip == tip for offer in stored.decision.offers):
        return Why(subject, tip, at, then, "offered", words=said)
    for loser in stored.decision.losers:
        if loser.tip == tip:
            return Why(subject, tip, at, then, "held", loser.stage, loser.code, said, dict(loser.detail))
    resting = plan.resting.get(tip)
    now = [RESTING[resting.state][lang == "ru"]] if resting else []
    return Why(subject, tip, at, then, "no_decision", words=[UNKNOWN_TIP[lang], *now])


def _ended_since(tx: Tx, project_id: int, found: Why, reader: _Reader) -> list[str]:
    """The pause that the decision names may be over by then."""
    pause = pause_by_id(tx, project_id, found.detail["pause"]) if found.code == "paused" else None
    by = pause.ended(found.at) if pause else ""
    return [pause_over(pause, by, reader.lang, reader.zone)] if pause and by else []


def _begun_since(tx: Tx, project_id: int, rule: CompiledRule, found: Why, reader: _Reader) -> list[str]:
    """A pause that the decision could not know of, because it began after it."""
    group = reader.facts.account_at(found.at) if reader.facts else None
    account = account_key(group) if group else None
    pause = pausing(pauses_at(tx, project_id, found.subject, account, found.at), rule, found.at)
    if pause is None or pause.id == found.detail.get("pause"):
        return []
    detail = pause_detail(pause, facts_of(tx, project_id, account) if account else None)
    return [words("paused", detail, reader.lang, now=found.at, name=reader.name, zone=reader.zone)]
