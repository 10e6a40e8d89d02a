"""What became of the people for whom a tip was due: eligible, viewed, engaged, goal; the control group apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["STAGES", "Funnel", "funnel"]

STAGES = ("eligible", "viewed", "engaged", "goal")


@dataclass
class Funnel:
    """Distinct people of each stage; everybody of a stage is in the ones before, but `goal` needs no click.

    ghosts: kept from it in the control group, and not in the stages. held: reason -> eligible people who never saw it.
    """

    people: dict[str, set[int]] = field(default_factory=lambda: {stage: set() for stage in STAGES})
    ghosts: set[int] = field(default_factory=set)
    held: dict[str, set[int]] = field(default_factory=dict)

    def rates(self) -> list[tuple[str, int, float | None, float | None]]:
        """(stage, people, share of those of the stage before, share of the viewers)."""
        rows, viewed = [], len(self.people["viewed"])
        for i, stage in enumerate(STAGES):
            here = self.people[stage]
            before = self.people[STAGES[i - 1]] if i else set[int]()
            rows.append((
                stage,
                len(here),
                len(here & before) / len(before) if before else None,
                len(here) / viewed if viewed and i else None,
            ))  # fmt: skip
        return rows


def funnel(met: Iterable[tuple[int, Mapping[str, Sequence[int]]]], window: int) -> Funnel:
    """`met`: (person, outcome -> when, ms) of one tip; `window`: how long after the first view a goal counts, ms."""
    found = Funnel()
    for person, outcomes in met:
        views, ghosts = outcomes.get("viewed", ()), outcomes.get("ghost", ())
        if ghosts and not views:
            found.ghosts.add(person)
            continue
        if views:
            found.people["viewed"].add(person)
            first = min(views)
            if "clicked" in outcomes:
                found.people["engaged"].add(person)
            if any(first < at <= first + window for at in outcomes.get("goal", ())):
                found.people["goal"].add(person)
        elif "eligible" in outcomes:
            for outcome in outcomes:
                if outcome.startswith("held:"):
                    found.held.setdefault(outcome.removeprefix("held:"), set()).add(person)
        if views or "eligible" in outcomes:
            found.people["eligible"].add(person)
    return found
