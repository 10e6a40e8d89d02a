"""What an account's use says, as numbers: computed from its usage by day, its people, traits, tickets and answers.

Pure: everything that is known comes in one `Known`. Days are local days of the account; "28 days" are 28 calendar
days, today included. People are counted once: an anonymous id that became a user is that user (`Known.days` comes
resolved). Formulas: semantics, sections 5, 5.2 and 1.4.3; what they leave open is decided where it is computed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from waypost.model import Json
from waypost.rules.plan import CustomerModel, Reported
from waypost.store.usage import StoredPerson, StoredTicket, Used

__all__ = ["Answer", "Known", "Names", "Signals", "read_signals"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to an NPS question: 0 to 10, at an instant (ms), of a person."""

    score: int
    at: int
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of event names, as usage rows have them, by what they mean. Names that were never received are not there."""

    key: frozenset[int] = frozenset()
    limits: frozenset[int] = frozenset()
    support: frozenset[int] = frozenset()
    activation: tuple[frozenset[int], ...] = ()
    features: Mapping[str, frozenset[int]] = field(default_factory=dict)
    chains: Mapping[str, tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)
    """Feature -> (first step, last step) of its chain."""

    @classmethod
    def of(
        cls, ids: Mapping[str, int], model: CustomerModel, key_actions: Collection[str], reported: Reported
    ) -> Names:
        def some(names: Collection[str]) -> frozenset[int]:
            return frozenset(ids[name] for name in names if name in ids)

        return cls(
            key=some(key_actions),
            limits=some(model.limits),
            support=some(reported.support[0]) if reported.support else frozenset(),
            activation=tuple(some(names) for names in reported.activation),
            features={feature.id: some(feature.events) for feature in model.features},
            chains={
                feature.id: (some(feature.chain.steps[0].names), some(feature.chain.steps[-1].names))
                for feature in model.features
                if feature.chain is not None
            },
        )


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an account at one look.

    `days`: rows of the last DAYS local days; `ever`: its rows of all days together. `first_day`: the local day of the
    first sight of it. `off`: its days off (a calendar of project.json). `people`: its people, and those who left it.
    """

    now: int
    today: int
    first_day: int
    traits: Mapping[str, Json]
    stage: str
    model: CustomerModel
    names: Names
    days: Sequence[Used] = ()
    ever: Sequence[Used] = ()
    people: Sequence[StoredPerson] = ()
    tickets: Sequence[StoredTicket] = ()
    answers: Sequence[Answer] = ()
    off: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Signals:
    """None: it cannot be said (no seats, no norm yet, nothing of the kind is known)."""

    dau: int = 0  # people active today
    wau: int = 0  # in 7 days
    wau_before: int = 0  # in the 7 days before those
    mau: int = 0  # in 28 days
    stickiness: float | None = None  # mean of the daily people over 28 days / mau
    seats: int | None = None
    breadth: float | None = None  # mau / seats
    core: int = 0  # core features that the account is entitled to
    core_lasting: int = 0  # those of them in sustained use
    depth: float | None = None  # core_lasting / core
    quiet_days: int | None = None  # whole local days since the last key action, or since the first sight without one
    onboarding: float | None = None  # 0 to 100, while the stage is onboarding
    launched: float | None = None  # its three parts, each 0 to 1: begun by so many of the people,
    halfway: float | None = None  # mean share of those at the steps between (None: there are none),
    finished: float | None = None  # done by so many of those who began
    nps: float | None = None  # −100 to 100, answers of 180 days
    answers: int = 0
    tickets_severe: int = 0  # open ones
    tickets: int = 0  # in 14 days
    tickets_norm: float | None = None  # in 14 days, usually
    tickets_rose: bool = False
    fell: float | None = None  # key actions against the own norm: 0.4 = fell by 40 %, below 0 = rose
    recent: float | None = None  # key actions in the last 7 complete days, scaled to working days
    norm: float | None = None  # what is usual
    fell_far: bool = False  # by at least 30 %, and it is no noise
    contact_gone: bool | None = None  # every champion left, or was not seen for 21 days; None: no champion is known
    contact: str = ""  # the name of the champion seen last
    days_to_renewal: int | None = None
    last_active: int | None = None  # ms
    weeks: tuple[int, ...] = ()  # active people by week of 7 days, 8 of them, oldest first
    limit_hits: int = 0  # in 28 days
    tried: tuple[str, ...] = ()  # features that were used in 28 days and are not in the plan


def read_signals(known: Known) -> Signals:
    """All signals of one account."""
    raise NotImplementedError
