"""Signals of an account against cases worked by hand, and against a plain reading of their definitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.known_account import NOW, TODAY, known, person, plan_of
from waypost.model import DAY, HOUR
from waypost.store.usage import StoredTicket
from waypost.success.signals import Answer, read_signals

PLAN = plan_of(
    {
        "key_actions": ["edit", "export"],
        "features": [
            {"id": "board", "events": ["edit"]},
            {"id": "exports", "events": ["export"], "entitlement": "reports"},
        ],
        "activation": {"events": ["edit", "export", "invite"]},
        "support": {"event": "asked"},
        "champion": ["admin", "owner"],
    }
)


def test_people_are_counted_over_one_seven_and_twenty_eight_days() -> None:
    did = {("ann", ""): [0, 1, 6, 7], ("ben", ""): [6, 13], ("cyd", ""): [27], ("dan", ""): [28]}
    found = read_signals(known(PLAN, did, traits={"seats": 4}))
    assert (found.dau, found.wau, found.wau_before, found.mau) == (1, 2, 2, 3)
    # person-days in 28: ann 4, ben 2, cyd 1
    assert found.stickiness == pytest.approx(7 / 28 / 3)
    assert (found.seats, found.breadth) == (4, 0.75)
    assert found.use_by_week == (0, 0, 0, 1, 1, 0, 2, 4), "uses, whoever they are of"
    assert found.last_active == NOW


def test_nothing_is_said_of_an_account_that_nobody_uses() -> None:
    found = read_signals(known(plan_of({}), {}))
    assert (found.mau, found.stickiness, found.breadth, found.fell, found.nps) == (0, None, None, None, None)
    assert (found.quiet_days, found.depth, found.contact_gone, found.tickets_severe) == (None, None, None, None)


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.lists(st.integers(0, 60), max_size=12), max_size=6),
    st.integers(1, 9),
)
def test_activity_reads_as_its_definitions_do(did: dict[str, list[int]], seats: int) -> None:
    found = read_signals(known(PLAN, {(who, ""): days for who, days in did.items()}, traits={"seats": seats}))

    def people(days: range) -> int:
        return sum(any(day in days for day in mine) for mine in did.values())

    assert [found.dau, found.wau, found.mau] == [people(range(n)) for n in (1, 7, 28)]
    daily = [people(range(day, day + 1)) for day in range(28)]
    assert found.stickiness == (pytest.approx(sum(daily) / 28 / found.mau) if found.mau else None)
    uses = [sum(day // 7 == ago for mine in did.values() for day in mine) for ago in reversed(range(8))]
    assert found.use_by_week == tuple(uses)
    assert found.breadth == found.mau / seats


def weekly(*sums: int) -> list[int]:
    """Days before today on which there was a use: so many a week, the latest complete week first."""
    return [1 + 7 * week + i % 7 for week, many in enumerate(sums) for i in range(many)]


def test_a_fall_is_told_against_the_median_of_four_weeks() -> None:
    found = read_signals(known(PLAN, {("ann", "edit"): weekly(58, 100, 110, 90, 104)}))
    assert (found.recent, found.norm) == (58, 102)
    assert found.fell == pytest.approx(0.4314, abs=1e-4)
    assert found.fell_far


def test_a_rise_is_a_fall_below_nought_and_noise_is_not_far() -> None:
    assert read_signals(known(PLAN, {("ann", "edit"): weekly(153, 100, 110, 90, 104)})).fell == pytest.approx(-0.5)
    noisy = read_signals(known(PLAN, {("ann", "edit"): weekly(14, 20, 20, 20, 20)}))
    assert (noisy.fell, noisy.fell_far) == (pytest.approx(0.3), False)  # z = 6/√(20·1.25) = 1.2 < 1.645


@pytest.mark.parametrize(
    ("did", "age"), [(weekly(5, 19, 19, 19, 19), 400), (weekly(50, 100, 100, 100, 100), 34), ([], 400)]
)
def test_without_a_norm_nothing_fell(did: list[int], age: int) -> None:
    found = read_signals(known(PLAN, {("ann", "edit"): did}, age=age))
    assert (found.fell, found.fell_far) == (None, False)


def test_days_off_are_taken_out_of_a_fall() -> None:
    off = frozenset((TODAY - 2, TODAY - 1))  # a Wednesday and a Thursday; Friday, Monday and Tuesday as ever
    did = {("ann", "edit"): [3, 4, 7] * 14 + weekly(0, 70, 70, 70, 70)}
    found = read_signals(known(PLAN, did, off=off))
    assert (found.recent, found.norm, found.fell) == (70, 70, 0)


def test_a_feature_lasts_by_two_people_and_a_fifth_of_the_seats_in_three_weeks_of_four() -> None:
    three, two = [0, 8, 15], [0, 8]
    did = {("ann", "edit"): three, ("ben", "edit"): [0, 20, 27], ("cyd", "edit"): two, ("ann", "export"): three}
    reports = {"entitlements": ["reports"]}
    found = read_signals(known(PLAN, did, traits={"seats": 10, **reports}))
    assert (found.core, found.core_lasting, found.depth) == (2, 1, 0.5)
    assert read_signals(known(PLAN, did, traits={"seats": 11, **reports})).core_lasting == 0  # 2.2 people are needed
    assert read_signals(known(PLAN, did, traits={"seats": 1, **reports})).core_lasting == 2  # one seat, one person
    assert read_signals(known(PLAN, did, traits={"seats": 10})).depth == 1  # only what the plan holds counts
    assert read_signals(known(PLAN, did, age=27)).depth is None  # too young for sustained use


def test_quiet_days_are_local_days_since_a_key_action_or_the_first_sight() -> None:
    assert read_signals(known(PLAN, {("ann", "edit"): [3], ("ben", "export"): [9], ("ann", ""): [0]})).quiet_days == 3
    assert read_signals(known(PLAN, {("ann", "edit"): [200]})).quiet_days == 200
    assert read_signals(known(PLAN, {("ann", ""): [0]}, age=12)).quiet_days == 12
    late = timezone(timedelta(hours=-9))  # 23:00 of the day before: the use of NOW is today there, too
    assert read_signals(known(PLAN, {("ann", "edit"): [0]}, tz=late, age=3)).quiet_days == 0


def test_onboarding_is_the_index_over_the_steps_of_activation() -> None:
    did = {
        ("ann", "edit"): [9],
        ("ann", "export"): [8],
        ("ann", "invite"): [1],
        ("ben", "edit"): [3],
        ("cyd", ""): [1],
    }
    people = [person("ann"), person("ben"), person("dan"), person("gone", here=False)]
    found = read_signals(known(PLAN, did, people=people, stage="onboarding"))
    # four people (cyd is only active), two began: one with one step, one with all three
    assert (found.launched, found.halfway, found.finished) == (0.5, 0.5, 0.5)
    assert found.onboarding == pytest.approx(100 * (0.2 * 0.5 + 0.3 * 0.5 + 0.5 * 0.5))
    assert read_signals(known(PLAN, did, people=people, stage="grown")).onboarding is None


def test_answers_of_180_days_make_the_nps() -> None:
    scores = [10, 9, 8, 7, 6]
    answers = [*(Answer(s, NOW - DAY) for s in scores), Answer(0, NOW - 180 * DAY), Answer(0, NOW + 1)]
    found = read_signals(known(PLAN, {}, answers=answers))
    assert (found.nps, found.answers) == (20, 5)
    late = read_signals(known(PLAN, {}, answers=[Answer(0, NOW - 180 * DAY + 1)]))
    assert (late.nps, late.answers) == (-100, 1)


def test_severe_tickets_are_open_until_closed_or_for_ninety_days() -> None:
    def ticket(severity: str, ago: int, closed: int | None = None) -> StoredTicket:
        return StoredTicket(f"{severity}{ago}", "u:ann", NOW - ago * DAY, closed, severity, "")

    tickets = [
        ticket("high", 1),
        ticket("critical", 89),
        ticket("high", 90),
        ticket("low", 1),
        ticket("high", 2, NOW),
    ]
    tickets.append(StoredTicket("never opened", "u:ann", None, NOW, "high", ""))
    found = read_signals(known(PLAN, {("ann", "asked"): [1]}, tickets=tickets))
    assert found.tickets_severe == 2


def test_tickets_rose_when_there_are_twice_as_many_and_it_is_no_noise() -> None:
    usual = [15 + 14 * i + 2 * j for i in range(3) for j in range(4)]  # four in each window before
    assert not read_signals(known(PLAN, {("ann", "asked"): [*usual, 1, 2, 3, 4, 5]})).tickets_rose
    many = read_signals(known(PLAN, {("ann", "asked"): [*usual, 1, 1, 2, 2, 3, 3, 4, 4, 5]}))
    assert (many.tickets, many.tickets_norm, many.tickets_rose) == (9, 4, True)
    assert read_signals(known(PLAN, {("ann", "asked"): [1, 2, 3]})).tickets_rose  # from none
    assert not read_signals(known(PLAN, {("ann", "asked"): [1, 2]})).tickets_rose
    assert not read_signals(known(PLAN, {("ann", "asked"): [1, 2, 3]}, age=55)).tickets_rose  # too new to tell


def test_the_contact_is_gone_when_every_champion_is() -> None:
    admin, owner = person("ann", "admin"), person("ben", "owner")
    stays = read_signals(known(PLAN, {("ann", ""): [21], ("ben", ""): [20]}, people=[admin, owner]))
    assert (stays.contact_gone, stays.contact) == (False, "Ben")
    assert read_signals(known(PLAN, {("ann", ""): [21]}, people=[admin])).contact_gone
    assert not read_signals(known(PLAN, {("ann", ""): [20]}, people=[admin])).contact_gone
    left = person("ann", "admin", here=False)
    assert read_signals(known(PLAN, {("ann", ""): [1]}, people=[left])).contact_gone
    invited = person("ann", "admin", since=NOW - 20 * DAY)
    assert not read_signals(known(PLAN, {}, people=[invited])).contact_gone
    assert read_signals(known(PLAN, {}, people=[person("cyd")])).contact_gone is None


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("2027-01-15", 0),
        ("2027-01-25", 10),
        ("2027-01-25T10:00:00Z", 10),
        ("2027-01-14", -1),
        ("soon", None),
        (7, None),
    ],
)
def test_a_renewal_is_so_many_local_days_away(written: object, days: int | None) -> None:
    assert datetime.fromtimestamp(NOW / 1000, UTC).date().isoformat() == "2027-01-15"
    assert read_signals(known(PLAN, {}, traits={"renewal": written})).days_to_renewal == days


def test_room_to_grow_is_seen_in_limits_met_and_features_tried() -> None:
    did = {("ann", "limit_reached"): [0, 3, 27, 28], ("ben", "export"): [4]}
    found = read_signals(known(PLAN, did))
    assert (found.limit_hits, found.tried) == (3, ("exports",))
    assert read_signals(known(PLAN, did, traits={"entitlements": ["reports"]})).tried == ()
    assert read_signals(known(PLAN, {("ben", "export"): [28]})).tried == ()


def test_a_use_late_in_the_evening_belongs_to_its_local_day() -> None:
    assert known(PLAN, {}, tz=timezone(timedelta(hours=17))).today == TODAY + 1
    assert known(PLAN, {}, tz=timezone(timedelta(hours=15))).today == TODAY
    assert NOW % DAY == 8 * HOUR
