"""What people of the demo say when a survey asks them: who is content, who is not, and in which words."""

from __future__ import annotations

from random import Random
from typing import Any

from waypost.demo.people import Account, Person

__all__ = ["answer"]

ANSWERS = 0.6  # who is asked and answers; the others close the card, or leave it
COMMENTS = 0.75
MOODS = ((9, 10, 8, 9, 10, 7, 9, 10), (5, 3, 7, 6, 2, 8))  # scores of accounts that go on, and of those that fade
WORDS = {
    "en": (
        ("The board is quick and I always see what is mine.", "Reports save me an hour every Friday.", "It just works."),
        ("Good, but I keep setting the same filters.", "Fine. The import could say more about errors."),
        ("Exports take too long with many rows.", "I cannot find who changed a card.", "We use half of what we pay for."),
    ),
    "ru": (
        ("Доска быстрая, сразу видно, что моё.", "Отчёты экономят час каждую пятницу."),
        ("Хорошо, но одни и те же фильтры приходится ставить заново.",),
        ("Выгрузка большого отчёта идёт слишком долго.", "Не вижу, кто изменил карточку.", "Платим за то, чем не пользуемся."),
    ),
}  # fmt: skip


def answer(account: Account, person: Person, visit: str) -> dict[str, Any] | None:
    """The score and comment of this person; None for no answer. Its luck is its own."""
    rng = Random(f"answer {visit}")  # noqa: S311 - a demo, not a secret
    if rng.random() >= ANSWERS:
        return None
    score = rng.choice(MOODS[bool(account.decline)])
    words = WORDS["ru" if person.locale.startswith("ru") else "en"][0 if score >= 9 else 1 if score >= 7 else 2]
    return {"score": score, "comment": rng.choice(words) if rng.random() < COMMENTS else ""}
