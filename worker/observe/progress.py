"""How far the work is: a live display on a terminal, a line now and then elsewhere.

Decides what is counted and shown, and estimates the time left from the pace so far. It never writes a display into a
pipe, and shows no customer.
"""

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from worker.core.facts import Record, VerdictFact
from worker.core.forecast import remaining, spoken
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind, Reply
from worker.observe.names import PROGRESS
from worker.observe.pulse import ReadPulse

BETWEEN_LINES: Final = 30.0
"""Seconds between two lines where there is no terminal."""
_PACE_WINDOW: Final = 10.0  # seconds over which the pace shown is measured
_FIRST_AND_LAST: Final = 2  # samples that a pace is told from
_BAR: Final = 40
_IN_WORDS: Final = {Verdict.IN_DOUBT: "in_doubt (we may have deleted it)"}


class Told(Protocol):
    """Where the lines go: a log, as far as it is needed here."""

    def told(self, event: str, **fields: object) -> None:
        """One line."""


class Progress:
    """Counts customers by verdict. `before` are those that this run will not take up again, out of `customers`.

    A customer has one verdict a run, so counting records is enough. `now` gives monotonic seconds.
    """

    def __init__(
        self, customers: int, before: Mapping[Verdict, int], pulse: ReadPulse, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.customers = customers
        """How many there are in all; more may come."""
        self._before = before
        self._pulse = pulse
        self._now = now
        self._began = now()
        self._verdicts: Counter[Verdict] = Counter()
        self._requests = 0
        self._samples = deque([(self._began, 0)])

    def recorded(self, records: Iterable[Record]) -> None:
        """Count verdicts."""
        for record in records:
            if isinstance(record.fact, VerdictFact):
                self._verdicts[record.fact.verdict] += 1

    def replied(self, reply: Reply) -> None:
        """Count the requests to the API; the token service is not under its rate."""
        self._requests += reply.kind is not Kind.TOKEN

    def told(self, event: str, **fields: object) -> None:
        """Events are for the log."""

    def unsettled(self) -> int:
        """How many customers this run still has before it."""
        return self.customers - self._done()

    def figures(self) -> dict[str, object]:
        """What stands in a line of the log: counts, requests a second, seconds left (None: not known yet)."""
        pulse, left = self._pulse(), self._seconds_left()
        return {
            "done": self._done(),
            "customers": self.customers,
            "verdicts": {verdict.value: count for verdict, count in self._counts().items()},
            "pace": round(self._pace(), 1),
            "rate": pulse.rate,
            "in_flight": pulse.in_flight,
            "throttled_by": pulse.throttled_by,
            "rate_reason": pulse.limited_by,
            "seconds_left": None if left is None else round(left),
        }

    def __rich__(self) -> RenderableType:
        """The display: a bar, the counts, the pace, and what holds it back."""
        done, throttled_by = self._done(), self._pulse().throttled_by
        head = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=max(self.customers, 1), completed=done, width=_BAR)
        head.add_row(bar, f"{done} of {self.customers} customers")
        lines = [self._counts_in_words(), self._pace_in_words()]
        if throttled_by:
            lines.append(f"held back by {throttled_by}")
        return Group(head, *map(Text, lines))

    def _counts(self) -> dict[Verdict, int]:
        # Read from the display's thread while the run goes on counting: a copy cannot change under the loop.
        now = dict(self._verdicts)
        both = {verdict: self._before.get(verdict, 0) + now.get(verdict, 0) for verdict in Verdict}
        return {verdict: count for verdict, count in both.items() if count}

    def _done(self) -> int:
        return min(sum(self._counts().values()), self.customers)

    def _counts_in_words(self) -> str:
        parts = [f"{_IN_WORDS.get(verdict, verdict.value)} {count}" for verdict, count in self._counts().items()]
        return " · ".join(parts) or "nothing settled yet"

    def _pace_in_words(self) -> str:
        pulse, left = self._pulse(), self._seconds_left()
        return " · ".join(
            [
                f"{self._pace():.1f} of {pulse.rate:g} requests a second",
                f"{pulse.in_flight} in flight",
                "time left not known yet" if left is None else f"{spoken(left)} left",
            ]
        )

    def _pace(self) -> float:
        """Requests a second over the last seconds, measured each time that somebody looks."""
        now, samples = self._now(), self._samples
        samples.append((now, self._requests))
        while len(samples) > _FIRST_AND_LAST and now - samples[1][0] >= _PACE_WINDOW:
            samples.popleft()
        since, count = samples[0]
        return (self._requests - count) / (now - since) if now > since else 0.0

    def _seconds_left(self) -> float | None:
        return remaining(self.customers - self._done(), self._verdicts.total(), self._now() - self._began)


@contextmanager
def watching(
    progress: Progress, log: Told, console: Console | None = None, *, every: float = BETWEEN_LINES
) -> Iterator[None]:
    """Show progress while the block lasts: live if `console` is given and a terminal, else a line `every` seconds.

    Results belong after the block: on one terminal they would run into the display.
    """
    if console is not None and is_live(console):
        # Standard output carries results, perhaps into a file: it stays what it is.
        with Live(console=console, get_renderable=progress.__rich__, transient=True, redirect_stdout=False):
            yield
        return
    over = Event()
    thread = Thread(target=_tell, args=(progress, log, over, every), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def is_live(console: Console) -> bool:
    """Whether a display can be drawn; asks the file itself, as colours may be forced upon a pipe."""
    return console.file.isatty() and not console.is_dumb_terminal


def terminal() -> Console:
    """Standard error, as a display wants it."""
    return Console(file=sys.stderr)


def _tell(progress: Progress, log: Told, over: Event, every: float) -> None:
    while not over.wait(every):
        log.told(PROGRESS, **progress.figures())
