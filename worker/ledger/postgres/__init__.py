"""The ledger in a PostgreSQL, for many workers at once. Needs the extra `postgres`."""

from worker.ledger.postgres.books import PostgresBooks
from worker.ledger.postgres.connection import Address
from worker.ledger.postgres.ledger import PostgresLedger
from worker.ledger.postgres.registry import is_worked, names
from worker.ledger.postgres.scrubbing import scrub

__all__ = ["Address", "PostgresBooks", "PostgresLedger", "is_worked", "names", "scrub"]
