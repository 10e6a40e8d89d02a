"""What is wrong with a row of an account file, and how to mend it, in words."""

from __future__ import annotations

from waypost.ingest.accounts import Fault
from waypost.settings import LIMITS

__all__ = ["fault_words"]

_WORDS = {
    "wrong_width": (
        "{0} cells where the header has {1}; is a separator inside a text without quotation marks?",
        "ячеек {0}, а в заголовке {1}; нет ли разделителя внутри текста без кавычек?",
    ),
    "no_id": ("the id of the account is missing", "нет идентификатора аккаунта"),
    "twice": ("this account stands in line {0} already; keep one of the rows", "этот аккаунт уже есть в строке {0}; оставьте одну"),
    "id_too_long": (
        f"an id of at most {LIMITS.id_chars} characters is needed",
        f"идентификатор должен быть не длиннее {LIMITS.id_chars} символов",
    ),
    "bad_id": ("this id holds a control character", "в идентификаторе есть управляющий символ"),
    "too_large": (
        f"{{0}} bytes in one row; {LIMITS.event_bytes} at most, leave a long column out",
        f"в строке {{0}} байт, а можно не больше {LIMITS.event_bytes}; уберите длинный столбец",
    ),
    "too_many_traits": (
        f"this account has {LIMITS.traits} traits, no more are kept; leave columns out",
        f"у аккаунта уже {LIMITS.traits} свойств, больше не хранится; уберите лишние столбцы",
    ),
    "not_whole": ("“{0}” is not a whole number; write 25", "«{0}» не целое число; напишите 25"),
    "not_number": ("“{0}” is not a number; write 12000.50", "«{0}» не число; напишите 12000.50"),
    "not_date": ("“{0}” is not a date; write 2027-01-31", "«{0}» не дата; напишите 2027-01-31"),
    "not_zone": ("“{0}” is not a time zone; write Europe/Berlin", "«{0}» не часовой пояс; напишите Europe/Berlin"),
}  # fmt: skip


def fault_words(fault: Fault, lang: str) -> str:
    """One sentence, without the place."""
    words = _WORDS[fault.code][lang == "ru"]
    parts = fault.value.split("/") if fault.code == "wrong_width" else [fault.value]
    return words.format(*parts)
