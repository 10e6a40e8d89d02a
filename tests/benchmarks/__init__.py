"""Speed as ratios to a control of the same run. `python -m tests.benchmarks` prints them; nothing is asserted."""
