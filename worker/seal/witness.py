"""The witness of a log while it grows: it keeps the tree's edge, and signs a checkpoint before too much is unsigned.

Decides when one is due: after so many lines, after so many seconds, and at every end. It runs beside the writing of
the log and never holds it up or fails it: what cannot be handed over is counted and told, and the next one covers it.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.core.checkpoint import Checkpoint, Note, Witnessed, misfit, origin_of
from worker.core.merkle import Frontier
from worker.errors import LogBroken
from worker.seal.keys import Signer, unsigned
from worker.seal.outlets import Outlet

_MOST_WAITING = 1_000  # checkpoints; of more, the oldest are given up, as younger ones cover their lines


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart two checkpoints may be at the most: in lines, and in seconds since the first unsigned line."""

    lines: int = 1_000
    seconds: float = 60.0


class Witness:
    """Signs checkpoints of one campaign's log. `append` may be called from the thread that writes."""

    def __init__(self, signer: Signer, outlet: Outlet, log: "Log", spacing: Spacing = Spacing()) -> None:
        self._signer = signer
        self._outlet = outlet
        self._origin = log.origin
        self._frontier = log.frontier
        self._spacing = spacing
        self._taken = 0
        self._since: float | None = time.monotonic() if log.frontier.size else None
        self._queue: deque[Checkpoint] = deque()
        self._news: deque[str] = deque(maxlen=_MOST_WAITING)
        self._delivered = self._failed = self._covered = 0
        self._over = self._gap = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="witness", daemon=True)
        self._thread.start()

    @property
    def key(self) -> str:
        """The public key, as it is handed to whoever is to verify."""
        return str(self._signer.key)

    def append(self, lines: Sequence[bytes]) -> None:
        """Lines (no newline) that have just become durable, in their order; never waits for a delivery."""
        with self._changed:
            for line in filter(self._is_next, lines):
                self._frontier.add(line)
                if self._frontier.size - self._taken >= self._spacing.lines:
                    self._take()
            if self._since is None and not self._gap and self._frontier.size > self._taken:
                self._since = time.monotonic()
            self._changed.notify()

    def close(self) -> Witnessed:
        """Sign what is left, wait until it is handed over or cannot be, and tell how it went; twice does no harm."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
        return self.account()

    def account(self) -> Witnessed:
        """How it is going."""
        with self._changed:
            return Witnessed(self.key, self._delivered, self._failed, self._covered, self._frontier.size)

    def news(self) -> list[str]:
        """Why checkpoints could not be handed over, since this was last asked."""
        with self._changed:
            told = list(self._news)
            self._news.clear()
            return told

    def _is_next(self, line: bytes) -> bool:
        """Whether the line goes on where the tree ends. What it knows is passed over; after a gap nothing is signed."""
        if self._gap or line.startswith(b'{"seq":%d,' % (self._frontier.size + 1)):
            return not self._gap
        if int(line[len(b'{"seq":') : line.index(b",")]) > self._frontier.size:
            self._gap, self._since = True, None
            self._failed += 1
            self._news.append(f"line {self._frontier.size + 1} never came, so nothing is signed from there on")
        return False

    def _take(self) -> None:
        """Put the log as it is now in line for its signature."""
        if len(self._queue) == _MOST_WAITING:
            self._queue.popleft()
            self._failed += 1
        self._queue.append(Checkpoint(self._origin, self._frontier.size, self._frontier.root()))
        self._taken, self._since = self._frontier.size, None

    def _left(self) -> float | None:
        """Seconds until what is unsigned must be signed; None while nothing is."""
        return None if self._since is None else max(0.0, self._since + self._spacing.seconds - time.monotonic())

    def _due(self) -> bool:
        return self._left() == 0

    def _serve(self) -> None:
        over = False
        while not over:
            with self._changed:
                while not (self._queue or self._over or self._due()):
                    self._changed.wait(self._left())
                over = self._over
                if self._since is not None and (over or self._due()):
                    self._take()
                waiting = list(self._queue)
                self._queue.clear()
            self._hand_over(waiting)

    def _hand_over(self, waiting: Sequence[Checkpoint]) -> None:
        """In their order; once one could not be, only the last is tried, as it covers the others' lines."""
        failing = False
        for place, checkpoint in enumerate(waiting, start=1):
            skipped = failing and place < len(waiting)
            why = None if skipped else self._outlet(str(self._signer.note(checkpoint)))
            failing = failing or why is not None
            with self._changed:
                if why is not None:
                    self._news.append(why)
                if skipped or why is not None:
                    self._failed += 1
                else:
                    self._delivered, self._covered = self._delivered + 1, checkpoint.size


@dataclass(frozen=True, slots=True)
class Log:
    """A log as a witness takes it up: its name, and the edge of the tree over the lines that it holds."""

    origin: str
    frontier: Frontier

    @classmethod
    def read(cls, lines: Iterable[bytes], signer: Signer, kept: Iterable[Note]) -> "Log":
        """Go through a log once. `LogBroken` if it is not what this key signed before: then nothing more is signed."""
        frontier, origin = Frontier(), ""
        theirs = [note.checkpoint for note in kept if not unsigned(note, (signer.key,))]
        roots = dict.fromkeys((each.size for each in theirs), b"")
        for line in lines:
            origin = origin or origin_in(line)
            frontier.add(line)
            if frontier.size in roots:
                roots[frontier.size] = frontier.root()
        for checkpoint in theirs:
            root = roots[checkpoint.size] or None
            if checkpoint.origin == origin and (problem := misfit(checkpoint, origin, frontier.size, root)):
                raise _rewritten(problem)
        return cls(origin, frontier)


def origin_in(line: bytes) -> str:
    """The name of the log that begins with this line."""
    members = json.loads(line)
    bound = (str(members["baseUrl"]), int(members["clientNo"]), str(members["campaign"]))
    return origin_of(*bound, str(members["hash"]))


def _rewritten(problem: str) -> LogBroken:
    return LogBroken(
        f"The audit log is not the one that was signed: {problem}.",
        "Nothing was sent, and nothing was signed. Keep the campaign's directory and the checkpoints as they are,",
        "and look with: amili-purge verify CAMPAIGN --checkpoint FILE",
    )
