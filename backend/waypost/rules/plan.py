"""What a set of rules compiles to: atoms to fold, readings to look at, and one compiled rule per document.

A behavioural operator such as `{"did": {"event": "x", "min": 3, "last": "7d"}}` becomes
  - an *atom*: the state that events change (here: a ring of the latest times of x), shared by every
    operator that needs the same state, and
  - a *reading*: how that state is looked at now (at least 3 in the last 7 days).
What is left of the expression is plain JsonLogic over {"var": "$a.<reading id>"}, traits and the session.
Ids are hashes of canonical JSON, so equal operators of different rules are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from waypost.model import Json
from waypost.settings import Policy

__all__ = [
    "CHAMPION",
    "FOLDED",
    "LIMIT",
    "RUNNING",
    "SCALES",
    "WEIGHTS",
    "Alert",
    "Atom",
    "AtomKind",
    "Chain",
    "CompiledRule",
    "Csm",
    "CustomerModel",
    "Expr",
    "Feature",
    "Frequency",
    "HealthModel",
    "Matcher",
    "Moment",
    "Plan",
    "Question",
    "Reading",
    "Repeat",
    "Reported",
    "Scope",
    "Span",
    "Stage",
    "State",
    "Text",
    "Usage",
    "Variant",
]

Scope = Literal["user", "account"]
State = Literal["draft", "shadow", "live", "paused", "retired"]
RUNNING = ("live", "shadow")  # states in which a rule is looked at for people
FOLDED = (*RUNNING, "paused")  # and those in which its history goes on
AtomKind = Literal["times", "first", "last", "days", "users", "anchor", "chain", "nth", "changes"]
ALPHABET = 999  # the role of an event that only a strict chain's alphabet names


NO_HOLDOUT = frozenset({"help", "security"})  # categories that have no control group
SCALES: Mapping[str, tuple[int, int] | None] = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "text": None}
NUMBERS = frozenset({"count", "days", "weeks", "progress", "share", "days_to"})


class Program(Protocol):
    """Compiled JsonLogic (waypost.logic). Neither raises: an error is false, or None."""

    source: Json  # the residue: plain JsonLogic over "$a", traits and the session

    @property
    def function(self) -> Callable[[Mapping[str, Json]], Json]: ...  # what value() and truth() call

    def truth(self, data: Mapping[str, Json]) -> bool: ...
    def value(self, data: Mapping[str, Json]) -> Json: ...


@dataclass(frozen=True, slots=True)
class Matcher:
    """An event matcher: any of `names` (may hold "$active"), and `test(props)` when `where` is given."""

    names: tuple[str, ...]
    where: Json = None  # the source, canonical
    test: Callable[[Mapping[str, Json]], bool] | None = None  # never raises


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps in order within `within` ms of the first, each within `gap` ms of the one before.

    `in_session`: all steps in one session, and `within` is not looked at. `any_order`: all steps inside one window.
    `strict`: no other event of the alphabet (steps, unless, `alphabet`) between steps. `stall`: (k, ms): what is
    remembered is not that an attempt ended, but that step k was reached and step k + 1 was not within ms.
    `ended`: how many abandoned attempts, or stalls, are remembered; 0 where nobody asks for them.
    """

    steps: tuple[Matcher, ...]
    within: int
    gap: int | None = None
    unless: tuple[Matcher, ...] = ()
    same: tuple[str, ...] = ()  # property names; a missing one means the event is ignored
    restart: Literal["latest", "first"] = "latest"
    strict: bool = False
    alphabet: tuple[Matcher, ...] = ()
    any_order: bool = False
    in_session: bool = False
    same_actor: bool = False  # account chains: all steps by one user
    stall: tuple[int, int] | None = None
    ended: int = 0

    @property
    def plain(self) -> bool:
        """Relaxed, in order, without gap or stall: the start of step one is the latest, and so is its deadline."""
        return not (
            self.strict or self.any_order or self.in_session or self.gap is not None or self.stall is not None
        )


@dataclass(frozen=True, slots=True)
class Atom:
    """One piece of state per subject.

    times   matcher, size: the `size` latest times (ms) of matching events, ascending
    first   matcher: the earliest time
    last    matcher: the latest time
    days    matcher, size: local day -> count, the `size` latest days
    users   matcher: user id -> latest local day (account scope)
    anchor  matcher: the latest matching event in order (its time, message id, page view): an event moment
    chain   chain: live steps per correlation key, the latest occurrence, the latest abandonments where size > 1
    nth     matcher, size, every: how many there were, and the latest that was the `size`-th (or each `size`-th)
    changes var: the latest values of a trait and since when
    """

    id: str
    kind: AtomKind
    scope: Scope
    matcher: Matcher | None = None
    chain: Chain | None = None
    size: int = 1
    every: bool = False
    var: str = ""
    plain: bool = False  # the chain is plain


@dataclass(frozen=True, slots=True)
class Span:
    """A window back from now: exactly one of `ms` (rolling), `days` (calendar days), `session`; none = ever."""

    ms: int | None = None
    days: int | None = None
    session: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """A fall (or rise) of day counts against the subject's own norm (semantics, section 1.4.3). Lengths in days."""

    by: float
    recent: int
    windows: int  # of the baseline; 0 = the baseline that was frozen when the task was opened
    lag: int = 0  # days between the recent window and the baseline
    min_base: float = 0
    guard: float | None = None  # least z of the quasi-Poisson noise guard
    min_days: float = 0.0  # of work in the recent window, beyond LEAST_WORKING_DAYS
    peers: bool = False
    calendar: str = ""  # a calendar of project.json, or the path of a trait that names one


@dataclass(frozen=True, slots=True)
class Reading:
    """How an operator looks at an atom (or at the session, or the tip history) at an instant.

    op          atom    value   fields used
    did         times|days  bool    min, max, span
    count       times|days  number  span
    days,weeks  days    number  span
    never       first   bool    tenure, names
    inactive    last    bool    for_ms
    returned    -       bool    for_ms
    chain       chain   bool    span
    progress    chain   number
    abandoned   chain   bool    after, grace, span
    dropped,rose days   bool    usage
    share       users   number  span, seats (else `active` names the atom of active users)
    changed     changes bool    span, to
    days_to     -       number  var
    survey      -       bool or number  tip, did ("answered", "unanswered" or "score")
    tip         -       bool    tip or category, did, min, span, for_ms (at least so long ago)
    """

    id: str
    op: str
    scope: Scope
    atom: str | None = None
    names: tuple[str, ...] = ()
    span: Span = Span()
    min: int = 1
    max: int | None = None
    tenure: int = 0
    for_ms: int = 0
    after: int = 0
    grace: int = 120_000
    tip: str | None = None
    category: str | None = None
    did: str = "viewed"
    var: str = ""
    to: Json = None
    any_value: bool = True  # changed: whether `to` was left out
    active: str | None = None  # share among active users: the atom of all of them
    usage: Usage | None = None
    source: Json = None  # the operator as written, for words and traces

    @property
    def number(self) -> bool:
        """Whether the value is a number (or null) rather than a truth."""
        return self.op in NUMBERS or (self.op == "survey" and self.did == "score")


@dataclass(frozen=True, slots=True)
class Expr:
    """A compiled expression. `program` is None for the constant `constant`."""

    source: Json = True
    constant: bool = True
    program: Program | None = None
    function: Callable[[Mapping[str, Json]], Json] | None = None  # the program's, found at once
    readings: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  # dotted variables it reads: "user.role", "account.age_days", "session.n"


@dataclass(frozen=True, slots=True)
class Moment:
    """`trigger.on`. kind event|nth|chain|abandoned read `atom`; session and clock do not."""

    kind: Literal["event", "nth", "chain", "abandoned", "session", "clock"]
    atom: str | None = None
    scope: Scope = "user"
    after: int = 0
    grace: int = 120_000


@dataclass(frozen=True, slots=True)
class Repeat:
    mode: Literal["once", "per_moment", "per_key", "cooldown", "episode"] = "cooldown"
    cooldown: int = 7 * 86_400_000
    max: int = 3
    key: Expr | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One language of a tip. `title`, `body` are typed node trees (rules/text.py), never HTML."""

    title: Json
    body: Json
    cta: str = ""
    secondary: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another text of a tip: for whom `condition` holds, or, where there is none, for who is drawn for it."""

    texts: Mapping[str, Text]
    condition: Expr | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    owner: str = ""
    severity: Literal["low", "medium", "high"] = "medium"
    sla: int | None = None
    clear: Expr | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a survey asks. `low`, `high`: what the ends of the scale are called; `comment`: the label of the comment. By language."""

    scale: str  # of SCALES
    low: Mapping[str, str] = field(default_factory=dict)
    high: Mapping[str, str] = field(default_factory=dict)
    comment: Mapping[str, str] = field(default_factory=dict)

    @property
    def scores(self) -> tuple[int, int] | None:
        """The least and the greatest score; None where only words are asked for."""
        return SCALES[self.scale]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    id: str
    version: int
    name: str
    kind: str  # tip | tour | checklist | announcement | survey | alert
    scope: Scope
    surface: str
    anchor: str
    intrusive: bool
    audience: Expr
    when: Expr
    goal: Expr | None
    moment: Moment | None
    occasion: Moment | None  # what "per_moment" counts by: `moment`, or the chain that `when` of a state rule names
    at: Mapping[str, Json]
    settle: int
    ttl: Literal["page", "session"] | int
    repeat: Repeat
    texts: Mapping[str, Text]  # locale -> text, at least one
    variants: tuple[Variant, ...]
    action: Mapping[str, Json]  # {"open": …} | {"track": …} | {"start": …} | {"snooze": ms} | {"dismiss": true} | {}
    category: str
    priority: Literal["low", "normal", "high", "critical"]
    caps: tuple[tuple[int, int, Literal["tip", "category"]], ...]  # (count, per ms, group)
    stop_after_dismissed: int
    starts: str | None = None  # local "YYYY-MM-DDTHH:MM"
    ends: str | None = None
    schedule_tz: Literal["user", "account", "environment"] = "environment"
    mandatory: bool = False
    opened: bool = False  # by the person: neither held back by what tips may cost, nor counted
    exclusive: str = ""
    requires: tuple[tuple[str, str], ...] = ()  # (tip, viewed or completed)
    blocked_by: tuple[tuple[str, str], ...] = ()
    holdout: float = 0.0
    unit: Scope = "user"
    sample: float = 1.0
    shares: tuple[tuple[int, float], ...] = ()  # (variant, share) of texts that are drawn, -1 the own; sum 1, or none
    alert: Alert | None = None
    goal_window: int = 7 * 86_400_000
    escalates: str = ""  # the tip that this alert was made from (rules/escalate.py)
    state: State = "live"
    question: Question | None = None  # of a survey
    source: Mapping[str, Json] = field(default_factory=dict)  # the document as written


@dataclass(frozen=True, slots=True)
class Frequency:
    """What people bear of tips that interrupt: the project's own limits, or the defaults (section 2.1).

    `account`: (views, in ms) by everybody of an account. `attention`: what tips may cost one person in a rolling week;
    `attention_of_account` the same for each active person of an account. `quiet`: minutes of the local day, from and to.
    """

    session: int = Policy.intrusive_per_session
    day: int = Policy.intrusive_per_day
    week: int = Policy.intrusive_per_week
    gap: int = Policy.intrusive_gap_ms
    category_day: int = Policy.category_per_day
    survey_gap: int = Policy.survey_gap_ms
    account: tuple[tuple[int, int], ...] = ()
    attention: float = Policy.attention
    attention_of_account: float = Policy.attention_of_account
    quiet: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What the reports count: event names; each feature, activation step and value is any of its names.

    `support`: (names, property of the topic); `chains`: those of chains.json, with their scope.
    """

    features: tuple[tuple[str, ...], ...] = ()
    activation: tuple[tuple[str, ...], ...] = ()
    within: int = 14 * 86_400_000
    value: tuple[str, ...] = ()
    support: tuple[tuple[str, ...], str] | None = None
    chains: Mapping[str, tuple[Scope, Chain]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Csm:
    """A customer-success manager, and how to write to them."""

    name: str = ""
    email: str = ""
    lang: str = "en"
    tz: str = ""  # the environment's when empty


@dataclass(frozen=True, slots=True)
class Feature:
    """What customers can use: any of `events` is a use. `chain` is how it is gone through, where that is known.

    `entitlement`: only accounts whose trait `entitlements` holds it may use it; "" = all. `core`: counts for depth.
    """

    id: str
    name: Mapping[str, str]  # by language
    events: tuple[str, ...]
    chain: Chain | None = None
    entitlement: str = ""
    core: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of an account's life; the first in order that holds is the one."""

    id: str
    name: Mapping[str, str]
    when: Expr


WEIGHTS: Mapping[str, float] = {
    "trend": 0.30, "breadth": 0.20, "depth": 0.20, "recency": 0.10, "onboarding": 0.10, "sentiment": 0.05, "support": 0.05,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HealthModel:
    """How health is weighed (semantics, section 5.2). Below `red` is red, below `yellow` yellow."""

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    red: float = 40
    yellow: float = 70


CHAMPION, LIMIT = ("admin",), ("limit_reached",)


@dataclass(frozen=True, slots=True)
class CustomerModel:
    """What project.json says of customers. `champion`: roles (trait user.role) of whom an account stands and falls with.

    `limits`: events that say that an account ran into a limit of its plan. Without `stages` the trait account.stage counts.
    """

    features: tuple[Feature, ...] = ()
    stages: tuple[Stage, ...] = ()
    health: HealthModel = field(default_factory=HealthModel)
    champion: tuple[str, ...] = CHAMPION
    limits: tuple[str, ...] = LIMIT


@dataclass(frozen=True, slots=True)
class Plan:
    """Every rule that runs, compiled together. `fingerprint` names the set of atoms: facts folded under another
    fingerprint must be rebuilt. `index[scope][name]` lists (atom id, role), role = step number, 0 for a
    single matcher, -1 - i for unless[i], ALPHABET for a name of the alphabet alone; a key "$active" applies to
    active events, and a trait change is indexed under "$identify" or "$group"."""

    rules: Mapping[str, CompiledRule]
    atoms: Mapping[str, Atom]
    readings: Mapping[str, Reading]
    index: Mapping[str, Mapping[str, tuple[tuple[str, int], ...]]]
    listen: tuple[str, ...]  # event names some live tip waits for: the snippet sends these at once
    fingerprint: str
    holdout: tuple[float, Scope] = (0.0, "user")  # the share that sees no tip at all, and what is drawn
    frequency: Frequency = Frequency()
    decisions_kept: int | None = None  # ms that the decision log looks back; None = for ever
    active_people: str = ""  # the atom of an account's active people
    calendars: Mapping[str, frozenset[int]] = field(default_factory=dict)  # name -> days off, as day numbers
    names: frozenset[str] = frozenset()  # every event name a rule mentions
    reported: Reported = Reported()
    customers: CustomerModel = field(default_factory=CustomerModel)
    key_actions: tuple[str, ...] = ()  # event names of the project's value events
    csms: Mapping[str, Csm] = field(default_factory=dict)  # by the id that stands in account.csm and in alert.owner
    routes: dict[str, dict[tuple[str, bool], Json]] = field(
        default_factory=lambda: {"user": {}, "account": {}}, compare=False, repr=False
    )  # what an event of one name touches, found once (facts/fold.py)
    memo: dict[str, Json] = field(default_factory=dict, compare=False, repr=False)  # what decisions prepare once
    resting: Mapping[str, CompiledRule] = field(default_factory=dict)  # drafts, paused and retired: nobody meets them

    @property
    def all(self) -> Iterator[CompiledRule]:
        """Every rule, in any state."""
        yield from self.rules.values()
        yield from self.resting.values()

    def find(self, rule_id: str) -> CompiledRule | None:
        """A rule in any state."""
        return self.rules.get(rule_id) or self.resting.get(rule_id)
