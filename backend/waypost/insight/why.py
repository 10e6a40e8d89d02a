"""Why somebody did or did not see a tip at an instant: a look into the decision log, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from waypost.engine.explain import explain
from waypost.facts.days import zone
from waypost.facts.subject import Facts, decode
from waypost.model import ACCOUNT, ANON, USER, Json, user_key
from waypost.rules.plan import Plan
from waypost.store import decisions
from waypost.store.facts import load_facts
from waypost.store.sqlite import Tx

__all__ = ["Why", "facts_of", "subject_named", "why"]

NO_DECISION = {
    "en": "No decision was made for this person by then: their app had not asked yet.",
    "ru": "К этому времени решений для этого человека не было: его приложение ещё не обращалось.",
}
UNKNOWN_TIP = {"en": "There was no such live tip then.", "ru": "Такой действующей подсказки тогда не было."}


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
    """The decision in force at `at`, read for one tip."""
    lang = "ru" if lang.startswith("ru") else "en"
    stored = decisions.at(tx, project_id, subject, at)
    if stored is None:
        return Why(subject, tip, at, None, "no_decision", words=[NO_DECISION[lang]])
    facts = facts_of(tx, project_id, subject)
    name = facts.trait("name") if facts else None
    words = explain(
        plan,
        stored.decision,
        tip,
        lang,
        now=stored.decided_at,
        name=name if isinstance(name, str) else None,
        zone=zone(timezone),
    )
    if any(offer.tip == tip for offer in stored.decision.offers):
        return Why(subject, tip, at, stored.decided_at, "offered", words=words)
    for loser in stored.decision.losers:
        if loser.tip == tip:
            return Why(
                subject, tip, at, stored.decided_at, "held", loser.stage, loser.code, words, dict(loser.detail)
            )
    return Why(subject, tip, at, stored.decided_at, "no_decision", words=[UNKNOWN_TIP[lang]])
