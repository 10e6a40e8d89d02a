"""nth, changed, days_to, survey and ignored tips against the whole history."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.oracle import logic
from tests.oracle.changed import changed
from tests.oracle.dates import days_to
from tests.oracle.history import DAY, HOUR, MINUTE, Happening, in_order, length, matching
from tests.oracle.nth import moments
from tests.property.histories import RUNS, ZONES, Shapes, Story, Subject, received, story
from tests.unit.decide_world import START, tip
from waypost.facts.read import pending_moment
from waypost.rules.compile import compile_rules

SPANS = (MINUTE, HOUR, DAY, 7 * DAY)
EVENTS: list[dict[str, Any]] = [
    {"event": "A"}, {"event": {"any": ["A", "B"]}}, {"event": "B", "where": {"==": [{"var": "event.x"}, 1]}}, {"event": "$active"},
]  # fmt: skip
TIMES: list[dict[str, Any]] = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 5}, {"every": 1}, {"every": 2}, {"every": 3}]


def test_the_nth_time_is_counted_in_order() -> None:
    asked = [{**event, **times} for event in EVENTS for times in TIMES]
    plan, problems = compile_rules(
        {f"s{i}": tip(f"s{i}", on={"nth": args}) for i, args in enumerate(asked)}, {}, {}, {}
    )
    assert [p for p in problems if p.severity == "error"] == []
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("A", "A", "B"), SPANS, props=({}, {"x": 1}, {"x": 2}), most=12)
        subject, fed = Subject(plan, told.zone), 0
        for arrived, now in told.looks:
            subject.feed(told.arrivals[fed:arrived])
            fed, happened = arrived, received(told.arrivals[:arrived])
            for number, args in enumerate(asked):
                moment = plan.rules[f"s{number}"].moment
                assert moment is not None
                found = pending_moment(plan, subject.user, "nth", moment.atom, 1, 0, now)
                expected = [one for one in moments(matching(happened, args, logic.truth), args) if one[0] <= now]
                assert (found and (found.t, found.anchor)) == (expected[-1] if expected else None), (seed, args)


VALUES: tuple[Any, ...] = ("free", "pro", "pro", 1, 1.5, True, ["a"], {"a": 1}, "")
WINDOWS: list[dict[str, Any]] = [
    {},
    {"last": "1m"},
    {"last": "1h"},
    {"last": "1d"},
    {"last": "7d"},
    {"last": "1cd"},
    {"last": "7cd"},
]


def looks(shapes: Shapes, told: Story, account: str = "") -> Iterator[tuple[Subject, list[Happening], int]]:
    """(the subject, what has happened, now) of every look of a story."""
    subject, fed = Subject(shapes.plan, told.zone, account), 0
    for arrived, now in told.looks:
        subject.feed(told.arrivals[fed:arrived])
        fed = arrived
        yield subject, received(told.arrivals[:arrived]), now


def test_a_trait_changed_by_the_time_of_the_events() -> None:
    asked = [
        {"var": f"{scope}.plan", **window, **to}
        for scope in ("user", "account")
        for window in WINDOWS
        for to in ({}, {"to": "pro"}, {"to": 1}, {"to": ["a"]}, {"to": "gone"})
    ]
    shapes = Shapes([{"changed": args} for args in asked])
    props = [{"plan": value} for value in VALUES] + [{"other": 1}]
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("$identify", "$identify", "$group", "A"), SPANS, props=props, most=8, travel=False)
        for h in told.arrivals:
            h["active"] = False
        for subject, happened, now in looks(shapes, told, account=told.zone):
            look = subject.look(now)
            for number in rng.sample(range(len(asked)), 12):
                args = asked[number]
                call = "$identify" if args["var"].startswith("user") else "$group"
                expected = changed(happened, call, "plan", args, now, told.zone)
                assert subject.value(look, number) is expected, (seed, args, now)


DATES: tuple[Any, ...] = (
    "2027-01-15", "2027-01-14", "2027-03-28", "2027-10-31", "2028-02-29", "2027-01-15T23:59:59Z", "2027-03-28T01:30:00+00:00",
    "2027-01-15T12:00:00", "2027-02-30", "soon", "", None, True, ["2027-01-15"], "2027-01-15T00:00:00+05:45",
)  # fmt: skip


def test_days_to_a_date_are_local_days() -> None:
    shapes = Shapes([{"days_to": {"var": "user.until"}}, {"days_to": {"var": "account.until"}}])
    for seed in range(RUNS):
        rng = Random(seed)
        zone, other, date = rng.choice(ZONES), rng.choice(ZONES), rng.choice(DATES)
        now = START + rng.randrange(400) * DAY + rng.choice((-1, 0, 1)) + rng.randrange(24) * HOUR
        traits = {} if date is None else {"until": date}
        subject = Subject(shapes.plan, zone, account=other)
        calls = [{"id": name, "t": START, "name": name, "props": traits} for name in ("$identify", "$group")]
        look = subject.feed(calls).look(now)
        assert subject.value(look, 0) == days_to(date, now, zone), (seed, date, now, zone)
        assert subject.value(look, 1) == days_to(date, now, other), (seed, date, now, other)


def test_the_last_answer_to_a_survey_counts() -> None:
    exprs = [
        {"survey": {"id": "seen", **args}} for args in ({"answered": True}, {"answered": False}, {"score": True})
    ]
    shapes = Shapes([*exprs, {">=": [exprs[2], 4]}])
    props = [
        {"tip": name, "what": what, "category": "c", **score}
        for name in ("seen", "seen", "other")
        for what in ("answered", "answered", "viewed", "dismissed")
        for score in ({"score": 0}, {"score": 4}, {"score": 5}, {})
    ]
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("$tip", "$tip", "A"), SPANS, props=props, most=7, steps=(1,))
        one_an_instant = {h["t"]: h for h in reversed(told.arrivals)}
        told.arrivals = [h for h in told.arrivals if one_an_instant[h["t"]] is h]
        told.looks = [(len(told.arrivals), told.looks[-1][1])]
        for subject, happened, now in looks(shapes, told):
            answers = [
                h["props"] for h in in_order(happened)
                if h["name"] == "$tip" and h["props"]["tip"] == "seen" and h["props"]["what"] == "answered"
            ]  # fmt: skip
            score = answers[-1].get("score") if answers else None
            look = subject.look(now)
            assert [subject.value(look, i) for i in range(4)] == [
                bool(answers), not answers, score, score is not None and score >= 4,
            ], seed  # fmt: skip


def test_a_view_that_nothing_answered_for_a_while_was_ignored() -> None:
    """A view with no act of the same offer, half an hour on; in the window by the time of the view."""
    asked = [
        {"id": "seen", "did": "ignored", **window, "min": n}
        for window in ({}, {"last": "7d"}, {"last": "2d"})
        for n in (1, 2)
    ]
    shapes = Shapes([{"tip": args} for args in asked])
    props = [
        {"tip": name, "what": what, "category": "c", "offer": f"{name}-{offer}"}
        for name in ("seen", "seen", "other")
        for what in ("viewed", "viewed", "viewed", "clicked", "dismissed")
        for offer in ("o1", "o2", "o3", "o4")
    ]
    for seed in range(RUNS):
        rng = Random(seed)
        told = story(rng, ("$tip",), (30 * MINUTE, DAY, 2 * DAY, 7 * DAY), props=props, most=7)
        views = set[tuple[str, str]]()
        kept = []
        for h in received(told.arrivals):  # an offer is seen once: the service says it under one message id
            key = (h["props"]["tip"], h["props"]["offer"])
            if h["props"]["what"] == "viewed":
                if key in views:
                    continue
                views.add(key)
            kept.append(h)
        told.arrivals = kept
        told.looks = [(len(kept), now) for n, now in told.looks if n >= len(kept)]
        for subject, happened, now in looks(shapes, told):
            mine = [h for h in happened if h["props"]["tip"] == "seen"]
            acted = {h["props"]["offer"] for h in mine if h["props"]["what"] != "viewed"}
            alone = [h["t"] for h in mine if h["props"]["what"] == "viewed" and h["props"]["offer"] not in acted]
            look = subject.look(now)
            for number, args in enumerate(asked):
                since = now - length(args["last"]) if "last" in args else -1
                expected = sum(since < t <= now - 30 * MINUTE for t in alone) >= args["min"]
                assert subject.value(look, number) is expected, (seed, args, now)
