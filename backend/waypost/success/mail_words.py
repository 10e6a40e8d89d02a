"""What stands in the e-mails to a CSM, in English and Russian: a task that was opened, and the weekly digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from waypost.engine.durations import instant
from waypost.engine.texts import in_language
from waypost.model import Json
from waypost.success.digest import Digest, Done, Move, Open, Resting
from waypost.success.messages import ms_of

__all__ = ["digest_words", "task_words"]

WORDS = {
    "en": {
        "account": "Account: {}",
        "why": "Why: {}",
        "severity": "Severity: {}",
        "high": "high",
        "medium": "medium",
        "low": "low",
        "due": "Due: {}",
        "open": "Open the task: {}",
        "foot": "You get this because the task is yours.",
        "week": "Your week, {}",
        "overdue": "Overdue: {}",
        "waiting": "Open: {}",
        "done": "Done last week: {}",
        "fell": "Accounts that fell",
        "rose": "Accounts that rose",
        "pauses": "Tips are paused for",
        "nothing": "Nothing waits for you, and nothing was closed last week.",
        "due_at": "due {}",
        "snoozed": "put away until {}",
        "more": "… and {} more",
        "until": "until {}",
        "until_event": "until “{}” comes",
        "clear": "closed by itself",
        "late_data": "closed by itself: late data showed that it was no cause",
        "rule_removed": "closed with its rule",
        "person": "done",
        "tasks": "All tasks: {}",
    },
    "ru": {
        "account": "Клиент: {}",
        "why": "Почему: {}",
        "severity": "Важность: {}",
        "high": "высокая",
        "medium": "средняя",
        "low": "низкая",
        "due": "Срок: {}",
        "open": "Открыть задачу: {}",
        "foot": "Вы получили это письмо, потому что задача ваша.",
        "week": "Ваша неделя, {}",
        "overdue": "Просрочено: {}",
        "waiting": "Открыто: {}",
        "done": "Закрыто за прошлую неделю: {}",
        "fell": "Клиенты, у которых стало хуже",
        "rose": "Клиенты, у которых стало лучше",
        "pauses": "Подсказки на паузе",
        "nothing": "Вас ничего не ждёт, и за прошлую неделю ничего не закрыто.",
        "due_at": "срок {}",
        "snoozed": "отложена до {}",
        "more": "… и ещё {}",
        "until": "до {}",
        "until_event": "до события «{}»",
        "clear": "закрылась сама",
        "late_data": "закрылась сама: поздние данные показали, что повода не было",
        "rule_removed": "закрылась вместе с правилом",
        "person": "сделана",
        "tasks": "Все задачи: {}",
    },
}


def task_words(data: Json, why: str, lang: str, here: tzinfo, link: str) -> tuple[str, str]:
    """(subject, text) of the task that a message csm_task.opened holds. `link` is empty without an address of ours."""
    said = WORDS[lang]
    title, body = in_language(data["title"], lang), in_language(data["body"], lang)
    name, account, due_at = data.get("account_name"), data.get("account"), ms_of(data["due_at"])
    facts = [
        said["account"].format(f"{name} ({account})" if name and name != account else account) if account else "",
        said["why"].format(why) if why else "",
        said["severity"].format(said.get(data["severity"], data["severity"])),
        said["due"].format(instant(due_at, lang, here)) if due_at is not None else "",
    ]
    parts = [title, body, "\n".join(filter(None, facts)), said["open"].format(link) if link else "", said["foot"]]
    return title, _text(parts)


def digest_words(digest: Digest, lang: str, here: tzinfo, link: str) -> tuple[str, str]:
    """(subject, text)"""
    said = WORDS[lang]
    overdue = [one for one in digest.open if one.overdue]
    later = [one for one in digest.open if not one.overdue]
    subject = said["week"].format(instant(digest.at, lang, here).split(",")[0])
    if overdue:
        subject += ". " + said["overdue"].format(len(overdue))
    fell = [move for move in digest.moves if move.after < move.before]
    rose = [move for move in digest.moves if move.after >= move.before]
    parts = [
        _part(said["overdue"].format(len(overdue)), (_open(one, lang, here) for one in overdue)),
        _part(
            said["waiting"].format(len(later) + digest.more),
            [
                *(_open(one, lang, here) for one in later),
                *([said["more"].format(digest.more)] if digest.more else []),
            ],
        ),
        _part(said["done"].format(len(digest.done)), (_done(one, lang) for one in digest.done)),
        _part(said["fell"], map(_move, fell)),
        _part(said["rose"], map(_move, rose)),
        _part(said["pauses"], (_pause(one, lang, here) for one in digest.pauses)),
    ]
    if not any(parts):
        parts = [said["nothing"]]
    return subject, _text([*parts, said["tasks"].format(link) if link else ""])


def _text(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, (part.strip() for part in parts))) + "\n"


def _part(title: str, lines: Iterable[str]) -> str:
    listed = [f"- {line}" for line in lines]
    return "\n".join([title, *listed]) if listed else ""


def _open(one: Open, lang: str, here: tzinfo) -> str:
    said = WORDS[lang]
    until = said["snoozed"].format(instant(one.snoozed_until, lang, here)) if one.snoozed_until else ""
    due = said["due_at"].format(instant(one.due_at, lang, here)) if one.due_at is not None and not until else ""
    return _joined(_titled(one.title, one.account), due or until)


def _done(one: Done, lang: str) -> str:
    how = one.outcome.strip() or WORDS[lang].get(one.closed_by, one.closed_by)
    return _joined(_titled(one.title, one.account), " ".join(how.split()))


def _titled(title: str, account: str | None) -> str:
    return f"{account}: {title}" if account and account not in title else title


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _move(move: Move) -> str:
    return f"{move.account}: {move.before:.0f} → {move.after:.0f}"


def _pause(one: Resting, lang: str, here: tzinfo) -> str:
    return _joined(one.whom, *_until(one, lang, here), one.reason)


def _until(one: Resting, lang: str, here: tzinfo) -> Iterator[str]:
    said = WORDS[lang]
    if one.until_at is not None:
        yield said["until"].format(instant(one.until_at, lang, here))
    if one.until_event:
        yield said["until_event"].format(one.until_event)
