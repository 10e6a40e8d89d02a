"""kill -9 while alerts fall due: whoever takes over opens what is left, and each alert is opened and told once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from hypothesis import settings

from tests.crash.product import KEY, Product
from tests.crash.test_silent_account import RULE, move_clock
from waypost.model import CSM_TASK, DAY, MINUTE
from waypost.service.rebuild import verify
from waypost.service.start import open_runtime
from waypost.settings import Settings

AT_ONCE = 60  # accounts that fall silent together: more than one transaction looks at
APART = 20 * MINUTE
PATIENCE_S = 60


def kills() -> int:
    return 200 if settings.get_current_profile_name() == "full" else 20


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(
        tmp_path,
        [RULE],
        settings={
            "WAYPOST_WEBHOOK_URL": "http://127.0.0.1:9/nobody",  # the messages stay in line
            "WAYPOST_WEBHOOK_PRIVATE": "true",
            "WAYPOST_DEMO": "true",  # only the demo's clock can be moved
        },
    )
    made.start()
    yield made
    made.kill()


def fall_silent(product: Product, rounds: int) -> None:
    """Accounts that were used for the last time one group after the other."""
    now = datetime.now(UTC)
    for number in range(rounds):
        at = now - timedelta(milliseconds=(rounds - number) * APART)
        product.post(
            *(
                {
                    "type": "track",
                    "event": "opened",
                    "userId": "ivan",
                    "messageId": f"{number}-{place}",
                    "context": {"groupId": f"a{number}-{place}", "library": {"name": "waypost"}},
                    "timestamp": at.isoformat(),
                    "sentAt": now.isoformat(),
                }
                for place in range(AT_ONCE)
            )
        )


def wait_for_tasks(product: Product, number: int) -> None:
    """Returns as soon as so many are on disk."""
    until = monotonic() + PATIENCE_S
    with closing(sqlite3.connect(f"file:{product.path}?mode=ro", uri=True, timeout=PATIENCE_S)) as connection:
        while connection.execute("SELECT COUNT(*) FROM task").fetchone()[0] < number:
            assert monotonic() < until, f"no {number} tasks within {PATIENCE_S} s"


def test_each_alert_is_opened_and_told_once_however_often_the_server_is_killed(product: Product) -> None:
    rounds, rng, left_over = kills(), Random(5), 0
    fall_silent(product, rounds)
    for number in range(rounds):
        product.kill()
        opened, due = opened_once(product), number * AT_ONCE
        assert opened <= due
        left_over += opened < due
        move_clock(product, 14 * DAY - (rounds - number) * APART + APART // 2)
        product.launch()
        wait_for_tasks(product, min(opened + rng.choice([0, 1, AT_ONCE]), due + AT_ONCE))
    assert left_over, "no kill came while alerts were being opened"
    wait_for_tasks(product, rounds * AT_ONCE)
    product.kill()
    assert opened_once(product) == rounds * AT_ONCE
    runtime = open_runtime(Settings(database_url=product.database, write_key=KEY), publish=False)
    assert verify(runtime.store, runtime.project_id, runtime.rules.plan) == []
    runtime.store.close()
    product.start()


def opened_once(product: Product) -> int:
    """How many tasks there are; each of another account, with one event and one message of its own."""
    with closing(sqlite3.connect(product.path)) as connection:
        tasks = [row[0] for row in connection.execute("SELECT subject FROM task WHERE rule_id='quiet'")]
        events = connection.execute(
            "SELECT subject FROM event JOIN event_name n ON n.id=name_id WHERE n.name=?", (CSM_TASK,)
        ).fetchall()
        messages = connection.execute("SELECT message_id FROM message").fetchall()
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    assert integrity == "ok"
    assert max(Counter(tasks).values(), default=1) == 1
    assert sorted(tasks) == sorted(row[0] for row in events)
    assert len(messages) == len(tasks)
    return len(tasks)
