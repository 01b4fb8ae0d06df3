"""Simulates as many seeds as asked for and prints those that went wrong: `python -m tests.simulation --seeds N`."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.scenario import simulate

_BATCH = 100


def wrong_in(seeds: range) -> list[tuple[int, str]]:
    """The seeds of one batch that went wrong, each with the first thing wrong."""
    return [(seed, wrong[0]) for seed in seeds if (wrong := simulate(seed).wrong)]


def wrong_among(seeds: range, processes: int) -> Iterator[tuple[int, str]]:
    """The same over any number of seeds, in their order, as soon as they are known."""
    batches = [seeds[at : at + _BATCH] for at in range(0, len(seeds), _BATCH)]
    if processes == 1:
        for seed in seeds:
            yield from wrong_in(range(seed, seed + 1))
        return
    with ProcessPoolExecutor(processes) as pool:
        for found in pool.map(wrong_in, batches):
            yield from found


def main() -> int:
    """1 if any seed went wrong."""
    words = argparse.ArgumentParser(prog="python -m tests.simulation")
    words.add_argument("--seeds", type=int, default=2000, help="how many")
    words.add_argument("--first", type=int, default=0, help="the first of them")
    words.add_argument("--processes", type=int, default=1)
    words.add_argument("--until-wrong", action="store_true", help="end with the first seed that goes wrong")
    asked = words.parse_args()
    failed, began = 0, time.monotonic()
    for seed, what in wrong_among(range(asked.first, asked.first + asked.seeds), asked.processes):
        failed += 1
        print(f"seed {seed}: {what}", flush=True)  # noqa: T201 - this is the program's result
        if asked.until_wrong:
            return 1
    seconds = time.monotonic() - began
    pace = f"{seconds:.0f} s ({asked.seeds / seconds:.0f} a second)"
    print(f"{asked.seeds} seeds, {failed} wrong, {pace}")  # noqa: T201 - this is the program's result too
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
