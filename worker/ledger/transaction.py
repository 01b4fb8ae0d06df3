"""What a job may do within the transaction it is run in: change rows, and put facts on the chain.

Decides seq, time and hash of each fact: time is UTC and never goes back, whatever the machine's clock does. It
commits nothing; that is the writer's, for all jobs of a batch at once.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from worker.core.chain import Head, Subject, seal
from worker.core.facts import Fact, Record
from worker.core.lifecycle import Standing, State

Checkpoint = tuple[Head, str, int, int, int]
_LAST = "SELECT line FROM facts ORDER BY seq DESC LIMIT 1"
_STANDINGS = "SELECT state, min(unanswered, 1), count(*) FROM customers GROUP BY 1, 2"


def utc_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class Transaction:
    """The writer's connection with the end of the chain, and the two counts that guards ask for again and again."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime] = utc_now) -> None:
        self.connection = connection
        self._sealed: list[tuple[int, bytes]] = []
        self.charged = 0
        self.in_doubt = 0
        self._marked = True
        self._now = now
        self._head = Head()
        self._time = ""
        self._client_no = 0
        self._load()

    def _load(self) -> None:
        """Where the file left off. The counts are taken from standings, by the core's own words."""
        last = self.connection.execute(_LAST).fetchone()
        if last is not None:
            members = json.loads(last[0])
            self._head, self._time = Head(members["seq"], members["hash"]), members["time"]
        self.bind()
        for state, unanswered, count in self.connection.execute(_STANDINGS):
            self.counted(Standing(State(state), unanswered), count)

    def bind(self) -> None:
        """Learn the campaign's client number, which stands in each customer's lines."""
        row = self.connection.execute("SELECT client_no FROM campaign").fetchone()
        self._client_no = 0 if row is None else row[0]

    def counted(self, standing: Standing, count: int) -> None:
        """Add so many customers of this standing to the counts; negative takes them away."""
        self.charged += count * standing.charged
        self.in_doubt += count * (standing.state is State.IN_DOUBT)

    def time(self) -> str:
        """Now, in RFC 3339 with microseconds, but never before an earlier fact."""
        told = self._now().astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        self._time = max(self._time, told)
        return self._time

    def seal(self, fact: Fact, customer_no: str | None = None) -> Record:
        """One more fact on the chain; `store` puts it with whatever else this transaction changes."""
        subject = None if customer_no is None else Subject(self._client_no, customer_no)
        self._head, record = seal(self._head, self.time(), fact, subject)
        self._sealed.append((record.seq, record.line))
        return record

    def checkpoint(self) -> Checkpoint:
        """What `back_to` needs to forget all that came after."""
        return self._head, self._time, self.charged, self.in_doubt, len(self._sealed)

    def back_to(self, checkpoint: Checkpoint) -> None:
        """Forget what a refused job did; the database's part is rolled back by the writer."""
        self._head, self._time, self.charged, self.in_doubt, sealed = checkpoint
        del self._sealed[sealed:]
        self.bind()

    def store(self) -> list[bytes]:
        """Insert the facts sealed since the last call, all at once; their lines, for the audit file.

        With the first of them the mark of the last clean end is void: a kill may leave the file behind from here on.
        """
        sealed, self._sealed = self._sealed, []
        if sealed and self._marked:
            self.mark(None)
        self.connection.executemany("INSERT INTO facts VALUES (?, ?)", sealed)
        return [line for _, line in sealed]

    def mark(self, mark: str | None) -> None:
        """Keep what the audit file looks like after a clean end, until the next fact."""
        self._marked = mark is not None
        self.connection.execute("UPDATE campaign SET audit_mark = ?", (mark,))
