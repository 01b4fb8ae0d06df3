"""What the lines of an audit log add up to, customer by customer, in constant memory.

Decides which orders of lines cannot be: an outcome without an intent, a word about somebody who was settled for
good. It trusts the bytes: whether the chain holds is `chain`'s to say. What it adds up stands in a private
temporary database, which the system removes.
"""

import sqlite3
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

from worker.core.customer import fold
from worker.core.facts import FactKind
from worker.core.lifecycle import RECHECK_STATES, Verdict
from worker.core.summary import SETTLED

_TABLE = """
CREATE TABLE customers (
    key TEXT PRIMARY KEY, verdict TEXT, reason TEXT, seq INTEGER, intents INTEGER, attempts INTEGER, sent INTEGER
) WITHOUT ROWID
"""
_GET = "SELECT verdict, reason, seq, intents, attempts, sent, 1 FROM customers WHERE key = ?"
_PUT = "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)"
_VERDICTS = "SELECT verdict, count(*) FROM customers WHERE verdict IS NOT NULL GROUP BY 1"
_UNFINISHED = "SELECT count(*) FROM customers WHERE intents > attempts"
_RECHECKED = frozenset(state.value for state in RECHECK_STATES)
_FINAL = frozenset(verdict.value for verdict in SETTLED) - {Verdict.ELIGIBLE.value}
_COUNTED = ("rows", "customers", "invalid", "duplicate")
_SHOWN = 20
_RECENT = 200  # customers; more are hardly ever in flight


class Trace(NamedTuple):
    """What the lines say of one customer: its last verdict and where it stands, and its DELETEs meant and told of."""

    verdict: str | None = None
    reason: str = ""
    seq: int = 0
    intents: int = 0
    attempts: int = 0
    sent: int = 0
    named: int = 0


class Account:
    """Takes the lines of one log in their order. `problems` holds the first few."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.lines = 0
        self.created: Mapping[str, object] = {}
        """The first line, with the counts that later lines of a queue have brought up to date."""
        self._rechecked = 0
        self._recent: dict[str, Trace] = {}
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
        if kind == FactKind.CAMPAIGN:
            self._campaign(members)
        elif self.lines == 1:
            self.fault("the first line does not say which campaign this is")
        if kind == FactKind.CONTROL and "customerNo" in members:
            self._requested_again(members)
        elif kind not in (FactKind.CAMPAIGN, FactKind.CONTROL):
            self._customer(str(kind), members)

    def fault(self, what: str) -> None:
        """One more problem."""
        if len(self.problems) < _SHOWN:
            self.problems.append(what)
        elif len(self.problems) == _SHOWN:
            self.problems.append("… and more")

    def trace(self, key: str) -> Trace:
        """What the lines say of this customer; nothing, if none names it."""
        if key in self._recent:
            return self._recent[key]
        row = self._database.execute(_GET, (key,)).fetchone()
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
            self.created = members
        elif members.get("event") == "enlisted":
            self.created = {**self.created, **{name: members.get(name) for name in _COUNTED}}
        if members.get("recheck") is True:
            self._rechecked = self.lines

    def _requested_again(self, members: Mapping[str, object]) -> None:
        """A new request for a settled customer opens it again; what it had before is another row's."""
        number, trace = members.get("customerNo"), Trace()
        if isinstance(number, str):
            trace = self.trace(fold(number))
        if not isinstance(number, str) or trace.verdict not in _FINAL or members.get("action") != "requested_again":
            self.fault(f"line {self.lines} opens a customer again that was not settled")
            return
        self._recent[fold(number)] = Trace(intents=trace.intents, attempts=trace.attempts, named=1)

    def _customer(self, kind: str, members: Mapping[str, object]) -> None:
        number, client = members.get("customerNo"), members.get("clientNo")
        if not isinstance(number, str) or client != self.created.get("clientNo"):
            self.fault(f"line {self.lines} does not name a customer of this campaign's client")
            return
        trace = self.trace(fold(number))
        problem = self._again(trace) or _PROBLEMS.get(kind, _unknown)(trace, members)
        if problem:
            self.fault(f"line {self.lines}, customer {number}: {problem}")
        self._recent[fold(number)] = self._after(kind, trace, members)
        if len(self._recent) >= _RECENT:
            self._settle()

    def _settle(self) -> None:
        """Put the customers in hand into the table: a customer's lines stand close together, mostly."""
        self._database.executemany(_PUT, ((key, *trace[:-1]) for key, trace in self._recent.items()))
        self._recent.clear()

    def _again(self, trace: Trace) -> str:
        """Nobody is named again once settled; only a recheck takes up again what was not deleted."""
        if trace.verdict not in _FINAL:
            return ""
        allowed = trace.verdict in _RECHECKED and self._rechecked > trace.seq
        return "" if allowed else f"named again after {trace.verdict}"

    def _after(self, kind: str, trace: Trace, members: Mapping[str, object]) -> Trace:
        match kind:
            case FactKind.INTENT:
                return trace._replace(intents=trace.intents + 1, named=1)
            case FactKind.ATTEMPT:
                sent = trace.sent + (_sent(members) is True)
                return trace._replace(attempts=trace.attempts + 1, sent=sent, named=1)
            case FactKind.VERDICT:
                told = (str(members.get("verdict")), str(members.get("reason")))
                return Trace(*told, self.lines, trace.intents, trace.attempts, trace.sent, named=1)
            case _:
                return trace._replace(named=1)


def _sent(members: Mapping[str, object]) -> object:
    evidence = members.get("evidence")
    return evidence.get("sent") if isinstance(evidence, dict) else None


def _unknown(_: Trace, members: Mapping[str, object]) -> str:
    return f"a line of kind {members.get('kind')!r} is not known"


def _check(_: Trace, __: Mapping[str, object]) -> str:
    return ""


def _intent(trace: Trace, members: Mapping[str, object]) -> str:
    return "" if members.get("attempt") == trace.intents + 1 else f"its intent is not number {trace.intents + 1}"


def _attempt(trace: Trace, members: Mapping[str, object]) -> str:
    if trace.attempts >= trace.intents:
        return "an attempt without an earlier intent"
    return "" if isinstance(_sent(members), bool) else "an attempt that does not say whether it was sent"


def _verdict(trace: Trace, members: Mapping[str, object]) -> str:
    verdict = members.get("verdict")
    if verdict not in _RECORDED:
        return f"{verdict!r} is no verdict that is recorded"
    if verdict == Verdict.DELETED and not trace.sent:
        return "deleted without a DELETE that was sent"
    if verdict == Verdict.DELETED_INFERRED and not trace.intents:
        return "deleted_inferred without an intent"
    return ""


_PROBLEMS = {
    FactKind.CHECK.value: _check,
    FactKind.INTENT.value: _intent,
    FactKind.ATTEMPT.value: _attempt,
    FactKind.VERDICT.value: _verdict,
}
_RECORDED = frozenset(Verdict) - {Verdict.NOT_REACHED, Verdict.INVALID, Verdict.DUPLICATE}
