"""What an account's use says, as numbers: computed from its usage by day, its people, traits, tickets and answers.

Pure: everything that is known comes in one `Known`. Days are local days of the account; "28 days" are 28 calendar
days, today included. People are counted once: an anonymous id that became a user is that user (the rows come
resolved). Formulas: semantics, sections 5, 5.2 and 1.4.3; what they leave open is decided where it is computed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from waypost.facts.days import local_day
from waypost.facts.progress import progress_index
from waypost.facts.usage import Norm, departs, norm_of, reach_of
from waypost.model import DAY, USER, Json
from waypost.rules.plan import Usage
from waypost.store.usage import ACTIVE
from waypost.success.known import MONTH, NOW_BITS, TODAY, WEEK_BITS, Answer, Known, Names, day_of

__all__ = ["FALL", "GONE_DAYS", "ONBOARDING", "Answer", "Known", "Names", "Signals", "read_signals"]

ONBOARDING = "onboarding"  # the stage whose progress is a part of health
MIN_BASE = 20.0  # key actions a week that a norm needs: below it a change of percent says nothing
FALL = Usage(by=0.3, recent=7, windows=4, min_base=MIN_BASE, guard=1.645)  # of key actions, by week
ASKED = Usage(by=1.0, recent=14, windows=3, min_base=1, guard=1.645)  # of tickets
ASKED_NEW = 3  # tickets in 14 days that are many for who had none
SEVERE = ("high", "critical")
TICKET_DAYS = 90  # a ticket that nobody closed is taken for closed after so long
GONE_DAYS = 21  # a champion who was not seen for so long is gone
ANSWER_DAYS = 180
LASTING_WEEKS = 3  # of four: sustained use
LASTING_PEOPLE, LASTING_SHARE = 2, 0.2  # sustained by at least so many people, and so large a share of the seats


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
    depth: float | None = None  # core_lasting / core, once the account is old enough to last: 28 days
    quiet_days: int | None = None  # whole local days since the last key action, or since the first sight without one
    onboarding: float | None = None  # 0 to 100, while the stage is onboarding
    launched: float | None = None  # its three parts, each 0 to 1: begun by so many of the people,
    halfway: float | None = None  # mean share of those at the steps between (None: there are none),
    finished: float | None = None  # done by so many of those who began
    nps: float | None = None  # −100 to 100, answers of 180 days
    answers: int = 0
    tickets_severe: int | None = None  # open ones; None: no ticket was ever received from anybody
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
    use_by_week: tuple[
        int, ...
    ] = ()  # key actions (without any, active events) in each of 8 weeks of 7 days, oldest first
    limit_hits: int = 0  # in 28 days
    tried: tuple[str, ...] = ()  # features that were used in 28 days and are not in the plan


def read_signals(known: Known) -> Signals:
    """All signals of one account."""
    return Signals(**_activity(known), **_use(known), **_onboarding(known), **_voice(known), **_people(known))


def _activity(known: Known) -> dict[str, Json]:
    """How many people, how often."""
    days = known.days((ACTIVE,)).values()
    week, before = (sum(bool(mine & bits) for mine in days) for bits in WEEK_BITS[:2])
    mau, seats = len(known.active), known.seats
    return {
        "dau": sum(bool(mine & TODAY) for mine in days),
        "wau": week,
        "wau_before": before,
        "mau": mau,
        "stickiness": sum((mine & NOW_BITS).bit_count() for mine in days) / MONTH / mau if mau else None,
        "seats": seats,
        "breadth": mau / seats if seats else None,
        "last_active": max(known.last_seen.values(), default=None),
    }


def _use(known: Known) -> dict[str, Json]:
    """Key actions against the norm and how long ago, features in sustained use, room to grow."""
    core = [feature.id for feature in known.model.features if feature.core and known.entitled(feature)]
    lasting = sum(_lasts(known, feature) for feature in core)
    lacking = [feature.id for feature in known.model.features if not known.entitled(feature)]
    found: dict[str, Json] = {
        "core": len(core),
        "core_lasting": lasting,
        "depth": lasting / len(core) if core and known.age >= MONTH else None,
        "quiet_days": _quiet_days(known),
        "limit_hits": _lately(known, known.names.limits, MONTH),
        "use_by_week": tuple(_in_week(known, known.names.key or (ACTIVE,), ago) for ago in reversed(range(8))),
        "tried": tuple(name for name in lacking if known.who(known.names.features.get(name, ()))),
    }
    norm = _norm(FALL, known, known.names.key)
    if norm is not None and norm.base >= MIN_BASE:
        fell = departs(FALL, norm, rose=False, peers=None, frozen=None)
        found |= {"fell": 1 - norm.ratio, "recent": norm.recent, "norm": norm.base, "fell_far": fell}
    return found


def _lasts(known: Known, feature: str) -> bool:
    """Sustained use: at least two people, and a fifth of the seats, each in three of the last four weeks.

    An account with a single seat needs only that one.
    """
    days = known.days(known.names.features.get(feature, ())).values()
    people = sum(sum(bool(mine & week) for week in WEEK_BITS[:4]) >= LASTING_WEEKS for mine in days)
    seats = known.seats
    least = max(LASTING_PEOPLE, LASTING_SHARE * seats) if seats else LASTING_PEOPLE
    return people >= (min(least, seats) if seats else least)


def _quiet_days(known: Known) -> int | None:
    if not known.names.asked_for:
        return None
    latest = max(known.last_times(known.names.key).values(), default=None)
    return known.age if latest is None else max(0, known.today - local_day(latest, known.tz))


def _lately(known: Known, names: Collection[int], days: int) -> int:
    """Uses in so many days, today among them."""
    return sum(n for day, n in known.counts(names).items() if day > known.today - days)


def _in_week(known: Known, names: Collection[int], ago: int) -> int:
    """Uses in the 7 days that ended so many weeks ago."""
    last = known.today - 7 * ago
    return sum(n for day, n in known.counts(names).items() if last - 7 < day <= last)


def _norm(usage: Usage, known: Known, names: Collection[int]) -> Norm | None:
    """None where the account is too new for a norm, too."""
    if known.age < reach_of(usage):
        return None
    return norm_of(usage, known.counts(names), known.today, known.off)


def _onboarding(known: Known) -> dict[str, Json]:
    """The index over the steps of activation, in any order, of the account's people; only while they are at it."""
    sets = known.names.activation
    if known.stage != ONBOARDING or not sets:
        return {}
    people = {one.subject for one in known.people if one.here}.union(*known.last.values())
    done = [known.last_times(names).keys() for names in sets]
    steps = [sum(person in who for who in done) for person in people]
    began = sum(number > 0 for number in steps)
    shares = [sum(number >= i for number in steps) / began if began else 0.0 for i in range(1, len(sets) + 1)]
    launch, between = began / len(people) if people else 0.0, shares[1:-1]
    middle = sum(between) / len(between) if between else None
    return {
        "onboarding": progress_index(launch, middle, shares[-1]),
        "launched": launch,
        "halfway": middle,
        "finished": shares[-1],
    }


def _voice(known: Known) -> dict[str, Json]:
    """What people say: surveys and tickets."""
    scores = [one.score for one in known.answers if known.now - ANSWER_DAYS * DAY < one.at <= known.now]
    nps = 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores) if scores else None
    severe = sum(
        one.severity in SEVERE
        and one.closed_at is None
        and one.opened_at is not None
        and known.now - TICKET_DAYS * DAY < one.opened_at <= known.now
        for one in known.tickets
    )
    found: dict[str, Json] = {"nps": nps, "answers": len(scores)}
    found["tickets_severe"] = severe if known.names.support else None
    found["tickets"] = _lately(known, known.names.support, ASKED.recent)
    norm = _norm(ASKED, known, known.names.support)
    if norm is not None:
        rose = (
            departs(ASKED, norm, rose=True, peers=None, frozen=None)
            if norm.base >= ASKED.min_base
            else norm.recent >= ASKED_NEW
        )
        found |= {"tickets_norm": norm.base, "tickets_rose": rose}
    return found


def _people(known: Known) -> dict[str, Json]:
    """The champion, and the date that everything hangs on."""
    renewal = day_of(known.traits.get("renewal"))
    found: dict[str, Json] = {"days_to_renewal": None if renewal is None else renewal - known.today}
    champions = [one for one in known.people if one.role in known.model.champion]
    if champions:
        seen = {one.subject: known.last_seen.get(one.subject, one.since) for one in champions}
        latest = max(champions, key=lambda one: (one.here, seen[one.subject], one.subject))
        found["contact"] = latest.name or latest.subject[len(USER) :]
        found["contact_gone"] = all(
            not one.here or known.now - seen[one.subject] >= GONE_DAYS * DAY for one in champions
        )
    return found
