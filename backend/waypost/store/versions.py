"""Versions of rules: a changed document is a new version; caps and dismissals carry over by tip id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from waypost.model import Json
from waypost.store.sqlite import Tx

__all__ = ["FOLDER", "Version", "backdate", "digest", "next_versions", "publish", "versions_of"]

FOLDER = "folder"  # the author of what the watched folder said
_json = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    live_from: int
    live_until: int | None  # None = in force, in whatever state
    body: Json
    author: str
    message: str
    state: str


def digest(document: Json) -> str:
    """The name of a document's content."""
    return hashlib.sha256(_json.encode(document)).hexdigest()


def next_versions(tx: Tx, project_id: int, documents: Mapping[str, Json]) -> dict[str, int]:
    """The version that each document has, or will have once it is published: what had ended begins anew."""
    latest = {
        row[0]: (int(row[1]), row[2] if row[3] is None else "")
        for row in tx.execute(
            "SELECT rule_id, MAX(version), digest, live_until FROM rule_version WHERE project_id=? GROUP BY rule_id",
            (project_id,),
        )
    }
    numbers = {}
    for rule_id, document in documents.items():
        version, known = latest.get(rule_id, (0, ""))
        numbers[rule_id] = version if known == digest(document) else version + 1
    return numbers


def publish(
    tx: Tx, project_id: int, documents: Mapping[str, Json], now: int, author: str = FOLDER, message: str = ""
) -> None:
    """Put exactly these documents in force. Unchanged ones keep their version; the others end theirs now."""
    numbers = next_versions(tx, project_id, documents)
    live = tx.execute(
        "SELECT rule_id, version FROM rule_version WHERE project_id=? AND live_until IS NULL", (project_id,)
    ).fetchall()
    for rule_id, version in live:
        if numbers.get(rule_id) != version:
            tx.execute(
                "UPDATE rule_version SET live_until=? WHERE project_id=? AND rule_id=? AND version=?",
                (now, project_id, rule_id, version),
            )
    for rule_id, document in documents.items():
        tx.execute(
            "INSERT INTO rule_version (project_id, rule_id, version, digest, body, live_from, author, message, state) "
            "VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (project_id, rule_id, version) DO NOTHING",
            (
                project_id,
                rule_id,
                numbers[rule_id],
                digest(document),
                _json.encode(document).decode(),
                now,
                author,
                message,
                document.get("state", "live"),
            ),
        )


def backdate(tx: Tx, project_id: int, since: int) -> None:
    """Let the live versions begin no later than `since`."""
    tx.execute(
        "UPDATE rule_version SET live_from=MIN(live_from, ?) WHERE project_id=? AND live_until IS NULL",
        (since, project_id),
    )


def versions_of(tx: Tx, project_id: int, rule_id: str) -> list[Version]:
    """Every version of one rule, newest first."""
    rows = tx.execute(
        "SELECT version, live_from, live_until, body, author, message, state FROM rule_version WHERE project_id=? AND rule_id=? "
        "ORDER BY version DESC",
        (project_id, rule_id),
    )
    return [Version(row[0], row[1], row[2], msgspec.json.decode(row[3]), row[4], row[5], row[6]) for row in rows]
