"""Who uses the sample app in the demo's history: accounts with their people and their habits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ACCOUNTS", "YOURS", "Account", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    role: str
    habits: tuple[str, ...]  # jobs they come for, see visits.py
    visits: float = 0.8  # chance of a visit on a working day
    locale: str = "en-GB"
    away: tuple[float, float] = (0.0, 0.0)  # days before now without a visit, from … to


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
    decline: float = 0.0  # share of visits lost over the six weeks; nobody comes after them
    silent_days: float = 0.0  # nobody for so long before now
    joined_days: float = 0.0  # the first visit so long before now; 0: before the history
    renews: float = 200.0  # days from now to the renewal

    @property
    def arr(self) -> int:
        """What its seats cost a year."""
        return 12 * PRICES[self.plan] * self.seats

    @property
    def country(self) -> str:
        return COUNTRIES[self.tz]


YOURS = (8.0, 0.0)  # who can be "you" in the sample app: no tip of last week may stand in the way of the first steps
MODULES = ("reports", "import")
PRICES = {"team": 6, "business": 11}  # a seat a month
COUNTRIES = {
    "Europe/Berlin": "DE", "Europe/Lisbon": "PT", "Europe/Moscow": "RU", "America/New_York": "US", "Europe/London": "GB",
}  # fmt: skip
ROLES = ("admin", "member", "manager", "member", "member")
HABITS = (
    ("cards", "reports"),
    ("cards", "filters"),
    ("reports", "exports"),
    ("cards", "import"),
    ("cards", "errors"),
)


def _team(key: str, name: str, plan: str, csm: str, people: str, **more: float) -> Account:
    """An account of people with the usual roles and habits: "Ada Moss, Ben Stone"; the last one was on leave."""
    names = people.split(", ")
    return Account(
        key, name, plan, len(names) + 3, csm, "Europe/Berlin",
        tuple(
            Person(
                full.split()[0].lower(), full, ROLES[i % 5], HABITS[(i + len(key)) % 5], 0.5 + (i + len(name)) % 4 / 8,
                away=(24.0, 4.5) if i == len(names) - 1 else (0.0, 0.0),
            )
            for i, full in enumerate(names)
        ),
        (*MODULES, "planning") if plan == "business" else MODULES,
        **more,
    )  # fmt: skip


# the customers of the sample app, known by name in it, then the others
ACCOUNTS = (
    Account(
        "acme", "Acme", "team", 12, "olga", "Europe/Berlin",
        (
            Person("ann", "Ann Keller", "admin", ("cards", "filters"), away=YOURS),
            Person("ivan", "Ivan Petrov", "member", ("cards", "filters"), 0.7, "ru-RU", YOURS),
            Person("li", "Li Wei", "viewer", ("look",), 0.4, away=YOURS),
            Person("tom", "Tom Baker", "member", ("cards", "filters")),
            Person("sofia", "Sofia Rossi", "manager", ("reports", "exports"), 0.9),
        ),
        renews=120,
    ),
    Account(
        "northwind", "Northwind", "business", 6, "olga", "Europe/Lisbon",
        (
            Person("maria", "Maria Costa", "admin", ("cards", "exports"), away=YOURS),
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
        decline=0.8,
        renews=47,
    ),
    Account(
        "bluepine", "Blue Pine Studio", "team", 8, "max", "America/New_York",
        (
            Person("grace", "Grace Lee", "admin", ("cards", "reports"), 0.7),
            Person("noah", "Noah Wood", "member", ("cards", "import"), 0.6),
            Person("ella", "Ella Young", "member", ("cards", "errors"), 0.5),
        ),
        silent_days=16.3,
        renews=26,
    ),
    Account(
        "kestrel", "Kestrel Labs", "team", 5, "olga", "Europe/London",
        (
            Person("hugo", "Hugo Marsh", "admin", ("cards", "exports"), 0.7),
            Person("zoe", "Zoe Finch", "member", ("cards", "filters"), 0.6),
        ),
        silent_days=15.2,
    ),
    _team("alder", "Alder & Sons", "team", "olga", "Adam Alder, Bela Novak, Carla Diaz, Dan Reed, Emil Berg", renews=58),
    _team("brightside", "Brightside Energy", "business", "max", "Farah Aziz, Gus Klein, Hana Sato, Igor Malik"),
    _team("cobalt", "Cobalt Press", "team", "olga", "Jane Cole, Karl Brandt, Lena Vogel, Mika Laine", decline=0.4, renews=81),
    _team("delta", "Delta Clinics", "business", "max", "Nora Quinn, Omar Said, Petra Lang, Quentin Roy, Rosa Marin"),
    _team("evergreen", "Evergreen Schools", "team", "olga", "Samir Nasser, Tess Boyd, Umar Khan", joined_days=24),
    _team("fjord", "Fjord Logistics", "business", "max", "Vibeke Lind, Walt Hagen, Xenia Popova, Yann Morel", renews=33),
    _team("helio", "Helio Labs", "business", "max", "Dora Weiss, Evan Price, Fay Morgan", joined_days=19),
    _team("juniper", "Juniper Foods", "business", "max", "Luis Vega, Mona Frank, Nils Dahl, Olive Hart", decline=0.3),
    _team("kite", "Kite Robotics", "team", "olga", "Paul Evans, Qing Zhao, Rita Gomez", joined_days=12),
    _team("lumen", "Lumen Insurance", "business", "max", "Sara Blom, Theo Marsh, Una Byrne, Viktor Sand, Wanda Kos"),
)  # fmt: skip
