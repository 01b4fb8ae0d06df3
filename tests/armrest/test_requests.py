"""What goes out: every byte of each request, one request a call, and nothing that nobody asked for."""

from pathlib import Path

import pytest

from tests.armrest.peer import DELETED, NUMBER, RECORD, TOKEN, Cut, Reset, answer, clients, peer
from worker.armrest.client import Endpoint, Reads
from worker.armrest.wire import Connection, Outgoing, WireOptions
from worker.core.customer import CustomerNo
from worker.core.replies import Kind, Meaning


def head(request: bytes) -> tuple[str, dict[str, str]]:
    """The request line, and the headers by lower-case name."""
    first, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def test_a_deletion_has_no_query_no_body_and_no_content_type() -> None:
    async with peer(answer(200, DELETED)) as api, clients(api.url) as client:
        assert (await client.deletes.delete(NUMBER)).meaning is Meaning.DELETED
    (request,) = api.requests
    line, headers = head(request)
    assert line == "DELETE /arm/v1/clients/2218/customers/543210 HTTP/1.1"
    assert request.endswith(b"\r\n\r\n")
    assert headers.get("content-length", "0") == "0"
    assert {"content-type", "transfer-encoding", "cookie"} & headers.keys() == set()
    assert headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("connected", [False, True])
async def test_a_deletion_that_is_withheld_at_the_last_moment_leaves_no_byte(connected: bool) -> None:
    """The last question comes once there is a connection: a process that was frozen while it was made must not send."""
    asked: list[int] = []
    async with peer(answer(200, RECORD), answer(200, DELETED)) as api, clients(api.url) as client:
        if connected:
            await client.reads.get_customer(NUMBER)

        def withheld() -> str:
            asked.append(len(api.requests))
            return "lease_lost"

        reply = await client.deletes.delete(NUMBER, withheld)
        assert (reply.meaning, reply.cause, reply.status) == (Meaning.NOT_SENT, "lease_lost", None)
        read = await client.reads.get_documents(NUMBER)  # what came before does not hold for others
        assert read.meaning is not Meaning.NOT_SENT
    assert len(asked) == 1
    assert not any(request.startswith(b"DELETE") for request in api.requests)


async def test_each_read_asks_for_one_customer_and_the_smallest_page() -> None:
    async with peer(answer(200, RECORD)) as api, clients(api.url) as client:
        await client.reads.get_customer(NUMBER)
        await client.reads.get_documents(NUMBER)
        await client.reads.get_aritems(NUMBER)
    assert [head(request)[0] for request in api.requests] == [
        "GET /arm/v1/clients/2218/customers/543210 HTTP/1.1",
        "GET /arm/v1/clients/2218/documents?customerno=543210&pagesize=5 HTTP/1.1",
        "GET /arm/v1/clients/2218/aritems?customerno=543210&pagesize=5 HTTP/1.1",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [("Ås 1", "%C3%85s%201"), ("a+b=c&d", "a%2Bb%3Dc%26d"), ("~a.b_c-", "~a.b_c-"), ("a;b:c@d", "a%3Bb%3Ac%40d")],
)
async def test_a_number_stays_one_segment_as_it_was_written(text: str, written: str) -> None:
    async with peer(answer(200, RECORD)) as api, clients(api.url) as client:
        await client.reads.get_customer(CustomerNo(text))
        await client.reads.get_documents(CustomerNo(text))
    paths = [head(request)[0].split(" ")[1] for request in api.requests]
    assert paths == [
        f"/arm/v1/clients/2218/customers/{written}",
        f"/arm/v1/clients/2218/documents?customerno={written}&pagesize=5",
    ]


def test_the_filters_have_the_names_of_the_settings() -> None:
    endpoint = Endpoint("https://api.example/arm", 7, documents_filter="debtor", aritems_filter="cust no")
    assert endpoint.documents(NUMBER) == "https://api.example/arm/clients/7/documents?debtor=543210&pagesize=5"
    assert endpoint.aritems(NUMBER) == "https://api.example/arm/clients/7/aritems?cust%20no=543210&pagesize=5"


@pytest.mark.parametrize(
    ("contact", "name"), [(None, "amili-purge/1.2.3"), ("ops@example.org", "amili-purge/1.2.3 (ops@example.org)")]
)
async def test_the_api_can_see_who_is_calling(contact: str | None, name: str) -> None:
    async with (
        peer(answer(200, RECORD)) as api,
        clients(api.url, WireOptions("1.2.3", contact=contact)) as client,
    ):
        await client.reads.get_customer(NUMBER)
    assert head(api.requests[0])[1]["user-agent"] == name


@pytest.mark.parametrize("dropped", [Cut(), Reset()])
async def test_a_request_on_a_dropped_connection_is_not_sent_again(dropped: Cut | Reset) -> None:
    """Where aiohttp's hidden resend comes back, the second request of each pair is on the wire twice."""
    async with peer(answer(200, RECORD), dropped) as api, clients(api.url) as client:
        await client.reads.get_customer(NUMBER)
        deleted = await client.deletes.delete(NUMBER)
    assert [request[:6] for request in api.requests] == [b"GET /a", b"DELETE"]
    assert api.connections == 1
    assert (deleted.meaning, deleted.cause) == (Meaning.UNANSWERED, "reset")
    async with peer(answer(200, RECORD), dropped) as api, clients(api.url) as client:
        await client.reads.get_customer(NUMBER)
        read = await client.reads.get_documents(NUMBER)
    assert len(api.requests) == 2
    assert (read.meaning, read.cause) == (Meaning.UNANSWERED, "reset")


async def test_a_redirect_is_answered_not_followed() -> None:
    async with peer(answer(200, DELETED)) as other:
        moved = answer(307, b"", f"Location: {other.url}/arm/v1/clients/2218/customers/543210")
        async with peer(moved) as api, clients(api.url) as client:
            assert (await client.deletes.delete(NUMBER)).meaning is Meaning.REDIRECTED
            assert (await client.reads.get_customer(NUMBER)).meaning is Meaning.REDIRECTED
    assert other.requests == []


async def test_cookies_are_not_kept() -> None:
    async with peer(answer(200, RECORD, "Set-Cookie: session=1; Path=/")) as api, clients(api.url) as client:
        await client.reads.get_customer(NUMBER)
        await client.reads.get_customer(NUMBER)
    assert [head(request)[1].get("cookie") for request in api.requests] == [None, None]


async def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n", "ascii")
    async with peer(answer(502)) as proxy, peer(answer(200, b"{}")) as api:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))
        async with Connection(WireOptions("1")) as connection:
            await connection.exchange(Outgoing(Kind.TOKEN, "GET", f"{api.url}/"))
    assert proxy.requests == []
    assert "authorization" not in head(api.requests[0])[1]


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with peer(answer(200, RECORD)) as api, clients(api.url) as client:
        for _ in range(5):
            await client.reads.get_customer(NUMBER)
    assert (len(api.requests), api.connections) == (5, 1)


async def test_requests_are_counted_by_kind_if_they_may_have_left() -> None:
    async with peer(answer(200, RECORD), Cut()) as api, clients(api.url) as client:
        await client.reads.get_customer(NUMBER)
        await client.deletes.delete(NUMBER)
        counts = client.connection.counts
        assert counts == {"get_customer": 1, "get_documents": 0, "get_aritems": 0, "delete": 1, "token": 0}
    async with clients(api.url) as client:
        assert (await client.deletes.delete(NUMBER)).meaning is Meaning.NOT_SENT
        assert client.connection.counts["delete"] == 0


def test_reading_clients_cannot_delete() -> None:
    assert [name for name in dir(Reads) if "delete" in name.lower() or "remove" in name.lower()] == []
