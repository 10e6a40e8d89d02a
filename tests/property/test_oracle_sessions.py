"""Sessions against the whole history: returned, what happened in this visit, and the variables of the session."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle import sessions
from tests.oracle.history import DAY, HOUR, MINUTE, Happening, in_order
from tests.property.histories import RUNS, Shapes, Subject, differences, received, story
from tests.unit.decide_world import START
from waypost.facts.read import session_values

SPANS = (MINUTE, 30 * MINUTE, HOUR, DAY, 7 * DAY)
STEPS = (0, 1, 20 * MINUTE, 29 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, 24 * HOUR, HOUR)
VARIABLES = ("n", "age_s", "is_first", "prev_gap_s")
EXPRS: list[Any] = [
    *({"returned": {"after": after}} for after in ("0s", "30m", "31m", "1h", "24h", "1d", "7d")),
    *({"did": {"event": event, "in": "session", "min": n}} for event in ("A", "$active") for n in (1, 2)),
    {"count": {"event": "A", "in": "session"}},
    *({"var": f"session.{name}"} for name in VARIABLES if name != "n"),
    {"<=": [{"var": "session.age_s"}, 60]},
]
SHAPES = Shapes(EXPRS)
IN_ORDER = Shapes([*EXPRS, {"var": "session.n"}, {"<=": [{"var": "session.n"}, 3]}])


def long_visit(rng: Random) -> list[int]:
    """A day and more without a pause of half an hour: the limit of 24 hours cuts it, often to the millisecond."""
    pauses = rng.choice(
        ([20 * MINUTE], [20 * MINUTE, 20 * MINUTE, 20 * MINUTE - 1, 20 * MINUTE + 1], [29 * MINUTE, 30 * MINUTE - 1])
    )
    times = [0]
    for _ in range(80):
        times.append(times[-1] + rng.choice(pauses))
    return times


def test_returned_and_the_running_session_in_any_order_of_arrival() -> None:
    numbers = [i for i, expr in enumerate(EXPRS) if expr != {"var": "session.is_first"}]
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("A", "B"), SPANS, steps=STEPS, most=12)
        assert differences(SHAPES, told, numbers) == [], seed


def test_session_variables_when_everything_arrives_in_order() -> None:
    for seed in range(RUNS):
        told = story(Random(-seed - 1), ("A", "B"), SPANS, steps=STEPS, most=12, late=False)
        told.arrivals = [dict(h) for h in in_order(received(told.arrivals))]
        told.looks = [(min(n, len(told.arrivals)), max(now, told.arrivals[-1]["t"])) for n, now in told.looks if n]
        assert differences(IN_ORDER, told, range(len(IN_ORDER.exprs))) == [], seed


def test_the_number_of_the_session_never_falls_while_it_runs() -> None:
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("A",), SPANS, steps=STEPS, most=8)
        subject, arrived = Subject(SHAPES.plan, told.zone), list[Happening]()
        for h in received(told.arrivals):
            subject.feed([h])
            arrived.append(h)
            now = max(one["recv"] for one in arrived)
            assert session_values(subject.user, now) == sessions.variables(arrived, now), seed


def test_a_visit_of_more_than_a_day_is_cut_into_sessions() -> None:
    for seed in range(RUNS // 20):
        rng = Random(seed)
        times = [START + t for t in long_visit(rng)]
        arrivals = [{"id": f"m{i}", "t": t, "name": "A", "active": True, "seq": i} for i, t in enumerate(times)]
        some = arrivals[: rng.randint(60, len(arrivals))]
        late, orderly = Subject(SHAPES.plan).feed(rng.sample(some, len(some))), Subject(SHAPES.plan).feed(some)
        visit = sessions.visits(some)[-1]
        for subject in (late, orderly):
            session = subject.user.session
            assert session is not None
            assert (session.n, session.start, session.last, session.prev_last) == visit, seed
        for now in (visit.last, visit.start + DAY - 1, visit.start + DAY):
            if visit.last <= now:
                assert session_values(orderly.user, now) == sessions.variables(some, now), (seed, now)
