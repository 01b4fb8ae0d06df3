"""What a database keeps of rows that were changed: older versions in the tables' files, until somebody clears them.

Decides which tables are written anew. What the server's write-ahead log, its replicas and backups hold is not ours.
"""

from typing import Final

from worker.ledger.postgres.connection import Address, connect, failing
from worker.ledger.postgres.registry import enter

_TABLES: Final = ("campaign", "customers", "rows", "runs", "protect")


def scrub(address: Address, name: str) -> None:
    """Write the campaign's tables anew, so that their files hold nothing but what can be read."""
    connection = connect(address)
    try:
        with failing("scrubbed"):
            enter(connection, name)
            for table in _TABLES:
                connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
    finally:
        connection.close()
