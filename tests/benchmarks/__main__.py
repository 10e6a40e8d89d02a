"""`python -m tests.benchmarks [--rounds N]`: a table of medians and their ratios to the control."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from tests.benchmarks.decisions import CONTROL, DURABLE, decision_cases
from tests.benchmarks.timing import measured

RATIOS = [
    ("decide: 1,000 rules to 10", "decide, 1000 rules, 100 events", "decide, 10 rules, 100 events"),
    ("decide: 100,000 events to 100, 10 rules", "decide, 10 rules, 100,000 events", "decide, 10 rules, 100 events"),
    (
        "decide: 100,000 events to 100, 1,000 rules",
        "decide, 1000 rules, 100,000 events",
        "decide, 1000 rules, 100 events",
    ),
    ("sync: 1,000 rules to 10", "sync on SQLite, 1000 rules, 100 events", "sync on SQLite, 10 rules, 100 events"),
    (
        "sync: 100,000 events to 100",
        "sync on SQLite, 100 rules, 100,000 events",
        "sync on SQLite, 100 rules, 100 events",
    ),
    ("sync to a bare durable row, 100 rules", "sync on SQLite, 100 rules, 100 events", DURABLE),
    ("decide to bare datalogic, 1,000 rules", "decide, 1000 rules, 100 events", "bare datalogic, 1000 rules"),
]


def main() -> None:
    asked = argparse.ArgumentParser(prog="tests.benchmarks")
    asked.add_argument("--rounds", type=int, default=40)
    with decision_cases() as cases:
        medians = measured(cases, asked.parse_args().rounds)
    print(table(medians))


def table(medians: Mapping[str, float]) -> str:
    control = medians[CONTROL]
    lines = [f"| what | median, µs | to {CONTROL} |", "|---|---:|---:|"]
    lines += [f"| {name} | {us:,.1f} | {us / control:.2f} |" for name, us in medians.items()]
    lines += ["", "| growth | ratio |", "|---|---:|"]
    lines += [f"| {name} | {medians[over] / medians[under]:.2f} |" for name, over, under in RATIOS]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
