"""kill -9 under load: what was acknowledged is there once, what was not is there once or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from tests.crash.product import KEY, Product
from tests.crash.writers import BATCH, Batch, Writers
from waypost.service.rebuild import verify
from waypost.service.start import open_runtime
from waypost.settings import Settings
from waypost.store.sqlite import Tx

WRITERS = 4
CHAINS = {
    "import": {
        "steps": [{"event": "import_started"}, {"event": "import_mapped"}, {"event": "import_completed"}],
        "within": "30m",
        "same": ["import_id"],
    }
}
RULES = [
    {
        "id": "exports",
        "text": {"en": {"title": "Schedule it"}},
        "placement": {"surface": "corner"},
        "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}},
        "goal": {"did": {"event": "export_scheduled"}},
    },
    {
        "id": "imported",
        "text": {"en": {"title": "Well done"}},
        "placement": {"surface": "corner"},
        "trigger": {
            "on": {"chain": {"ref": "import"}},
            "when": {">": [{"days": {"event": "opened", "last": "7cd"}}, 0]},
        },
    },
    {
        "id": "busy",
        "kind": "alert",
        "text": {"en": {"title": "{account.name|Somebody} imports"}},
        "trigger": {
            "on": {"clock": True},
            "when": {"did": {"event": "import_started", "min": 5, "scope": "account"}},
        },
    },
]


@dataclass
class Found:
    """What the file holds after a kill, before anybody else has touched it."""

    integrity: str
    batches: Counter[Batch]  # how many events of each
    doubled: int
    drifted: list[str]  # subjects whose facts are not the fold of their log


def look_into(product: Product) -> Found:
    runtime = open_runtime(Settings(database_url=product.database, write_key=KEY), publish=False)

    def look(tx: Tx) -> tuple[str, list[str]]:
        own = "SELECT message_id FROM event WHERE project_id=? AND subject NOT LIKE 'g:%'"  # what looks said is not theirs
        rows = tx.execute(own, (runtime.project_id,)).fetchall()
        return str(tx.execute("PRAGMA integrity_check").fetchone()[0]), [bytes(row[0]).decode() for row in rows]

    integrity, ids = runtime.store.read_now(look)
    drifted = verify(runtime.store, runtime.project_id, runtime.rules.plan)
    runtime.store.close()
    batches = Counter((int(writer), int(number)) for writer, number, _ in (one.split("-") for one in ids))
    return Found(integrity, batches, len(ids) - len(set(ids)), drifted)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path, RULES, CHAINS)
    made.start()
    yield made
    made.kill()


def kills() -> int:
    return 200 if settings.get_current_profile_name() == "full" else 20


def test_no_acknowledged_event_is_lost_doubled_or_half_there_however_often_the_server_is_killed(
    product: Product,
) -> None:
    rng, writers = Random(1), Writers(product.url, WRITERS)
    with writers.at_work():
        for _ in range(kills()):
            writers.go()
            writers.wait_for_more(rng.choice(["sent", "answered"]), rng.randint(4, 30))
            writers.hold()
            product.kill()
            acked, found = writers.settled(), look_into(product)
            assert found.integrity == "ok"
            assert acked - found.batches.keys() == set(), "lost"
            assert found.doubled == 0
            assert set(found.batches.values()) == {BATCH}, "half a batch"
            assert found.drifted == []
            product.start()
        writers.go()
        writers.wait_for_more("answered", WRITERS)
    assert writers.unanswered > 0, "no kill came while a batch was on its way"
    assert look_into(product).batches == dict.fromkeys(writers.settled(), BATCH)
