"""Client credentials over real sockets: one request for a token however many want one, ahead of need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import orjson
import pytest

from tests.armrest.peer import NUMBER, Clients, Cut, Hang, Peer, Turn, answer, clients, peer
from worker.armrest.credentials import ClientCredentials, Credentials, lifetime, refusal
from worker.armrest.wire import Connection, WireOptions
from worker.core.replies import Meaning, NoAnswer
from worker.ports import Renewal

SECRET = "se&cret=1"
CLAIMING = "e30.eyJleHAiOjE3OTI1ODQwMDAsInN1YiI6ImpvYiJ9.c2ln"  # {"exp":1792584000,"sub":"job"}


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


def token(value: str, life: object = 3600) -> bytes:
    return answer(200, orjson.dumps({"access_token": value, "token_type": "Bearer", "expires_in": life}))


@asynccontextmanager
async def source(*turns: Turn, time: Time | None = None) -> AsyncIterator[tuple[ClientCredentials, Peer]]:
    """A source whose token service takes these turns."""
    clock = time or Time()
    async with peer(*turns) as service, Connection(WireOptions("1", request_timeout=0.4)) as connection:
        made = ClientCredentials(connection, Credentials(f"{service.url}/t", "me", SECRET), clock.now, lambda: 5e9)
        yield made, service
        await made.close()


async def test_a_token_is_asked_for_with_a_form() -> None:
    async with source(token("first")) as (tokens, service):
        assert tokens.at_hand() is None
        assert await tokens.ready() is None
        bearer = tokens.at_hand()
    assert bearer is not None
    assert (bearer.number, bearer.value) == (1, "first")
    head, _, form = service.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /t HTTP/1.1\r\n")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in head + b"\r\n"
    assert parse_qs(form.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["me"],
        "client_secret": [SECRET],
    }


@pytest.mark.parametrize(("life", "kept", "due"), [(3600, 3539, 3541), (100, 79, 81), ("10", 7.9, 8.1)])
async def test_a_token_is_renewed_ahead_of_its_expiry(life: object, kept: float, due: float) -> None:
    time = Time()
    async with source(token("first", life), token("second", life), time=time) as (tokens, service):
        await tokens.ready()
        time.at += kept
        assert await tokens.ready() is None
        assert len(service.requests) == 1
        time.at += due - kept
        assert await tokens.ready() is None
        bearer = tokens.at_hand()
    assert bearer is not None
    assert (bearer.number, bearer.value) == (2, "second")


async def test_a_renewal_that_fails_early_is_no_trouble_and_is_not_hammered() -> None:
    time = Time()
    async with source(token("first", 100), answer(500), time=time) as (tokens, service):
        await tokens.ready()
        time.at += 90
        assert [await tokens.ready() for _ in range(10)] == [None] * 10
        assert len(service.requests) == 2
        time.at += 11
        assert tokens.at_hand() is None
        trouble = await tokens.ready()
    assert trouble is not None
    assert (trouble.meaning, trouble.cause) == (Meaning.NOT_SENT, "token_http_500")


@pytest.mark.parametrize(
    ("turn", "meaning", "renewal"),
    [
        (answer(400), Meaning.NO_CREDENTIALS, Renewal.REFUSED),
        (answer(401), Meaning.NO_CREDENTIALS, Renewal.REFUSED),
        (answer(403), Meaning.NO_CREDENTIALS, Renewal.REFUSED),
        (answer(302, b"", "Location: /login"), Meaning.REDIRECTED, Renewal.OUT_OF_REACH),
        (answer(429, b"", "Retry-After: 3"), Meaning.THROTTLED, Renewal.OUT_OF_REACH),
        (answer(503, b"", "Retry-After: 3"), Meaning.THROTTLED, Renewal.OUT_OF_REACH),
        (answer(503), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
        (answer(200, b"<html>"), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
        (answer(200, b"{}"), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
        (answer(200, b'{"access_token":"two words"}'), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
        (Cut(), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
        (Hang(), Meaning.NOT_SENT, Renewal.OUT_OF_REACH),
    ],
)
async def test_a_service_that_gives_no_token_has_refused_or_is_out_of_reach(
    turn: Turn, meaning: Meaning, renewal: Renewal
) -> None:
    async with source(turn) as (tokens, _):
        trouble = await tokens.ready()
        assert trouble is not None
        assert trouble.meaning is meaning
        assert await tokens.renew(0) is renewal
        assert tokens.at_hand() is None


@asynccontextmanager
async def refusing(*turns: Turn) -> AsyncIterator[tuple[Clients, Peer]]:
    """An API that answers 401 to all, with a token service that takes these turns."""
    async with peer(answer(401)) as api, peer(*turns) as service:
        credentials = Credentials(service.url, "me", SECRET)
        made: list[ClientCredentials] = []

        def tokens(connection: Connection) -> ClientCredentials:
            made.append(ClientCredentials(connection, credentials))
            return made[0]

        async with clients(api.url, WireOptions("1", connections=50), tokens) as client:
            await client.reads.ready()
            yield client, service
            await made[0].close()


async def test_two_hundred_401s_lead_to_one_renewal() -> None:
    async with refusing(token("first"), token("second")) as (client, service):

        async def refused() -> Renewal:
            return await client.reads.renew(await client.reads.get_customer(NUMBER))

        assert await asyncio.gather(*(refused() for _ in range(200))) == [Renewal.RENEWED] * 200
        assert len(service.requests) == 2
        assert client.connection.counts["token"] == 2
        assert (await client.deletes.delete(NUMBER)).credential == 2


async def test_a_token_that_was_refused_is_not_used_while_there_is_no_other() -> None:
    async with refusing(token("first"), answer(500)) as (client, _):
        reply = await client.reads.get_customer(NUMBER)
        assert reply.meaning is Meaning.UNAUTHORISED
        assert await client.reads.renew(reply) is Renewal.OUT_OF_REACH
        assert (await client.deletes.delete(NUMBER)).cause == "no_token"


async def test_one_who_stops_waiting_does_not_end_the_renewal_of_the_others() -> None:
    async with source(token("only")) as (tokens, service):
        first, second = asyncio.create_task(tokens.ready()), asyncio.create_task(tokens.ready())
        await service.asked.wait()
        first.cancel()
        assert await second is None
        assert tokens.at_hand() is not None
    assert len(service.requests) == 1


async def test_a_renewal_in_flight_ends_with_its_source() -> None:
    async with source(Hang()) as (tokens, service):
        waiting = asyncio.create_task(tokens.ready())
        await service.asked.wait()
        await tokens.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting


@pytest.mark.parametrize(
    ("body", "token_itself", "seconds"),
    [
        ({"expires_in": 3600, "expires_on": 7}, "t", 3600.0),
        ({"expires_in": "599"}, "t", 599.0),
        ({"expires_on": 1_000_090}, "t", 90.0),
        ({"expires_on": "1000090", "expires_in": None}, "t", 90.0),
        ({"expires_on": 7}, "t", 0.0),
        ({"expires_in": True, "expires_on": "soon"}, CLAIMING, 1_792_584_000.0 - 1e6),
        ({"expires_in": -1}, "t", float("inf")),
    ],
)
def test_a_token_lives_as_long_as_somebody_says(body: dict[str, object], token_itself: str, seconds: float) -> None:
    assert lifetime(body, token_itself, 1e6) == seconds


async def test_the_end_of_a_token_is_its_own_word_or_the_service_s() -> None:
    async with source(token("opaque", 100), token(CLAIMING), time=(time := Time())) as (tokens, _):
        assert tokens.about().expires_at is None
        await tokens.ready()
        assert tokens.about().expires_at == 5e9 + 100
        time.at += 100
        await tokens.ready()
        assert (tokens.about().expires_at, tokens.about().subject) == (1_792_584_000.0, "job")


def test_no_secret_shows_in_a_repr() -> None:
    assert SECRET not in repr(Credentials("https://id.example", "me", SECRET))


def test_a_token_service_out_of_reach_is_not_taken_for_the_api() -> None:
    assert refusal(NoAnswer(sent=True, cause="timeout")).cause == "token_timeout"
