"""One look at an account: what is read, what comes out of it, and what is kept. Derived anew each time.

`take` only reads, so it may run beside the writer; `keep` writes what one look found. What the rules are to know
(stage, health) comes back as `said`: the caller records it as an event of the account.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import or_

import msgspec

from waypost.facts.days import local_day, monday
from waypost.facts.look import Look
from waypost.facts.read import ReadEnv
from waypost.facts.subject import Facts
from waypost.model import ACCOUNT, ANON, DAY, Json
from waypost.rules.plan import Plan
from waypost.settings import LIMITS
from waypost.store import accounts, usage
from waypost.store.accounts import StoredAccount, StoredStage, StoredWeek, StoredZone
from waypost.store.answers import scores_of_account
from waypost.store.events import linked_user
from waypost.store.sqlite import Tx
from waypost.success.health import health_of
from waypost.success.known import DAYS, Answer, Known, Names, day_of
from waypost.success.portfolio import Body, Reason, arr_of, opportunities, rank_of
from waypost.success.portfolio_words import reason_words
from waypost.success.signals import ANSWER_DAYS, read_signals
from waypost.success.stages import stage_of
from waypost.success.zones import read_zones

__all__ = ["Looked", "Subject", "keep", "known_of", "take"]

CHURNED = "churned"
SHOWN = 4  # reasons beside an account in the portfolio; its own page has all
BEFORE = 28  # days back that a fall of health is told against
_json = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Subject:
    """The account to look at, as of `now`. `tasks`: its open tasks by severity. `nobody`: test users."""

    project_id: int
    account: str
    plan: Plan
    names: Names
    facts: Facts
    env: ReadEnv
    now: int
    tasks: Mapping[str, int]
    nobody: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found. `said`: traits that changed by it. `stage`: a change of the stage, if there was one."""

    row: StoredAccount
    zones: tuple[StoredZone, ...]
    week: StoredWeek
    stage: StoredStage | None
    said: dict[str, Json]
    new_day: bool


def known_of(tx: Tx, it: Subject, stage: str) -> Known:
    """All that is known of the account, from what is stored."""
    traits = {name: trait.value for name, trait in it.facts.traits.items()}
    tz = it.env.account_zone
    today = local_day(it.now, tz)
    place = (tx, it.project_id, it.account, today - DAYS, DAYS + 1)
    did, last = usage.days_of(*place), usage.last_of(tx, it.project_id, it.account)
    for one in set[str]().union(*last.values()):
        if one == it.account or one in it.nobody:
            _drop(did, one)
            _drop(last, one)
        elif one.startswith(ANON) and (link := linked_user(tx, it.project_id, one)):
            _give(did, one, link[0], or_)
            _give(last, one, link[0], max)
    people = usage.people_of(tx, it.project_id, it.account, also=set[str]().union(*last.values()))
    scores = scores_of_account(tx, it.project_id, it.account, "nps", it.now - ANSWER_DAYS * DAY)
    calendar = traits.get("calendar") or traits.get("country")
    return Known(
        now=it.now,
        first_day=today if it.facts.first_seen is None else local_day(it.facts.first_seen, tz),
        model=it.plan.customers,
        names=it.names,
        traits=traits,
        stage=stage,
        tz=tz,
        did=did,
        uses=usage.uses_of(*place),
        last=last,
        people=[one for one in people if one.subject not in it.nobody],
        tickets=usage.tickets_of(tx, it.project_id, it.account),
        answers=tuple(Answer(score, at, subject) for subject, at, score in scores),
        off=it.plan.calendars.get(calendar, frozenset()) if isinstance(calendar, str) else frozenset(),
    )


def _drop(of: dict[int, dict[str, int]], subject: str) -> None:
    """What a server said of the account alone, or a test user did, no person did."""
    for mine in of.values():
        mine.pop(subject, None)


def _give(of: dict[int, dict[str, int]], anonymous: str, user: str, merge: Callable[[int, int], int]) -> None:
    """What an anonymous id did counts for the user that it became."""
    for mine in of.values():
        if anonymous in mine:
            found = mine.pop(anonymous)
            mine[user] = merge(found, mine[user]) if user in mine else found


def take(tx: Tx, it: Subject) -> Looked:
    """Look at an account. Changes nothing."""
    model, before = it.plan.customers, accounts.load_account(tx, it.project_id, it.account)
    look = Look(it.plan, None, it.facts, it.now, it.env, (None, it.account[len(ACCOUNT) :]))
    waits = bool(it.facts.awaiting) and before is not None  # what a stage counts is still being brought in
    stage = before.stage if waits and before is not None else stage_of(look, model)
    known = known_of(tx, it, stage)
    traits, arr = known.traits, arr_of(known.traits)
    churned = traits.get("status") == CHURNED
    signals = read_signals(known)
    health = health_of(signals, model.health)
    week = monday(known.today)
    earlier = accounts.health_of_week(tx, it.project_id, it.account, week - BEFORE)
    rank, why = (0.0, ()) if churned else rank_of(signals, health, earlier, arr, it.tasks)
    row = StoredAccount(
        account=it.account,
        name=_text(traits.get("name")) or it.account[len(ACCOUNT) :],
        owner=_text(traits.get("csm")),
        stage=stage,
        plan=_text(traits.get("plan")),
        seats=known.seats,
        arr=arr,
        renewal_day=day_of(traits.get("renewal")),
        last_active=signals.last_active,
        active=signals.mau,
        wau=signals.wau,
        fell=signals.fell,
        health=health.score,
        band=health.band,
        rank=rank,
        day=known.today,
        looked_at=it.now,
        body=_json.encode(Body(health, signals, why, () if churned else opportunities(signals))).decode(),
        wau_before=signals.wau_before,
        churned=churned,
        health_before=accounts.health_of_week(tx, it.project_id, it.account, week - 7),
        usage=_json.encode(signals.use_by_week).decode(),
        why_en=_in_words(why, "en"),
        why_ru=_in_words(why, "ru"),
    )
    zones = tuple(
        StoredZone(z.feature, z.state, len(z.who), z.of, z.before, z.since, 0.0 if churned else round(z.worth, 4))
        for z in read_zones(known, arr)
    )
    said: dict[str, Json] = {"stage": stage} if model.stages else {}
    if health.score is not None:
        said |= {"health": round(health.score), "health_band": health.band}
    return Looked(
        row=row,
        zones=zones,
        week=StoredWeek(week, health.score, health.band, arr, _json.encode(health).decode()),
        stage=_change(before, stage, it),
        said={name: value for name, value in said.items() if value != (traits.get(name) or "")},
        new_day=before is None or before.day != known.today,
    )


def _in_words(why: Sequence[Reason], lang: str) -> str:
    """The first reasons as the portfolio shows them."""
    shown = [{"code": reason.code, "words": reason_words(reason, lang)} for reason in why[:SHOWN]]
    return _json.encode(shown).decode()


def _text(value: Json) -> str:
    return str(value)[: LIMITS.id_chars] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _change(before: StoredAccount | None, stage: str, it: Subject) -> StoredStage | None:
    """The first stage began with the account, for all that is known."""
    if before is None:
        first = it.now if it.facts.first_seen is None else it.facts.first_seen
        return StoredStage(first, stage, "") if stage else None
    return None if before.stage == stage else StoredStage(it.now, stage, before.stage)


def keep(tx: Tx, project_id: int, looked: Looked) -> None:
    """Write what a look found, and let go of the usage that is older than LIMITS.usage_days."""
    account = looked.row.account
    before = accounts.load_account(tx, project_id, account) if looked.stage is not None else None
    if looked.stage is not None and looked.stage.before == ("" if before is None else before.stage):
        accounts.add_stage(tx, project_id, account, looked.stage)  # unless another look has noticed it meanwhile
    accounts.put_account(tx, project_id, looked.row)
    accounts.put_zones(tx, project_id, account, looked.zones)
    accounts.put_week(tx, project_id, account, looked.week)
    if looked.new_day:
        usage.forget(tx, project_id, account, looked.row.day - LIMITS.usage_days)
