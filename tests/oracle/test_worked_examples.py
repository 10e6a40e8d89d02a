"""The oracles against every worked example of the semantics: an oracle that is wrong proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle import chains, dates, logic, nth, stalls, strict, unordered, usage
from tests.oracle.changed import changed, changes
from tests.oracle.history import DAY, HOUR, MINUTE, SECOND, day_of, length, week_of
from tests.oracle.operators import World
from tests.oracle.sessions import shown_numbers, visits
from tests.oracle.share import share

START = 1_800_000_000_000  # 15 January 2027, 08:00 UTC, a Friday


def at(clock: str) -> int:
    """ "13:45" or "0:10:00.001" after START's hour zero: "h:mm[:ss[.mmm]]"."""
    hours, minutes, *rest = clock.split(":")
    seconds = round(float(rest[0]) * SECOND) if rest else 0
    return START + int(hours) * HOUR + int(minutes) * MINUTE + seconds


def story(text: str) -> list[dict[str, Any]]:
    """ "A 13:00, B(1) 13:30": happenings; (x) is props.doc, x a JSON-like number or 'text'."""
    found = []
    for seq, part in enumerate(text.split(", ")):
        name, clock = part.split(" ")
        name, _, doc = name.partition("(")
        props = {"doc": doc[1:-2] if doc.startswith("'") else int(doc[:-1])} if doc else {}
        found.append({"id": f"m{seq}", "t": at(clock), "seq": seq, "name": name, "props": props, "active": True})
    return found


def chain(steps: str, within: str, **more: Any) -> dict[str, Any]:
    return {"steps": [{"event": name} for name in steps], "within": within, **more}


def play(text: str, spec: dict[str, Any]) -> list[chains.Match]:
    return chains.played(story(text), spec, logic.truth)


def tried(text: str, spec: dict[str, Any]) -> chains.Attempts:
    return chains.attempts(play(text, spec), spec)


def done(text: str, spec: dict[str, Any]) -> list[str]:
    return [event for _, event in tried(text, spec).completed]


def strictly(text: str, spec: dict[str, Any]) -> list[str]:
    return [event for _, event in strict.occurrences(strict.spelled(story(text), spec, logic.truth), spec)]


def anyhow(text: str, spec: dict[str, Any]) -> list[str]:
    return [event for _, event in unordered.occurrences(play(text, spec), spec)]


# -- time


def test_a_duration_is_elapsed_time() -> None:
    assert [length(text) for text in ("90s", "30m", "2h", "7d", "1ms")] == [90_000, 1_800_000, 7_200_000, 7 * DAY, 1]


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 24), ("Europe/Moscow", 21), ("Asia/Kolkata", 18.5), ("America/New_York", 29)]
)
def test_a_local_day_begins_at_local_midnight(zone: str, hour: float) -> None:
    midnight = START - 8 * HOUR + int(hour * HOUR)
    assert day_of(midnight, zone) == day_of(midnight - 1, zone) + 1


def test_a_day_of_berlin_may_have_25_or_23_hours() -> None:
    year = [day_of(START + h * HOUR, "Europe/Berlin") for h in range(366 * 24)]
    assert sorted({year.count(day) for day in set(year[24:-24])}) == [23, 24, 25]


def test_a_week_begins_on_monday() -> None:
    monday = day_of(START, "UTC") + 3
    assert week_of(monday - 1) == (2027, 2)
    assert week_of(monday) == (2027, 3)


# -- windows, absence, sessions


def world(text: str, now: str, **more: Any) -> World:
    return World(at(now), story(text), **more)


@pytest.mark.parametrize(("clock", "expected"), [("8:00", False), ("8:00:00.001", True)])
def test_case_19_the_left_edge_is_open(clock: str, expected: bool) -> None:
    text = f"A {clock}, A 100:00, A 176:00"
    assert world(text, "176:00").operator("did", {"event": "A", "min": 3, "last": "7d"}) is expected


def test_case_20_inactive_is_the_exact_complement() -> None:
    one = world("A 0:00", f"{14 * 24}:00")
    assert one.operator("inactive", {"for": "14d"}) is True
    assert one.operator("did", {"event": "$active", "last": "14d"}) is False


def test_cases_21_and_22_never_needs_tenure_and_a_known_name() -> None:
    args = {"event": "bulk", "tenure": "3d"}
    known = {"bulk": START - DAY}
    assert world("A 0:00", "0:00", known=known).operator("never", args) is False
    assert world("A 0:00", "72:00", known=known).operator("never", args) is True
    assert world("A 0:00", "72:00", known={}).operator("never", args) is False
    assert world("A 0:00", "72:00", known={"bulk": START + 1}).operator("never", args) is False


def test_case_23_returned_holds_for_the_whole_session() -> None:
    text = f"A 0:00, A {20 * 24}:00, A {20 * 24}:10, A {20 * 24}:20"
    one = world(text, f"{20 * 24}:25")
    assert one.operator("returned", {"after": "14d"}) is True
    assert one.operator("inactive", {"for": "14d"}) is False


def test_case_24_thirty_minutes_begin_a_session_and_a_late_event_joins_two() -> None:
    assert len(visits(story("A 0:00, A 0:30"))) == 2
    assert len(visits(story("A 0:00, A 0:29:59.999"))) == 1
    two = story("A 0:00, A 0:40, A 0:20")
    assert [len(visits(two[:2])), len(visits(two))] == [2, 1]
    assert shown_numbers(two) == 2


# -- chains


def test_case_1_the_right_edge_is_closed() -> None:
    spec = chain("AB", "10m")
    assert done("A 0:00, B 0:10", spec) == ["m1"]
    assert done("A 0:00, B 0:10:00.001", spec) == []


def test_case_2_restart_latest_and_first() -> None:
    text = "A 13:00, A 13:30, B 13:45, C 14:15"
    assert done(text, chain("ABC", "1h")) == ["m3"]
    first = chain("ABC", "1h", restart="first")
    assert done(text, first) == []
    assert chains.abandonments(tried(text, first), first, at("15:00")) == [chains.Ended(at("14:00"), "m0", 2)]


def test_case_3_a_new_start_does_not_erase_progress() -> None:
    assert done("A 0:00, B 0:01, A 0:02, C 0:10", chain("ABC", "10m")) == ["m3"]
    assert done("A 0:00, B 0:01, A 0:02, C 0:11", chain("ABC", "10m")) == []


def test_case_4_one_event_serves_one_step() -> None:
    spec = chain("AA", "10m")
    assert done("A 0:00", spec) == []
    assert chains.progress(tried("A 0:00", spec), spec, at("0:00")) == 1
    assert done("A 0:00, A 0:01", spec) == ["m1"]


def test_cases_5_and_6_skip_past_the_last_event() -> None:
    assert done("A 0:00, B 0:01, C 0:02, C 0:03", chain("ABC", "10m")) == ["m2"]
    assert done("A 0:00, A 0:01, B 0:02, B 0:03", chain("AB", "10m")) == ["m2"]


def test_case_7_unless_counts_from_the_first_step_on() -> None:
    spec = chain("AB", "10m", unless=[{"event": "X"}])
    assert done("A 0:00, X 0:01, B 0:02", spec) == []
    assert done("X 0:00, A 0:01, B 0:02", spec) == ["m2"]


def test_case_8_the_same_millisecond_is_ordered_by_seq() -> None:
    spec = chain("AB", "10m", unless=[{"event": "X"}])
    assert done("A 0:00, B 0:01, X 0:01", spec) == ["m1"]
    assert done("A 0:00, X 0:01, B 0:01", spec) == []


def test_case_11_keys_are_apart_and_typed() -> None:
    spec = chain("AB", "10m", same=["doc"])
    assert done("A(1) 0:00, A(2) 0:01, B(1) 0:02, B(2) 0:03", spec) == ["m2", "m3"]
    assert done("A(1) 0:00, B 0:01", spec) == []
    assert done("A(1) 0:00, B('1') 0:01", spec) == []


def test_case_12_the_seventeenth_key_evicts_the_least_recent() -> None:
    spec = chain("AB", "1h", same=["doc"])
    starts = ", ".join(f"A({i}) 0:00:{i:02}" for i in range(17))
    assert done(f"{starts}, B(0) 0:01, B(1) 0:02", spec) == ["m18"]
    assert tried(starts, spec).evicted == 1


def test_case_13_the_deadline_itself_completes() -> None:
    spec = chain("AB", "10m")
    assert chains.abandonments(tried("A 0:00", spec), spec, at("0:10")) == []
    assert chains.abandonments(tried("A 0:00", spec), spec, at("0:10:00.001")) == [chains.Ended(at("0:10"), "m0", 1)]


def test_progress_is_that_of_living_steps() -> None:
    spec = chain("ABC", "10m")
    events = tried("A 0:00, B 0:05, A 0:08", spec)
    found = [chains.progress(events, spec, at(clock)) for clock in ("0:10", "0:10:00.001", "0:18", "0:18:00.001")]
    assert found == [2, 1, 1, 0]


def test_every_attempt_ends_in_one_way() -> None:
    spec = chain("AB", "10m", unless=[{"event": "X"}])
    found = tried("A 0:00, B 0:01, A 0:02, X 0:03, A 0:04, A 1:00", spec)
    assert (found.opened, len(found.completed), found.interrupted, len(found.abandoned), len(found.open)) == (
        4, 1, 1, 1, 1,
    )  # fmt: skip


# -- what comes next


def test_case_10_strict_counts_only_the_alphabet() -> None:
    spec = chain("AB", "10m", unless=[{"event": "U"}])
    assert strictly("A 0:00, page_viewed 0:01, B 0:02", spec) == ["m2"]
    assert strictly("A 0:00, A 0:01, B 0:02", spec) == ["m2"]
    assert strictly("A 0:00, U 0:01, B 0:02", spec) == []
    assert strictly("A 0:00, B 0:10:00.001", spec) == []
    assert strictly("A 0:00, C 0:01, B 0:02", chain("AB", "10m", alphabet=["C"])) == []


def test_a_strict_chain_leaves_its_other_keys_alone() -> None:
    spec = chain("AB", "10m", same=["doc"])
    assert strictly("A(1) 0:00, A(2) 0:01, B(1) 0:02, B(2) 0:03", spec) == ["m2", "m3"]


def test_strict_repetitions_overlap_nowhere() -> None:
    assert strictly("A 0:00, A 0:01, A 0:02, A 0:03", chain("AA", "10m")) == ["m1", "m3"]
    assert strictly("A 0:00, A 0:01, B 0:02", chain("ABA", "10m")) == []
    assert strictly("A 0:00, B 0:01, A 0:02, B 0:03, A 0:04", chain("ABA", "10m")) == ["m2"]


def test_order_any_needs_all_steps_in_one_window() -> None:
    spec = chain("ABC", "10m")
    assert anyhow("C 0:00, A 0:05, B 0:10", spec) == ["m2"]
    assert anyhow("C 0:00, A 0:05, B 0:10:00.001", spec) == []
    assert anyhow("C 0:00, A 0:05, C 0:08, B 0:15", spec) == ["m3"]
    assert anyhow("C 0:00, A 0:05, B 0:06, A 0:07, C 0:08", spec) == ["m2"]
    assert anyhow("A 0:00, X 0:01, B 0:02, C 0:03", chain("ABC", "10m", unless=[{"event": "X"}])) == []


def test_order_any_does_not_use_one_event_twice() -> None:
    assert anyhow("A 0:00", chain("AA", "10m")) == []
    assert anyhow("A 0:00, B 0:01, A 0:02", chain("AAB", "10m")) == ["m2"]


def stalled(text: str, now: str, after: int = 1, spec: dict[str, Any] | None = None) -> list[str]:
    spec = spec or chain("ABC", "7d")
    return [stall.opened_by for stall in stalls.stalls(play(text, spec), spec, after, "2d", at(now))]


def test_a_stall_is_a_step_without_the_next_in_time() -> None:
    assert stalled("A 0:00", "48:00") == []
    assert stalled("A 0:00", "48:00:00.001") == ["m0"]
    assert stalled("A 0:00, B 48:00", "49:00") == []
    assert stalled("A 0:00, B 48:00:00.001", "49:00") == ["m0"]
    assert stalled("A 0:00, A 40:00", "50:00") == []
    assert stalled("A 0:00, A 40:00", "88:00:00.001") == ["m0"]
    assert stalled("A 0:00, B 1:00, A 2:00", "60:00") == []
    assert stalled("A 0:00, B 1:00", "49:00:00.001", after=2) == ["m0"]


def test_a_stall_ends_nothing_and_an_ended_attempt_does_not_stall() -> None:
    spec = chain("AB", "7d", unless=[{"event": "X"}])
    assert stalled("A 0:00, B 60:00", "61:00", spec=spec) == ["m0"]
    assert done("A 0:00, B 60:00", spec) == ["m1"]
    assert stalled("A 0:00, X 1:00", "61:00", spec=spec) == []
    assert stalled("A 0:00, B 1:00", "61:00", spec=spec) == []
    assert stalled("A 0:00", "61:00", spec=chain("AB", "1d")) == []


def test_nth_counts_in_order() -> None:
    found = story("A 0:00, A 0:01, A 0:02, A 0:03, A 0:04")
    assert nth.moments(found, {"n": 3}) == [(at("0:02"), "m2")]
    assert nth.moments(found, {"n": 6}) == []
    assert nth.moments(found, {"every": 2}) == [(at("0:01"), "m1"), (at("0:03"), "m3")]


def plan(clock: str, value: Any) -> dict[str, Any]:
    return {"id": clock, "t": at(clock), "name": "$identify", "props": {"plan": value}}


def test_a_trait_changed_when_its_value_became_another() -> None:
    history = [plan("0:00", "free"), plan("10:00", "pro"), plan("20:00", "pro")]
    assert changes(history, "$identify", "plan") == [(at("10:00"), "pro")]
    assert changed(history, "$identify", "plan", {"last": "1d"}, at("33:59"), "UTC") is True
    assert changed(history, "$identify", "plan", {"last": "1d"}, at("34:00"), "UTC") is False
    assert changed(history, "$identify", "plan", {"last": "1d", "to": "free"}, at("11:00"), "UTC") is False
    assert changed(history, "$identify", "seats", {"last": "1d"}, at("11:00"), "UTC") is False


def weeks(recent: float, *before: float) -> dict[int, float]:
    """Day -> count, with `today` = 0: the sum of each whole week lies on its last day."""
    return {-1 - 7 * i: total for i, total in enumerate((recent, *before))}


def test_the_test_vector_of_the_usage_drop() -> None:
    found = usage.usage(weeks(58, 104, 90, 110, 100), 0, 7, 4)
    assert found.base == 102
    assert found.drop == pytest.approx(0.4314, abs=5e-5)
    assert found.phi == 1
    assert found.z == pytest.approx(3.827, abs=5e-4)
    assert usage.dropped(found, 0.4, 20, 1.645)
    assert not usage.dropped(found, 0.44, 20)
    assert not usage.dropped(found, 0.4, 103)
    assert not usage.dropped(found, 0.4, 20, 3.83)


def test_case_27_the_baseline_slides_freezes_and_needs_a_base() -> None:
    quiet = usage.usage(weeks(50, 50, 50, 50, 50), 0, 7, 4)
    assert quiet.drop == 0
    assert not usage.dropped(quiet, 0.2, 20)
    assert usage.dropped(quiet, 0.2, 20, frozen=100)
    assert not usage.dropped(usage.usage(weeks(0, 4, 0, 0, 0), 0, 7, 4), 0.4, 20)
    holidays = usage.usage(weeks(10, 100, 100, 100, 100), 0, 7, 4, holidays=range(-7, -2))
    assert holidays.recent is None
    assert not usage.dropped(holidays, 0.4, 20)
    outage = usage.usage(weeks(50, 100, 100, 100, 100), 0, 7, 4, peers=[0.5, 0.5, 0.5])
    assert not usage.dropped(outage, 0.4, 20)
    assert usage.dropped(usage.usage(weeks(50, 100, 100, 100, 100), 0, 7, 4, peers=[1.0, 1.1]), 0.4, 20)


def test_holidays_are_scaled_away_on_both_sides() -> None:
    """Day 0 is a Thursday, so −1 and −2 are a Wednesday and a Tuesday, −5 and −4 the weekend."""
    weekdays = {day: 10.0 for day in range(-35, 0) if (day + 3) % 7 < 5}
    found = usage.usage(weekdays | dict.fromkeys((-1, -2, -9), 0.0), 0, 7, 4, holidays={-1, -2, -9})
    assert (found.recent, found.windows) == (50, [50, 50, 50, 50])
    found = usage.usage(weekdays, 0, 7, 4, holidays={-4})
    assert found.recent == 50, "a holiday on a Sunday takes nothing away"
    found = usage.usage(weekdays | dict.fromkeys((-1, -2, -3), 0.0), 0, 7, 4, holidays={-1, -2, -3})
    assert found.recent is None, "two working days and a weekend are no week"


def test_a_slow_decline_shows_against_an_older_baseline() -> None:
    declining = weeks(*(1000 * 0.9 ** (13 - i) for i in range(14)))
    assert not usage.dropped(usage.usage(declining, 0, 7, 4), 0.4, 20)
    assert usage.dropped(usage.usage(declining, 0, 7, 4, lag=56), 0.4, 20)


def test_a_young_subject_has_no_norm() -> None:
    found = usage.usage(weeks(10, 100, 100, 100, 100), 0, 7, 4)
    assert usage.dropped(found, 0.4, 20, tenure_days=35, needed_days=35)
    assert not usage.dropped(found, 0.4, 20, tenure_days=34, needed_days=35)


def test_a_rise_is_the_mirror() -> None:
    found = usage.usage(weeks(160, 104, 90, 110, 100), 0, 7, 4)
    assert usage.rose(found, 0.5, 20, 1.645)
    assert not usage.rose(found, 0.6, 20)
    assert not usage.rose(usage.usage(weeks(58, 104, 90, 110, 100), 0, 7, 4), 0.1, 20)


def test_a_share_counts_people_once_and_nothing_over_nothing() -> None:
    members = {"a": story("A 0:00, A 1:00"), "b": story("B 1:00"), "c": story("A 0:00"), "d": []}
    args = {"event": "A", "among": "seats", "last": "1h"}
    assert share(members, args, 4, at("1:00"), "UTC", logic.truth) == 0.25
    assert share(members, {**args, "among": "active"}, 4, at("1:00"), "UTC", logic.truth) == 0.5
    assert share(members, args, 0, at("1:00"), "UTC", logic.truth) is None
    assert share(members, {**args, "among": "active"}, 4, at("9:00"), "UTC", logic.truth) is None


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2027-01-15", "UTC", 0),
        ("2027-01-16", "UTC", 1),
        ("2027-01-14", "UTC", -1),
        ("2027-04-15", "UTC", 90),
        ("2027-01-15", "Pacific/Kiritimati", 0),
        ("2027-01-15T23:30:00Z", "Europe/Moscow", 1),
        ("soon", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_days_to_counts_local_days(text: Any, zone: str, expected: int | None) -> None:
    assert dates.days_to(text, START, zone) == expected


def test_days_to_changes_at_local_midnight() -> None:
    midnight = START + 13 * HOUR  # 21:00 UTC is midnight in Moscow
    found = [dates.days_to("2027-01-20", t, "Europe/Moscow") for t in (midnight - 1, midnight)]
    assert found == [5, 4]


# -- logic


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ({">=": [{"var": "user.x"}, 0]}, False),
        ({"<": ["2", 10]}, False),
        ({"==": [1, 1.0]}, True),
        ({"==": ["1", 1]}, False),
        ({"in": ["a", None]}, False),
        ({"+": ["3 apples", 1]}, None),
        ({"/": [1, 0]}, None),
        ({"all": [[], True]}, False),
        ({"none": [[], True]}, True),
        ({"some": [[], True]}, False),
        ({"missing": ["user.name", "user.x"]}, ["user.x"]),
        ({"!": [{">": [{"var": "user.x"}, 5]}]}, True),
        ({"map": [[1, 2], {"+": [{"var": ""}, {"var": "$root.user.n"}]}]}, [6, 7]),
        ({"var": [["user", "a.b"]]}, 7),
        ({"substr": ["jsonlogic", -5, -2]}, "log"),
        ({"if": [[], 1, "0", 2, 3]}, 2),
    ],
)
def test_the_rulings_on_json_logic(expr: Any, expected: Any) -> None:
    assert logic.value(expr, {"user": {"name": "", "n": 5, "a.b": 7}}) == expected
