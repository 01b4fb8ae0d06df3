"""One broker for all tests of a process, and a hand at it that shares no code with the worker."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.brokers import Broker, Reach, named, started
from tests.queues.hand import Hand


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A RabbitMQ that may be stopped and frozen."""
    with started(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def reach(request: pytest.FixtureRequest) -> Reach:
    """Any RabbitMQ: the one that AMILI_TEST_AMQP names, else our own."""
    url = os.environ.get("AMILI_TEST_AMQP")
    if url:
        return named(url)
    broker = request.getfixturevalue("own_broker")
    assert isinstance(broker, Broker)
    return broker.reach


@pytest.fixture
async def hand(reach: Reach) -> AsyncIterator[Hand]:
    """Makes, fills and looks into queues; they are gone afterwards."""
    async with Hand(reach) as hand:
        yield hand


@pytest.fixture
async def own_hand(own_broker: Broker) -> AsyncIterator[Hand]:
    """The same at our own broker, whatever AMILI_TEST_AMQP says."""
    async with Hand(own_broker.reach) as hand:
        yield hand


@pytest.fixture
async def unused_peer() -> AsyncIterator[tuple[int, int]]:
    """Ports of two servers that are no broker: one never says a word, one speaks HTTP."""

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    servers = [await asyncio.start_server(speak, "127.0.0.1", 0) for speak in (mute, other)]
    first, second = (server.sockets[0].getsockname()[1] for server in servers)
    yield first, second
    for server in servers:
        server.close()
        await server.wait_closed()
