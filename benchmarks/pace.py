"""Is the pace kept, and used? `python -m benchmarks.pace [--slow]` measures it in the server's own journal.

Decides by the claims: at 40 requests a second never more than 40 in any sliding second, first to last request within
5 % of the ideal, 4.00 requests a deletion. With `--slow` also three customers at 0.2 a second (a minute).
`python -m benchmarks.pace --used [RATE …]` measures against nginx, with everything but `rate` as it is by default: of
each rate at least 98 % is used between the first and the last request, and no sliding second holds more than it; at 10
a second 99 of 100 DELETEs come at most 250 ms after the last check. Prints figures; exit code 1 if a claim fails.
"""

import sys
import tempfile
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

from benchmarks.server import nginx
from tests.acceptance.stage import Desk
from tests.acceptance.test_pace import Measured, measured
from worker.sandbox.journal import most_within

SLACK = 1.05
REQUESTS = 4  # of a deletion: three reads and the DELETE
USED: Final = 0.98
LAST_CHECK: Final = 0.25
"""Seconds from the last check to the DELETE, at `LAST_CHECK_AT` requests a second and more."""
LAST_CHECK_AT: Final = 10.0
SECONDS: Final[dict[float, int]] = {0.5: 40, 10.0: 60, 50.0: 30, 200.0: 20, 1000.0: 15}
"""Rates, and how long each is measured."""


@dataclass(frozen=True, slots=True)
class Used:
    """What nginx saw of one campaign: share of the rate used, most in a sliding period, s from last check to DELETE."""

    rate: float
    requests: int
    share: float
    most: int
    last_check: float
    computed: float

    def holds(self) -> bool:
        """Whether the claims hold."""
        late = self.rate >= LAST_CHECK_AT and self.last_check > LAST_CHECK
        return self.share >= USED and self.most <= ceil(self.rate) and not late

    def __str__(self) -> str:
        """One line of figures."""
        return (
            f"rate {self.rate:g}: {self.requests} requests, {100 * self.share:.2f} % of the rate used, at most "
            f"{self.most} in {ceil(self.rate) / self.rate:g} s, p99 from last check to DELETE "
            f"{1000 * self.last_check:.0f} ms, {100 * self.computed:.1f} % of a core"
        )


def used(directory: Path, rate: float, seconds: float) -> Used:
    """Delete for so many seconds at that rate, and read the server's log."""
    customers = max(3, round(rate * seconds / REQUESTS))
    with nginx(directory, logged=True) as server:
        desk = Desk(directory, server.api())
        numbers = [str(1_000_000 + place) for place in range(customers)]
        (directory / "numbers.csv").write_text("\n".join(["Kundenr", *numbers, ""]), "utf-8")
        words = ("run", "numbers.csv", "--campaign", "used", "--yes", "--max-deletes", str(customers))
        ended = desk.start(*words, "--rate", str(rate), "--verify-share", "0").ended(patience=120 + 6 * seconds)
        if ended.code:
            raise SystemExit(ended.err)
        wire = [one for one in server.wire() if one[1] in {"GET", "DELETE"}]
    times = [at for at, *_ in wire]
    taken = times[-1] - times[0]
    period = ceil(rate) / rate
    waits = sorted(_last_checks(wire))
    return Used(
        rate=rate,
        requests=len(wire),
        share=(len(wire) - 1) / taken / rate,
        most=most_within(period, times),
        last_check=waits[ceil(0.99 * len(waits)) - 1],
        computed=ended.computed / ended.seconds,
    )


def _last_checks(wire: list[tuple[float, str, str]]) -> list[float]:
    """Seconds between a customer's last list and its DELETE, for each DELETE."""
    last: dict[str, float] = {}
    waits = []
    for at, method, url in wire:
        if method == "DELETE":
            waits.append(at - last[url.rpartition("/")[2]])
        elif "?" in url:
            last[url.partition("customerno=")[2].partition("&")[0]] = at
    return waits


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


def all_used(rates: list[float]) -> bool:
    """Measure each rate, print a line, and tell whether every claim holds."""
    kept = True
    for rate in rates:
        with tempfile.TemporaryDirectory() as directory:
            found = used(Path(directory), rate, SECONDS.get(rate, 20))
        kept = found.holds() and kept
        sys.stdout.write(f"{found}{'' if found.holds() else '  <- not what is claimed'}\n")
        sys.stdout.flush()
    return kept


def main(words: list[str]) -> int:
    """Measure; 0 if every claim holds."""
    if "--used" in words:
        rates = [float(word) for word in words if word != "--used"]
        return not all_used(rates or list(SECONDS))
    jobs = [(300, 40.0, 16)] + [(3, 0.2, 8)] * ("--slow" in words)
    kept = True
    for customers, rate, concurrency in jobs:
        with tempfile.TemporaryDirectory() as directory:
            found = measured(Path(directory), customers=customers, rate=rate, concurrency=concurrency)
        kept = holds(found, rate) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
