"""The walk of one run over the list: who comes next, and that nobody comes twice.

Decides nothing about a customer but its turn. A run's memory of whom it had is the place it has reached in each
pass, and the number of the run in the rows it has recorded: it does not grow with the list.
"""

import sqlite3

from worker.core.customer import CustomerNo
from worker.core.lifecycle import Standing, State, recover
from worker.core.steps import Purpose
from worker.ledger.ranks import Rank, passes, rank_of
from worker.ledger.transaction import Transaction
from worker.ports import Claim, Work

_NEXT = """
SELECT c.id, c.number, c.state, c.unanswered, c.delete_status, c.intents, p.key IS NOT NULL
FROM customers c LEFT JOIN protect p ON p.key = c.key
WHERE c.rank = ? AND c.rank < 5 AND c.run <> ? AND c.id > ? AND c.id <= ? AND c.approved >= ?
ORDER BY c.id LIMIT ?
"""
_RECOVER = "UPDATE customers SET state = ?, unanswered = ?, rank = CASE WHEN rank = 2 THEN 2 ELSE ? END WHERE id = ?"
_GOLDEN = 0.6180339887498949


class Walk:
    """One run's way over the list, for one kind of work."""

    def __init__(self, work: Work, run: int, last: int) -> None:
        self.work = work
        self._run = run
        self._last = last if work.limit is None else min(last, work.limit)
        self._passes = passes(work)
        self._after = 0
        self._thrown = 0

    def onward(self, transaction: Transaction, count: int) -> list[Claim]:
        """The next customers in the list's order, pass by pass."""
        found: list[Claim] = []
        while len(found) < count and self._passes:
            claims = self._read(transaction, self._passes[0], self._after, count - len(found))
            if not claims:
                self._passes, self._after = self._passes[1:], 0
                continue
            self._after = claims[-1].id
            found += [claim for claim in claims if self._wanted(claim)]
        return [_recovered(transaction, claim) for claim in found]

    def across(self, transaction: Transaction, count: int) -> list[Claim]:
        """Customers from all over the list: the golden ratio spreads any number of them evenly."""
        found: list[Claim] = []
        while len(found) < count:
            self._thrown += 1
            claim = self._near(transaction, int(self._thrown * _GOLDEN % 1 * self._last))
            if claim is None:
                break
            # Later passes come by here again, so the row itself must say that this run has had it.
            transaction.connection.execute("UPDATE customers SET run = ? WHERE id = ?", (self._run, claim.id))
            found.append(_recovered(transaction, claim))
        return found

    def _near(self, transaction: Transaction, after: int) -> Claim | None:
        """The next customer behind this place, else the first before it."""
        for start in (after, 0):
            for position, rank in enumerate(self._passes):
                reached = start if position else max(start, self._after)
                for claim in self._read(transaction, rank, reached, 1):
                    if self._wanted(claim):
                        return claim
        return None

    def _wanted(self, claim: Claim) -> bool:
        return self.work.purpose is not Purpose.RECONCILE or claim.standing.owed

    def _read(self, transaction: Transaction, rank: Rank, after: int, count: int) -> list[Claim]:
        approved = self.work.approved and self.work.purpose is Purpose.DELETE
        where = (rank, self._run, after, self._last, approved, count)
        return [_claim(row) for row in transaction.connection.execute(_NEXT, where)]


def _claim(row: sqlite3.Row) -> Claim:
    number, number_text, state, unanswered, status, intents, protected = row
    standing = Standing(State(state), unanswered, status)
    return Claim(number, CustomerNo(number_text), standing, intents, bool(protected))


def _recovered(transaction: Transaction, claim: Claim) -> Claim:
    """The claim as a start sees it; what recovery changed is kept, as later records build on it."""
    standing = recover(claim.standing)
    if standing == claim.standing:
        return claim
    changed = (standing.state, standing.unanswered, rank_of(standing), claim.id)
    transaction.connection.execute(_RECOVER, changed)
    transaction.counted(claim.standing, -1)
    transaction.counted(standing, 1)
    return Claim(claim.id, claim.number, standing, claim.intents, claim.protected)
