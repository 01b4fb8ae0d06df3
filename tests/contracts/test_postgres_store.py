"""Batches on PostgreSQL when the connection breaks: done once, whatever was heard of it, and none is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.contracts.ledgers import BINDING, HEADER, rows
from tests.databases import database
from worker.core.facts import CampaignFact
from worker.core.intake import number_of
from worker.errors import SettingsWrong, UsageWrong
from worker.ledger import CampaignLedger, enrol
from worker.ledger.postgres import Address, PostgresBooks
from worker.ledger.postgres.connection import Connected, connect
from worker.ledger.postgres.registry import enter, prepare
from worker.ledger.postgres.store import PostgresStore
from worker.ledger.transaction import Cursor
from worker.ledger.writer import Writer


class Breaking(Connected):
    """A connection that breaks once, at one statement: before the server has heard it, or after."""

    def __init__(self, whole: Connected, statement: str, *, heard: bool) -> None:
        super().__init__(whole.raw)
        self._statement = statement
        self._heard = heard

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        if not statement.startswith(self._statement):
            return super().execute(statement, values)
        if self._heard:
            super().execute(statement, values)
        self.raw.close()
        raise psycopg.OperationalError("the connection broke")


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    with database() as url:
        yield Address(url, outage=10.0)


async def ledger_on(address: Address, statement: str, *, heard: bool) -> CampaignLedger:
    """An enrolled campaign, whose ledger's connection breaks at that statement."""
    whole = await asyncio.to_thread(connect, address)
    await asyncio.to_thread(prepare, whole, BINDING.name)
    first = CampaignLedger(Writer(PostgresStore(address, BINDING.name, whole)))
    await enrol(first, BINDING, HEADER, rows("1", "2"), number_of)
    await first.close()
    again = await asyncio.to_thread(connect, address)
    enter(again, BINDING.name)
    store = PostgresStore(address, BINDING.name, Breaking(again, statement, heard=heard))
    return CampaignLedger(Writer(store))


def events(address: Address) -> list[str]:
    with closing(PostgresBooks(address, BINDING.name)) as books:
        return [json.loads(line)["event"] for line in books.lines()]


async def test_a_commit_whose_answer_is_lost_is_looked_up_and_not_done_again(address: Address) -> None:
    ledger = await ledger_on(address, "COMMIT", heard=True)
    record = await ledger.note(CampaignFact("noted", {}))
    await ledger.close()
    assert (record.seq, events(address)) == (2, ["created", "noted"])


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO batches", "COMMIT"])
async def test_a_batch_that_did_not_get_through_is_done_again(address: Address, statement: str) -> None:
    ledger = await ledger_on(address, statement, heard=False)
    record = await ledger.note(CampaignFact("noted", {}))
    await ledger.close()
    assert (record.seq, events(address)) == (2, ["created", "noted"])


async def test_rows_of_an_input_are_read_anew_when_the_transaction_is_tried_again(address: Address) -> None:
    whole = await asyncio.to_thread(connect, address)
    await asyncio.to_thread(prepare, whole, BINDING.name)
    ledger = CampaignLedger(
        Writer(PostgresStore(address, BINDING.name, Breaking(whole, "INSERT INTO batches", heard=False)))
    )
    await enrol(ledger, BINDING, HEADER, rows("1", "2", "3"), number_of)
    await ledger.close()
    with closing(PostgresBooks(address, BINDING.name)) as books:
        assert (books.campaign().rows, len(list(books.rows()))) == (3, 3)


async def test_a_protect_list_is_whole_when_the_transaction_is_tried_again(address: Address) -> None:
    ledger = await ledger_on(address, "INSERT INTO batches", heard=False)
    await ledger.set_protect(key for key in ("1", "2"))
    query = "SELECT count(*) FROM protect"
    count = await ledger.call(lambda transaction: transaction.connection.execute(query).fetchone()[0])
    await ledger.close()
    assert count == 2


@pytest.mark.parametrize("change", ["UPDATE facts SET line = ''", "DELETE FROM facts", "TRUNCATE facts"])
async def test_facts_can_neither_be_changed_nor_removed(address: Address, change: str) -> None:
    ledger = await ledger_on(address, "nothing", heard=False)
    await ledger.close()
    with closing(connect(address)) as connection:
        enter(connection, BINDING.name)
        with pytest.raises(psycopg.errors.RaiseException, match="never changed or removed"):
            connection.execute(change)


async def test_a_ledger_of_a_newer_version_is_never_touched(address: Address) -> None:
    await (await ledger_on(address, "nothing", heard=False)).close()
    with closing(connect(address)) as connection:
        connection.execute("UPDATE amili_purge.campaigns SET version = 99")
        with pytest.raises(SettingsWrong, match="newer amili-purge"):
            prepare(connection, BINDING.name)
        with pytest.raises(SettingsWrong, match="newer amili-purge"):
            enter(connection, BINDING.name)


async def test_commits_are_durable_whatever_the_role_prefers(address: Address) -> None:
    careless = Address(f"{address.url}&options=-csynchronous_commit%3Doff")
    with closing(connect(careless)) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone()[0] == "on"


async def test_a_campaign_that_is_not_there_and_a_wrong_database_are_told_apart(address: Address) -> None:
    with closing(connect(address)) as connection, pytest.raises(UsageWrong, match="holds no campaign june"):
        enter(connection, "june")
    with pytest.raises(SettingsWrong, match="does not exist"):
        connect(Address(address.url.replace("/amili_test_", "/nothing_")))
