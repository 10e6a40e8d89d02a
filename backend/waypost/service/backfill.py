"""After rules changed, new conditions get their history from the log: in the background, beside the traffic.

Facts are folded anew from a snapshot by a reader; the writer only adds what was appended meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from waypost.rules.plan import Plan
from waypost.service.runtime import Runtime
from waypost.service.subjects import Rebuilt, rebuild
from waypost.store.facts import count_outdated, outdated_subjects
from waypost.store.sqlite import Tx

__all__ = ["backfill"]

CHUNK = 50  # subjects in one transaction of the writer


async def backfill(runtime: Runtime, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Bring every subject's facts under the live rules. Returns how many there were; stops when the rules change again.

    `progress(done, of)` is told after each chunk, and `rules.backfill` shows it meanwhile.
    """
    rules, plan = runtime.rules, runtime.rules.plan
    of = await runtime.store.read(lambda tx: count_outdated(tx, runtime.project_id, plan.fingerprint))
    done, after = 0, ""
    while rules.plan is plan and of:
        rules.backfill = (done, of)
        made = await runtime.store.read(lambda tx, after=after: _fold(tx, runtime.project_id, plan, after))  # type: ignore[misc]
        if not made:
            break
        await runtime.store.write(lambda tx, made=made: _keep(runtime, tx, plan, made))  # type: ignore[misc]
        done, after = done + len(made), made[-1].subject
        of = max(of, done)
        progress(done, of)
    rules.backfill = None
    return done


def _fold(tx: Tx, project_id: int, plan: Plan, after: str) -> list[Rebuilt]:
    found = outdated_subjects(tx, project_id, plan.fingerprint, after, CHUNK)
    return [rebuild(tx, project_id, plan, subject) for subject in found]


def _keep(runtime: Runtime, tx: Tx, plan: Plan, made: list[Rebuilt]) -> None:
    if runtime.rules.plan is not plan:
        return
    unit, now = runtime.unit(tx), runtime.clock.now()
    for one in made:
        unit.replace(one)
        runtime.on_facts(unit, one.subject, now)
    unit.save()
