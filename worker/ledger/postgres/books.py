"""A campaign in a database, as reports read it: row by row, in constant memory, beside whoever works it.

Decides nothing; the queries are those of any ledger.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from worker.ledger.books import CampaignBooks
from worker.ledger.postgres.connection import Address, connect, failing, written
from worker.ledger.postgres.registry import enter

_AT_ONCE = 2_000


class PostgresBooks(CampaignBooks):
    """The books of a campaign in a database."""

    _workers = """
    SELECT command, host, pid, started_at, pulse, extract(epoch FROM lease_until - clock_timestamp())::float FROM runs
    WHERE ended_at IS NULL AND buried = 0 AND lease_until > clock_timestamp() ORDER BY id
    """

    def __init__(self, address: Address, name: str) -> None:
        self._connection = connect(address)
        self._names = count()
        try:
            with failing("read"):
                enter(self._connection, name)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it all methods see the same moment, whatever is written meanwhile."""
        with failing("read"):
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            with failing("read"):
                self._connection.execute("ROLLBACK")

    def _select(self, query: str, *values: int) -> Iterator[tuple[Any, ...]]:
        # A cursor of the server hands the rows over a few at a time; held, it outlives the statement that made it.
        with failing("read"), self._connection.raw.cursor(f"books_{next(self._names)}", withhold=True) as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(written(query), values)
            yield from cursor
