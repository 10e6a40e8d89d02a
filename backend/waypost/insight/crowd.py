"""Facts of a whole crowd in bounded memory: a simulation's people and accounts."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict

from waypost.facts.subject import Facts, decode, encode

__all__ = ["Crowd"]

NEAR = 300  # subjects whose facts are at hand: a busy one takes a quarter of a megabyte


class Crowd:
    """Facts of everybody: of those who came lately as they are, of the others as blobs in a temporary database."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        self._near: OrderedDict[str, Facts] = OrderedDict()
        self._far = sqlite3.connect("", isolation_level=None)  # a file of its own, gone with it
        self._far.execute("CREATE TABLE facts (user TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
        self._far.execute("BEGIN")

    def facts(self, user: str) -> Facts:
        found = self._near.get(user)
        if found is not None:
            self._near.move_to_end(user)
            return found
        row = self._far.execute("SELECT body FROM facts WHERE user=?", (user,)).fetchone()
        found = self._near[user] = Facts.empty(self._fingerprint) if row is None else decode(row[0])
        if len(self._near) > NEAR:
            gone, facts = self._near.popitem(last=False)
            self._far.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (gone, encode(facts)))
        return found

    def names(self) -> list[str]:
        far = {user for (user,) in self._far.execute("SELECT user FROM facts")}
        return sorted(far.union(self._near))
