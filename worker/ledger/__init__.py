"""The ledger on SQLite: written by `SqliteLedger`, filled by `enrol`, read by `SqliteBooks`."""

from worker.ledger.books import SqliteBooks
from worker.ledger.enrol import Binding, enrol
from worker.ledger.sqlite import SqliteLedger

__all__ = ["Binding", "SqliteBooks", "SqliteLedger", "enrol"]
