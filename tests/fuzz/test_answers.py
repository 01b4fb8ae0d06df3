"""Twenty thousand generated answers through the real decoding: nothing is a deletion but the documented success."""

import json
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from tests.armrest.peer import Cut, Turn, clients, peer
from tests.fuzz.answers import ASKED, CLIENT, Generated, answer
from tests.fuzz.judging import READS, Decode, documented, series
from tests.fuzz.oracle import is_deletion, is_empty, is_there, read
from worker.armrest.answers import decoded
from worker.core.customer import CustomerNo
from worker.core.replies import Answer, AnswerRules, Asked, Kind, Meaning, Reply, Unreadable, understand

OVER_THE_WIRE = 400
NUMBER = CustomerNo(ASKED)
LAX_RULES = AnswerRules()


def test_no_generated_answer_is_taken_for_a_deletion_or_makes_anybody_eligible_wrongly() -> None:
    found = series(20_000)
    assert found.faults == []
    assert found.answers == 20_000
    # The other way round: enough of them are what they seem, so that refusing everything would be noticed.
    assert found.taken["delete deleted"] > 500
    assert found.taken["eligible"] > 10
    assert min(found.taken[f"get_documents {word}"] for word in ("clear", "present", "unusable", "unanswered")) > 100


def test_the_documented_success_is_taken_for_one_in_every_spelling_that_json_and_the_api_allow() -> None:
    for seed in range(50):
        dice = Random(seed)
        body = documented(dice).body
        for spelling in (body, b"\xef\xbb\xbf" + body, json.dumps(json.loads(body), indent=2).encode()):
            reply = understand(Kind.DELETE, Answer(200, decoded(spelling)), Asked(CLIENT, NUMBER), AnswerRules())
            assert reply.meaning is Meaning.DELETED


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"ERROR","status":"PROCESSED","result":"DELETED","clientNo":2218,"customerNo":"AB-543210"}',
        b'{"documents":[{"customerNo":"AB-543210"}],"documents":[]}',
        b'{"summary":{"totalCount":3,"totalCount":0},"documents":[]}',
        b'{"\\u0064ocuments":[1],"documents":[]}',
    ],
)
def test_a_body_that_names_a_key_twice_is_not_read_at_all(body: bytes) -> None:
    assert decoded(body) is Unreadable.AMBIGUOUS


@pytest.mark.parametrize(
    "body", [b"\x0c{}", b"{}\x0b", b"\xc2\xa0{}", b"[NaN]", b'"\\ud800"', b"[" * 5000 + b"]" * 5000]
)
def test_what_only_a_lenient_reader_takes_for_json_is_none(body: bytes) -> None:
    assert isinstance(decoded(body), Unreadable)


def _lenient(body: bytes) -> object:
    """As many readers do it: any encoding, the last of two keys."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return Unreadable.NOT_JSON


def _by_status(kind: Kind, came: Answer, asked: Asked, rules: AnswerRules) -> Reply:
    """A 200 is a success."""
    reply = understand(kind, came, asked, rules)
    return Reply(kind, Meaning.DELETED, "http_200") if kind is Kind.DELETE and came.status == 200 else reply


def _null_is_empty(kind: Kind, came: Answer, asked: Asked, rules: AnswerRules) -> Reply:
    """A list that is null holds nothing."""
    key, body = rules.documents_key, came.body
    body = {**body, key: []} if isinstance(body, dict) and body.get(key, ...) is None else body
    return understand(kind, Answer(came.status, body), asked, rules)


def _uncounted(kind: Kind, came: Answer, asked: Asked, rules: AnswerRules) -> Reply:
    """An empty page is an empty list, whatever the summary says."""
    body = came.body
    body = {name: body[name] for name in body if name != "summary"} if isinstance(body, dict) else body
    return understand(kind, Answer(came.status, body), asked, rules)


@pytest.mark.parametrize(
    ("decode", "understanding"),
    [(_lenient, understand), (decoded, _by_status), (decoded, _null_is_empty), (decoded, _uncounted)],
)
def test_a_reader_that_believes_too_much_is_found(decode: Decode, understanding: type[Reply]) -> None:
    assert len(series(6_000, decode=decode, understanding=understanding).faults) > 0


def _wire(generated: Generated) -> Turn:
    head = [f"HTTP/1.1 {generated.status} X", *generated.headers]
    if generated.retry_after is not None:
        head.append(f"Retry-After: {generated.retry_after:.0f}")
    # Without a length the body ends with the connection: a body that a 204 must not have cannot be read as the next.
    return Cut("\r\n".join([*head, "Connection: close", "", ""]).encode("utf-8") + generated.body)


def _borne_out(generated: Generated, meaning: Meaning) -> bool:
    match meaning:
        case Meaning.DELETED:
            return is_deletion(generated)
        case Meaning.CLEAR:
            return is_empty(generated, LAX_RULES.empty_list)
        case Meaning.PRESENT if generated.kind is Kind.GET_CUSTOMER:
            return is_there(generated)
        case _:
            return True


async def test_the_same_holds_over_a_real_socket_whatever_the_headers_say() -> None:
    dice = Random(7)
    sent = [answer(kind, dice) for _ in range(OVER_THE_WIRE // 4) for kind in (Kind.DELETE, *READS)]
    sent = [one for one in sent if one.status >= 200]  # what a client does with 1xx is wait for the answer
    taken = []
    async with peer(*map(_wire, sent)) as server, clients(server.url) as client:
        calls: dict[Kind, Callable[[CustomerNo], Awaitable[Reply]]] = {
            Kind.DELETE: client.deletes.delete,
            Kind.GET_CUSTOMER: client.reads.get_customer,
            Kind.GET_DOCUMENTS: client.reads.get_documents,
            Kind.GET_ARITEMS: client.reads.get_aritems,
        }
        for generated in sent:
            meaning = (await calls[generated.kind](NUMBER)).meaning
            assert _borne_out(generated, meaning), generated
            taken.append(meaning)
        assert len(server.requests) == len(sent)
    assert {Meaning.DELETED, Meaning.CLEAR, Meaning.PRESENT, Meaning.UNANSWERED} <= set(taken)


def test_the_oracle_reads_json_in_one_way_only() -> None:
    assert read(b'{"a":1}') == {"a": 1}
    for body in (b'{"a":1,"a":1}', b"[NaN]", b"{", b"\xff", b"", b"\x0c{}"):
        assert read(body) is ...
