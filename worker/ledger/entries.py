"""How one entry becomes rows: the customer's new standing and its facts, in one transaction.

Decides which columns follow from which facts. It refuses an entry that builds on another standing than the ledger
holds; whether a move is legal is the core's.
"""

from worker.core.eligibility import Finding
from worker.core.facts import CheckFact, CustomerFact, IntentFact, Record, VerdictFact
from worker.core.lifecycle import OPEN_STATES, Move, Standing, State, Verdict
from worker.core.summary import SETTLED
from worker.errors import LogBroken
from worker.ledger.ranks import rank_of
from worker.ledger.transaction import Transaction
from worker.ports import Entry, Held

_UPDATE = """
UPDATE customers SET
    state = ?, unanswered = ?, delete_status = ?, intents = intents + ?, seen = coalesce(?, seen),
    rank = CASE WHEN ? AND max(setback, ?) THEN 2 ELSE ? END, setback = max(setback, ?), run = ?,
    reason = coalesce(?, reason), settled_at = CASE WHEN ? THEN ? ELSE settled_at END
WHERE id = ? AND state = ? AND unanswered = ?
"""
_HELD = (
    "SELECT id, number, unanswered, delete_status FROM customers WHERE state = 'held' AND run = ? ORDER BY id LIMIT ?"
)
_VERDICTS = frozenset(verdict.value for verdict in Verdict)
HELD_AT_ONCE = 500
"""How many held customers are settled in one transaction."""


def write(transaction: Transaction, entry: Entry, run: int) -> list[Record]:
    """Record one entry; `LogBroken` if the customer does not stand where the entry says it stood."""
    claim = entry.claim
    standings = (claim.standing, entry.standing)
    _update(transaction, claim.id, standings, entry.facts, run=run, setback=entry.setback)
    return [transaction.seal(fact, claim.number.text) for fact in entry.facts]


def release(transaction: Transaction, held: Held, run: int) -> list[Record]:
    """Settle up to `HELD_AT_ONCE` of the customers that this run put aside; none is left when it returns none."""
    fact = VerdictFact(held.verdict, held.reason, {"customer": Finding.NONE.value})
    records = []
    for number, text, unanswered, status in transaction.connection.execute(_HELD, (run, HELD_AT_ONCE)).fetchall():
        before = Standing(State.HELD, unanswered, status)
        _update(transaction, number, (before, before.after(Move(held.verdict.value))), (fact,), run=run)
        records.append(transaction.seal(fact, text))
    return records


def _update(
    transaction: Transaction,
    number: int,
    standings: tuple[Standing, Standing],
    facts: tuple[CustomerFact, ...],
    *,
    run: int,
    setback: bool = False,
) -> None:
    before, after = standings
    reason, settled_at = _ending(after, facts, transaction.time())
    intents = sum(isinstance(fact, IntentFact) for fact in facts)
    rank = (after.state in OPEN_STATES, setback, rank_of(after), setback)
    changed = (after.state, after.unanswered, after.delete_status, intents, _seen(facts), *rank, run)
    where = (number, before.state, before.unanswered)
    cursor = transaction.connection.execute(_UPDATE, (*changed, reason, reason is not None, settled_at, *where))
    if cursor.rowcount != 1:
        raise LogBroken(
            f"The ledger does not hold customer {number} as {before.state}, as the worker believed.",
            "Nothing was recorded of it. This is a bug, or the ledger was edited: please report it.",
        )
    transaction.counted(before, -1)
    transaction.counted(after, 1)


def _ending(after: Standing, facts: tuple[CustomerFact, ...], time: str) -> tuple[str | None, str | None]:
    """The reason to keep, and when it was settled; None for the reason leaves both as they are."""
    ending = next((fact for fact in reversed(facts) if isinstance(fact, VerdictFact)), None)
    if ending is not None:
        return ending.reason, time if ending.verdict in SETTLED else None
    return (None if after.state.value in _VERDICTS else ""), None


def _seen(facts: tuple[CustomerFact, ...]) -> int | None:
    """Whether the last check saw the customer there; None if none of these facts tells."""
    told = [fact.findings.get("customer") for fact in facts if isinstance(fact, CheckFact)]
    known = [finding for finding in told if finding in (Finding.SOME, Finding.NONE)]
    return int(known[-1] == Finding.SOME) if known else None
