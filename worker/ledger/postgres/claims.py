"""The walk of one worker over a list that others walk too: what one has in hand, no other takes up.

Decides nothing about a customer but its turn. Claims are one statement, which passes over what is being claimed.
"""

from operator import itemgetter

from worker.ledger.claims import Walk, Where, claimed
from worker.ledger.transaction import Transaction
from worker.ports import Claim

_TAKE = """
UPDATE customers c SET holder = ? FROM (
    SELECT id FROM customers
    WHERE rank = ? AND rank < 5 AND run < ? AND id > ? AND id <= ? AND approved >= ? AND holder IS NULL
      AND (? = 0 OR state IN ('intended', 'confirmed', 'rejected', 'missing', 'contested', 'in_doubt')
           OR (unanswered > 0 AND state NOT IN ('deleted', 'deleted_inferred')))
    ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED
) next WHERE c.id = next.id
RETURNING c.id, c.number, c.state, c.unanswered, c.delete_status, c.intents,
          EXISTS (SELECT 1 FROM protect p WHERE p.key = c.key), (SELECT r.cells FROM rows r WHERE r.line = c.line),
          c.key, c.ref
"""


class SharedWalk(Walk):
    """Claims are marked with the run that holds them, until it is over with the customer, or dead."""

    def _taken(self, transaction: Transaction, where: Where) -> list[Claim]:
        rows = transaction.connection.execute(_TAKE, (transaction.run, *where)).fetchall()
        return [claimed(row, self.work.expects, transaction.ref) for row in sorted(rows, key=itemgetter(0))]
