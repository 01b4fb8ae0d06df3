"""Where campaigns are kept: files in directories, or one PostgreSQL that many machines share.

Decides which of the two by the setting `ledger`. It finds, opens and locks campaigns; what stands in them it never
looks at.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Protocol

from config import Settings
from config.values import is_postgres
from worker.errors import SettingsWrong
from worker.ledger import CampaignLedger, SqliteBooks, SqliteLedger
from worker.ledger.books import CampaignBooks
from worker.ledger.database import scrub
from worker.place import Place, all_of, create, directory_of, pick


class Shelf(Protocol):
    """All campaigns of one kind of ledger. `shared`: several processes may work one campaign."""

    shared: bool

    def places(self) -> list[Place]:
        """The campaigns there are, by name."""

    def create(self, name: str) -> Place:
        """The place of a campaign, made if need be."""

    async def open(self, place: Place) -> CampaignLedger:
        """The campaign's ledger, for writing."""

    def books(self, place: Place) -> AbstractContextManager[CampaignBooks]:
        """The campaign's ledger, for reading."""

    def lock(self, place: Place) -> AbstractContextManager[None]:
        """Work the campaign alone, where nobody may share it; `Busy` if another process does."""

    def worked(self, place: Place) -> bool:
        """Whether a process works the campaign at this moment."""

    def scrub(self, place: Place) -> None:
        """Leave nothing of older versions of its tables where they stand; `Busy` if somebody reads them."""


class FileShelf:
    """Campaigns in files: a directory each, with a SQLite ledger in it."""

    shared = False

    def __init__(self, campaigns: Path, ledger: str) -> None:
        self._campaigns = campaigns
        self._ledger = ledger

    def places(self) -> list[Place]:
        """The directories that hold a ledger."""
        return all_of(self._campaigns, self._ledger)

    def create(self, name: str) -> Place:
        """The campaign's directory, on a local disk."""
        return create(self._campaigns, name, self._ledger)

    async def open(self, place: Place) -> CampaignLedger:
        """The file, made or migrated as needed."""
        return SqliteLedger(place.ledger)

    @contextmanager
    def books(self, place: Place) -> Iterator[CampaignBooks]:
        """The file, read beside whoever writes it."""
        with closing(SqliteBooks(place.ledger)) as books:
            yield books

    def lock(self, place: Place) -> AbstractContextManager[None]:
        """One process works a campaign in a file."""
        return place.lock()

    def worked(self, place: Place) -> bool:
        """Whether somebody holds the lock."""
        return place.worked()

    def scrub(self, place: Place) -> None:
        """Write the file anew."""
        scrub(place.ledger)


class DatabaseShelf:
    """Campaigns in one PostgreSQL; on each machine a directory for their files."""

    shared = True

    def __init__(self, settings: Settings) -> None:
        self._campaigns = settings.campaigns
        self._postgres = _driver()
        password = settings.ledger_password.get_secret_value() if settings.ledger_password else None
        self._address = self._postgres.Address(settings.ledger, password, settings.lease, settings.outage_budget)

    def places(self) -> list[Place]:
        """What the database's own list names."""
        names = self._postgres.names(self._address)
        return [Place(directory_of(self._campaigns, name)) for name in names]

    def create(self, name: str) -> Place:
        """A directory for the campaign's files; the ledger is made when it is opened."""
        return create(self._campaigns, name)

    async def open(self, place: Place) -> CampaignLedger:
        """The campaign's part of the database, made or migrated as needed."""
        ledger: CampaignLedger = await self._postgres.PostgresLedger.open(self._address, place.name)
        return ledger

    @contextmanager
    def books(self, place: Place) -> Iterator[CampaignBooks]:
        """The campaign's part of the database, read only."""
        with closing(self._postgres.PostgresBooks(self._address, place.name)) as books:
            yield books

    def lock(self, place: Place) -> AbstractContextManager[None]:
        """Many may work a campaign in a database: leases keep them apart."""
        return nullcontext()

    def worked(self, place: Place) -> bool:
        """Whether some worker's lease is alive."""
        return bool(self._postgres.is_worked(self._address, place.name))

    def scrub(self, place: Place) -> None:
        """Have the server write the campaign's tables anew."""
        self._postgres.scrub(self._address, place.name)


def _driver() -> ModuleType:
    """The part that needs psycopg, which is an extra."""
    try:
        return import_module("worker.ledger.postgres")
    except ImportError as missing:
        if missing.name != "psycopg":
            raise
        raise SettingsWrong(
            "ledger names a PostgreSQL, and the driver for it is not installed",
            "in the clone: pip install '.[postgres]'",
        ) from missing


def shelf(settings: Settings) -> Shelf:
    """The shelf that the settings name."""
    return DatabaseShelf(settings) if is_postgres(settings.ledger) else FileShelf(settings.campaigns, settings.ledger)


def find(settings: Settings, beginning: str) -> Place:
    """The campaign of this name, else the only one whose name begins so; `UsageWrong` with the candidates."""
    where = "the database" if is_postgres(settings.ledger) else str(settings.campaigns)
    return pick(shelf(settings).places(), beginning, where)
