"""The rules in force: read from a folder, published when they change, kept when the change is broken.

What is live may come from elsewhere too: a rollback, a change of state, `waypost apply`. That stays until the folder
says something new: its content, not its files' times, is compared with what was last taken from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock

import msgspec

from waypost.errors import Invalid, Problem
from waypost.model import Json
from waypost.rules.checklists import check_checklists
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
        self._live = Loaded()
        self._in_folder: Loaded | None = None  # as it was last when it was right
        self._revision = ""  # of what is live, as this process knows it
        self._lock = RLock()

    @property
    def broken(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def differs(self) -> list[str]:
        """Ids of rules that are not live as the folder has them."""
        if self._in_folder is None:
            return []
        live, folder = _sources(self._live), _sources(self._in_folder)
        return sorted(name for name in live.keys() | folder.keys() if live.get(name) != folder.get(name))

    def load(self, now: int) -> bool:
        """Read the folder and publish it. False: it is broken, and what was live before stays live.

        Raises Unavailable when it cannot be published now; the folder then still counts as changed.
        """
        with self._lock:
            stamp = folder_stamp(self.folder)
            found = load_folder(Path(self.folder))
            self.problems = self._publish(lambda tx: self._unless_known(tx, found), now, folder=(self.folder, found))
            if self.broken and not self.loaded_at:
                self.restore(now)
            elif not self.broken:
                self._in_folder = found
            self.stamp = stamp
            return not self.broken

    def changed(self) -> bool:
        return folder_stamp(self.folder) != self.stamp

    def overtaken(self) -> bool:
        """Whether another process published since: `waypost apply`, `waypost rollback`."""
        return self.store.read_now(self._live_revision) not in (None, self._revision)

    def apply(self, loaded: Loaded, folder: str, now: int, author: str, message: str) -> None:
        """Publish what a folder holds. Raises Invalid with every mistake."""
        self._insist(lambda _tx: loaded, now, author, message, (folder, loaded))

    def amend(self, rule_id: str, edit: Callable[[Tx, Json], Json], now: int, author: str, message: str) -> None:
        """Publish what is live with one document changed; `edit` has it as it is live, or None.

        Raises Invalid with every mistake, and whatever `edit` raises.
        """

        def choose(tx: Tx) -> Loaded:
            loaded = self.bundle(tx) or Loaded()
            names = (file for file, document in loaded.documents.items() if document.get("id") == rule_id)
            file = next(names, f"tips/{rule_id}.json")
            loaded.documents[file] = edit(tx, loaded.documents.get(file))
            return loaded

        self._insist(choose, now, author, message)

    def _insist(
        self,
        choose: Callable[[Tx], Loaded],
        now: int,
        author: str,
        message: str,
        folder: tuple[str, Loaded] | None = None,
    ) -> None:
        with self._lock:
            errors = [p for p in self._publish(choose, now, author, message, folder) if p.severity == "error"]
        if errors:
            raise Invalid("\n".join(problem.line() for problem in errors), tuple(errors))

    def _publish(
        self,
        choose: Callable[[Tx], Loaded],
        now: int,
        author: str = versions.FOLDER,
        message: str = "",
        folder: tuple[str, Loaded] | None = None,
    ) -> list[Problem]:
        """Publish what `choose` gives, unless there is a mistake in it. Returns every problem.

        `folder`: where it was read, and what stood there; it is news no more.
        """

        def job(tx: Tx) -> tuple[Loaded, Plan, list[Problem], str]:
            loaded = choose(tx)
            numbers = versions.next_versions(tx, self.project_id, _sources(loaded))
            seen = last_received(tx, self.project_id)
            plan, problems = compile_rules(
                loaded.documents, loaded.chains, loaded.segments, numbers, loaded.project, seen or None, now
            )
            problems, revision = [*loaded.problems, *problems, *check_checklists(loaded.checklists)], ""
            if not any(problem.severity == "error" for problem in problems):
                atoms = msgspec.json.encode(sizes_of(plan)).decode()
                set_meta(tx, atoms_key(self.project_id, plan.fingerprint), atoms)
                versions.publish(tx, self.project_id, _sources(loaded), now, author, message)
                self._note_names(tx, plan, now)
                set_meta(tx, self._key("bundle"), msgspec.json.encode(loaded).decode())
                revision = _content(loaded)
                set_meta(tx, self._key("revision"), revision)
                if folder is not None:
                    self._note_folder(tx, *folder)
            return loaded, plan, problems, revision

        loaded, plan, problems, revision = self.store.write_now(job)
        if revision:
            self._take(loaded, plan, revision, now)
        return problems

    def _take(self, loaded: Loaded, plan: Plan, revision: str, now: int) -> None:
        """A later publication in the same instant has a later `loaded_at` all the same."""
        self.plan, self._live, self._revision = plan, loaded, revision
        self.loaded_at = max(now, self.loaded_at + 1) if self.loaded_at else now

    def _unless_known(self, tx: Tx, found: Loaded) -> Loaded:
        """What the folder holds, or, where that is no news, what is live."""
        said = _content(found)
        if found.problems or self._folders(tx).get(_place(self.folder)) != said or said == self._live_revision(tx):
            return found
        return self.bundle(tx) or found

    def _note_folder(self, tx: Tx, folder: str, found: Loaded) -> None:
        known = self._folders(tx) | {_place(folder): _content(found)}
        set_meta(tx, self._key("folders"), msgspec.json.encode(known).decode())

    def _folders(self, tx: Tx) -> dict[str, str]:
        """Folder -> the content that was taken from it last."""
        known: dict[str, str] = msgspec.json.decode(get_meta(tx, self._key("folders")) or "{}")
        return known

    def live(self) -> Loaded:
        """What is live, as it was written."""
        return self._live

    def _live_revision(self, tx: Tx) -> str | None:
        return get_meta(tx, self._key("revision"))

    def restore(self, now: int) -> None:
        """The rules that were live last: at a start over a broken folder, after another process published, and for
        commands that only look."""

        def job(tx: Tx) -> tuple[Loaded, Plan, str] | None:
            loaded = self.bundle(tx)
            if loaded is None:
                return None
            numbers = versions.next_versions(tx, self.project_id, _sources(loaded))
            self._note_names(tx, None, now)
            plan, _ = compile_rules(loaded.documents, loaded.chains, loaded.segments, numbers, loaded.project)
            return loaded, plan, self._live_revision(tx) or ""

        with self._lock:
            found = self.store.write_now(job)
            if found is not None:
                self._take(*found, now)

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


def _place(folder: str) -> str:
    return str(Path(folder).resolve())


def _content(loaded: Loaded) -> str:
    """The name of what a folder says, whatever its files are called, spaced and dated."""
    documents = sorted(versions.digest(document) for document in loaded.documents.values())
    said: list[Json] = [documents, loaded.chains, loaded.segments, loaded.project]
    if loaded.checklists:
        said.append(sorted(versions.digest(document) for document in loaded.checklists.values()))
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def _sources(loaded: Loaded) -> Mapping[str, Json]:
    return {str(document.get("id", "")): document for document in loaded.documents.values()}
