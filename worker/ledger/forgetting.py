"""How a campaign forgets: numbers and cells go, pseudonyms, states and facts stay.

Decides what in the tables is personal. It forgets only where each customer has a pseudonym, and what was forgotten is
never worked again.
"""

from typing import Final

from worker.core.facts import ControlFact, Record
from worker.errors import UsageWrong
from worker.ledger.transaction import Transaction
from worker.ports import CampaignNote

_CLOSED: Final = "SELECT closed_at FROM campaign"
_FORGET: Final = (
    "UPDATE customers SET key = ref, number = ref",
    "UPDATE rows SET cells = '[]', request = NULL",
    "UPDATE runs SET pulse = '{}'",
    "DELETE FROM protect",
)
_CLOSE: Final = "UPDATE campaign SET closed_at = ?, header = ?"
_NO_COLUMNS: Final = '{"columns":[],"named":true,"delimiter":",","number_at":0,"client_at":null}'
_DONE: Final = "UPDATE campaign SET forgotten_at = ?"


def forget(transaction: Transaction, fact: ControlFact) -> Record:
    """Close the campaign for good, and take out what is personal; `Busy` if somebody works it."""
    transaction.about_to_forget()
    record = transaction.seal(fact)
    for statement in _FORGET:
        transaction.connection.execute(statement)
    transaction.connection.execute(_CLOSE, (record.time, _NO_COLUMNS))
    return record


def forgotten(transaction: Transaction, fact: ControlFact) -> Record:
    """Nothing of it is left anywhere else either."""
    record = transaction.seal(fact)
    transaction.connection.execute(_DONE, (record.time,))
    return record


def refuse_closed(transaction: Transaction) -> None:
    """`UsageWrong` if the campaign has been closed, perhaps since this process opened it."""
    row = transaction.connection.execute(_CLOSED).fetchone()
    if row is not None and row[0] is not None:
        raise gone(row[0])


def refuse_gone(note: CampaignNote) -> None:
    """`UsageWrong` if the campaign was closed when it was looked at."""
    if note.closed_at is not None:
        raise gone(note.closed_at)


def gone(closed_at: str) -> UsageWrong:
    """Why a campaign that forgot cannot go on."""
    return UsageWrong(
        f"the campaign was forgotten at {closed_at}: its numbers and its input are gone",
        "its log still verifies, and status still tells the counts; another list needs another campaign",
    )
