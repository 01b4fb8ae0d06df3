"""Is the pace kept? `python -m benchmarks.pace [--slow]` measures it in the server's own journal.

Decides by the claims: at 40 requests a second never more than 40 in any sliding second, first to last request within
5 % of the ideal, 4.00 requests a deletion. With `--slow` also three customers at 0.2 a second (a minute).
Prints figures; exit code 1 if a claim does not hold.
"""

import sys
import tempfile
from pathlib import Path

from tests.acceptance.test_pace import Measured, measured

SLACK = 1.05
REQUESTS = 4  # of a deletion: three reads and the DELETE


def holds(found: Measured, rate: float) -> bool:
    """Print one measurement, and whether it keeps what is claimed."""
    share = found.taken / found.ideal
    each = found.requests / found.deletions
    sys.stdout.write(
        f"rate {rate:g}: {found.requests} requests, {found.deletions} deletions, {each:.2f} requests a deletion\n"
        f"  most within {found.period:g} s: {found.most}\n"
        f"  first to last request: {found.taken:.2f} s, ideal {found.ideal:.2f} s, {(share - 1) * 100:+.2f} %\n"
    )
    sys.stdout.write(f"  {found.breaches}\n" if found.breaches else "")
    return not found.breaches and each == REQUESTS and share <= SLACK


def main(words: list[str]) -> int:
    """Measure; 0 if every claim holds."""
    jobs = [(300, 40.0, 16)] + [(3, 0.2, 8)] * ("--slow" in words)
    kept = True
    for customers, rate, concurrency in jobs:
        with tempfile.TemporaryDirectory() as directory:
            found = measured(Path(directory), customers=customers, rate=rate, concurrency=concurrency)
        kept = holds(found, rate) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
