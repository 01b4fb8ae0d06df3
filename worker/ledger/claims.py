"""The walk of one run over the list: who comes next, and that nobody comes twice.

Decides nothing about a customer but its turn. A run's memory of whom it had is the place it has reached in each
pass, and the number of the run in the rows it has recorded: it does not grow with the list.
"""

from collections.abc import Callable
from typing import Any

import orjson

from worker.core.customer import CustomerNo, fold
from worker.core.lifecycle import Standing, State, recover
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.errors import LogBroken
from worker.ledger.ranks import Rank, passes, rank_of
from worker.ledger.transaction import Transaction
from worker.ports import Claim, Work

# Where "owed" is asked for it is `Standing.owed`: a DELETE of ours left, and what it did is not established.
_NEXT = """
SELECT c.id, c.number, c.state, c.unanswered, c.delete_status, c.intents, p.key IS NOT NULL, r.cells,
       c.key, c.ref
FROM customers c LEFT JOIN protect p ON p.key = c.key LEFT JOIN rows r ON r.line = c.line
WHERE c.rank = ? AND c.rank < 5 AND c.run < ? AND c.id > ? AND c.id <= ? AND c.approved >= ?
  AND (? = 0 OR c.state IN ('intended', 'confirmed', 'rejected', 'missing', 'contested', 'in_doubt')
       OR (c.unanswered > 0 AND c.state NOT IN ('deleted', 'deleted_inferred')))
ORDER BY c.id LIMIT ?
"""
_RECOVER = "UPDATE customers SET state = ?, unanswered = ?, rank = CASE WHEN rank = 2 THEN 2 ELSE ? END WHERE id = ?"
_GOLDEN = 0.6180339887498949
_STIRRED = "SELECT coalesce(max(stirred), 0) FROM campaign"
_LAST = "SELECT coalesce(max(id), 0) FROM customers"
_ADVICE = "Nothing was sent for it. Keep the campaign's directory as it is, and find out who could write there."
Where = tuple[int, int, int, int, int, int, int]
"""Rank, before which run, after which id, up to which, least approval, whether a DELETE must be owed for, how many."""


class Walk:
    """One run's way over the list, for one kind of work. It begins anew when customers came or came back meanwhile."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._stirred = -1
        self._last = 0
        self._passes: tuple[Rank, ...] = ()
        self._after = 0
        self._thrown = 0

    def onward(self, transaction: Transaction, count: int) -> list[Claim]:
        """The next customers in the list's order, pass by pass."""
        found: list[Claim] = []
        while len(found) < count and (self._passes or self._begun_anew(transaction)):
            claims = self._read(transaction, self._passes[0], self._after, count - len(found))
            if not claims:
                self._passes, self._after = self._passes[1:], 0
                continue
            self._after = claims[-1].id
            found += claims
        return [recovered(transaction, claim) for claim in found]

    def _begun_anew(self, transaction: Transaction) -> bool:
        """Whether there is anything new since the walk began; then it begins again at the top of the list."""
        stirred = int(transaction.connection.execute(_STIRRED).fetchone()[0])
        if stirred == self._stirred:
            return False
        last = int(transaction.connection.execute(_LAST).fetchone()[0])
        self._last = last if self.work.limit is None else min(last, self.work.limit)
        self._stirred, self._passes, self._after = stirred, passes(self.work), 0
        return True

    def across(self, transaction: Transaction, count: int) -> list[Claim]:
        """Customers from all over the list: the golden ratio spreads any number of them evenly."""
        found: list[Claim] = []
        if not self._passes:
            self._begun_anew(transaction)
        while len(found) < count:
            self._thrown += 1
            claim = self._near(transaction, int(self._thrown * _GOLDEN % 1 * self._last))
            if claim is None:
                break
            # Later passes come by here again, so the row itself must say that this run has had it.
            transaction.connection.execute("UPDATE customers SET run = ? WHERE id = ?", (transaction.run, claim.id))
            found.append(recovered(transaction, claim))
        return found

    def _near(self, transaction: Transaction, after: int) -> Claim | None:
        """The next customer behind this place, else the first before it."""
        for start in (after, 0):
            for position, rank in enumerate(self._passes):
                reached = start if position else max(start, self._after)
                for claim in self._read(transaction, rank, reached, 1):
                    return claim
        return None

    def _read(self, transaction: Transaction, rank: Rank, after: int, count: int) -> list[Claim]:
        approved = self.work.approved and self.work.purpose is Purpose.DELETE
        owed = self.work.purpose is Purpose.RECONCILE
        # What ended open is for runs that began after that. What is rechecked is for one of those that go on together.
        before = transaction.epoch if rank in (Rank.ELIGIBLE, Rank.SETTLED) else transaction.run
        where = (int(rank), before, after, self._last, int(approved), int(owed), count)
        return self._taken(transaction, where)

    def _taken(self, transaction: Transaction, where: Where) -> list[Claim]:
        """The customers there, in the order of the list, but for those that are in hand already."""
        *place, count = where
        rows = transaction.connection.execute(_NEXT, (*place, count + len(transaction.in_hand))).fetchall()
        free = [row for row in rows if row[0] not in transaction.in_hand][:count]
        claims = [claimed(row, self.work.expects, transaction.ref) for row in free]
        transaction.in_hand.update(claim.id for claim in claims)
        return claims


def claimed(row: tuple[Any, ...], expects: int | None, ref: Callable[[str], str | None]) -> Claim:
    """A claim from a row: id, number, state, unanswered, delete_status, intents, protected, the first line's cells.

    Then come key and pseudonym, which a plan's digest covers; `LogBroken` if they are not those of the number.
    """
    number, number_text, state, unanswered, status, intents, protected, cells, key, kept = row
    if fold(number_text) != key or (kept is not None and ref(key) not in {None, kept}):
        raise LogBroken(f"customer {number} of the ledger has another's number: somebody changed it", _ADVICE)
    standing = Standing(State(state), unanswered, status)
    expected = None if expects is None else _cell(cells, expects)
    return Claim(number, CustomerNo(number_text), standing, intents, bool(protected), expected)


def _cell(cells: str | None, place: int) -> str:
    """What stands there; a row that has no such cell expects nothing that a record could say."""
    found = orjson.loads(cells or "[]")
    return str(found[place]) if place < len(found) else ""


def recovered(transaction: Transaction, claim: Claim) -> Claim:
    """The claim as a start sees it; what recovery changed is kept, as later records build on it."""
    standing = recover(claim.standing)
    if standing == claim.standing:
        return claim
    changed = (standing.state.value, standing.unanswered, int(rank_of(standing)), claim.id)
    transaction.connection.execute(_RECOVER, changed)
    transaction.counted(claim.standing, -1)
    transaction.counted(standing, 1)
    return replace(claim, standing=standing)
