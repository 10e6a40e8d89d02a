"""Who uses the sample app in the demo's history: five accounts with their habits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACCOUNTS", "Account", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    role: str
    habits: tuple[str, ...]  # jobs they come for, see visits.py
    visits: float = 0.8  # chance of a visit on a working day
    locale: str = "en-GB"


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    plan: str
    seats: int
    csm: str
    tz: str
    people: tuple[Person, ...]
    entitlements: tuple[str, ...] = ("reports", "import")
    decline: float = 0.0  # share of visits lost over the six weeks
    silent_days: float = 0.0  # nobody for so long before now


ACCOUNTS = (
    Account(
        "acme", "Acme", "team", 12, "olga", "Europe/Berlin",
        (
            Person("ann", "Ann Keller", "admin", ("cards", "reports")),
            Person("ivan", "Ivan Petrov", "member", ("cards", "import"), 0.7, "ru-RU"),
            Person("li", "Li Wei", "viewer", ("look",), 0.4),
            Person("tom", "Tom Baker", "member", ("cards", "filters")),
            Person("sofia", "Sofia Rossi", "manager", ("reports", "exports"), 0.9),
        ),
    ),
    Account(
        "northwind", "Northwind", "business", 6, "olga", "Europe/Lisbon",
        (
            Person("maria", "Maria Costa", "admin", ("cards", "exports")),
            Person("joao", "João Reis", "member", ("cards", "filters"), 0.6),
            Person("nina", "Nina Holm", "manager", ("reports", "exports"), 0.7),
        ),
        ("reports", "import", "planning"),
    ),
    Account(
        "harbor", "Harbor Freight Desk", "business", 20, "max", "Europe/Moscow",
        (
            Person("pavel", "Павел Орлов", "admin", ("cards", "filters"), 0.8, "ru-RU"),
            Person("irina", "Ирина Соколова", "manager", ("reports", "exports"), 0.8, "ru-RU"),
            Person("oleg", "Олег Власов", "member", ("import", "cards"), 0.7, "ru-RU"),
            Person("vera", "Вера Лис", "member", ("cards",), 0.7, "ru-RU"),
        ),
        ("reports", "import", "planning"),
        decline=0.7,
    ),
    Account(
        "bluepine", "Blue Pine Studio", "team", 8, "max", "America/New_York",
        (
            Person("grace", "Grace Lee", "admin", ("cards", "reports"), 0.7),
            Person("noah", "Noah Wood", "member", ("cards", "import"), 0.6),
            Person("ella", "Ella Young", "member", ("cards", "errors"), 0.5),
        ),
        silent_days=16.3,
    ),
    Account(
        "kestrel", "Kestrel Labs", "team", 5, "olga", "Europe/London",
        (
            Person("hugo", "Hugo Marsh", "admin", ("cards", "exports"), 0.7),
            Person("zoe", "Zoe Finch", "member", ("cards", "filters"), 0.6),
        ),
        silent_days=13.4,
    ),
)  # fmt: skip
