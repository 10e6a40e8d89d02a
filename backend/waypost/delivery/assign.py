"""Stage 2 and 9: who a rule applies to at all (sample), who is in its control group (holdout), who sees which text.

Drawn by hash, so that the same person is in the same group on every device and after every restart. Whether a person
is held out is revealed on the winner only (engine/decide.py): the groups differ in nothing but what they see.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import accumulate

from waypost.delivery.case import Case, Held
from waypost.rules.plan import NO_HOLDOUT, CompiledRule, Plan, Scope

__all__ = ["draw", "drawn_of_all", "drawn_of_rule", "drawn_text", "held_out", "not_sampled"]


def draw(salt: str, unit: str) -> float:
    """A number in [0, 1) that depends on the salt and the unit alone: SHA-256, first 64 bits."""
    digest = hashlib.sha256(f"{salt}\0{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def not_sampled(case: Case, rule: CompiledRule) -> Held | None:
    """A rule with a sample applies to that share of people, always the same."""
    if rule.sample >= 1 or draw(f"sample:{rule.id}", case.request.subject) < rule.sample:
        return None
    return Held(2, "not_sampled", {"share": rule.sample})


def held_out(case: Case, rule: CompiledRule) -> bool:
    """Whether this person (or account) is in the control group: of everything, or of this rule.

    Never for help, security, mandatory tips, test users and previews. Who was told apart once stays so, whatever the
    share becomes.
    """
    if rule.mandatory or rule.category in NO_HOLDOUT or case.request.test_user or case.request.preview == rule.id:
        return False
    who = (case.request.subject, case.request.account)
    if drawn_of_all(case.plan, *who, case.now):
        return True
    mark = case.mark(rule.id)
    return mark.ghosts > 0 if mark.views else drawn_of_rule(rule, *who)


def drawn_of_all(plan: Plan, subject: str, account: str | None, at: int) -> bool:
    """Whether a person (key) of an account (key) is in the control group of everything, in the quarter of `at`."""
    share, unit = plan.holdout
    return bool(share) and draw(f"all:{_quarter(at)}", _unit(subject, account, unit)) < share


def drawn_of_rule(rule: CompiledRule, subject: str, account: str | None) -> bool:
    """Whether a person (key) of an account (key) is drawn for the control group of this rule."""
    return bool(rule.holdout) and draw(rule.id, _unit(subject, account, rule.unit)) < rule.holdout


def drawn_text(case: Case, rule: CompiledRule) -> int:
    """The variant that this person (or account) is drawn for; -1 is the rule's own text.

    Whoever has seen a text before keeps it for as long as anybody is drawn for it, whatever the shares become.
    """
    mark = case.mark(rule.id)
    if mark.views and any(text == mark.variant for text, _ in rule.shares):
        return mark.variant
    drawn = draw(f"variant:{rule.id}", _unit(case.request.subject, case.request.account, rule.unit))
    edges = accumulate(share for _, share in rule.shares)
    return next(
        (text for (text, _), edge in zip(rule.shares, edges, strict=True) if drawn < edge), rule.shares[-1][0]
    )


def _unit(subject: str, account: str | None, unit: Scope) -> str:
    """The account draws for all of its people; who has none draws alone."""
    return account or subject if unit == "account" else subject


def _quarter(now: int) -> str:
    day = datetime.fromtimestamp(now / 1000, UTC)
    return f"{day.year}Q{(day.month + 2) // 3}"
