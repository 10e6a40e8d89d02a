"""The yardstick of peers: the same dates for everybody, once a day of each zone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.unit.decide_world import compiled
from waypost.facts.days import local_day, local_instant, zone
from waypost.facts.fold import fold_event
from waypost.facts.peers import peer_medians
from waypost.facts.subject import Facts, encode
from waypost.model import DAY, GROUP, HOUR, Event, account_key
from waypost.rules.plan import Plan
from waypost.service.peers import Peers
from waypost.store.facts import save_facts
from waypost.store.projects import ensure_project
from waypost.store.sqlite import Store, Tx

MOSCOW, BERLIN = zone("Europe/Moscow"), zone("Europe/Berlin")
MIDNIGHT = local_instant("2027-02-03T00:00", MOSCOW)  # in Berlin it is ten in the evening of the day before
FELL = {
    "id": "fell",
    "kind": "alert",
    "scope": "account",
    "text": {"en": {"title": "Fell"}},
    "trigger": {
        "on": {"clock": True},
        "when": {"dropped": {"metric": {"event": "x"}, "by": 0.4, "recent": "7cd", "baseline": 4, "relative_to": "peers", "scope": "account"}},
    },
}  # fmt: skip


def account(plan: Plan, tz: str, daily: Sequence[int]) -> Facts:
    """Ten a day and more or less on the last days before MIDNIGHT, by their local dates."""
    facts, local = Facts.empty(plan.fingerprint), zone(tz)
    counts = [10] * (40 - len(daily)) + list(daily)
    for back, count in zip(range(len(counts), 0, -1), counts, strict=True):
        t = MIDNIGHT - back * DAY + 12 * HOUR
        for i in range(count):
            event = Event(message_id=f"{t}-{i}", name="x", t=t, received_at=t, account_day=local_day(t, local))
            fold_event(plan, "account", facts, event)
    begun = MIDNIGHT - 40 * DAY
    traits = {"plan": "team", "tz": tz}
    fold_event(plan, "account", facts, Event(message_id="g", name=GROUP, t=begun, received_at=begun, props=traits))
    return facts


def test_a_date_that_has_not_come_to_its_evening_is_in_no_window() -> None:
    """At midnight in Vladivostok it is three in the afternoon in Berlin: half a day is no day, and no outage either."""
    plan = compiled(FELL)
    (reading,) = plan.readings
    others = [account(plan, "Europe/Berlin", [5, 10, 4]) for _ in range(5)]
    east = zone("Asia/Vladivostok")
    now = MIDNIGHT - 7 * HOUR
    assert local_day(now, east) == local_day(MIDNIGHT, MOSCOW), "the same three dates are behind them"
    assert peer_medians(plan, others, now, east, "UTC") == {reading: {"team": 55 / 60}}
    assert peer_medians(plan, others, MIDNIGHT, MOSCOW, "UTC") == {reading: {"team": 59 / 70}}
    unnamed = [account(plan, "", [5, 10, 4]) for _ in range(5)]
    assert peer_medians(plan, unnamed, now, east, "Europe/Berlin") == {reading: {"team": 55 / 60}}
    assert peer_medians(plan, unnamed, now, east, "Asia/Vladivostok") == {reading: {"team": 59 / 70}}


def test_an_outage_is_in_the_yardstick_of_whoever_has_midnight_behind_them() -> None:
    """Nothing arrived all day. To those in Berlin it is not yet over, but their use of that date is what there is."""
    plan = compiled(FELL)
    (reading,) = plan.readings
    others = [account(plan, "Europe/Berlin", [0]) for _ in range(5)]
    assert peer_medians(plan, others, MIDNIGHT, MOSCOW, "UTC") == {reading: {"team": 6 / 7}}
    assert peer_medians(plan, others, MIDNIGHT, BERLIN, "UTC") == {reading: {"team": 1.0}}


def test_the_medians_are_found_anew_on_each_day_of_a_zone(tmp_path: Path) -> None:
    plan, peers = compiled(FELL), Peers()
    (reading,) = plan.readings.values()
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}")

    def told(tx: Tx, daily: Sequence[int]) -> int:
        project = ensure_project(tx, "wk", "shop", 0).id
        for i in range(5):
            facts = account(plan, "Europe/Berlin", daily)
            save_facts(tx, project, account_key(f"a{i}"), plan.fingerprint, encode(facts))
        return project

    def median(now: int, tz: str) -> float | None:
        return store.read_now(lambda tx: peers.median(tx, project, plan, reading, "team", now, zone(tz), "UTC"))

    try:
        project = store.write_now(lambda tx: told(tx, [0]))
        assert median(MIDNIGHT, "Europe/Moscow") == 6 / 7
        store.write_now(lambda tx: told(tx, [0, 0]))
        assert median(MIDNIGHT + HOUR, "Europe/Moscow") == 6 / 7, "once a day"
        assert median(MIDNIGHT + HOUR, "Asia/Yekaterinburg") == 5 / 7, "but for each zone"
        assert median(MIDNIGHT + 25 * HOUR, "Europe/Moscow") == 4 / 7
    finally:
        store.close()
