"""The rules in force: read from a folder, published when they change, kept when the change is broken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from waypost.errors import Problem
from waypost.model import Json
from waypost.rules.compile import compile_rules
from waypost.rules.load import Loaded, load_folder
from waypost.rules.plan import Plan
from waypost.service.subjects import atoms_key, sizes_of
from waypost.store import versions
from waypost.store.events import last_received
from waypost.store.projects import get_meta, set_meta
from waypost.store.sqlite import Store, Tx

__all__ = ["LiveRules", "folder_stamp"]


def folder_stamp(folder: str) -> str:
    """Changes whenever a JSON file of the folder is added, removed or written."""
    seen = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*.json")):
        try:
            stat = path.stat()
        except OSError:
            continue  # removed while we looked: the next stamp tells
        seen.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode())
    return seen.hexdigest()


class LiveRules:
    """`plan` is what decisions use. `problems` are those of the folder as it is now, live or not."""

    def __init__(self, store: Store, project_id: int, folder: str) -> None:
        self.store, self.project_id, self.folder = store, project_id, folder
        self.plan: Plan = compile_rules({}, {}, {}, {})[0]
        self.problems: list[Problem] = []
        self.named_since: dict[str, int] = {}
        self.loaded_at = 0
        self.stamp = ""
        self.backfill: tuple[int, int] | None = None  # (subjects done, of) while history is brought in

    @property
    def broken(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    def load(self, now: int) -> bool:
        """Read the folder and publish it. False: it is broken, and what was live before stays live.

        Raises Unavailable when it cannot be published now; the folder then still counts as changed.
        """
        stamp = folder_stamp(self.folder)
        published = self._publish(load_folder(Path(self.folder)), now)
        if not published and not self.loaded_at:
            self.restore(now)
        self.stamp = stamp
        return published

    def changed(self) -> bool:
        return folder_stamp(self.folder) != self.stamp

    def _publish(self, loaded: Loaded, now: int) -> bool:
        def job(tx: Tx) -> tuple[Plan, list[Problem]]:
            numbers = versions.next_versions(tx, self.project_id, _sources(loaded))
            seen = last_received(tx, self.project_id)
            plan, problems = compile_rules(
                loaded.documents, loaded.chains, loaded.segments, numbers, loaded.project, seen or None, now
            )
            problems = [*loaded.problems, *problems]
            if not any(problem.severity == "error" for problem in problems):
                atoms = msgspec.json.encode(sizes_of(plan)).decode()
                set_meta(tx, atoms_key(self.project_id, plan.fingerprint), atoms)
                versions.publish(tx, self.project_id, _sources(loaded), now)
                self._note_names(tx, plan, now)
                set_meta(tx, self._key("bundle"), msgspec.json.encode(loaded).decode())
            return plan, problems

        plan, self.problems = self.store.write_now(job)
        if self.broken:
            return False
        self.plan, self.loaded_at = plan, now
        return True

    def restore(self, now: int) -> None:
        """The rules that were live last: at a start over a broken folder, and for commands that only look."""
        loaded = self.store.read_now(self.bundle)
        if loaded is None:
            return

        def job(tx: Tx) -> Plan:
            numbers = versions.next_versions(tx, self.project_id, _sources(loaded))
            self._note_names(tx, None, now)
            return compile_rules(loaded.documents, loaded.chains, loaded.segments, numbers, loaded.project)[0]

        self.plan, self.loaded_at = self.store.write_now(job), now

    def bundle(self, tx: Tx) -> Loaded | None:
        """The documents that were published last."""
        kept = get_meta(tx, self._key("bundle"))
        return None if kept is None else msgspec.json.decode(kept, type=Loaded)

    def backdate(self, since: int) -> None:
        """Say that the live rules have been live since then: for histories that are brought in."""
        named = {name: min(at, since) for name, at in self.named_since.items()}

        def job(tx: Tx) -> None:
            set_meta(tx, self._key("named_since"), msgspec.json.encode(named).decode())
            versions.backdate(tx, self.project_id, since)

        self.store.write_now(job)
        self.named_since, self.loaded_at = named, self.loaded_at + 1

    def _note_names(self, tx: Tx, plan: Plan | None, now: int) -> None:
        """Remember since when a published rule names each event: absence counts from then at the latest."""
        key = self._key("named_since")
        named: dict[str, int] = msgspec.json.decode(get_meta(tx, key) or "{}")
        if plan is not None:
            named = {**dict.fromkeys(sorted(plan.names), now), **named}
            set_meta(tx, key, msgspec.json.encode(named).decode())
        self.named_since = named

    def _key(self, what: str) -> str:
        return f"rules:{self.project_id}:{what}"


def _sources(loaded: Loaded) -> Mapping[str, Json]:
    return {str(document.get("id", "")): document for document in loaded.documents.values()}
