"""A server of plain sockets that keeps every byte it was sent, and answers, hangs or drops as it is told."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from worker.armrest.client import Deletes, Endpoint, Reads
from worker.armrest.tokens import ReadyToken, TokenSource
from worker.armrest.wire import Connection, WireOptions
from worker.core.customer import CustomerNo

NUMBER = CustomerNo("543210")
RECORD = b'{"clientNo":2218,"customerNo":"543210"}'
DELETED = b'{"status":"PROCESSED","result":"DELETED","clientNo":2218,"accountNo":500002,"customerNo":"543210"}'
TOKEN = "made-up-token"


@dataclass(frozen=True, slots=True)
class Cut:
    """Send this, then close."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Drip:
    """Send this, then a byte again and again."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """Send nothing and reset the connection."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing at all."""


Turn = bytes | Cut | Drip | Reset | Hang


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """An HTTP answer with its length, after which the connection stays."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class Peer:
    """Each request takes the next turn, the last one for ever; `requests` are the bytes that came, whole."""

    turns: tuple[Turn, ...]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def end(self) -> None:
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        self.requests.append(head + await reader.readexactly(length))
        self.asked.set()
        return await self._take(self.turns[min(len(self.requests), len(self.turns)) - 1], writer)

    async def _take(self, turn: Turn, writer: asyncio.StreamWriter) -> bool:
        match turn:
            case bytes():
                writer.write(turn)
                return True
            case Cut(data):
                writer.write(data)
            case Drip(data):
                writer.write(data)
                while True:
                    await asyncio.sleep(0.02)
                    writer.write(b" ")
            case Reset():
                raw: socket.socket = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Hang():
                await asyncio.Event().wait()
        return False


@asynccontextmanager
async def peer(*turns: Turn, trust: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Serve on loopback until the end of the block."""
    served = Peer(turns)
    server = await asyncio.start_server(served.accept, "127.0.0.1", 0, ssl=trust)
    served.url = f"{'https' if trust else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        await served.end()


@dataclass(frozen=True, slots=True)
class Clients:
    """What a test talks through."""

    connection: Connection
    reads: Reads
    deletes: Deletes


@asynccontextmanager
async def clients(
    url: str,
    options: WireOptions | None = None,
    tokens: Callable[[Connection], TokenSource] = lambda _: ReadyToken(TOKEN),
) -> AsyncIterator[Clients]:
    """Both clients for client 2218 over one connection."""
    async with Connection(options or WireOptions("1.2.3")) as connection:
        source, endpoint = tokens(connection), Endpoint(f"{url}/arm/v1", 2218)
        yield Clients(connection, Reads(connection, endpoint, source), Deletes(connection, endpoint, source))
