"""Which campaigns a database holds, and that their tables are those of this version.

Decides the name of a campaign's schema, and runs the numbered migrations. It knows no customer.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from worker.errors import SettingsWrong, UsageWrong
from worker.ledger.postgres.connection import Address, Connected, connect, failing

COMMON: Final = "amili_purge"
"""The schema of what all campaigns share."""
_SCHEMA: Final = Path(__file__).parent / "schema"
_LOCK: Final = 0x616D696C69  # "amili": one migration at a time
_THERE: Final = "SELECT to_regclass('amili_purge.campaigns') IS NOT NULL"
_LIVE: Final = (
    "SELECT EXISTS (SELECT 1 FROM runs WHERE ended_at IS NULL AND buried = 0 AND lease_until > clock_timestamp())"
)


def names(address: Address) -> list[str]:
    """The campaigns there are, by name."""
    with closing(connect(address)) as connection, failing("read"):
        if not connection.execute(_THERE).fetchone()[0]:
            return []
        found = connection.execute("SELECT name FROM amili_purge.campaigns WHERE version > 0 ORDER BY name")
        return [name for (name,) in found.fetchall()]


def is_worked(address: Address, name: str) -> bool:
    """Whether some worker of the campaign is alive."""
    with closing(connect(address)) as connection, failing("read"):
        enter(connection, name)
        return bool(connection.execute(_LIVE).fetchone()[0])


def enter(connection: Connected, name: str) -> int:
    """From now on the connection's tables are those of this campaign; its id. `UsageWrong` if there is none."""
    row = None
    if connection.execute(_THERE).fetchone()[0]:
        row = connection.execute("SELECT id, version FROM amili_purge.campaigns WHERE name = ?", (name,)).fetchone()
    if row is None or not row[1]:
        raise UsageWrong(f"The database holds no campaign {name}.")
    scripts = _scripts("campaign")
    _known(row[1], scripts)
    if row[1] < max(scripts):
        return prepare(connection, name)  # what it adds does not disturb those of the version before
    _use(connection, row[0])
    return int(row[0])


def prepare(connection: Connected, name: str) -> int:
    """The campaign's schema, made or migrated as needed, in one transaction; its id."""
    with failing("prepared"), connection.raw.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        _common(connection)
        connection.execute("INSERT INTO amili_purge.campaigns (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
        found = connection.execute("SELECT id, version FROM amili_purge.campaigns WHERE name = ?", (name,))
        number, version = found.fetchone()
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema_of(number)}")
        _use(connection, number)
        newest = _migrated(connection, "campaign", version)
        connection.execute("UPDATE amili_purge.campaigns SET version = ? WHERE id = ?", (newest, number))
    _use(connection, number)
    return int(number)


def schema_of(number: int) -> str:
    """The schema of the campaign with this id."""
    return f"{COMMON}_{int(number)}"


def _use(connection: Connected, number: int) -> None:
    connection.execute(f"SET search_path TO {schema_of(number)}")


def _common(connection: Connected) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {COMMON}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {COMMON}.version (number INTEGER NOT NULL)")
    row = connection.execute("SELECT max(number) FROM amili_purge.version").fetchone()
    version = row[0] or 0
    connection.execute(f"SET LOCAL search_path TO {COMMON}")
    newest = _migrated(connection, "common", version)
    if newest > version:
        connection.execute("INSERT INTO amili_purge.version VALUES (?)", (newest,))


def _scripts(kind: str) -> dict[int, str]:
    return {int(path.stem[-4:]): path.read_text("utf-8") for path in sorted(_SCHEMA.glob(f"{kind}_*.sql"))}


def _known(version: int, scripts: dict[int, str]) -> None:
    newest = max(scripts)
    if version > newest:
        raise SettingsWrong(
            f"The ledger was written by a newer amili-purge (version {version}; the newest known here is {newest}).",
            "Use that newer version: a ledger is never turned back.",
        )


def _migrated(connection: Connected, kind: str, version: int) -> int:
    scripts = _scripts(kind)
    _known(version, scripts)
    for number, script in scripts.items():
        if number > version:
            connection.raw.execute(script.encode())
    return max(scripts)
