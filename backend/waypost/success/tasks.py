"""CSM tasks: an alert that becomes true opens one, once per episode; it closes by itself or by a person.

Called for a subject whenever its facts changed and whenever its due time came, so nothing here depends on
being called at the right instant: the time of opening is when the alert became true, not when we looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from waypost.facts.chains import abandonments
from waypost.facts.flips import next_flip, true_since
from waypost.facts.look import Look
from waypost.facts.operators import frozen_key, usage_norm
from waypost.facts.read import Pending, ReadEnv, pending_moment, quiet_since
from waypost.facts.subject import Facts
from waypost.facts.usage import Norm
from waypost.model import ACCOUNT, CSM_TASK, DAY, USER, Event, Json
from waypost.rules.plan import CompiledRule, Expr, Plan, Reading, Scope
from waypost.store import tasks
from waypost.store.sqlite import Tx
from waypost.store.tasks import StoredTask, due_subjects
from waypost.success.events import task_event
from waypost.success.messages import task_owner, task_texts, write_message

__all__ = ["AlertCheck", "check_alerts", "close_removed", "due_subjects", "look_again"]

STEPS = 500  # instants looked at for the one at which an alert became true


@dataclass(frozen=True)
class AlertCheck:
    """One look at the alerts of one subject. `happened`: the events of the tasks that opened and closed."""

    tx: Tx
    project_id: int
    plan: Plan
    subject: str
    account: str | None
    user_facts: Facts | None
    account_facts: Facts | None
    env: ReadEnv
    now: int
    happened: list[Event] = field(default_factory=list)

    @cached_property
    def look(self) -> Look:
        return self.at(self.now)

    def at(self, instant: int, frozen: Mapping[str, float] | None = None) -> Look:
        """A look at another instant; `frozen`: the norms on the day on which the task was opened."""
        env = self.env if frozen is None else replace(self.env, frozen=frozen)
        user = self.subject.removeprefix(USER) if self.subject.startswith(USER) else None
        account = self.account.removeprefix(ACCOUNT) if self.account else None
        return Look(self.plan, self.user_facts, self.account_facts, instant, env, (user, account))

    def cleared(self, rule: CompiledRule, task: StoredTask) -> bool | None:
        """Whether the alert's `clear` holds; None when it has none."""
        clear = rule.alert.clear if rule.alert else None
        return None if clear is None else self.at(self.now, task.context.get("norms", {})).truth(clear)

    def facts(self, scope: str) -> Facts | None:
        return self.user_facts if scope == "user" else self.account_facts


def check_alerts(check: AlertCheck) -> None:
    """Open and close the tasks of every alert rule of this subject's scope, and say when to look again."""
    scope = "account" if check.subject.startswith(ACCOUNT) else "user" if check.subject.startswith(USER) else ""
    for rule in check.plan.rules.values():
        if rule.kind == "alert" and rule.scope == scope:
            check_rule(check, rule)


def look_again(tx: Tx, project_id: int, plan: Plan, subject: str, at: int) -> None:
    """Have the alerts that look at what became of tasks looked at once more, for there is news: not now, so that
    tasks that open each other do so in turns."""
    scope: Scope = "account" if subject.startswith(ACCOUNT) else "user"
    if CSM_TASK in plan.index[scope]:
        for rule in plan.rules.values():
            if rule.kind == "alert" and rule.scope == scope:
                tasks.set_due(tx, project_id, rule.id, subject, at)


def check_rule(check: AlertCheck, rule: CompiledRule) -> None:
    latest = tasks.latest_task(check.tx, check.project_id, rule.id, check.subject)
    if rule.moment is not None and rule.moment.kind != "clock":
        latest = _check_moment(check, rule, latest)
    else:
        latest = _check_level(check, rule, latest)
    tasks.set_due(check.tx, check.project_id, rule.id, check.subject, next_look(check, rule, latest))


def _check_level(check: AlertCheck, rule: CompiledRule, latest: StoredTask | None) -> StoredTask | None:
    """An episode: false → true opens; while it is open nothing repeats."""
    true = check.look.truth(rule.audience) and check.look.truth(rule.when)
    if latest is not None and not true and latest.still_true:
        tasks.change_task(check.tx, check.project_id, latest.id, still_true=0)
    if latest is not None and latest.active:
        cleared = check.cleared(rule, latest)
        if (not true) if cleared is None else cleared:
            return close(check, latest, "late_data" if not true and _was_wrong(check, rule, latest) else "clear")
        return latest
    if not true:
        return latest
    if rule.repeat.mode == "per_key":
        return _open_for_key(check, rule, latest)
    if latest is not None and not _may_reopen(check, rule, latest):
        return latest
    earliest = 0 if latest is None else max(latest.opened_at + rule.repeat.cooldown, latest.closed_at or 0)
    return open_task(check, rule, max(earliest, became_true(check, rule)), {})


def _open_for_key(check: AlertCheck, rule: CompiledRule, latest: StoredTask | None) -> StoredTask | None:
    """Once for each value of the key, for example each renewal date. Without a value there is nothing to tell."""
    key = rule.repeat.key
    value = None if key is None or key.program is None else key.program.value(check.look.data)
    if value is None or tasks.has_key(check.tx, check.project_id, rule.id, check.subject, value):
        return latest
    return open_task(check, rule, became_true(check, rule), {"key": value})


def _may_reopen(check: AlertCheck, rule: CompiledRule, latest: StoredTask) -> bool:
    return not latest.still_true and check.now - latest.opened_at >= rule.repeat.cooldown


def _check_moment(check: AlertCheck, rule: CompiledRule, latest: StoredTask | None) -> StoredTask | None:
    """One task for each moment, for example each abandoned import."""
    clear = rule.alert.clear if rule.alert else None
    if latest is not None and latest.active:
        if _moment_undone(check, rule, latest):
            return close(check, latest, "late_data")
        if check.cleared(rule, latest):
            return close(check, latest, "clear")
        return latest
    moment = _moment(check, rule)
    if moment is None or (latest is not None and latest.context.get("moment") == moment.anchor):
        return latest
    if latest is not None and check.now - latest.opened_at < rule.repeat.cooldown:
        return latest
    if not (check.look.truth(rule.audience) and check.look.truth(rule.when)) or (clear and check.look.truth(clear)):
        return latest
    return open_task(check, rule, moment.t, {"moment": moment.anchor})


def _moment(check: AlertCheck, rule: CompiledRule) -> Pending | None:
    facts = check.facts(rule.moment.scope) if rule.moment else None
    if facts is None or rule.moment is None:
        return None
    moment = rule.moment
    return pending_moment(check.plan, facts, moment.kind, moment.atom, moment.after, moment.grace, check.now)


def _moment_undone(check: AlertCheck, rule: CompiledRule, task: StoredTask) -> bool:
    """A late event finished the attempt in time after all."""
    moment = rule.moment
    facts = check.facts(moment.scope) if moment else None
    if moment is None or moment.kind != "abandoned" or moment.atom is None or facts is None:
        return False
    chain, state = check.plan.atoms[moment.atom].chain, facts.now.chains.get(moment.atom)
    if chain is None or state is None:
        return True
    ended = {attempt for _, attempt, _, _ in abandonments(chain, state, check.now, facts.session)}
    return task.context.get("moment") not in ended


def _was_wrong(check: AlertCheck, rule: CompiledRule, task: StoredTask) -> bool:
    """A late event shows that the alert was not true when the task was opened."""
    for reading in _readings(check, rule.when):
        facts = check.facts(reading.scope)
        if reading.op == "inactive" and facts is not None:
            since = quiet_since(facts, reading)
            if since is not None and since <= task.opened_at < since + reading.for_ms:
                return True
    return False


def became_true(check: AlertCheck, rule: CompiledRule) -> int:
    """The first instant at which the alert was true, as far as time alone made it so; else now."""
    instants = []
    for reading in _readings(check, rule.when):
        facts = check.facts(reading.scope)
        since = true_since(check.plan, facts, reading, check.now, check.env) if facts else None
        if since is not None and since <= check.now:
            instants.append(since)
    for instant in sorted(instants):
        if check.at(instant).truth(rule.when):
            return instant
    return _first_true(check, rule)


def _first_true(check: AlertCheck, rule: CompiledRule) -> int:
    """Since the subject's last event only time has passed: step through the instants at which it may matter."""
    seen = [facts.last_seen for facts in (check.user_facts, check.account_facts) if facts and facts.last_seen]
    at, readings = max(seen, default=check.now), _readings(check, rule.audience, rule.when)
    since: int | None = None  # the beginning of the run of truths that lasts until now
    for _ in range(STEPS):
        look = check.at(at)
        true = look.truth(rule.audience) and look.truth(rule.when)
        since = (at if since is None else since) if true else None
        following = min((flip for flip in _flips(check, readings, at) if flip > at), default=check.now)
        if at >= check.now or following > check.now:
            break
        at = following
    return check.now if since is None else min(since, check.now)


def _flips(check: AlertCheck, readings: Sequence[Reading], at: int) -> Iterator[int]:
    for reading in readings:
        facts = check.facts(reading.scope)
        flip = next_flip(check.plan, facts, reading, at, check.env) if facts is not None else None
        if flip is not None:
            yield flip


def _readings(check: AlertCheck, *expressions: Expr | None) -> list[Reading]:
    return [check.plan.readings[name] for expr in expressions if expr is not None for name in expr.readings]


def next_look(check: AlertCheck, rule: CompiledRule, latest: StoredTask | None) -> int | None:
    """A lower bound of the next instant at which time alone may change what this alert does."""
    clear = rule.alert.clear if rule.alert and latest is not None and latest.active else None
    readings = _readings(check, rule.audience, rule.when, clear)
    if rule.moment is not None and rule.moment.kind == "abandoned":
        moment = rule.moment
        readings.append(Reading("", "abandoned", moment.scope, moment.atom, after=moment.after, grace=moment.grace))
    instants = list(_flips(check, readings, check.now))
    if any("account.age_days" in expr.paths for expr in (rule.audience, rule.when)) and check.account_facts:
        born = check.account_facts.first_seen or check.now
        instants.append(born + ((check.now - born) // DAY + 1) * DAY)
    if latest is not None and not latest.active:
        instants.append(latest.opened_at + rule.repeat.cooldown)
    return min((at for at in instants if at > check.now), default=None)


def open_task(check: AlertCheck, rule: CompiledRule, opened_at: int, context: dict[str, Json]) -> StoredTask:
    alert = rule.alert
    assert alert is not None
    fits = (one.texts for one in rule.variants if one.condition is not None and check.look.truth(one.condition))
    texts = next(fits, rule.texts)
    title, body = task_texts(texts, check.user_facts, check.account_facts, check.now)
    subject_facts = check.facts(rule.scope)
    context = {**context, "last_active_at": subject_facts.last_active if subject_facts else None}
    context |= {"tip": rule.escalates} if rule.escalates else {}
    norms = _norms(check, rule)
    if norms:
        context["norms"] = {key: norm.base for key, norm in norms.items()}
        context["usage"] = [{"recent": norm.recent, "norm": norm.base} for norm in norms.values()]
    task_id = tasks.add_task(
        check.tx,
        check.project_id,
        rule_id=rule.id,
        subject=check.subject,
        account=check.account,
        opened_at=opened_at,
        noticed_at=check.now,
        due_at=None if alert.sla is None else opened_at + alert.sla,
        severity=alert.severity,
        owner=task_owner(alert.owner, check.user_facts, check.account_facts),
        title=title,
        body=body,
        context=context,
    )
    task = tasks.task_by_id(check.tx, check.project_id, task_id)
    assert task is not None
    check.happened.append(task_event(task, "opened", opened_at, check.now))
    write_message(check.tx, check.project_id, task, "opened", check.now)
    return task


def _norms(check: AlertCheck, rule: CompiledRule) -> dict[str, Norm]:
    """What usage was compared with: frozen with the task, for the norm itself sinks with a long silence.

    Of several norms of windows of one length it is that of the first that is written.
    """
    found: dict[str, Norm] = {}
    for reading in _readings(check, rule.when):
        sight = check.look.sight(reading.scope)
        if reading.usage is None or not reading.usage.windows or sight is None or reading.atom is None:
            continue
        norm = usage_norm(sight, reading)
        if norm is not None:
            found.setdefault(frozen_key(reading), norm)
    return found


def close(check: AlertCheck, task: StoredTask, by: str) -> StoredTask:
    tasks.change_task(
        check.tx, check.project_id, task.id, state="closed", closed_at=check.now, closed_by=by, snoozed_until=None
    )
    closed = tasks.task_by_id(check.tx, check.project_id, task.id)
    assert closed is not None
    check.happened.append(task_event(closed, "closed", check.now, check.now, by))
    write_message(check.tx, check.project_id, closed, "closed", check.now)
    return closed


def close_removed(tx: Tx, project_id: int, plan: Plan, now: int) -> list[Event]:
    """Tasks of rules that are gone or retired close with the reason rule_removed. Those of a paused one stay.

    Returns the events of that.
    """
    happened = []
    for task_id, rule_id in tasks.open_rules(tx, project_id):
        rule, task = plan.find(rule_id), tasks.task_by_id(tx, project_id, task_id)
        if task is not None and (rule is None or rule.state == "retired"):
            tasks.change_task(tx, project_id, task_id, state="closed", closed_at=now, closed_by="rule_removed")
            happened.append(task_event(task, "closed", now, now, "rule_removed"))
    tasks.drop_due(tx, project_id, plan.rules)
    return happened
