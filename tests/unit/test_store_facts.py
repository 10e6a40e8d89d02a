"""Facts are a fold of the log: the check of it finds every way in which they could differ."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from waypost.ingest.decode import decode_items
from waypost.service.journal import accept
from waypost.service.rebuild import verify
from waypost.service.runtime import Runtime
from waypost.service.start import open_runtime
from waypost.settings import Settings

RULE = {
    "id": "exports",
    "text": {"en": {"title": "Schedule it"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": {"did": {"event": "exported", "min": 2}}},
}
EVERYBODY = ["a:browser", "g:acme", "u:ivan"]


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Ivan of Acme was anonymous first, and exported twice."""
    (tmp_path / "exports.json").write_text(json.dumps(RULE))
    opened = open_runtime(Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", rules=str(tmp_path)))
    items = [
        {"type": "track", "event": "exported", "anonymousId": "browser"},
        {"type": "group", "groupId": "acme", "userId": "ivan", "anonymousId": "browser"},
        {"type": "track", "event": "exported", "userId": "ivan"},
    ]
    start = opened.clock.now()
    for second, item in enumerate(items):
        raw = json.dumps(item).encode()
        asyncio.run(accept(opened, decode_items([raw], received_at=start + second * 1_000)))
    yield opened
    opened.store.close()


def differing(runtime: Runtime) -> list[str]:
    return verify(runtime.store, runtime.project_id, runtime.rules.plan)


def test_facts_equal_a_fold_of_the_log(runtime: Runtime) -> None:
    subjects = runtime.store.read_now(lambda tx: tx.execute("SELECT subject FROM facts ORDER BY 1").fetchall())
    assert [row[0] for row in subjects] == EVERYBODY
    assert differing(runtime) == []


DAMAGE = [
    ("a byte of facts", "UPDATE facts SET body=CAST(body || x'00' AS BLOB) WHERE subject='u:ivan'", ["u:ivan"]),
    ("facts of a person are gone", "DELETE FROM facts WHERE subject='u:ivan'", ["u:ivan"]),
    ("facts of an account are gone", "DELETE FROM facts WHERE subject='g:acme'", ["g:acme"]),
    ("facts of nobody", "INSERT INTO facts SELECT project_id, 'u:olga', plan, body FROM facts WHERE subject='u:ivan'", ["u:olga"]),
    ("an event is gone", "DELETE FROM event WHERE id=3", ["g:acme", "u:ivan"]),
    ("a link is gone", "DELETE FROM link", ["u:ivan"]),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "found"), [d[1:] for d in DAMAGE], ids=[d[0] for d in DAMAGE])
def test_any_damage_to_facts_or_log_is_found(runtime: Runtime, damage: str, found: list[str]) -> None:
    runtime.store.write_now(lambda tx: tx.execute(damage))
    assert differing(runtime) == found
