"""One sync: what happened goes in, what this person may see now comes out. One durable transaction.

decode_sync (no database) → answer (in the writer: record → decide → lease → log) → reply
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import msgspec

from waypost.delivery.shortlist import shortlist_of
from waypost.engine.content import content
from waypost.engine.decide import SHADOW, DecideContext, decide
from waypost.engine.explain import words
from waypost.errors import BadInput, TooLarge, Unauthenticated
from waypost.facts.days import zone
from waypost.facts.subject import Facts
from waypost.ingest.decode import MALFORMED, Incoming, decode_items, read_leniently
from waypost.ingest.item import Defaults, route_of
from waypost.model import (
    SECOND,
    TIP,
    Context,
    Decision,
    Event,
    Json,
    Offer,
    Request,
    anon_key,
    subject_of,
)
from waypost.rules.plan import CompiledRule, Plan
from waypost.service.answers import fault_in
from waypost.service.journal import UTC_DAY, keep_rejects, record
from waypost.service.runtime import Runtime
from waypost.service.subjects import Subjects
from waypost.settings import LIMITS, Policy
from waypost.store import decisions, tips
from waypost.store.decision_body import Usual
from waypost.store.live import LiveState, load_live, save_live
from waypost.store.pauses import pauses_running
from waypost.store.previews import preview_for
from waypost.store.sqlite import Tx

__all__ = [
    "Feedback",
    "SyncBody",
    "SyncContext",
    "answer",
    "decide_context",
    "decode_incoming",
    "decode_sync",
    "read_feedback",
    "sync",
]

OUTCOMES = frozenset(
    {"viewed", "ghost", "clicked", "dismissed", "snoozed", "muted", "answered", "render_failed", "anchor_missing"}
)
PASSING = frozenset({"quiet_session_start"})  # over in seconds, in every visit: it holds nothing back for long
OFFER_AGE_S = 7 * 86_400  # a browser that was offline for a week may still say what was seen
ROUTE_CHARS = 300  # of the place where a survey was answered
UNREMARKABLE = frozenset(
    {
        "when_false",
        "no_moment",
        "audience_false",
        "other_page",
        "not_started",
        "ended",
        "goal_reached",
        "retired",
        "history_not_covered",
        "moment_expired",
        "moment_consumed",
        "repeat_once",
        "repeat_moment",
        "not_sampled",
    }
)  # not held back: the tip was simply not meant for this person now


class SyncContext(msgspec.Struct, kw_only=True):
    path: str = "/"
    locale: str = "en"
    tz: str = ""
    placements: list[str] | None = None


class Feedback(msgspec.Struct, kw_only=True):
    offer_id: str
    what: str
    at: int = 0  # ms ago
    scope: str = "tip"
    until_ms: int | None = None  # snooze for so long
    score: Json = None  # answered
    comment: Json = None  # answered
    talk: bool = False  # clicked: a person is asked for


class SyncBody(msgspec.Struct, kw_only=True):
    """The request of section 1.6."""

    write_key: str = ""
    user_id: str | None = None
    anon_id: str | None = None
    load_id: str = ""
    page_view_id: str = ""
    previous_page_view_ids: list[str] = []  # page views of the same tab that this one replaced: their lease is free
    sent_at: Json = None
    context: SyncContext = msgspec.field(default_factory=SyncContext)
    events: list[msgspec.Raw] = []
    feedback: list[Feedback] = []
    preview: str | None = None
    debug: bool = False


_decoder = msgspec.json.Decoder(SyncBody)


def decode_sync(raw: bytes) -> SyncBody:
    """Raises BadInput with the place of the first mistake."""
    try:
        body = _decoder.decode(raw)
    except MALFORMED as error:
        body = _decode_leniently(raw, error)
    if not body.user_id and not body.anon_id:
        raise BadInput("this is not a sync: user_id or anon_id is needed")
    for name in ("user_id", "anon_id", "load_id", "page_view_id"):
        value = getattr(body, name) or ""
        if len(value) > LIMITS.id_chars:
            raise BadInput(f"this is not a sync: {name} is longer than {LIMITS.id_chars} characters")
        if any(char < " " or char == "\x7f" for char in value):
            raise BadInput(f"this is not a sync: {name} holds a control character")
    if len(body.events) > LIMITS.batch_events or len(body.feedback) > LIMITS.batch_events:
        raise TooLarge(f"more than {LIMITS.batch_events} events or feedbacks in one sync")
    return body


def _decode_leniently(raw: bytes, error: Exception) -> SyncBody:
    outer = read_leniently(raw, error, "events")
    events = outer.pop("events", [])
    try:
        body = msgspec.convert(outer, SyncBody)
    except (msgspec.ValidationError, UnicodeEncodeError) as wrong:
        raise BadInput(f"this is not a sync: {wrong}") from error
    if not isinstance(events, list):
        raise BadInput("this is not a sync: events is not a list") from error
    body.events = [msgspec.Raw(event) for event in events]
    return body


@dataclass
class _Said:
    """Feedback after its signature was looked at."""

    events: list[Event]
    refused: list[dict[str, str]]


async def sync(runtime: Runtime, body: SyncBody) -> dict[str, Any]:
    """The reply of section 1.6. Raises Unavailable when nothing could be stored."""
    now = runtime.clock.now()
    incoming = decode_incoming(body, now)
    said = read_feedback(runtime, body, now)
    return await runtime.store.write(lambda tx: answer(runtime, tx, body, incoming, said, now))


def decode_incoming(body: SyncBody, now: int) -> Incoming:
    """The events of a sync, with what it says once for all of them."""
    return decode_items(
        [bytes(event) for event in body.events],
        received_at=now,
        sent_at=body.sent_at,
        defaults=Defaults(
            body.user_id or None, body.anon_id or None, body.load_id, body.page_view_id, body.context.tz, browser=True
        ),
    )


def read_feedback(runtime: Runtime, body: SyncBody, now: int) -> _Said:
    """Turn feedback into events. Only what carries an offer that we signed counts."""
    said = _Said([], [])
    for index, item in enumerate(body.feedback):
        try:
            offer = runtime.signer.loads("offer", item.offer_id, OFFER_AGE_S, runtime.clock.wall())
        except Unauthenticated as error:
            said.refused.append({"offer_id": item.offer_id, "reason": error.code})
            continue
        if item.what not in OUTCOMES:
            said.refused.append({"offer_id": item.offer_id, "reason": "unknown_outcome"})
        elif offer["subject"] not in _own_subjects(body):
            said.refused.append({"offer_id": item.offer_id, "reason": "other_subject"})
        elif fault := _fault_in_answer(item, offer):
            said.refused.append({"offer_id": item.offer_id, "reason": fault})
        else:
            said.events.append(feedback_event(body, item, offer, now, index))
    return said


def _fault_in_answer(item: Feedback, offer: Mapping[str, Json]) -> str:
    if item.what != "answered" or "scale" not in offer:
        return ""
    return fault_in(offer["scale"], item.score, item.comment)


def _own_subjects(body: SyncBody) -> set[str]:
    own = {subject_of(body.user_id, body.anon_id)}
    return own | {anon_key(body.anon_id)} if body.anon_id else own


def feedback_event(body: SyncBody, item: Feedback, offer: Mapping[str, Json], now: int, index: int) -> Event:
    t = now - min(max(0, item.at), OFFER_AGE_S * SECOND)
    props = {**offer["props"], "what": item.what, "offer": offer["id"], "page_view": offer["page_view"]}
    if item.what == "snoozed":
        wanted = item.until_ms if item.until_ms and item.until_ms > 0 else Policy.snooze_ms
        props["until"] = t + min(wanted, LIMITS.snooze_ms)
    if item.what == "muted":
        props["scope"] = item.scope if item.scope in ("tip", "category", "all") else "tip"
    if item.what == "answered" and "scale" in offer:
        props |= {name: offer[name] for name in ("scale", "locale")}
        props |= {
            "score": item.score,
            "comment": (item.comment or "").strip(),
            "route": route_of(body.context.path)[:ROUTE_CHARS],
        }
    if item.what == "clicked" and item.talk:
        props |= {"talk": True, "route": body.context.path}
    told = hashlib.sha256(f"{item.offer_id}\0{item.what}".encode()).hexdigest()[:32]
    return Event(
        message_id=f"tip-{told}",
        name=TIP,
        t=t,
        received_at=now,
        index=index,
        user_id=body.user_id,
        anon_id=body.anon_id,
        load_id=body.load_id,
        page_view_id=body.page_view_id,
        props=props,
    )


def answer(runtime: Runtime, tx: Tx, body: SyncBody, incoming: Incoming, said: _Said, now: int) -> dict[str, Any]:
    """The whole of a sync inside one transaction of the writer."""
    unit = runtime.unit(tx)
    receipt = record(runtime, unit, [*incoming.events, *said.events], now)
    receipt.accepted -= len(said.events)
    keep_rejects(unit, incoming.rejects, now, receipt)
    subject = subject_of(body.user_id, body.anon_id)
    account = unit.account_of(subject, now)
    live = handed_on(load_live(tx, unit.project_id, subject), body)
    request = _request(runtime, unit, body, subject, account, now)
    decision = decide(
        unit.plan,
        unit.facts(subject),
        unit.facts(account) if account else None,
        request,
        decide_context(runtime, unit, live, subject, account, now),
    )
    live, leased = take_lease(runtime, live, body.page_view_id)
    save_live(tx, unit.project_id, subject, bind(live, decision, body.page_view_id))
    log_decision(unit, subject, decision, now)
    unit.save()
    reply: dict[str, Any] = {
        "accepted": receipt.accepted,
        "rejected": receipt.rejected,
        "refused": said.refused,
        "lease": {"id": body.page_view_id, "expires_in_ms": Policy.lease_ms} if leased else None,
        "listen": list(unit.plan.listen),
        "offers": [wire_offer(runtime, unit, subject, account, request, offer) for offer in decision.offers],
        "next_in_ms": decision.next_in,
    }
    if body.debug and runtime.settings.debug_reasons:
        reply["reasons"] = reasons(unit.plan, decision, request.context.locale, now, zone(runtime.settings.timezone))
    return reply


def _request(
    runtime: Runtime, unit: Subjects, body: SyncBody, subject: str, account: str | None, now: int
) -> Request:
    context = body.context
    return Request(
        subject=subject,
        account=account,
        now=now,
        page_view_id=body.page_view_id,
        context=Context(path=context.path, locale=context.locale, tz=context.tz, placements=context.placements),
        preview=_preview(runtime, unit, body, subject, now),
        test_user=unit.facts(subject).trait("test_user") is True,
    )


def _preview(runtime: Runtime, unit: Subjects, body: SyncBody, subject: str, now: int) -> str | None:
    """The tip to show whatever the policy says: by a signed link, or kept for this test user."""
    if body.preview:
        try:
            token = runtime.signer.loads("preview", body.preview, 86_400, runtime.clock.wall())
        except Unauthenticated:
            return None
        return str(token["tip"])
    return preview_for(unit.tx, unit.project_id, subject, now)


def decide_context(
    runtime: Runtime, unit: Subjects, live: LiveState, subject: str, account: str | None, now: int
) -> DecideContext:
    """What a decision needs beside facts and question."""
    return DecideContext(
        env=unit.env(subject, account),
        lease_page=live.page_view_id,
        lease_until=live.lease_until + runtime.clock.offset,  # the demo's clock does not move leases
        bound=live.bound,
        muted_routes=runtime.settings.muted_routes,
        pauses=pauses_running(unit.tx, unit.project_id, subject, account, now),
        zone=zone(runtime.settings.timezone),
    )


def handed_on(live: LiveState, body: SyncBody) -> LiveState:
    """A lease of a page view that this one replaced in its tab goes over to it."""
    if live.page_view_id and live.page_view_id in body.previous_page_view_ids:
        return LiveState(body.page_view_id, live.lease_until, live.bound)
    return live


def take_lease(runtime: Runtime, live: LiveState, page_view_id: str) -> tuple[LiveState, bool]:
    """Renew the lease of this page view, or take a free one. (state, whether this page view holds it now)"""
    wall = runtime.clock.wall()
    if live.page_view_id != page_view_id and live.lease_until > wall:
        return live, False
    return LiveState(page_view_id, wall + Policy.lease_ms, live.bound), True


def bind(live: LiveState, decision: Decision, page_view_id: str) -> LiveState:
    """A server's moment belongs to the first page view that was told of it."""
    fresh = {offer.moment: page_view_id for offer in decision.offers if offer.moment}
    return LiveState(live.page_view_id, live.lease_until, {**fresh, **live.bound})


def log_decision(unit: Subjects, subject: str, decision: Decision, now: int) -> None:
    """Keep the decision and its losers, and count by day whom each tip could have reached."""
    tx, project_id, day = unit.tx, unit.project_id, now // UTC_DAY
    before = decisions.append(tx, project_id, subject, now, decision, usual_of(unit.plan))
    if before is not None and before // UTC_DAY == day:
        return  # the same was counted today
    met = [(offer.tip, "eligible") for offer in decision.offers if not offer.preview]
    for loser in decision.losers:
        if loser.code not in UNREMARKABLE:
            if loser.code == SHADOW:
                met.append((loser.tip, "would_show"))
            elif loser.code not in PASSING:
                met.append((loser.tip, f"held:{loser.code}"))
            if loser.stage >= 3:
                met.append((loser.tip, "eligible"))
    tips.note_all(tx, project_id, met, day, subject, now)


def usual_of(plan: Plan) -> Usual:
    """What the rules say that nobody has to look at, made at a plan's first decision and kept with it."""
    found = plan.memo.get("usual")
    if found is None:
        found = plan.memo["usual"] = Usual.of(shortlist_of(plan).unmatched)
    assert isinstance(found, Usual)
    return found


def wire_offer(
    runtime: Runtime, unit: Subjects, subject: str, account: str | None, request: Request, offer: Offer
) -> dict[str, Any]:
    rule = unit.plan.rules[offer.tip]
    facts: Facts | None = unit.facts(account) if account else None
    return {
        "offer_id": runtime.signer.dumps("offer", _claim(request, subject, offer, rule), runtime.clock.wall()),
        "tip": offer.tip,
        "version": offer.version,
        "surface": "survey" if rule.question else offer.surface,  # what draws it
        "anchor": offer.anchor,
        "intrusive": offer.intrusive,
        "at": dict(offer.at),
        "settle": offer.settle,
        "ghost": offer.ghost,
        "preview": offer.preview,
        **({"key": offer.moment} if rule.opened else {}),  # another opening is another showing, on one page too
        "content": None
        if offer.ghost
        else content(unit.plan, rule, offer, unit.facts(subject), facts, request.now, request.context.locale),
    }


def _claim(request: Request, subject: str, offer: Offer, rule: CompiledRule) -> dict[str, Json]:
    """What the signature binds an offer to."""
    props = {
        "tip": offer.tip,
        "version": offer.version,
        "moment": offer.moment,
        "category": offer.category,
        "kind": offer.kind,
        "surface": offer.surface,
        "intrusive": offer.intrusive,
        "variant": offer.variant,
    }
    if offer.preview:
        props["preview"] = True
    if rule.opened:
        props["opened"] = True
    name = f"{subject}\0{request.page_view_id}\0{request.now}\0{offer.tip}"
    return {
        "id": hashlib.sha256(name.encode()).hexdigest()[:16],
        "subject": subject,
        "page_view": request.page_view_id,
        "props": props,
        **({"scale": rule.question.scale, "locale": offer.locale} if rule.question else {}),
    }


def reasons(plan: Plan, decision: Decision, lang: str, now: int, here: tzinfo) -> list[dict[str, str]]:
    """Why each other live tip is not offered, for the snippet's debug panel."""
    return [
        {"tip": loser.tip, "code": loser.code, "words": words(loser.code, loser.detail, lang, now=now, zone=here)}
        for loser in decision.losers
        if plan.rules[loser.tip].state == "live"
    ]
