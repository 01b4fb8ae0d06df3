"""Leave for one more DELETE, as the ledger gives it: under the cap, while nobody has halted the campaign.

Decides from what the transaction sees, so that workers that know nothing of each other never reach one too many. The
orders that people gave are read and written here, and nowhere else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from worker.core import orders
from worker.core.guards import Limits, Stop, Tally, reserve
from worker.core.lifecycle import Standing, State
from worker.core.orders import Orders
from worker.core.times import stamped
from worker.core.values import replace
from worker.ledger.transaction import Transaction

ORDERS = "SELECT orders, paused, rate, max_deletes, halt FROM campaign"
"""What `orders_of` reads."""
_ORDER = "UPDATE campaign SET orders = ?, paused = ?, rate = ?, max_deletes = ?, halt = ?"
_LATELY = """
SELECT state, CASE WHEN unanswered > 0 THEN 1 ELSE 0 END, count(*) FROM customers WHERE intended_at > ? GROUP BY 1, 2
"""
_LATELY_BEFORE = "SELECT count(*) FROM rows WHERE verdict IN ('deleted', 'deleted_inferred') AND settled_at > ?"


@dataclass(frozen=True, slots=True)
class Leave:
    """Up to how many customers may be deleted: over all runs, or within the last `window` seconds. None: no cap."""

    most: int | None = None
    window: float | None = None


def orders_of(row: tuple[Any, ...]) -> Orders:
    """The orders that a row of the campaign holds."""
    count, paused, rate, most, halt = row
    return Orders(count, bool(paused), rate, most, None if halt is None else orders.read(orjson.loads(halt)))


def ordered(transaction: Transaction) -> Orders:
    """What holds at this moment."""
    row = transaction.glance(ORDERS)
    return Orders() if row is None else orders_of(row)


def order(transaction: Transaction, given: Orders) -> None:
    """From now on this holds; who ordered it is a fact of its own, where a person did."""
    halt = None if given.halt is None else orjson.dumps(orders.written(given.halt)).decode()
    count = ordered(transaction).count + 1
    values = (count, int(given.paused), given.rate, given.max_deletes, halt)
    transaction.connection.execute(_ORDER, values)


def halt(transaction: Transaction, stop: Stop) -> None:
    """All workers must stop for this; the first cause counts."""
    now = ordered(transaction)
    if now.halt is None:
        order(transaction, replace(now, halt=stop))


def withheld(transaction: Transaction, standing: Standing, leave: Leave) -> Stop | None:
    """Why one more DELETE may not be meant; None if it may. A customer that counts already needs no place."""
    now = ordered(transaction)
    if now.halt is not None:
        return now.halt
    most = leave.most if now.max_deletes is None else now.max_deletes
    if standing.charged or most is None:
        return None
    charged = transaction.charged if leave.window is None else charged_within(transaction, leave.window)
    outcome = reserve(Tally(charged=charged), Limits(customers=0, max_deletes=most))
    return outcome if isinstance(outcome, Stop) else None


def charged_within(transaction: Transaction, seconds: float) -> int:
    """How many customers count against a cap over so many seconds until now."""
    since = stamped(datetime.now(UTC) - timedelta(seconds=seconds))
    groups = transaction.connection.execute(_LATELY, (since,)).fetchall()
    now = sum(int(count) for state, unanswered, count in groups if Standing(State(state), unanswered).charged)
    return now + int(transaction.connection.execute(_LATELY_BEFORE, (since,)).fetchone()[0])
