"""What an effect comes to, in sentences: the verdict first, then the numbers behind it, then what is still needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import ceil

from waypost.engine.durations import span
from waypost.insight.effect import Effect
from waypost.insight.texts import Texts, Tried
from waypost.insight.uplift import ACCOUNTS, BURN_IN, Fixed, Verdict
from waypost.model import DAY

__all__ = ["base_words", "left_out_words", "text_words", "too_long", "words_of"]

LONG = 12  # months of waiting from which on one tip alone is not worth it
NARROW = "\u202f"

VERDICTS = {
    "no_goal": ("Nothing to measure: this tip has no goal.", "Измерять нечего: у подсказки нет цели."),
    "not_causal": (
        "Not causal: this tip has no control group.",
        "Влияния это не доказывает: у подсказки нет контрольной группы.",
    ),
    "mismatch": (
        "Do not trust this comparison: the groups are not as large as they were drawn.",
        "Этому сравнению нельзя верить: размеры групп не те, что должны быть.",
    ),
    "too_few": ("Not enough data.", "Данных мало."),
    "unclear": ("Not clear yet.", "Пока не ясно."),
    "helps": ("It helps.", "Помогает."),
    "hurts": ("It does harm.", "Вредит."),
    "no_difference": ("No clear effect.", "Явного эффекта нет."),
}
NEXT = {
    "no_goal": (
        "Write `goal` into the rule: what people do once the tip has helped.",
        "Напишите в правиле `goal`: что люди делают, когда подсказка помогла.",
    ),
    "not_causal": (
        "Before it none of them had reached the goal, for whoever has is not shown the tip; how many would have "
        "reached it anyway, nobody knows. `policy.holdout` in the rule makes a control group.",
        "До неё цели не достиг никто из них: достигшим подсказку не показывают. Сколько дошли бы и без неё, неизвестно. "
        "Контрольную группу включает `policy.holdout` в правиле.",
    ),
    "mismatch": (
        "Records of one group get lost: look for a page, an ad blocker or a filter that stops one of the two.",
        "Записи одной из групп теряются: ищите страницу, блокировщик или фильтр, который останавливает одну из двух.",
    ),
}
COMPARED = {
    "mismatch": (
        "do not trust this comparison, the groups are not as large as they were drawn",
        "этому сравнению нельзя верить, размеры групп не те, что должны быть",
    ),
    "too_few": ("not enough data", "данных мало"),
    "unclear": ("not clear yet", "пока не ясно"),
    "helps": ("it does better", "лучше"),
    "hurts": ("it does worse", "хуже"),
    "no_difference": ("no clear difference", "явной разницы нет"),
}
AGAINST_ALL = (
    "Compared with people who see no tip at all: this is what all tips together do for this goal.",
    "Сравнение с людьми, которые не видят подсказок совсем: это действие всех подсказок вместе на эту цель.",
)
BY_ACCOUNT = (
    f"By account it takes at least {ACCOUNTS} accounts in each group.",
    f"По аккаунтам нужно не меньше {ACCOUNTS} аккаунтов в каждой группе.",
)
LEFT_OUT = {
    "test_users": ("test users", "тестовые пользователи"),
    "earlier": (
        "met the tip before it was measured as it is now",
        "встретили подсказку раньше, чем её стали измерять как сейчас",
    ),
    "control_of_all": ("see no tip at all", "не видят подсказок совсем"),
    "contaminated": ("were in both groups", "побывали в обеих группах"),
    "immature": ("their time for the goal is not over", "их срок на цель ещё не вышел"),
}


def words_of(effect: Effect, lang: str) -> list[str]:
    """Sentences in en or ru; the first is the verdict."""
    say = _Say(lang)
    found = [say.one(VERDICTS[effect.state])]
    if effect.verdict is not None:
        found += _numbers(say, effect, effect.verdict)
    if effect.state in NEXT:
        found.append(say.one(NEXT[effect.state]))
    if effect.control == "all":
        found.append(say.one(AGAINST_ALL))
    return found


def left_out_words(effect: Effect, lang: str) -> list[str]:
    """One line for each reason for which people were left out."""
    say = _Say(lang)
    counts = {name: getattr(effect.left_out, name) for name in LEFT_OUT}
    return [
        say.one((f"Left out: {n} ({words})", f"Не учтены: {n} ({russian})"))
        for (words, russian), n in ((LEFT_OUT[name], say.number(n)) for name, n in counts.items() if n)
    ]


def text_words(texts: Texts, lang: str) -> list[str]:
    """A few sentences for each text that is compared with the first."""
    say, (base, *others) = _Say(lang), texts.tried
    return [
        " ".join([say.compared(one, base, one.verdict.code), *_compared(say, texts, one.verdict)])
        for one in others
        if one.verdict is not None
    ]


def too_long(planned: tuple[int, int], monthly: int) -> bool:
    """Whether it takes more than a year until all planned people are there."""
    return sum(planned) > LONG * monthly


def base_words(planned: tuple[int, int], monthly: int, lang: str, *, of_all: bool = False) -> str:
    """How many people there are, and how many it takes. `of_all`: compared with who sees no tip at all."""
    say, (control, others) = _Say(lang), planned
    have, need, k = say.number(monthly), say.number(control + others), f"{others / control:g}".partition(".")[0]
    odds, months = f"{k}:1", ceil((control + others) / monthly) if monthly else 0
    english = f"About {have} people a month meet it; {odds} needs {need}"
    russian = f"В месяц её встречают около {have} чел.; при {odds} нужно {need}"
    if monthly:
        english += f": {say.number(months)} {'month' if months == 1 else 'months'}"
        russian += f": {say.number(months)} мес"
    english, russian = f"{english}.", f"{russian}."
    if too_long(planned, monthly) and not of_all:
        english += " That is too few to learn from one tip: measure all of them with `holdout` in project.json."
        russian += " Для одной подсказки этого мало: измеряйте все вместе, `holdout` в project.json."
    return say.one((english, russian))


def _numbers(say: _Say, effect: Effect, verdict: Verdict) -> Iterator[str]:
    look = verdict.latest
    if look.shown and look.held:
        yield say.groups(effect, verdict)
    if effect.state == "mismatch" and verdict.mismatch is not None:
        yield say.mismatch(*verdict.mismatch)
        return
    if verdict.fixed is not None:
        yield from _fixed(say, verdict.fixed, effect.window)
    if effect.state != "too_few" and look.difference is not None:
        yield say.always(look.difference, look.low, look.high, effect.unit)
    if effect.unit == "account" and effect.state == "too_few":
        yield say.one(BY_ACCOUNT)
    elif effect.state in ("too_few", "unclear"):
        yield say.needed(verdict)
        yield base_words(verdict.planned, effect.monthly, say.lang, of_all=effect.control == "all")


def _compared(say: _Say, texts: Texts, verdict: Verdict) -> Iterator[str]:
    """The numbers behind what is said of one text."""
    look = verdict.latest
    if verdict.code == "mismatch" and verdict.mismatch is not None:
        yield say.mismatch(*verdict.mismatch)
        return
    if verdict.fixed is not None:
        yield say.fixed(verdict.fixed, texts.window)
    if verdict.code != "too_few" and look.difference is not None:
        yield say.always(look.difference, look.low, look.high, texts.unit)
    if verdict.code in ("too_few", "unclear"):
        yield say.one(BY_ACCOUNT) if texts.unit == "account" else say.needed(verdict)


def _fixed(say: _Say, fixed: Fixed, window: int) -> Iterator[str]:
    yield say.fixed(fixed, window)
    if fixed.ratio is not None:
        more = [(one - 1) * 100 for one in fixed.ratio]
        value, low, high = say.signed(more[0], 0), say.plain(more[1], 0), say.plain(more[2], 0)
        yield say.one((
            f"Against the control group that is {value}{NARROW}% ({low} to {high}{NARROW}%).",
            f"По отношению к контрольной группе это {value}{NARROW}% (от {low} до {high}{NARROW}%).",
        ))  # fmt: skip


class _Say:
    """Numbers and the sentences made of them, in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = "ru" if lang.startswith("ru") else "en"

    def one(self, pair: tuple[str, str]) -> str:
        return pair[self.lang == "ru"]

    def number(self, n: int) -> str:
        return f"{n:,}".replace(",", self.one((",", "\u00a0")))

    def decimal(self, value: float, places: int) -> str:
        return f"{value:.{places}f}".replace(".", self.one((".", ",")))

    def signed(self, value: float, places: int = 1) -> str:
        text = self.decimal(abs(value), places)
        zero = not float(text.replace(",", "."))
        return text if zero else ("+" if value > 0 else "−") + text

    def plain(self, value: float, places: int = 1) -> str:
        """Signed, without a plus."""
        return self.signed(value, places).removeprefix("+")

    def small(self, p: float) -> str:
        return self.one(("< 0.0001", "< 0,0001")) if p < 0.0001 else self.decimal(p, 4 if p < 0.01 else 3)

    def points(self, value: float, low: float, high: float) -> str:
        d, a, b = self.signed(value * 100), self.plain(low * 100), self.plain(high * 100)
        return self.one((f"{d} points ({a} to {b})", f"{d} п. п. (от {a} до {b})"))

    def compared(self, one: Tried, base: Tried, code: str) -> str:
        quoted, verdict = self.one(("“{}”", "«{}»")), self.one(COMPARED[code])
        name, other = (quoted.format(tried.name) if tried.name else str(tried.variant + 1) for tried in (one, base))
        english, russian = ("the rule’s own text", "собственного текста правила")
        if base.variant >= 0:
            english, russian = f"text {other}", f"текста {other}"
        return self.one((
            f"Text {name} against {english}: {verdict}.",
            f"Текст {name} против {russian}: {verdict}.",
        ))  # fmt: skip

    def mismatch(self, chi2: float, p: float) -> str:
        return f"χ² {self.decimal(chi2, 1)}, p {self.small(p)}."

    def fixed(self, fixed: Fixed, window: int) -> str:
        seen = datetime.fromtimestamp(((fixed.day + 1) * DAY + window) / 1000, UTC).date().isoformat()
        points, p = self.points(fixed.difference, fixed.low, fixed.high), self.small(fixed.p)
        return self.one((
            f"{points} at the one look fixed beforehand, {seen}; p {p}.",
            f"{points} при единственном заранее назначенном взгляде, {seen}; p {p}.",
        ))  # fmt: skip

    def always(self, value: float, low: float | None, high: float | None, unit: str) -> str:
        if low is None or high is None:
            units = (("people", "людей"), ("accounts", "аккаунтов"))[unit == "account"]
            d = self.signed(value * 100)
            return self.one((
                f"{d} points; an interval comes with {BURN_IN} {units[0]}.",
                f"{d} п. п.; интервал появится, когда {units[1]} будет {BURN_IN}.",
            ))  # fmt: skip
        points = self.points(value, low, high)
        return self.one((f"{points}, however often one looks.", f"{points}, сколько бы раз ни смотрели."))

    def groups(self, effect: Effect, verdict: Verdict) -> str:
        look = verdict.latest
        shown, held = self.number(look.shown), self.number(look.held)
        p1, p0 = (
            self.decimal(100 * x / n, 1)
            for x, n in ((look.shown_reached, look.shown), (look.held_reached, look.held))
        )
        window = span(effect.window, self.lang)
        return self.one((
            f"Within {window} {p1}{NARROW}% of {shown} people who saw it reached the goal, and "
            f"{p0}{NARROW}% of {held} in the control group.",
            f"За {window} цели достигли {p1}{NARROW}% из {shown} увидевших и {p0}{NARROW}% из {held} в контрольной группе.",
        ))  # fmt: skip

    def needed(self, verdict: Verdict) -> str:
        n, whole = self.number(verdict.needed), self.number(sum(verdict.planned))
        if not verdict.needed:
            return self.one(("All planned people are there.", "Все запланированные люди набраны."))
        return self.one((f"{n} people of {whole} still to come.", f"Осталось набрать {n} из {whole} чел."))
