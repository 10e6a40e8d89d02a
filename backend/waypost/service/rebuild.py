"""Facts are nothing but a fold of the log: check it, or make it true again after the rules changed."""

from __future__ import annotations

from waypost.facts.subject import encode
from waypost.rules.plan import Plan
from waypost.service.subjects import rebuild
from waypost.store.facts import load_facts, subjects
from waypost.store.sqlite import Store, Tx

__all__ = ["verify"]


def verify(store: Store, project_id: int, plan: Plan) -> list[str]:
    """Subjects whose stored facts differ in any byte from a fold of their log under `plan`."""

    def compare(tx: Tx) -> list[str]:
        return [s for s in subjects(tx, project_id) if not _equal(tx, project_id, plan, s)]

    return store.read_now(compare)


def _equal(tx: Tx, project_id: int, plan: Plan, subject: str) -> bool:
    stored = load_facts(tx, project_id, subject)
    return stored is not None and stored[1] == encode(rebuild(tx, project_id, plan, subject).facts)
