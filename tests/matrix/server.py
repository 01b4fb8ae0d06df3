"""A scripted API on a real socket: everything is answered soundly but the one kind of request a cell is about.

It decides what happens at the server, and remembers the truth: which requests came, and who was deleted by them. It
knows nothing of the worker.
"""

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import assert_never
from urllib.parse import parse_qs, urlsplit

from tests.matrix.answers import CLIENT, GOOD, HUGE, OTHER, SUBJECT, Json, Manner, Said, status
from tests.matrix.rows import ALWAYS, Effect
from worker.core.replies import Kind

PREFIX = "/arm/v1"
_REOPENS = 0.2
"""Seconds after which a passing refusal is over."""
_ORDER = (Kind.TOKEN, Kind.GET_CUSTOMER, Kind.GET_DOCUMENTS, Kind.GET_ARITEMS, Kind.DELETE)
_CHUNK = b" " * 65_536


@dataclass(frozen=True, slots=True)
class Script:
    """What is answered to one kind of request about the subject (or to all of them), how often, and what it does."""

    kind: Kind
    said: Said
    times: int = ALWAYS
    effect: Effect = Effect.NOTHING
    everybody: bool = False
    later: Said | None = None
    latency: float = 0.0  # seconds, for everybody but the subject


@dataclass(slots=True)
class Peer:
    """The server while it is served. `arrived` counts requests by kind and customer; `strays` went anywhere else."""

    script: Script
    living: set[str]
    arrived: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    strays: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    held: float = 0.0
    """The longest time (s) that the client waited for an answer that did not come."""
    url: str = ""
    _port: int = 0
    _socket: socket.socket | None = None
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, first: Kind) -> None:
        """Take a port, and listen unless the very first request is to be refused."""
        self._take_port()
        self.url = f"http://127.0.0.1:{self._port}"
        if self._refuses(first):
            self._reopen_later()
        else:
            await self._listen()

    async def close(self) -> None:
        """End everything that is still open."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        if self._socket is not None:
            self._socket.close()

    def _take_port(self) -> None:
        """Hold the port without listening: whoever connects is refused."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self._port))
        self._port = self._socket.getsockname()[1]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._socket)

    def _refuses(self, kind: Kind) -> bool:
        return self.script.said.manner is Manner.REFUSED and self.script.kind is kind

    def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        self._take_port()
        self._reopen_later()

    def _reopen_later(self) -> None:
        async def wait() -> None:
            await asyncio.sleep(_REOPENS)
            await self._listen()

        if self.script.times < ALWAYS:
            self._keep(asyncio.create_task(wait()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one request; whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        await reader.readexactly(sum(lengths))
        method, target, _ = head.split(" ", 2)
        asked = _asked(method, target)
        if asked is None:
            self.strays.append(f"{method} {target}")
            writer.write(b"".join(status(404).wire({})))
            return True
        kind, number = asked
        self.arrived[asked] += 1
        said = self._said(kind, number)
        sound, body = self._perform(kind, number, said)
        if number not in ("", SUBJECT):
            await asyncio.sleep(self.script.latency)
        shutting = self._shuts_after(kind, number)
        if shutting:
            self._shut()
        stays = await self._send(said or sound, body, reader, writer)
        return stays and not shutting

    def _said(self, kind: Kind, number: str) -> Said | None:
        """The scripted answer, if this request is one that the cell is about."""
        script = self.script
        if kind is Kind.GET_CUSTOMER and script.later and self.arrived[Kind.DELETE, number] and number == SUBJECT:
            return script.later
        theirs = script.everybody or number in ("", SUBJECT)
        due = self.arrived[kind, number] <= script.times and script.said.manner is not Manner.REFUSED
        return script.said if kind is script.kind and theirs and due else None

    def _shuts_after(self, kind: Kind, number: str) -> bool:
        """Whether the next request about the subject is the one to be refused."""
        following = _ORDER[(_ORDER.index(kind) + 1) % len(_ORDER)]
        return number == SUBJECT and self._refuses(following) and self.arrived[kind, number] == 1

    def _perform(self, kind: Kind, number: str, said: Said | None) -> tuple[Said, Json]:
        """Do what is asked, as far as the script lets it, and give the sound answer."""
        there = number in self.living
        if kind is Kind.DELETE and there:
            self._delete(number, Effect.OURS if said is None else self.script.effect)
        found = there or kind not in (Kind.GET_CUSTOMER, Kind.DELETE)
        return GOOD if found else status(404), _body(kind, number)

    def _delete(self, number: str, effect: Effect) -> None:
        if effect is not Effect.NOTHING:
            self.living.discard(number)
        if effect is Effect.OURS:
            self.deleted.add(number)

    async def _send(self, said: Said, body: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head, raw = said.wire(body)
        match said.manner:
            case Manner.WHOLE:
                writer.write(head + raw)
                return True
            case Manner.HALF_RESET | Manner.HALF_CLOSED:
                writer.write(head + raw[: len(raw) // 2])
                await writer.drain()
                await asyncio.sleep(0.02)  # a reset must not overtake what it follows
            case Manner.ENDLESS:
                await _pour(head, writer)
            case Manner.DRIP:
                await self._held(reader, _dripping(head, raw, writer))
            case Manner.HANG:
                await self._held(reader, asyncio.sleep(3600))
            case Manner.RESET | Manner.CLOSED | Manner.REFUSED:
                pass
        if said.manner in (Manner.RESET, Manner.HALF_RESET):
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    async def _held(self, reader: asyncio.StreamReader, doing: Coroutine[object, object, None]) -> None:
        """Go on with it until the client hangs up, and remember how long that took."""
        began = time.monotonic()
        task = asyncio.create_task(doing)
        try:
            await reader.read()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.held = max(self.held, time.monotonic() - began)


async def _dripping(head: bytes, raw: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(head)
    for byte in raw:
        writer.write(bytes([byte]))
        await asyncio.sleep(1)


async def _pour(head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(head)
    for _ in range(HUGE // len(_CHUNK)):
        writer.write(_CHUNK)
        await writer.drain()


def _asked(method: str, target: str) -> tuple[Kind, str] | None:
    """Kind and customer of a request; the token service is asked about nobody."""
    if (method, target) == ("POST", "/token"):
        return Kind.TOKEN, ""
    parts = urlsplit(target)
    match method, parts.path.removeprefix(f"{PREFIX}/clients/{CLIENT}/").split("/"):
        case "GET", ["customers", number]:
            return Kind.GET_CUSTOMER, number
        case "DELETE", ["customers", number] if not parts.query:
            return Kind.DELETE, number
        case "GET", ["documents" | "aritems" as name]:
            kind = Kind.GET_DOCUMENTS if name == "documents" else Kind.GET_ARITEMS
            return kind, parse_qs(parts.query)["customerno"][0]
        case _:
            return None


def _empty(key: str) -> Json:
    summary = {"pageNo": 1, "currentPageSize": 0, "pageSizeLimit": 10, "totalPages": 1, "totalCount": 0}
    return {"summary": summary, key: []}


def _numbers(number: str) -> Json:
    return {"clientNo": CLIENT, "accountNo": 500_002, "customerNo": number}


def _body(kind: Kind, number: str) -> Json:
    """What a sound answer to this kind of request holds."""
    match kind:
        case Kind.TOKEN:
            return {"access_token": "made-up", "token_type": "Bearer", "expires_in": 3600}
        case Kind.GET_CUSTOMER:
            return {**_numbers(number), "customerType": "PRIVATE"}
        case Kind.GET_DOCUMENTS:
            return _empty("documents")
        case Kind.GET_ARITEMS:
            return _empty("arItems")
        case Kind.DELETE:
            done: Json = {"status": "PROCESSED", "result": "DELETED", "message": "Customer deleted"}
            return {**done, **_numbers(number)}
        case _:
            assert_never(kind)


@asynccontextmanager
async def served(script: Script, people: tuple[str, ...], first: Kind) -> AsyncIterator[Peer]:
    """Serve these customers, and one more who is on no list; `first` is the kind of the campaign's first request."""
    peer = Peer(script, {*people, OTHER})
    await peer.open(first)
    try:
        yield peer
    finally:
        await peer.close()
