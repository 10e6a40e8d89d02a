"""What one process holds: the store, the live rules, the clock, the signer. Built once, handed to the routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from waypost.model import Event, Json
from waypost.rules.plan import Reading
from waypost.service.clock import Clock
from waypost.service.live_rules import LiveRules
from waypost.service.peers import Peers
from waypost.service.subjects import Subjects, known_names
from waypost.settings import Settings
from waypost.store.sqlite import Store, Tx
from waypost.trust.signing import Signer

__all__ = ["OnFacts", "OnTalk", "Runtime"]

OnFacts = Callable[[Subjects, str, int], None]
"""Called in the writing transaction for each subject whose facts changed, with now: alerts look here."""


OnTalk = Callable[[Subjects, str, Event, int], None]
"""Called in the writing transaction for a `$tip` event in which somebody asked for a person: (unit, subject, event, now)."""


def _nothing(_unit: Subjects, _subject: str, _now: int) -> None:
    """No alerts: the replay and some tests."""


def _nobody(_unit: Subjects, _subject: str, _event: Event, _now: int) -> None:
    """No tasks: the command line and some tests."""


@dataclass
class Runtime:
    store: Store
    settings: Settings
    clock: Clock
    project_id: int
    write_key: str
    rules: LiveRules
    signer: Signer
    on_facts: OnFacts = _nothing
    on_talk: OnTalk = _nobody
    _peers: Peers = field(default_factory=Peers)
    _names: tuple[int, int, dict[str, int]] = field(default=(-1, -1, {}))

    def unit(self, tx: Tx) -> Subjects:
        """A unit of work under the live rules."""
        plan = self.rules.plan

        def peers(reading: Reading, group: Json, tz: tzinfo) -> float | None:
            now, timezone = self.clock.now(), self.settings.timezone
            return self._peers.median(tx, self.project_id, plan, reading, group, now, tz, timezone)

        return Subjects(tx, self.project_id, plan, self._known(tx), self.settings.timezone, peers)

    def _known(self, tx: Tx) -> dict[str, int]:
        """Names are only ever added, so the highest id tells whether the copy is still right."""
        row = tx.execute("SELECT COALESCE(MAX(id), 0) FROM event_name").fetchone()
        state = (int(row[0]), self.rules.loaded_at)
        if self._names[:2] != state:
            self._names = (*state, known_names(tx, self.project_id, self.rules.named_since))
        return self._names[2]
