"""What a database keeps of rows that were changed: older versions in the tables' files, until somebody clears them.

Decides which tables are written anew, the server's own one of samples among them. What the server's write-ahead log,
its replicas and backups hold is not ours.
"""

from contextlib import closing
from typing import Final

from worker.ledger.postgres.connection import Address, connect, failing
from worker.ledger.postgres.registry import enter

_TABLES: Final = ("campaign", "customers", "rows", "runs", "protect")
_SAMPLES: Final = "VACUUM FULL pg_catalog.pg_statistic"
"""The server keeps samples of columns there. It passes this over, with a warning, for who does not own the database."""


def scrub(address: Address, name: str) -> None:
    """Write the campaign's tables anew, so that their files hold nothing but what can be read."""
    with closing(connect(address)) as connection, failing("scrubbed"):
        enter(connection, name)
        for table in _TABLES:
            connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
        connection.execute(_SAMPLES)
