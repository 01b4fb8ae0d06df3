"""Ways to a server that have to be named: a proxy with its password, and certificates of one's own."""

import base64
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.armrest.peer import DELETED, NUMBER, RECORD, answer, clients, peer
from worker.armrest.wire import Connection, WireOptions
from worker.core.replies import Meaning
from worker.errors import SettingsWrong

_OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(_OPENSSL is None, reason="certificates are made with the openssl command")


@pytest.fixture(scope="module")
def own_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 (`ca.pem`) and its key (`key.pem`), in one directory."""
    place = tmp_path_factory.mktemp("ca")
    subprocess.run(
        f"{_OPENSSL} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=own "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out ca.pem".split(),
        cwd=place,
        check=True,
        capture_output=True,
    )
    return place


def identity(own_ca: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_ca / "ca.pem", own_ca / "key.pem")
    return context


@needs_openssl
async def test_a_server_is_trusted_by_the_authorities_in_ca_file(own_ca: Path) -> None:
    async with (
        peer(answer(200, DELETED), trust=identity(own_ca)) as api,
        clients(api.url, WireOptions("1", ca_file=own_ca / "ca.pem")) as client,
    ):
        assert (await client.deletes.delete(NUMBER)).meaning is Meaning.DELETED


@needs_openssl
async def test_a_server_of_strangers_is_sent_nothing(own_ca: Path) -> None:
    async with peer(answer(200, DELETED), trust=identity(own_ca)) as api, clients(api.url) as client:
        reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause) == (Meaning.NOT_SENT, "tls")
    assert api.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_a_fault_of_the_settings(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsWrong, match="ca_file"):
        await Connection(WireOptions("1", ca_file=file)).__aenter__()


async def test_requests_go_through_the_proxy_that_is_named() -> None:
    async with peer(answer(200, RECORD)) as proxy:
        options = WireOptions("1", proxy=proxy.url.replace("//", "//user:pass@"))
        async with clients("http://127.0.0.1:1", options) as client:
            assert (await client.reads.get_customer(NUMBER)).meaning is Meaning.PRESENT
    (request,) = proxy.requests
    assert request.startswith(b"GET http://127.0.0.1:1/arm/v1/clients/2218/customers/543210 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:pass") in request
    assert "pass" not in repr(options)


async def test_a_proxy_that_lets_nobody_through_to_https_has_sent_nothing_on() -> None:
    async with peer(answer(407)) as proxy, clients("https://127.0.0.1:1", WireOptions("1", proxy=proxy.url)) as client:
        reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.cause) == (Meaning.NOT_SENT, "proxy")
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:1 ")
    assert b"Bearer" not in proxy.requests[0]


async def test_a_proxy_that_is_not_there_has_been_sent_nothing() -> None:
    async with clients("https://127.0.0.1:1", WireOptions("1", proxy="http://127.0.0.1:1")) as client:
        assert (await client.deletes.delete(NUMBER)).meaning is Meaning.NOT_SENT
