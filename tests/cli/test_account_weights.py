"""waypost accounts weights: learnt from looks of two years over a database."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.conftest import Waypost
from waypost.facts.fold import fold_event
from waypost.facts.subject import Facts, encode
from waypost.model import ACCOUNT, DAY, GROUP, Event
from waypost.service.clock import Clock
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.accounts import StoredAccount, StoredWeek, put_account, put_week
from waypost.store.facts import save_facts
from waypost.success.health import Component, Health

NOW = 1_800_000_000_000  # 15 January 2027, 08:00 UTC
TODAY = NOW // DAY
FIRST = (TODAY - 9 * 91 - 14) // 7 * 7 + 4  # a Monday
LEAVE = 36
KEPT = {"depth": 0.2, "recency": 0.1, "onboarding": 0.1, "sentiment": 0.05, "support": 0.05}  # never known
NOTHING: dict[str, Any] = {
    **dict.fromkeys(("name", "owner", "stage", "plan", "band"), ""),
    **dict.fromkeys(("seats", "arr", "renewal_day", "last_active", "fell", "health"), None),
    **dict.fromkeys(("active", "wau", "rank", "day", "looked_at"), 0),
    "body": "{}",
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Looks at 60 accounts, 13 weeks apart; 36 left, four after each look, at which the trend of their use was low.

    The week after each look and the last look, whose 90 days are not over, say nothing.
    """
    (tmp_path / "rules").mkdir()
    url = f"sqlite:///{tmp_path / 'waypost.db'}"
    runtime = open_runtime(Settings(database_url=url, rules=str(tmp_path / "rules")), clock=Clock(lambda: NOW))
    plan, project = runtime.rules.plan, runtime.project_id

    def look(account: str, week: int, health: Health) -> tuple[str, StoredWeek]:
        return account, StoredWeek(week, None, "", None, msgspec.json.encode(health).decode())

    def job(tx: Any) -> None:
        for i in range(60):
            account, left = f"{ACCOUNT}a{i}", i % 9 if i < LEAVE else None
            t = NOW if left is None else (FIRST + 91 * left + 40) * DAY
            status = "active" if left is None else "churned"
            facts, props = Facts.empty(plan.fingerprint), {"status": status}
            event = Event(message_id="g", name=GROUP, t=t, received_at=t, account_id=f"a{i}", props=props)
            fold_event(plan, "account", facts, event)
            save_facts(tx, project, account, plan.fingerprint, encode(facts))
            put_account(tx, project, StoredAccount(**NOTHING, account=account, churned=left is not None))
            for n in range(10):
                trend = 0.15 if left == n else 0.3 + (i * 7 + n * 13) % 60 / 100
                parts = (Component("trend", trend), Component("breadth", (i + n) % 10 / 10), Component("sentiment"))
                put_week(tx, project, *look(account, FIRST + 91 * n, Health(components=parts)))
                put_week(tx, project, *look(account, FIRST + 91 * n + 7, Health()))

    runtime.store.write_now(job)
    runtime.store.close()
    monkeypatch.setattr("waypost.service.clock.Clock.now", lambda self: NOW)
    return url


def test_weights_are_learnt_and_tried(waypost: Waypost, database: str) -> None:
    ran = waypost("accounts", "weights", "--capacity", "5", DATABASE_URL=database)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Learnt from 300 looks before 2026-04-06; 24 customers left within 90 days of theirs.",
        "Tried on 96 later ones: 12 left, 11.1 were expected.",
        "  Squared error of the chance: 0.005; 0.111 when everybody gets the same.",
        "  Among the 15 accounts with the lowest score: 12 of the 12 (100%), so 80% of the calls; with the weights of now 11 (73%).",
        "",
        "component     now  learnt",
        "trend        0.30    0.50",
        "breadth      0.20    0.00",
        *(f"{name:12} {weight:.2f}    {weight:.2f}" for name, weight in KEPT.items()),
        "",
        "To use them, put this into project.json:",
        json.dumps({"health": {"weights": {"trend": 0.5, "breadth": 0.0, **KEPT}}}),
    ]


def test_twenty_nine_customers_are_too_few(waypost: Waypost, database: str) -> None:
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "UPDATE account SET churned=0 WHERE account BETWEEN 'g:a0' AND 'g:a6' AND LENGTH(account)=4"
        )
    ran = waypost("accounts", "weights", DATABASE_URL=database)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "waypost: 29 customers left so far; weights are learnt from 30 on\n"


def test_weights_that_fail_on_later_looks_are_not_advised(waypost: Waypost, database: str) -> None:
    later = date(2026, 4, 6).toordinal() - date(1970, 1, 1).toordinal()
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        for account, week, body in connection.execute("SELECT account, week, body FROM account_week").fetchall():
            health = msgspec.json.decode(body, type=Health)
            if week >= later and health.components:
                turned = [
                    replace(one, value=None if one.value is None else 1 - one.value) for one in health.components
                ]
                body = msgspec.json.encode(Health(components=tuple(turned))).decode()
                connection.execute("UPDATE account_week SET body=? WHERE account=? AND week=?", (body, account, week))
    ran = waypost("accounts", "weights", "--capacity", "5", DATABASE_URL=database)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "They would not have told better: keep the weights of now."
    assert "project.json" not in ran.out
