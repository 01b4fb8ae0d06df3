"""How requests from a queue become rows, while the campaign is being worked.

Decides what a request is to the customers that are there: a new one, another word about one that is open, or a reason
to open a settled one again. The earlier row keeps the verdict it had. A request that is there already changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from worker.core.customer import CustomerNo, Rejected
from worker.core.facts import CampaignFact, ControlFact
from worker.core.lifecycle import Standing, State, reported
from worker.core.request import Request
from worker.core.summary import SETTLED
from worker.ledger.forgetting import refuse_closed
from worker.ledger.ranks import Rank
from worker.ledger.transaction import Transaction

_KNOWN = "SELECT 1 FROM rows WHERE request = ?"
_NEXT_LINE = "SELECT coalesce(max(line), 0) + 1 FROM rows"
_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM customers"
_CUSTOMER = """
SELECT id, state, unanswered, delete_status, line, reason, settled_at FROM customers WHERE key = ?
"""
_NEW = "INSERT INTO customers (id, key, number, line, ref) VALUES (?, ?, ?, ?, ?)"
_ROW = "INSERT INTO rows (line, customer, invalid, cells, request, reason) VALUES (?, ?, ?, ?, ?, ?)"
_ARCHIVE = "UPDATE rows SET verdict = ?, reason = ?, delete_status = ?, settled_at = ? WHERE line = ?"
_REOPEN = """
UPDATE customers SET state = 'open', unanswered = 0, delete_status = NULL, line = ?, number = ?, rank = ?, setback = 0,
    run = 0, reason = '', settled_at = NULL, intended_at = NULL WHERE id = ?
"""
_AGAIN = "UPDATE customers SET run = 0 WHERE id = ?"
_COUNTS = """
UPDATE campaign SET rows = rows + ?, customers = customers + ?, invalid = invalid + ?, duplicate = duplicate + ?,
    stirred = stirred + 1
"""
_TOTALS = "SELECT rows, customers, invalid, duplicate FROM campaign"


@dataclass(slots=True)
class _Added:
    """What a batch has added so far, row by row."""

    rows: int = 0
    customers: int = 0
    invalid: int = 0
    duplicate: int = 0


def enlist(transaction: Transaction, requests: Sequence[Request]) -> None:
    """Add these requests as rows, in their order; the new totals are a fact, if anything is new."""
    refuse_closed(transaction)
    added = _Added()
    for request in requests:
        if transaction.connection.execute(_KNOWN, (request.id,)).fetchone() is None:
            _add(transaction, request, added)
    if added.rows:
        counts = (added.rows, added.customers, added.invalid, added.duplicate)
        transaction.connection.execute(_COUNTS, counts)
        totals = transaction.connection.execute(_TOTALS).fetchone()
        names = ("rows", "customers", "invalid", "duplicate")
        transaction.seal(CampaignFact("enlisted", dict(zip(names, totals, strict=True))))


def _add(transaction: Transaction, request: Request, added: _Added) -> None:
    added.rows += 1
    line = int(transaction.connection.execute(_NEXT_LINE).fetchone()[0])
    number = request.number
    if isinstance(number, Rejected):
        added.invalid += 1
        _row(transaction, request, line, None)
        return
    known = transaction.connection.execute(_CUSTOMER, (number.key,)).fetchone()
    if known is None:
        added.customers += 1
        id_ = int(transaction.connection.execute(_NEXT_ID).fetchone()[0])
        transaction.connection.execute(_NEW, (id_, number.key, number.text, line, transaction.ref(number.key)))
        _row(transaction, request, line, id_)
    elif reported(_standing(known), planning=False) in SETTLED:
        _row(transaction, request, line, known[0])
        _open_again(transaction, request, number, known, line)
    else:
        added.duplicate += 1
        _row(transaction, request, line, known[0], f"line {known[4]}")
        transaction.connection.execute(_AGAIN, (known[0],))


def _row(
    transaction: Transaction, request: Request, line: int, customer: int | None, reason: str | None = None
) -> None:
    invalid = request.number.why.value if isinstance(request.number, Rejected) else None
    cells = orjson.dumps([request.raw, request.id]).decode()
    transaction.connection.execute(_ROW, (line, customer, invalid, cells, request.id, reason))


def _open_again(
    transaction: Transaction, request: Request, number: CustomerNo, known: tuple[Any, ...], line: int
) -> None:
    """The earlier row keeps what was settled; a deletion that was counted stays counted."""
    id_, *_, first, reason, settled_at = known
    standing = _standing(known)
    transaction.connection.execute(_ARCHIVE, (standing.state.value, reason, standing.delete_status, settled_at, first))
    transaction.connection.execute(_REOPEN, (line, number.text, int(Rank.OPEN), id_))
    transaction.let_go(id_)
    # A request's identity holds the number that it names.
    name = request.id if transaction.pseudonyms is None else transaction.pseudonyms.of_request(request.id)
    transaction.seal(ControlFact("requested_again", {"request": name}), number.text)


def _standing(known: tuple[Any, ...]) -> Standing:
    return Standing(State(known[1]), known[2], known[3])
