"""Plants each defect and prints which check found it, after how many seeds: `python -m tests.planted`.

Decides the exit code: 1 if a defect is not found, or if the checks find something where nothing was planted.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.planted.behaviour import BEHAVIOUR
from tests.planted.checks import SEEDS, Found, by_seeds, by_tests, copied, look_for
from tests.planted.crowd import CROWD
from tests.planted.defect import Defect
from tests.planted.edges import EDGES

ALL = (*BEHAVIOUR, *EDGES, *CROWD)


def healthy(tree: Path, defects: Iterable[Defect], seeds: int) -> bool:
    """Whether the checks find nothing where nothing was planted."""
    tests = sorted({test for defect in defects for test in defect.tests})
    found = [by_seeds(tree, seeds), *([by_tests(tree, tests)] if tests else [])]
    for one in found:
        if one.by:
            say(f"Nothing is planted, and yet: {one}")
    return not any(one.by for one in found)


def searched(defects: Sequence[Defect], seeds: int, processes: int = 2) -> Iterator[tuple[Defect, Found]]:
    """Each defect with what found it, as soon as that is known; all are planted in the same state of the tree."""
    with copied() as tree, ThreadPoolExecutor(processes) as pool:
        if not healthy(tree, defects, seeds):
            raise SystemExit(1)
        yield from zip(defects, pool.map(partial(look_for, source=tree, seeds=seeds), defects), strict=True)


def row(defect: Defect, found: Found) -> str:
    """One line of the table."""
    after = "" if found.seeds is None else str(found.seeds)
    by = f"{found.by}: {found.said}" if found.said else found.by or "NOT FOUND"
    return f"{defect.name[:76]:<76} | {after:>5} | {by[:90]}"


def say(line: str) -> None:
    """One line of the program's result."""
    print(line, flush=True)  # noqa: T201 - that is what it is for


def main() -> int:
    """Print the table; 1 if a defect was not found."""
    words = argparse.ArgumentParser(prog="python -m tests.planted")
    words.add_argument("--seeds", type=int, default=SEEDS, help="simulated campaigns for each defect of behaviour")
    words.add_argument("--only", default="", help="defects whose names hold this")
    asked = words.parse_args()
    chosen = [defect for defect in ALL if asked.only in defect.name]
    began, missed = time.monotonic(), 0
    say(f"{'defect':<76} | {'seeds':>5} | found by")
    for defect, found in searched(chosen, asked.seeds):
        missed += not found.by
        say(row(defect, found))
    say(f"{len(chosen)} planted, {len(chosen) - missed} found, {time.monotonic() - began:.0f} s")
    return int(missed > 0 or not chosen)


if __name__ == "__main__":
    sys.exit(main())
