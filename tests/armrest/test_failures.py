"""What comes back when something breaks: whether the request can have reached anybody, and a word for it."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from tests.armrest.peer import DELETED, NUMBER, RECORD, Cut, Drip, Hang, Reset, Turn, answer, clients, peer
from worker.armrest.wire import LARGEST_BODY, Connection, Outgoing, WireOptions
from worker.core.replies import Answer, Kind, Meaning, NoAnswer, Unreadable

IMPATIENT = WireOptions("1", connect_timeout=0.2, request_timeout=0.4)


@asynccontextmanager
async def asked(turn: Turn, options: WireOptions | None = None) -> AsyncIterator[Answer | NoAnswer]:
    """What one GET of `/` gives."""
    async with peer(turn) as api, Connection(options or WireOptions("1")) as connection:
        yield await connection.exchange(Outgoing(Kind.GET_CUSTOMER, "GET", f"{api.url}/"))


@contextmanager
def port_that(*, listens: bool) -> Iterator[int]:
    """A port of loopback on which nobody answers: refused, or full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listens:
            listener.listen(0)
        yield listener.getsockname()[1]


async def test_a_refused_connection_has_sent_nothing() -> None:
    with port_that(listens=False) as port:
        async with clients(f"http://127.0.0.1:{port}") as client:
            reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause, reply.status) == (Meaning.NOT_SENT, "connection_refused", None)


async def test_a_connection_that_is_never_made_has_sent_nothing() -> None:
    with port_that(listens=True) as port, socket.socket() as first, socket.socket() as second:
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        async with clients(f"http://127.0.0.1:{port}", IMPATIENT) as client:
            reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause) == (Meaning.NOT_SENT, "connect_timeout")


async def test_a_host_without_an_address_has_been_sent_nothing() -> None:
    async with clients("http://nobody.invalid") as client:
        reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause) == (Meaning.NOT_SENT, "dns")


async def test_a_failed_tls_handshake_has_sent_nothing() -> None:
    async with peer(Hang()) as plain, clients(plain.url.replace("http:", "https:"), IMPATIENT) as client:
        reply = await client.deletes.delete(NUMBER)
    assert reply.meaning is Meaning.NOT_SENT
    assert plain.requests == []


@pytest.mark.parametrize(
    ("turn", "cause"),
    [
        (Hang(), "timeout"),
        (Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), "timeout"),
        (Drip(b"HTTP/1.1 200 OK\r\nX-Long:"), "timeout"),
        (Cut(), "reset"),
        (Reset(), "reset"),
        (Cut(b"HTTP/1.1 20"), "reset"),
        (Cut(b"\x16\x03\x01\x02\x00 nonsense\r\n\r\n"), "malformed"),
        (Cut(b"HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\n"), "malformed"),
        (Cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n"), "malformed"),
        (Cut(b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 100_000 + b"\r\n\r\n"), "malformed"),
    ],
)
async def test_what_fails_on_a_connection_may_have_been_acted_on(turn: Turn, cause: str) -> None:
    async with peer(turn) as api, clients(api.url, IMPATIENT) as client:
        reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause, reply.status) == (Meaning.UNANSWERED, cause, None)
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "turn",
    [
        Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + DELETED),
        Cut(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n'),
        Cut(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"),
        Cut(b'HTTP/1.1 200 OK\r\n\r\n{"status":"PROC'),
    ],
)
async def test_an_answer_whose_body_breaks_keeps_its_status(turn: Turn) -> None:
    async with asked(turn) as got:
        assert isinstance(got, Answer)
        assert (got.status, got.body) == (200, Unreadable.TRUNCATED)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", Unreadable.EMPTY),
        (b" \r\n", Unreadable.EMPTY),
        (b"<!doctype html><p>Sign in", Unreadable.HTML),
        (b"OK", Unreadable.NOT_JSON),
        (b'{"a":1}}', Unreadable.NOT_JSON),
        (b'{"customerNo":"5432', Unreadable.TRUNCATED),
        (b"[" * 100_000, Unreadable.TRUNCATED),
        (b"\xff\xfe{}", Unreadable.NOT_JSON),
        (b"\xef\xbb\xbf[]", []),
        (b"null", None),
        (RECORD, {"clientNo": 2218, "customerNo": "543210"}),
    ],
)
async def test_a_body_is_json_or_a_word_for_why_not(body: bytes, found: object) -> None:
    async with asked(answer(200, body)) as got:
        assert isinstance(got, Answer)
        assert got.body == found


async def test_a_packed_body_is_unpacked() -> None:
    async with asked(answer(200, gzip.compress(RECORD), "Content-Encoding: gzip")) as got:
        assert got == Answer(200, {"clientNo": 2218, "customerNo": "543210"}, got.ms)


@pytest.mark.parametrize(
    "turn",
    [
        answer(200, b'"' + b"x" * LARGEST_BODY + b'"'),
        answer(200, gzip.compress(b" " * (200 * LARGEST_BODY)), "Content-Encoding: gzip"),
        Drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" + b"x" * 0x100001),
    ],
)
async def test_a_body_is_read_to_its_bound_only(turn: Turn) -> None:
    async with asked(turn) as got:
        assert isinstance(got, Answer)
        assert (got.status, got.body) == (200, Unreadable.TOO_LARGE)


async def test_after_a_broken_answer_the_next_request_gets_its_own() -> None:
    async with peer(answer(200, b"x" * (LARGEST_BODY + 1)), answer(200, RECORD)) as api, clients(api.url) as client:
        assert (await client.reads.get_customer(NUMBER)).cause == "too_large"
        assert (await client.reads.get_customer(NUMBER)).meaning is Meaning.PRESENT


async def test_a_cancelled_request_stays_cancelled() -> None:
    async with peer(Hang()) as api, clients(api.url) as client:
        task = asyncio.create_task(client.deletes.delete(NUMBER))
        await api.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client.connection.counts["delete"] == 1


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_customers() -> None:
    """A proxy that repeats an answer would shift all that follow; an empty list and a 404 name nobody."""
    requests, serving = list[bytes](), set[asyncio.Task[None]]()

    async def repeating(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
                for _ in range(2):
                    writer.write(answer(404))
                    await asyncio.sleep(0.005)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(repeating(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, clients(url) as client:
        assert (await client.reads.get_customer(NUMBER)).meaning is Meaning.ABSENT
        await asyncio.sleep(0.02)
        second = await client.deletes.delete(NUMBER)
        assert (second.meaning, second.cause, len(requests)) == (Meaning.NOT_SENT, "surplus_answer", 1)
        assert (await client.deletes.delete(NUMBER)).meaning is Meaning.MISSING, "on a connection of its own"
    await asyncio.gather(*serving)
