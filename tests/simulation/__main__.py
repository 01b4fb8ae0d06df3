"""Simulates as many seeds as asked for and prints those that went wrong: `python -m tests.simulation --seeds N`."""

import argparse
import sys

from tests.simulation.scenario import simulate


def main() -> int:
    """1 if any seed went wrong."""
    words = argparse.ArgumentParser(prog="python -m tests.simulation")
    words.add_argument("--seeds", type=int, default=2000)
    words.add_argument("--first", type=int, default=0)
    asked = words.parse_args()
    failed = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        wrong = simulate(seed).wrong
        if wrong:
            failed += 1
            print(f"seed {seed}: {wrong[0]}", flush=True)  # noqa: T201 - this is the program's result
    print(f"{asked.seeds} seeds, {failed} wrong")  # noqa: T201 - the same
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
