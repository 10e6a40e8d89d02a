"""The facts that one transaction touches: loaded once, rebuilt when the rules changed, saved at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

import msgspec

from waypost.facts.days import zone
from waypost.facts.fold import fold_event
from waypost.facts.read import ReadEnv, zones_of
from waypost.facts.subject import Facts, adapt, decode, encode
from waypost.model import ACCOUNT, Event, Json, account_key, anon_key, subject_of
from waypost.rules.plan import Plan, Reading
from waypost.store import events as log
from waypost.store.facts import load_facts, save_facts
from waypost.store.projects import get_meta
from waypost.store.sqlite import Tx

__all__ = ["Rebuilt", "Subjects", "atoms_key", "known_names", "rebuild", "sizes_of"]

INLINE = 500  # events of a subject that are folded anew while somebody waits
Peers = Callable[[Reading, Json, tzinfo], float | None]


def atoms_key(project_id: int, fingerprint: str) -> str:
    """Where it is kept which atoms a set of rules had, and how much each kept."""
    return f"rules:{project_id}:atoms:{fingerprint}"


def sizes_of(plan: Plan) -> dict[str, int]:
    return {name: atom.size for name, atom in plan.atoms.items()}


@dataclass
class Rebuilt:
    """Facts folded from the stored log up to the event at place `upto`."""

    subject: str
    facts: Facts
    upto: int = 0


def rebuild(
    tx: Tx, project_id: int, plan: Plan, subject: str, begun: Rebuilt | None = None, until: int | None = None
) -> Rebuilt:
    """Fold the stored log of one subject: what its facts must equal, byte for byte.

    `begun`: go on from there. `until`: only what was received by then (ms), for a look at the past.

    What an anonymous id did before it was linked is folded in just before the event that linked it.
    """
    made = begun or Rebuilt(subject, Facts.empty(plan.fingerprint))
    if subject.startswith(ACCOUNT):
        for place, event in log.events_of_account(tx, project_id, subject, made.upto):
            if until is not None and event.received_at > until:
                continue
            fold_event(plan, "account", made.facts, event)
            made.upto = place
        return made
    links = {event_id: anon for anon, event_id in log.links_of(tx, project_id, subject)}
    for place, event in log.events_of(tx, project_id, subject, made.upto):
        if until is not None and event.received_at > until:
            continue
        if place in links:
            fold_linked(tx, project_id, plan, made.facts, links[place], place)
        fold_event(plan, "user", made.facts, event)
        made.upto = place
    return made


def fold_linked(tx: Tx, project_id: int, plan: Plan, facts: Facts, anon: str, event_id: int) -> None:
    """Fold all that the anonymous id did before the event that linked it."""
    for _, earlier in log.events_of(tx, project_id, anon, before_id=event_id):
        fold_event(plan, "user", facts, earlier)


def known_names(tx: Tx, project_id: int, named_since: dict[str, int]) -> dict[str, int]:
    """Since when each event name could have been seen: first received, or first named by a published rule."""
    known = dict(named_since)
    for name, since in log.known_since(tx, project_id).items():
        known[name] = min(since, known.get(name, since))
    return known


class Subjects:
    """A unit of work over facts inside one transaction."""

    def __init__(
        self, tx: Tx, project_id: int, plan: Plan, known: dict[str, int], timezone: str, peers: Peers
    ) -> None:
        self.tx, self.project_id, self.plan = tx, project_id, plan
        self.known, self.timezone, self.peers = known, timezone, peers
        self._facts: dict[str, Facts] = {}
        self._links: dict[str, tuple[str, int] | None] = {}  # anonymous subject -> (user, until)
        self._partial: set[str] = set()  # whose history is still to be brought in
        self.changed: dict[str, None] = {}  # in the order of the first change

    def facts(self, subject: str) -> Facts:
        """Current facts under the live plan; empty for a subject never seen."""
        found = self._facts.get(subject)
        if found is None:
            row = load_facts(self.tx, self.project_id, subject)
            if row is None:
                found = Facts.empty(self.plan.fingerprint)
            elif row[0] == self.plan.fingerprint:
                found = decode(row[1])
            else:
                found = self._outdated(subject, decode(row[1]))
            self._facts[subject] = found
        return found

    def _outdated(self, subject: str, facts: Facts) -> Facts:
        """Facts under other rules: a short log is folded anew at once, a long one in the background (backfill)."""
        self.changed[subject] = None
        if log.count_of(self.tx, self.project_id, subject, INLINE + 1) <= INLINE:
            return rebuild(self.tx, self.project_id, self.plan, subject).facts
        if facts.plan != self.plan.fingerprint:
            known = msgspec.json.decode(get_meta(self.tx, atoms_key(self.project_id, facts.plan)) or "{}")
            adapt(facts, self.plan.fingerprint, sizes_of(self.plan), known)
        self._partial.add(subject)
        return facts

    def replace(self, made: Rebuilt) -> None:
        """Put rebuilt facts in the place of those that are there, with what was appended since."""
        self._facts[made.subject] = rebuild(self.tx, self.project_id, self.plan, made.subject, made).facts
        self._partial.discard(made.subject)
        self.changed[made.subject] = None

    def owner(self, event: Event) -> str:
        """Whose event it is. What an anonymous id did until it became a user's is the user's, however late it comes."""
        subject = subject_of(event.user_id, event.anon_id, event.account_id)
        if not event.anon_id:
            return subject
        anon = anon_key(event.anon_id)
        if anon not in self._links:
            self._links[anon] = log.linked_user(self.tx, self.project_id, anon)
        linked = self._links[anon]
        if event.user_id:
            self._links[anon] = linked or (subject, event.t)
            return subject
        return linked[0] if linked and event.t <= linked[1] else subject

    def account_of(self, subject: str, now: int) -> str | None:
        """The key of the account a person belongs to now."""
        if subject.startswith(ACCOUNT):
            return subject
        account = self.facts(subject).account_at(now)
        return account_key(account) if account else None

    def zones(self, subject: str, account: str | None) -> tuple[str, str]:
        """(the person's zone, the account's zone) as IANA names."""
        return zones_of(self.facts(subject), self.facts(account) if account else None, self.timezone)

    def env(self, subject: str, account: str | None) -> ReadEnv:
        """What a look at these facts needs beside them."""
        own, shared = (zone(name, self.timezone) for name in self.zones(subject, account))
        return ReadEnv(self.known, own, shared, lambda reading, group: self.peers(reading, group, shared))

    def fold(self, subject: str, event: Event) -> None:
        scope = "account" if subject.startswith(ACCOUNT) else "user"
        fold_event(self.plan, scope, self.facts(subject), event)  # type: ignore[arg-type]
        self.changed[subject] = None

    def fold_linked(self, subject: str, anon: str, event_id: int) -> None:
        fold_linked(self.tx, self.project_id, self.plan, self.facts(subject), anon, event_id)
        self.changed[subject] = None

    def save(self) -> None:
        for subject in self.changed:
            facts = self._facts[subject]
            plan = "" if subject in self._partial else facts.plan
            save_facts(self.tx, self.project_id, subject, plan, encode(facts))
