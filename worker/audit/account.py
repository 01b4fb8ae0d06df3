"""What the lines of an audit log add up to, customer by customer, in constant memory.

Decides what a log as a whole must be: begun by one campaign, about customers of one client. Which orders of one
customer's lines cannot be is `core.trace`'s to say, and whether the chain holds `core.chain`'s. What it adds up stands
in a private temporary database, which the system removes.
"""

import sqlite3
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from worker.core.customer import fold
from worker.core.facts import CUSTOMER_NO, CUSTOMER_REF
from worker.core.lifecycle import Verdict
from worker.core.trace import Trace

_TABLE = """
CREATE TABLE customers (
    key TEXT PRIMARY KEY, verdict TEXT, reason TEXT, seq INTEGER, intents INTEGER, attempts INTEGER, sent INTEGER
) WITHOUT ROWID
"""
_GET = "SELECT verdict, reason, seq, intents, attempts, sent, 1 FROM customers WHERE key = ?"
_PUT = "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)"
_VERDICTS = "SELECT verdict, count(*) FROM customers WHERE verdict IS NOT NULL GROUP BY 1"
_UNFINISHED = "SELECT count(*) FROM customers WHERE intents > attempts"
_COUNTED = ("rows", "customers", "invalid", "duplicate")
_SHOWN = 20
_RECENT = 4_000  # customers; hardly ever are so many in flight, and fewer would mean more journeys to the table
_MASK = (1 << 20) - 1
"""Places of a table of 1 MiB that tells who cannot have been named before."""


class Account:
    """Takes the lines of one log in their order. `problems` holds the first few."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.lines = 0
        self.created: Mapping[str, object] = {}
        """The first line, with the counts that later lines of a queue have brought up to date."""
        self._client: object = None
        self._member, self._foreign = CUSTOMER_NO, CUSTOMER_REF
        self._rechecked = 0
        self._recent: dict[str, Trace] = {}
        self._settled = bytearray(_MASK + 1)
        self._database = sqlite3.connect("", isolation_level=None)

    def __enter__(self) -> Self:
        self._database.execute("BEGIN")
        self._database.execute(_TABLE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def take(self, members: Mapping[str, object]) -> None:
        """One line of the log."""
        self.lines += 1
        kind = members.get("kind")
        if kind == "campaign":
            self._campaign(members)
        elif self.lines == 1:
            self.fault("the first line does not say which campaign this is")
        elif kind != "control" or self._names_somebody(members):
            self._customer(members)

    def fault(self, what: str) -> None:
        """One more problem."""
        if len(self.problems) < _SHOWN:
            self.problems.append(what)
        elif len(self.problems) == _SHOWN:
            self.problems.append("… and more")

    def trace(self, key: str) -> Trace:
        """What the lines say of this customer; nothing, if none names it."""
        found = self._recent.get(key)
        if found is not None:
            return found
        # Nearly everybody is asked for the first time: that much is known without a journey to the table.
        row = self._database.execute(_GET, (key,)).fetchone() if self._settled[hash(key) & _MASK] else None
        return Trace() if row is None else Trace(*row)

    def verdicts(self) -> Mapping[Verdict, int]:
        """Customers by the last verdict that the lines have of them."""
        self._settle()
        return {Verdict(verdict): count for verdict, count in self._database.execute(_VERDICTS)}

    def named(self) -> int:
        """How many customers any line names."""
        self._settle()
        return int(self._database.execute("SELECT count(*) FROM customers").fetchone()[0])

    def unfinished(self) -> int:
        """How many customers have an intent that no attempt follows."""
        self._settle()
        return int(self._database.execute(_UNFINISHED).fetchone()[0])

    def _campaign(self, members: Mapping[str, object]) -> None:
        if (members.get("event") == "created") != (self.lines == 1):
            self.fault(f"line {self.lines}: a campaign is created by the first line, and by no other")
        if self.lines == 1:
            self.created, self._client = members, members.get("clientNo")
            if "pseudonymKey" in members:
                self._member, self._foreign = CUSTOMER_REF, CUSTOMER_NO
        elif members.get("event") == "enlisted":
            self.created = {**self.created, **{name: members.get(name) for name in _COUNTED}}
        if members.get("recheck") is True:
            self._rechecked = self.lines

    def _names_somebody(self, members: Mapping[str, object]) -> bool:
        return self._member in members or self._foreign in members

    def _customer(self, members: Mapping[str, object]) -> None:
        number = members.get(self._member)
        if not isinstance(number, str) or members.get("clientNo") != self._client:
            self.fault(f"line {self.lines} does not name a customer of this campaign's client")
            return
        if self._foreign in members:
            self.fault(f"line {self.lines} names its customer by a {self._foreign} as well")
            return
        key = fold(number)
        trace = self._recent.get(key)
        if trace is None:
            trace = self._recent[key] = self.trace(key)
            trace.named = 1
        problem = trace.take_in(members, self.lines, self._rechecked)
        if problem:
            self.fault(f"line {self.lines}, customer {number}: {problem}")
        if len(self._recent) >= _RECENT:
            self._settle()

    def _settle(self) -> None:
        """Put the customers in hand into the table: a customer's lines stand close together, mostly."""
        rows = ((key, t.verdict, t.reason, t.seq, t.intents, t.attempts, t.sent) for key, t in self._recent.items())
        self._database.executemany(_PUT, rows)
        for key in self._recent:
            self._settled[hash(key) & _MASK] = 1
        self._recent.clear()
