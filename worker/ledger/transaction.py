"""What a job may do within the transaction it is run in: change rows, and put facts on the chain.

Decides seq, time and hash of each fact: time is UTC and never goes back, whatever the machine's clock does. It
commits nothing; that is the store's, for all jobs of a batch at once.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from worker.core.chain import Head, Subject, seal
from worker.core.facts import Fact, Record
from worker.core.guards import Stop
from worker.core.lifecycle import Standing, State
from worker.core.pseudonym import Pseudonyms
from worker.core.times import stamped
from worker.errors import LogBroken
from worker.ports import Started

T = TypeVar("T")
Before = tuple[Head, str, int, int, int]
"""End of the chain, time, the two counts, and how many facts are sealed: what a refused job goes back to."""
_SALT = 12
"""Bytes of chance in each line, so that its hash tells nobody what stands in it."""
_LAST = "SELECT line FROM facts ORDER BY seq DESC LIMIT 1"
_BOUND = "SELECT client_no, audit_mark, pseudonym_key FROM campaign"
_STANDINGS = "SELECT state, CASE WHEN unanswered > 0 THEN 1 ELSE 0 END, count(*) FROM customers GROUP BY 1, 2"
_ARCHIVED = "SELECT count(*) FROM rows WHERE verdict IN ('deleted', 'deleted_inferred')"


def _salts() -> Iterator[str]:
    """Chance without an end, fetched for many lines at once."""
    while True:
        chance = secrets.token_bytes(_SALT * 64)
        for start in range(0, len(chance), _SALT):
            yield urlsafe_b64encode(chance[start : start + _SALT]).decode()


def utc_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


Row = Any
"""Whatever the driver hands over, or None where there is no more; the query says what it is."""


class Cursor(Protocol):
    """What a statement brings: rows, one by one or all, and how many were changed."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Row:
        """The next row, None if there is none."""

    def fetchall(self) -> list[Row]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """A database, as far as jobs need it. Parameters are `?`, whatever the driver calls them."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each of these."""


@dataclass(frozen=True, slots=True)
class Fence:
    """What an update must find besides the customer's standing: a part of its WHERE, and the values for it."""

    where: str = ""
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A job that happened, and what it returns."""

    value: object


Outcome = Done | Exception


NewRow = tuple[int, str | None, str | None, str | None, str, str | None]
"""One row of an input as it is kept: its line, the customer's key and number, or why it is invalid; cells; pseudonym.

A plain tuple: there are millions.
"""


class Transaction:
    """A connection with the end of the chain, and the two counts that guards ask for again and again.

    `run` is the number of the run that writes, `epoch` that of the first of those that go on together: whom they have
    settled is not taken up again.
    """

    def __init__(self, connection: Connection, now: Callable[[], datetime] = utc_now) -> None:
        self._connection = connection
        self._untouched = False
        """Whether a job is under way that has not come to the database yet."""
        self.run = self.epoch = 0
        self.charged = 0
        self.in_doubt = 0
        self.in_hand = set[int]()
        """Customers that this process works on, where no other can."""
        self.pseudonyms: Pseudonyms | None = None
        """What the log calls customers instead of their numbers, if the campaign has a key for that."""
        self._sealed: list[tuple[int, bytes]] = []
        self._salts = _salts()
        self._timed = False
        self._now = now
        self._head = Head()
        self._time = ""
        self._client_no = 0
        self._key_id: str | None = None
        self._marked = True

    @property
    def connection(self) -> Connection:
        """The database, as all jobs so far have left it. From here on the job under way has something to undo."""
        if self._untouched:
            self._untouched = False
            self._connection.execute("SAVEPOINT job")
        return self._connection

    @property
    def head(self) -> Head:
        """The end of the chain as this transaction sees it."""
        return self._head

    def read_head(self) -> None:
        """Learn where the chain ends, and what the campaign is bound to."""
        last = self.connection.execute(_LAST).fetchone()
        if last is not None:
            members = json.loads(last[0])
            self._head, self._time = Head(members["seq"], members["hash"]), max(self._time, members["time"])
        self.bind()

    def count(self) -> None:
        """Take the two counts from the standings, by the core's own words."""
        self.charged = int(self.connection.execute(_ARCHIVED).fetchone()[0])
        self.in_doubt = 0
        for state, unanswered, count in self.connection.execute(_STANDINGS).fetchall():
            self.counted(Standing(State(state), unanswered), count)

    def bind(self) -> None:
        """Learn the campaign's client number, which stands in each customer's lines."""
        row = self.connection.execute(_BOUND).fetchone()
        if row is not None:
            self._client_no, self._marked, self._key_id = row[0], row[1] is not None, row[2]

    def counted(self, standing: Standing, count: int) -> None:
        """Add so many customers of this standing to the counts; negative takes them away."""
        self.charged += count * standing.charged
        self.in_doubt += count * (standing.state is State.IN_DOUBT)

    def time(self) -> str:
        """When this job was begun, in RFC 3339 with microseconds, but never before an earlier fact."""
        if not self._timed:
            self._time, self._timed = max(self._time, stamped(self._now())), True
        return self._time

    def seal(self, fact: Fact, customer_no: str | None = None) -> Record:
        """One more fact on the chain; `store` puts it with whatever else this transaction changes."""
        subject = None if customer_no is None else self._subject(customer_no)
        self._head, record = seal(self._head, self.time(), fact, subject, next(self._salts))
        self._sealed.append((record.seq, record.line))
        return record

    def _subject(self, customer_no: str) -> Subject:
        """Here, and nowhere else, a number becomes what the log calls it."""
        if self._key_id is None:
            return Subject(self._client_no, customer_no)
        if self.pseudonyms is None or self.pseudonyms.key_id != self._key_id:
            raise LogBroken(
                "a fact about a customer came without the key of the campaign's pseudonyms",
                "Nothing was recorded of it. This is a bug: please report it.",
            )
        return Subject(self._client_no, self.pseudonyms.of(customer_no), is_ref=True)

    def ref(self, key: str) -> str | None:
        """What is kept beside a number, so that whoever proves the log needs no key."""
        return None if self.pseudonyms is None else self.pseudonyms.of(key)

    def attempt(self, act: "Callable[[Transaction], T]", errors: type[Exception]) -> Outcome:
        """Do one job wholly or not at all; an error of the database goes through, any other is the job's outcome."""
        before = self.before()
        self._untouched, self._timed = True, False
        try:
            outcome = self._outcome(act, errors, before)
            if not self._untouched:
                self._connection.execute("RELEASE job")
        finally:
            self._untouched = False
        return outcome

    def _outcome(self, act: "Callable[[Transaction], T]", errors: type[Exception], before: Before) -> Outcome:
        try:
            return Done(act(self))
        except errors:
            raise
        except Exception as refusal:  # noqa: BLE001 - whatever it is, it is for the caller to hear, and not for others
            if not self._untouched:
                self._connection.execute("ROLLBACK TO job")
            self._back_to(before)
            return refusal

    def change(self, statement: str, values: Sequence[object]) -> bool:
        """Change the one customer that the statement names by its last three values; whether it stood as they say.

        Where changes are put off the answer is yes; a batch of which it then is not true is done anew, job by job.
        """
        return self.connection.execute(statement, values).rowcount == 1

    def glance(self, query: str) -> Row:
        """What a query finds in the campaign's one row. Jobs that change that row do so by way of `connection`."""
        return self.connection.execute(query).fetchone()

    def fence(self) -> Fence:
        """What each update of a customer must find besides."""
        return Fence()

    def clearance(self) -> Fence:
        """What the update that records an intent must find besides."""
        return Fence()

    def missed(self, number: int, state: State) -> Stop:
        """Why an update found no such customer: by itself only a bug, or somebody who edited the ledger."""
        raise LogBroken(
            f"The ledger does not hold customer {number} as {state}, as the worker believed.",
            "Nothing was recorded of it. This is a bug, or the ledger was edited: please report it.",
        )

    def about_to_forget(self) -> None:
        """What is changed from here on is to leave no trace; `Busy` if others work the campaign."""
        raise NotImplementedError

    def enter(self, started: Started, time: str) -> bool:
        """Enter a run; whether it is the first of those that go on together."""
        raise NotImplementedError

    def add_rows(self, rows: Iterable[NewRow]) -> None:
        """Add these rows of an input, and whom they name for the first time; as many at once as memory may hold."""
        raise NotImplementedError

    def rows_added(self) -> None:
        """All rows of the input have been added."""
        raise NotImplementedError

    def let_go(self, number: int) -> None:
        """The run is over with this customer: it is nobody's again."""
        self.in_hand.discard(number)

    def before(self) -> Before:
        """What there is to go back to."""
        return self._head, self._time, self.charged, self.in_doubt, len(self._sealed)

    def _back_to(self, before: Before) -> None:
        """Undo what a refused job did; the database's part is rolled back."""
        self._head, self._time, self.charged, self.in_doubt, sealed = before
        del self._sealed[sealed:]
        self.bind()

    def store(self) -> list[bytes]:
        """Insert the facts sealed since the last call, all at once; their lines, for the audit file.

        With the first of them the mark of the last clean end is void: a kill may leave the file behind from here on.
        """
        sealed, self._sealed = self._sealed, []
        if sealed:
            if self._marked:
                self.mark(None)
            self.connection.executemany("INSERT INTO facts VALUES (?, ?)", sealed)
        return [line for _, line in sealed]

    def abandon(self) -> None:
        """The transaction did not come to its end: what was sealed in it never was."""
        self._sealed.clear()

    def mark(self, mark: str | None) -> None:
        """Keep what the audit file looks like after a clean end, until the next fact."""
        self._marked = mark is not None
        self.connection.execute("UPDATE campaign SET audit_mark = ?", (mark,))
