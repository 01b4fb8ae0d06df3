"""The fuse in a child: it watches its own process from outside the worker's code, and kills it at one crash point.

Decides nothing about the worker and changes nothing in it: it looks on through the worker's own seams (an observer, a
tap before the audit file) and through Python's audit events and SQLite's trace.
"""

import json
import os
import random
import signal
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer

from worker.core.facts import Record
from worker.core.replies import Kind, Meaning, Reply
from worker.ledger.writer import Sink
from worker.prove.points import Point

_WRITING = os.O_WRONLY | os.O_RDWR


class Fuse:
    """Burns down sign by sign; at the last one the process is gone, as after a power cut of its own."""

    def __init__(self, point: Point, count: int, audit: Path) -> None:
        """`count`: how often the first sign must be seen; `audit`: the file that a torn line is left in."""
        self._point = point
        self._audit = audit
        self._signs = list(point.signs)
        self._left = count
        self._opened: list[sqlite3.Connection] = []

    def see(self, sign: str, text: bytes = b"") -> None:
        """One more thing that happens; `text` is what is about to be written to the audit file."""
        if not self._signs or not sign.startswith(self._signs[0]):
            return
        self._left -= 1
        if self._left <= 0:
            self._signs.pop(0)
            if not self._signs:
                self._burnt_down(text)

    def _burnt_down(self, text: bytes) -> None:
        if self._point.torn:
            with self._audit.open("ab") as file:
                file.write(text[: len(text) // 2].rstrip(b"\n"))  # never a whole line
        if self._point.linger:
            wait = random.uniform(0, self._point.linger)
            Timer(wait, _die).start()
        else:
            _die()

    def listen(self) -> None:
        """Watch statements and files of this process from now on, for as long as it lives."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, details: tuple[object, ...]) -> None:
        if event == "sqlite3.connect/handle":
            self._opened += [each for each in details if isinstance(each, sqlite3.Connection)]
            return
        while self._opened:  # A connection takes no trace before the event that tells of it is over.
            with suppress(sqlite3.Error):
                self._opened.pop().set_trace_callback(lambda statement: self.see(f"sql:{statement.lstrip()}"))
        self._touched(event, details)

    def _touched(self, event: str, details: tuple[object, ...]) -> None:
        match event, details:
            case "open", (str() | Path() as path, _, int() as flags) if flags & _WRITING:
                self.see(f"open:{Path(path).name}")
            case "os.truncate", (str() | Path() as path, *_):
                self.see(f"cut:{Path(path).name}")
            case "os.rename", (_, str() | Path() as path, *_):
                self.see(f"rename:{Path(path).name}")
            case _:
                pass

    def tap(self, sink: Sink) -> Sink:
        """A sink before the given one: what was just committed is seen before and after it is in the audit file."""

        def through(lines: Sequence[bytes]) -> None:
            names = [_name(line) for line in lines]
            text = b"".join(b"%b\n" % line for line in lines)
            for name in names:
                self.see(f"committed:{name}", text)
            sink(lines)
            for name in names:
                self.see(f"filed:{name}")

        return through

    def recorded(self, records: Iterable[Record]) -> None:
        """Facts that have just become durable, as the worker hears of them."""
        for record in records:
            self.see(f"heard:{record.fact.kind.value}")

    def replied(self, reply: Reply) -> None:
        """A reply that nothing has been recorded of."""
        if reply.kind is Kind.DELETE and reply.meaning is Meaning.UNANSWERED:
            self.see("lost:delete")
        self.see(f"replied:{reply.kind.value}")

    def told(self, event: str, **fields: object) -> None:
        """Log lines are no crash points."""


def _name(line: bytes) -> str:
    members = json.loads(line)
    return f"{members['kind']}:{members.get('event', '')}"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
