"""Hands each test of the contract every implementation; the SQLite one by itself for what it alone promises."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.contracts.ledgers import LedgerHome, PostgresHome, SqliteHome
from tests.fakes.memory_home import MemoryHome

HOMES: dict[str, Callable[[Path], LedgerHome]] = {"memory": MemoryHome, "postgres": PostgresHome, "sqlite": SqliteHome}


@pytest.fixture(params=sorted(HOMES))
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LedgerHome]:
    home = HOMES[request.param](tmp_path)
    yield home
    await home.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteHome]:
    home = SqliteHome(tmp_path)
    yield home
    await home.close()
