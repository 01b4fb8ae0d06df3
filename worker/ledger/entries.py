"""How one entry becomes rows: the customer's new standing and its facts, in one transaction.

Decides which columns follow from which facts. It refuses an entry that builds on another standing than the ledger
holds, and an intent for which there is no leave; whether a move is legal is the core's.
"""

from worker.core.eligibility import Finding
from worker.core.facts import CheckFact, CustomerFact, IntentFact, Record, VerdictFact
from worker.core.guards import Stop
from worker.core.lifecycle import OPEN_STATES, RECORDED, Move, Standing, State
from worker.core.summary import SETTLED
from worker.core.values import Value
from worker.errors import OutOfReach
from worker.ledger.leave import Leave, withheld
from worker.ledger.ranks import rank_of
from worker.ledger.transaction import Transaction
from worker.ports import Entry, Held

_UPDATE = """
UPDATE customers SET
    state = {}, unanswered = {}, delete_status = {}, intents = intents + {}, intended_at = coalesce({}, intended_at),
    seen = coalesce({}, seen), rank = CASE WHEN {} = 1 AND setback + {} > 0 THEN 2 ELSE {} END,
    setback = CASE WHEN setback + {} > 0 THEN 1 ELSE 0 END,
    run = CASE WHEN {} = 1 THEN (SELECT max(id) FROM runs) ELSE {} END, reason = coalesce({}, reason),
    settled_at = CASE WHEN {} = 1 THEN {} ELSE settled_at END
{source}WHERE customers.id = {} AND state = {} AND unanswered = {}
"""
_VALUES = _UPDATE.count("{}")
_ONE = _UPDATE.format(*["?"] * _VALUES, source="")
UPDATE_ALL = _UPDATE.format(
    *(f"json_extract(given, '$[{place}]')" for place in range(_VALUES)),
    source="FROM (SELECT value AS given FROM json_each(?))\n",
)
"""The same for many customers at once: a JSON list of lists of values. SQLite's dialect."""
_HELD = (
    "SELECT id, number, unanswered, delete_status FROM customers WHERE state = 'held' AND run = ? ORDER BY id LIMIT ?"
)
HELD_AT_ONCE = 500
"""How many held customers are settled in one transaction."""


class _Change(Value, frozen=True):
    """What happens to one customer: before and after, the facts, whether it is set back, and whether this ends it.

    What ends open is for runs that begin later: not for those that are going on, however late they come by.
    """

    number: int
    before: Standing
    after: Standing
    facts: tuple[CustomerFact, ...]
    setback: bool = False
    over: bool = False

    @property
    def later(self) -> bool:
        """Whether only a later run may take the customer up; one put aside is still this run's to settle."""
        return self.over and self.after.state in OPEN_STATES - {State.HELD}


def write(transaction: Transaction, entry: Entry) -> list[Record]:
    """Record one entry; `LogBroken` if the customer does not stand where the entry says it stood."""
    missed = _update(transaction, _change(entry))
    if missed is not None:
        raise OutOfReach(missed.message, *missed.advice)
    if entry.over:
        transaction.let_go(entry.claim.id)
    return [transaction.seal(fact, entry.claim.number.text) for fact in entry.facts]


def intend(transaction: Transaction, entry: Entry, leave: Leave) -> list[Record] | Stop:
    """Record an intent if there is leave for one more DELETE; else why there is none, and nothing is recorded."""
    stop = withheld(transaction, entry.claim.standing, leave) or _update(transaction, _change(entry), intending=True)
    if stop is not None:
        return stop
    return [transaction.seal(fact, entry.claim.number.text) for fact in entry.facts]


def release(transaction: Transaction, held: Held) -> list[Record]:
    """Settle up to `HELD_AT_ONCE` of the customers that this run put aside; none is left when it returns none."""
    fact = VerdictFact(held.verdict, held.reason, {"customer": Finding.NONE.value})
    records = []
    found = transaction.connection.execute(_HELD, (transaction.run, HELD_AT_ONCE)).fetchall()
    for number, text, unanswered, status in found:
        before = Standing(State.HELD, unanswered, status)
        after = before.after(Move(held.verdict.value))
        _update(transaction, _Change(number, before, after, (fact,), over=True), mine=False)
        records.append(transaction.seal(fact, text))
    return records


def _change(entry: Entry) -> _Change:
    return _Change(entry.claim.id, entry.claim.standing, entry.standing, entry.facts, entry.setback, entry.over)


def _update(transaction: Transaction, change: _Change, *, intending: bool = False, mine: bool = True) -> Stop | None:
    """Change one customer; why not, if the ledger does not hold it so. What is held aside is nobody's (`mine`)."""
    before, after, setback = change.before, change.after, int(change.setback)
    time = transaction.time()
    reason, settled_at = _ending(after, change.facts, time)
    intents = sum(isinstance(fact, IntentFact) for fact in change.facts)
    standing = (after.state, after.unanswered, after.delete_status, intents, time if intents else None)
    rank = (int(after.state in OPEN_STATES), setback, int(rank_of(after)), setback)
    ending = (int(change.later), transaction.run, reason, int(reason is not None), settled_at)
    changed = (*standing, _seen(change.facts), *rank, *ending)
    fence = transaction.clearance() if intending else transaction.fence()
    where = (change.number, before.state, before.unanswered)
    statement, values = _ONE + (fence.where if mine else ""), (*changed, *where, *(fence.values if mine else ()))
    if not transaction.change(statement, values):
        return transaction.missed(change.number, before.state)
    transaction.counted(before, -1)
    transaction.counted(after, 1)
    return None


def _ending(after: Standing, facts: tuple[CustomerFact, ...], time: str) -> tuple[str | None, str | None]:
    """The reason to keep, and when it was settled; None for the reason leaves both as they are."""
    ending = next((fact for fact in reversed(facts) if isinstance(fact, VerdictFact)), None)
    if ending is not None:
        return ending.reason, time if ending.verdict in SETTLED else None
    return (None if after.state.value in RECORDED else ""), None


def _seen(facts: tuple[CustomerFact, ...]) -> int | None:
    """Whether the last check saw the customer there; None if none of these facts tells."""
    told = [fact.findings.get("customer") for fact in facts if isinstance(fact, CheckFact)]
    known = [finding for finding in told if finding in (Finding.SOME, Finding.NONE)]
    return int(known[-1] == Finding.SOME) if known else None
