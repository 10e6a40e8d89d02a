"""Waypost: self-hosted in-app customer success.

Events come in at one door, become facts, facts make rules true, the delivery
policy picks at most one tip, the snippet shows it, and what the user does with
it comes back in as an event.

The map. A module imports from lower floors only; packages on one floor that
are separated by | do not know each other (tests/unit/test_house.py holds it).

F8  cli
F7  demo
F6  web
F5  service | insight | success
F4  engine
F3  delivery
F2  ingest | facts | rules
F1  store | trust | logic
F0  errors · model · settings
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
