"""Caps and stops with sixty-four in flight, as many runs as asked for: `python -m tests.limits --runs N`."""

import argparse
import sys

from tests.limits.scenes import forbidding, interrupted, unvouched
from tests.limits.series import Series, caps, stops


def main() -> int:
    """1 if anything was found."""
    words = argparse.ArgumentParser(prog="python -m tests.limits")
    words.add_argument("--runs", type=int, default=200, help="of each kind (default: %(default)s)")
    runs: int = words.parse_args().runs
    found: dict[str, Series] = {"max_deletes": caps(runs)}
    found |= {scenes.__name__: stops(scenes, runs) for scenes in (forbidding, interrupted, unvouched)}
    for name, series in found.items():
        print(f"{name}: {series}", *series.faults[:5], sep="\n  ")  # noqa: T201 - this is the program's result
    return int(any(series.faults for series in found.values()))


if __name__ == "__main__":
    sys.exit(main())
