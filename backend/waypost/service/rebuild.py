"""Facts are nothing but a fold of the log: check it, or make it true again after the rules changed."""

from __future__ import annotations

from waypost.facts.subject import encode
from waypost.rules.plan import Plan
from waypost.service.subjects import rebuild
from waypost.store.facts import load_facts
from waypost.store.sqlite import Store, Tx

__all__ = ["verify"]


def verify(store: Store, project_id: int, plan: Plan) -> list[str]:
    """Subjects whose stored facts are missing, or differ in any byte from a fold of their log under `plan`."""

    def compare(tx: Tx) -> list[str]:
        return [s for s in _subjects(tx, project_id) if not _equal(tx, project_id, plan, s)]

    return store.read_now(compare)


def _subjects(tx: Tx, project_id: int) -> list[str]:
    """Everybody with facts, and everybody whom the log says that there must be facts of."""
    rows = tx.execute(
        "SELECT subject FROM facts WHERE project_id=? UNION SELECT subject FROM event WHERE project_id=? "
        "UNION SELECT account FROM event WHERE project_id=? AND account IS NOT NULL",
        (project_id, project_id, project_id),
    )
    return [str(row[0]) for row in rows]


def _equal(tx: Tx, project_id: int, plan: Plan, subject: str) -> bool:
    stored = load_facts(tx, project_id, subject)
    return stored is not None and stored[1] == encode(rebuild(tx, project_id, plan, subject).facts)
