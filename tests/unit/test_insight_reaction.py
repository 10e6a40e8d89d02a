"""Time to react and to resolve, by hand-worked cases."""

from __future__ import annotations

from waypost.insight.reaction import times_by, times_of
from waypost.model import HOUR, MINUTE
from waypost.store.tasks import Spell

NOW = 100 * HOUR


def spell(
    opened: int, reacted: int | None = None, closed: int | None = None, due: int | None = None, **more: str
) -> Spell:
    """Hours since the beginning."""
    at = {
        name: None if hours is None else hours * HOUR for name, hours in (("r", reacted), ("c", closed), ("d", due))
    }
    by = more.get("by", "person" if closed is not None else "")
    return Spell(more.get("owner", "olga"), more.get("rule", "quiet"), opened * HOUR, at["d"], at["r"], at["c"], by)


def test_medians_are_of_those_that_were_taken_up_and_of_those_that_a_person_resolved() -> None:
    found = [
        spell(0, 1, 10, 24),  # in time
        spell(0, 3, 30, 24),  # late
        spell(0, 5, None, 200),  # taken, not done, not late yet
        spell(0, None, None, 50),  # late, nobody looked
        spell(0, None, 20, 24, by="clear"),  # mended by itself
        spell(0, 2, 4),  # no deadline
    ]
    assert times_of(found, NOW) == {
        "opened": 6, "reacted": 4, "resolved": 3, "alone": 1, "react": 150 * MINUTE, "resolve": 10 * HOUR,
        "in_time": 1, "with_sla": 3,
    }  # fmt: skip


def test_what_is_done_at_the_deadline_is_in_time_and_a_millisecond_later_is_not() -> None:
    at, after = spell(0, 1, 24, 24), Spell("olga", "quiet", 0, 24 * HOUR, HOUR, 24 * HOUR + 1, "person")
    assert [times_of([one], NOW)["in_time"] for one in (at, after)] == [1, 0]


def test_nothing_is_no_time_at_all() -> None:
    empty = times_of([], NOW)
    assert (empty["opened"], empty["react"], empty["resolve"], empty["with_sla"]) == (0, None, None, 0)
    assert times_by([], lambda one: one.owner, NOW) == []


def test_groups_come_by_how_many_tasks_they_have_then_by_name() -> None:
    found = [spell(0, owner=owner) for owner in ("max", "olga", "olga", "anna")]
    assert [row["name"] for row in times_by(found, lambda one: one.owner, NOW)] == ["olga", "anna", "max"]
