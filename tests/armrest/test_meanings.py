"""From an HTTP answer to what the worker believes, through the client: statuses and shapes, without a socket."""

from collections.abc import Iterator

import pytest
from aioresponses import aioresponses

from tests.armrest.peer import NUMBER, Clients, clients
from worker.core.replies import Kind, Meaning

BASE = "https://api.example"
CUSTOMER = f"{BASE}/arm/v1/clients/2218/customers/543210"
DOCUMENTS = f"{BASE}/arm/v1/clients/2218/documents?customerno=543210&pagesize=5"
ARITEMS = f"{BASE}/arm/v1/clients/2218/aritems?customerno=543210&pagesize=5"
OURS = {"clientNo": 2218, "customerNo": "543210"}
SUCCESS = {**OURS, "status": "PROCESSED", "result": "DELETED", "message": "Customer deleted", "accountNo": 500002}


@pytest.fixture
def answers() -> Iterator[aioresponses]:
    with aioresponses() as mocked:
        yield mocked


async def deleted(client: Clients) -> tuple[Meaning, str]:
    reply = await client.deletes.delete(NUMBER)
    assert (reply.kind, reply.credential) == (Kind.DELETE, 1)
    return reply.meaning, reply.cause


@pytest.mark.parametrize(
    ("status", "body", "meaning", "cause"),
    [
        (200, SUCCESS, Meaning.DELETED, "http_200"),
        (200, {**SUCCESS, "customerNo": "543211"}, Meaning.WRONG_ECHO, "wrong_echo"),
        (200, {**SUCCESS, "result": "MARKED"}, Meaning.UNANSWERED, "no_success"),
        (200, None, Meaning.UNANSWERED, "wrong_type"),
        (202, SUCCESS, Meaning.UNANSWERED, "http_202"),
        (401, {}, Meaning.UNAUTHORISED, "http_401"),
        (403, {}, Meaning.FORBIDDEN, "http_403"),
        (404, {}, Meaning.MISSING, "http_404"),
        (409, {}, Meaning.CONTESTED, "http_409"),
        (422, {}, Meaning.REJECTED, "http_422"),
        (429, {}, Meaning.THROTTLED, "http_429"),
        (500, {}, Meaning.UNANSWERED, "http_500"),
    ],
)
async def test_a_deletion_is_understood(
    answers: aioresponses, status: int, body: object, meaning: Meaning, cause: str
) -> None:
    answers.delete(CUSTOMER, status=status, payload=body) if body is not None else answers.delete(CUSTOMER, body="null")
    async with clients(BASE) as client:
        assert await deleted(client) == (meaning, cause)


@pytest.mark.parametrize(("headers", "meaning"), [({"Retry-After": "7"}, Meaning.THROTTLED), ({}, Meaning.UNANSWERED)])
async def test_a_503_that_names_a_time_is_no_failure(
    answers: aioresponses, headers: dict[str, str], meaning: Meaning
) -> None:
    answers.delete(CUSTOMER, status=503, headers=headers)
    async with clients(BASE) as client:
        assert (await deleted(client))[0] is meaning


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, OURS, Meaning.PRESENT),
        (200, {"clientNo": 1, "customerNo": "543210"}, Meaning.UNANSWERED),
        (404, {}, Meaning.ABSENT),
        (400, {}, Meaning.UNUSABLE),
        (401, {}, Meaning.UNAUTHORISED),
    ],
)
async def test_a_customer_read_is_understood(
    answers: aioresponses, status: int, body: object, meaning: Meaning
) -> None:
    answers.get(CUSTOMER, status=status, payload=body)
    async with clients(BASE) as client:
        reply = await client.reads.get_customer(NUMBER)
    assert (reply.kind, reply.meaning, reply.status) == (Kind.GET_CUSTOMER, meaning, status)


@pytest.mark.parametrize(
    ("records", "meaning"),
    [([], Meaning.CLEAR), ([OURS], Meaning.PRESENT), ([{"customerNo": "7"}], Meaning.UNUSABLE)],
)
async def test_both_lists_are_understood(
    answers: aioresponses, records: list[dict[str, object]], meaning: Meaning
) -> None:
    answers.get(DOCUMENTS, payload={"documents": records, "arItems": [{}]})
    answers.get(ARITEMS, payload={"arItems": records, "documents": [{}]})
    async with clients(BASE) as client:
        documents, aritems = await client.reads.get_documents(NUMBER), await client.reads.get_aritems(NUMBER)
    assert (documents.kind, documents.meaning) == (Kind.GET_DOCUMENTS, meaning)
    assert (aritems.kind, aritems.meaning) == (Kind.GET_ARITEMS, meaning)
