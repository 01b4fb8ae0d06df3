"""What becomes of a worker that gives no sign of life: its run is buried, and its customers are anybody's again.

Decides by the database's clock alone. A DELETE that it meant may have left: its customer is in doubt, and is read
first by whoever takes it up.
"""

from worker.core.facts import CampaignFact
from worker.core.lifecycle import Standing, State, recover
from worker.ledger.ranks import rank_of
from worker.ledger.transaction import Transaction

DEAD = "SELECT id, host, pid FROM runs WHERE ended_at IS NULL AND buried = 0 AND lease_until <= clock_timestamp()"
"""Runs whose lease has passed."""
_BURY = "UPDATE runs SET buried = 1, ended_at = ?, stopped_by = 'lease_lost' WHERE id = ?"
_IN_HAND = "SELECT id, state, unanswered, delete_status FROM customers WHERE holder = ?"
_FREE = """
UPDATE customers SET holder = NULL, run = 0, state = ?, unanswered = ?,
    rank = CASE WHEN rank = 2 THEN 2 ELSE ? END WHERE id = ?
"""
_HELD = "UPDATE customers SET run = 0 WHERE state = 'held' AND run = ?"
_STIR = "UPDATE campaign SET stirred = stirred + 1"


def bury(transaction: Transaction) -> None:
    """Bury every run whose lease has passed, and say so in the audit."""
    for run, host, pid in transaction.connection.execute(DEAD).fetchall():
        freed = _free(transaction, run)
        record = transaction.seal(CampaignFact("worker_lost", {"host": host, "pid": pid, "inHand": freed}))
        transaction.connection.execute(_BURY, (record.time, run))


def let_go(transaction: Transaction, run: int) -> None:
    """The run ends with customers in hand: the others may take them up."""
    transaction.connection.execute("UPDATE customers SET holder = NULL, run = 0 WHERE holder = ?", (run,))
    transaction.connection.execute(_HELD, (run,))
    transaction.connection.execute(_STIR)


def is_alive(transaction: Transaction, run: int) -> bool:
    """Whether nobody has buried it."""
    found = transaction.connection.execute("SELECT buried FROM runs WHERE id = ?", (run,)).fetchone()
    return found is None or not found[0]


def holds(transaction: Transaction, number: int) -> bool:
    """Whether the customer is in this run's hand."""
    found = transaction.connection.execute("SELECT holder FROM customers WHERE id = ?", (number,)).fetchone()
    return found is None or found[0] == transaction.run


def _free(transaction: Transaction, run: int) -> int:
    customers = transaction.connection.execute(_IN_HAND, (run,)).fetchall()
    for number, state, unanswered, status in customers:
        before = Standing(State(state), unanswered, status)
        after = recover(before)
        changed = (after.state, after.unanswered, int(rank_of(after)), number)
        transaction.connection.execute(_FREE, changed)
        transaction.counted(before, -1)
        transaction.counted(after, 1)
    transaction.connection.execute(_HELD, (run,))
    transaction.connection.execute(_STIR)
    return len(customers)
