"""`python -m tests.benchmarks [SECTION …] [--rounds N]`: medians of interleaved rounds, and their ratios to controls."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.benchmarks.backtesting import backtesting
from tests.benchmarks.customers import customers
from tests.benchmarks.decisions import CONTROL, DURABLE, decision_cases
from tests.benchmarks.evaluating import LIBRARY, OURS, PANZI, evaluating_cases
from tests.benchmarks.folding import DECODE, MIXED, folding_cases, growth_cases
from tests.benchmarks.logging import LOGGED, UNLOGGED, logging_cases
from tests.benchmarks.looking import looking
from tests.benchmarks.portfolio import BARE, NARROW, PAGES, SORTED, portfolio_cases
from tests.benchmarks.replaying import replaying
from tests.benchmarks.timing import Case, measured
from waypost.cli import calm_collector

Cases = Callable[[], AbstractContextManager[list[Case]]]


@dataclass(frozen=True)
class Section:
    """`ratios`: (what it says, case above, case below, goal). `clock`: for what neither waits nor has threads, the time of
    the thread, so that neighbours on the machine count less."""

    cases: Cases
    control: str
    ratios: tuple[tuple[str, str, str, str], ...]
    clock: Callable[[], float] = time.perf_counter


SECTIONS: Mapping[str, Section] = {
    "decisions": Section(
        decision_cases,
        CONTROL,
        (
            ("decide: 1,000 rules to 10", "decide, 1000 rules, 100 events", "decide, 10 rules, 100 events", "≤ 2.5"),
            *(
                (f"decide: {many} events to 100", f"decide, 100 rules, {many} events", "decide, 100 rules, 100 events", "≤ 1.1")
                for many in ("10,000", "1,000,000")
            ),
            (
                "sync: 1,000 rules to 10",
                "sync on SQLite, 1000 rules, 100 events",
                "sync on SQLite, 10 rules, 100 events",
                "≤ 2.5",
            ),
            *(
                (
                    f"sync: {many} events to 100",
                    f"sync on SQLite, 100 rules, {many} events",
                    "sync on SQLite, 100 rules, 100 events",
                    "≤ 1.1",
                )
                for many in ("10,000", "1,000,000")
            ),
            ("sync to a bare durable row, 100 rules", "sync on SQLite, 100 rules, 100 events", DURABLE, ""),
        ),
    ),
    "folding": Section(
        folding_cases, DECODE, (("fold, 20 rules, to a bare decode of the same bytes", MIXED, DECODE, "≤ 30"),)
    ),
    "growth": Section(
        growth_cases,
        "fold an event that 3 of 10 rules name",
        (
            (
                "an event among 1,000 rules to one among 10",
                "fold an event that 3 of 1000 rules name",
                "fold an event that 3 of 10 rules name",
                "≤ 1.3",
            ),
        ),
    ),
    "logging": Section(
        logging_cases, UNLOGGED, (("rate with the decision log to the rate without it", UNLOGGED, LOGGED, "≥ 0.85"),)
    ),
    "portfolio": Section(
        portfolio_cases,
        BARE["rank", ""],
        (
            *((f"{PAGES[one]} to a {BARE[one]}", PAGES[one], BARE[one], "≤ 3") for one in SORTED),
            (f"{PAGES['rank', '']} to a {NARROW}", PAGES["rank", ""], NARROW, ""),
        ),
        time.thread_time,
    ),
    "evaluating": Section(
        evaluating_cases, PANZI, (("panzi-json-logic to ours", PANZI, OURS, "≥ 10"), ("datalogic-py to ours", LIBRARY, OURS, ""))
    ),
}  # fmt: skip

LONG = {"replaying": replaying, "backtesting": backtesting, "looking": looking, "customers": customers}


def main() -> None:
    asked = argparse.ArgumentParser(prog="tests.benchmarks")
    asked.add_argument("sections", nargs="*", choices=[*SECTIONS, *LONG, []], default=[*SECTIONS, *LONG])
    asked.add_argument("--rounds", type=int, default=40)
    asked.add_argument("--events", type=int, default=1_000_000, help="of the clickstream that is replayed")
    given = asked.parse_args()
    calm_collector()  # as the product's own processes do
    for name in given.sections:
        if name in LONG:
            print("\n".join([f"## {name}", *LONG[name](given.events), ""]), flush=True)
            continue
        section = SECTIONS[name]
        with section.cases() as cases:
            medians = measured(cases, given.rounds, section.clock)
        print("\n".join([f"## {name}", *table(section, medians), ""]), flush=True)


def table(section: Section, medians: Mapping[str, float]) -> Iterator[str]:
    control = medians[section.control]
    yield f"| what | median, µs | to {section.control} |"
    yield "|---|---:|---:|"
    for name, us in medians.items():
        yield f"| {name} | {us:,.2f} | {us / control:.2f} |"
    yield from ("", "| ratio | measured | goal |", "|---|---:|---:|")
    for name, over, under, goal in section.ratios:
        yield f"| {name} | {medians[over] / medians[under]:.2f} | {goal} |"


if __name__ == "__main__":
    main()
