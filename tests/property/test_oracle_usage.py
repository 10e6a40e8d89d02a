"""dropped, rose and share against the formulas of section 1.4.3 over the whole history."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from tests.oracle import logic, usage
from tests.oracle.absence import first_seen
from tests.oracle.history import DAY, HOUR, Happening, day_of, matches
from tests.oracle.share import share
from tests.property.histories import NOWS, RUNS, ZONES, Subject
from tests.unit.decide_world import tip
from waypost.facts.days import zone as zone_of
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.rules.compile import compile_rules
from waypost.rules.plan import Plan

HOLIDAYS = (
    [f"2026-12-{day}" for day in (24, 25, 26, 28, 29, 30, 31)]
    + [f"2027-01-0{day}" for day in range(1, 9)]
    + ["2027-03-08"]
)
CLOSED = [f"2026-{month:02}-{day:02}" for month in (11, 12) for day in range(1, 31)]
METRICS: list[dict[str, Any]] = [
    {"event": "A"}, {"event": {"any": ["A", "B"]}}, {"event": "A", "where": {">": [{"var": "event.n"}, 1]}}, {"event": "$active"},
]  # fmt: skip


def drawn(rng: Random) -> dict[str, Any]:
    """One form of dropped or rose."""
    windows, lag = rng.randint(1, 5), rng.choice((0, 0, 7, 28))
    args: dict[str, Any] = {
        "metric": rng.choice(METRICS), "recent": rng.choice(("7cd", "14cd")), "by": rng.choice((0, 0.2, 0.4, 0.5, 1)),
        "baseline": rng.choice((windows, {"windows": windows, "lag": f"{lag}cd"} if lag else windows)),
    }  # fmt: skip
    for name, values in {
        "min_base": (1, 3, 10), "guard": (0.5, 1.645, 3), "calendar": ("DE", "closed"), "relative_to": ("peers",), "scope": ("account",), "min_days": (2, 3.75, 4, 5),
    }.items():  # fmt: skip
        if rng.random() < 0.4:
            args[name] = rng.choice(values)
    return {**args, "scope": "account"} if "relative_to" in args else args  # only accounts have peers


def plan_of(exprs: list[Any]) -> Plan:
    made = {f"s{i}": tip(f"s{i}", when=expr) for i, expr in enumerate(exprs)}
    plan, problems = compile_rules(made, {}, {}, {}, {"calendars": {"DE": HOLIDAYS, "closed": CLOSED}})
    assert [p.line() for p in problems if p.severity == "error"] == []
    return plan


def days_off(args: dict[str, Any]) -> set[int]:
    dates = {"DE": HOLIDAYS, "closed": CLOSED}.get(args.get("calendar", ""), [])
    return {int(datetime.fromisoformat(f"{date}T12:00:00+00:00").timestamp()) * 1_000 // DAY for date in dates}


def happened(rng: Random, now: int, name: str) -> list[Happening]:
    """Months of days of use, dense or rare, of a subject that is old or new; now and then the last weeks are quiet."""
    reach, density = rng.choice((10, 40, 100)), rng.choice((0.3, 1, 3))
    quiet = rng.choice((0, 0, 5, 7, 14))
    events = []
    for back in range(reach):
        for _ in range(round(rng.random() * 2 * density * (0.3 if back < quiet else 1))):
            t = now - back * DAY - rng.randrange(24) * HOUR - rng.choice((0, 1, HOUR - 1))
            events.append(
                {"t": t, "name": rng.choice("AAB"), "props": {"n": rng.randint(0, 3)}, "active": rng.random() < 0.7}
            )
    rng.shuffle(events)
    return [{**h, "id": f"m{i}", "tz": name} for i, h in enumerate(events)]


def expected(
    op: str, args: dict[str, Any], events: list[Happening], now: int, name: str, peers: float | None
) -> bool:
    counts: dict[int, float] = {}
    for h in events:
        if matches(h, args["metric"], logic.truth):
            counts[day_of(h["t"], name)] = counts.get(day_of(h["t"], name), 0) + 1
    baseline = args["baseline"]
    windows, lag = (baseline["windows"], int(baseline["lag"][:-2])) if isinstance(baseline, dict) else (baseline, 0)
    recent, today, since = int(args["recent"][:-2]), day_of(now, name), first_seen(events)
    others = [peers] if peers is not None and "relative_to" in args else None
    found = usage.usage(counts, today, recent, windows, lag=lag, holidays=days_off(args), peers=others)
    judge = usage.dropped if op == "dropped" else usage.rose
    tenure = -1 if since is None else today - day_of(since, name)
    needed = recent * (windows + 1) + lag
    return judge(
        found,
        args["by"],
        args.get("min_base", 1),
        args.get("guard"),
        tenure,
        needed,
        min_days=args.get("min_days", 0),
    )


def test_usage_is_compared_with_its_own_norm() -> None:
    draw = Random(7)
    asked = [(draw.choice(("dropped", "rose")), drawn(draw)) for _ in range(120)]
    plans = [
        (part := asked[i : i + 12], plan_of([{op: args} for op, args in part])) for i in range(0, len(asked), 12)
    ]
    true = 0
    for seed in range(RUNS):
        rng = Random(seed)
        name, peers = rng.choice(ZONES), rng.choice((None, 0.5, 1.0, 1.7))
        now = rng.choice(NOWS[name])
        events, (part, plan) = happened(rng, now, name), rng.choice(plans)
        subject = Subject(plan, name, account=name).feed(events)
        env = ReadEnv({}, zone_of(name), zone_of(name), lambda reading, of, peers=peers: peers)  # type: ignore[misc]
        look = Look(plan, subject.user, subject.account, now, env)
        for number, (op, args) in enumerate(part):
            wanted = expected(op, args, events, now, name, peers)
            assert subject.value(look, number) is wanted, (seed, op, args, now, name)
            true += wanted
    assert true > RUNS / 2, "neither side is always false"


def test_a_share_is_of_people() -> None:
    asked = [
        {**event, "last": last, "among": among} for event in METRICS[:3] for last in ("1cd", "7cd", "28cd") for among in ("seats", "active")
    ]  # fmt: skip
    plan = plan_of([{"share": args} for args in asked])
    for seed in range(RUNS):
        rng = Random(seed)
        name, seats = rng.choice(ZONES), rng.choice((None, 0, 2, 5, 40))
        now = rng.choice(NOWS[name])
        events = happened(rng, now, name)[:60]
        subject = Subject(plan, name, account=name)
        if seats is not None:
            subject.feed([{"id": "g", "t": now - 100 * DAY, "name": "$group", "props": {"seats": seats}}])
        members: dict[str, list[Happening]] = {person: [] for person in "uvwxyz"}
        for h in events:
            person = rng.choice("uvwxyz")
            members[person].append(h)
            subject.feed_of(h, person)
        look = subject.look(now)
        for number, args in enumerate(asked):
            whole = share(members, args, seats, now, name, logic.truth)
            wanted = None if whole is None else min(1.0, whole)
            assert subject.value(look, number) == wanted, (seed, args, now, name)
