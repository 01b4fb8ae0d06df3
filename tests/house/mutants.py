"""Counts by module what became of the mutants that `make mutants` made: reads `mutmut results --all true`.

Names what survived, and fails when fewer than nine in ten were killed; docs/mutants.md says why the rest may live.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable

LINE = re.compile(r"\s*(worker\.core\.(\w+)\.\S+): (.+)")
KILLED = frozenset({"killed", "timeout"})
LEAST = 0.9


def account(lines: Iterable[str]) -> tuple[list[str], bool]:
    """What to print, and whether enough were killed."""
    found = [match.groups() for line in lines if (match := LINE.match(line))]
    made = Counter(module for _, module, _ in found)
    killed = Counter(module for _, module, fate in found if fate.strip() in KILLED)
    table = [f"{module:12} {made[module]:5} mutants {killed[module]:5} killed" for module in sorted(made)]
    lived = [f"{fate.strip()}: {name}" for name, _, fate in found if fate.strip() not in KILLED]
    total = f"{'all':12} {made.total():5} mutants {killed.total():5} killed"
    return [*lived, *table, total], killed.total() >= LEAST * max(made.total(), 1)


if __name__ == "__main__":
    words, enough = account(sys.stdin)
    print("\n".join(words))  # noqa: T201 - these lines are the program's result
    sys.exit(not enough)
