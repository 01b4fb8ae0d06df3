"""What a queue message means, and that no two requests for different customers are ever the same one."""

import json
import re
from hashlib import sha256

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from worker.core.customer import DEFAULT_PATTERN, LONGEST, CustomerNo, Rejected, Why, parse
from worker.core.request import LARGEST, LONGEST_ID, LONGEST_RAW, Request, parse_request, request_of

ANYTHING = re.compile(r"(?s).*")
CLIENT = 2218


def read(body: bytes | str | dict[str, object], message_id: str | None = None) -> Request:
    """One message to client 2218, under the default pattern."""
    match body:
        case bytes():
            return parse_request(body, message_id, CLIENT, DEFAULT_PATTERN)
        case str():
            return read(body.encode(), message_id)
        case _:
            return read(json.dumps(body), message_id)


def why(request: Request) -> Why | None:
    return request.number.why if isinstance(request.number, Rejected) else None


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ('{"customerNo": "000123"}', "000123"),
        ('{"customerNo": " 543210 "}', "543210"),
        ('{"customerNo": "543210", "clientNo": 2218}', "543210"),
        ('{"customerNo": "543210", "clientNo": "02218"}', "543210"),
        ('{"customerNo": "543210", "reason": {"a": [1.5, null]}, "name": "x"}', "543210"),
        ('\n {"customerNo": "null"}\n', "null"),
        ("000123", "000123"),
        ("543210\r\n", "543210"),
        ("K-17", "K-17"),
        ("\ufeff543210", "543210"),
        ("ØL1", "ØL1"),
    ],
)
def test_an_object_or_a_bare_number_is_a_request(body: str, number: str) -> None:
    request = read(body)
    assert isinstance(request.number, CustomerNo)
    assert (request.number.text, request.raw) == (number, number)


@pytest.mark.parametrize(
    "body",
    [
        '{"customerNo": 543210}',
        '{"customerNo": 543210.0}',
        '{"customerNo": null}',
        '{"customerNo": ["543210"]}',
        "{}",
        '{"customerno": "543210"}',
        '{"customerNo": "1", "clientno": 999}',
        '{"customerNo": "1", "Client_No": 2218}',
        '{"customerNo": "1", "REQUEST-ID": "a"}',
        '{"customerNo": "1", "customerNo": "1"}',
        '{"customerNo": "1", "x": {"a": 1, "a": 2}}',
        '{"customerNo": "1", "x": NaN}',
        '{"customerNo": "1", "x": -Infinity}',
        '{"customerNo": "1"',
        '{"customerNo": "1"} {"customerNo": "2"}',
        '["543210"]',
        '"543210"',
        "null",
        " true ",
        "NaN",
        '{"customerNo": "1", "clientNo": 2218.0}',
        '{"customerNo": "1", "clientNo": true}',
        '{"customerNo": "1", "clientNo": null}',
        '{"customerNo": "1", "clientNo": "ours"}',
        '{"customerNo": "1", "clientNo": "\u0662\u0662\u0661\u0668"}',
        '{"customerNo": "1", "requestId": ""}',
        '{"customerNo": "1", "requestId": null}',
        '{"customerNo": "1", "requestId": true}',
        '{"customerNo": "1", "requestId": 1.0}',
        '{"customerNo": "1", "requestId": "a\\nb"}',
        '{"customerNo": "1", "requestId": "a\\ud800"}',
        '{"customerNo": "1", "requestId": "a\\u202eb"}',
        f'{{"customerNo": "1", "requestId": "{"x" * (LONGEST_ID + 1)}"}}',
        f'{{"customerNo": "1", "requestId": {"1" * 5000}}}',
        "[" * 60_000,
        '{"a":' * 10_000,
    ],
)
def test_what_is_no_request_is_a_value_with_a_hint(body: str) -> None:
    request = read(body)
    assert why(request) is Why.NOT_A_REQUEST
    assert isinstance(request.number, Rejected)
    assert request.number.hint


def test_bytes_that_are_no_text_and_bodies_without_end_are_no_requests() -> None:
    assert why(read(b"\xff\xfe\x00")) is Why.NOT_A_REQUEST
    assert why(read(b"1" * (LARGEST + 1))) is Why.NOT_A_REQUEST
    assert why(read(b" " * (LARGEST - 6) + b"543210")) is None


@pytest.mark.parametrize("client", ["2219", '"2219"', "0", '"22180"', "-2218"])
def test_a_request_of_another_client_is_refused_and_says_so(client: str) -> None:
    request = read(f'{{"customerNo": "543210", "clientNo": {client}}}')
    assert why(request) is (Why.NOT_A_REQUEST if client.startswith("-") else Why.OTHER_CLIENT)
    assert request.raw == "543210"


@pytest.mark.parametrize(
    ("number", "reason"),
    [("", Why.EMPTY), ("..", Why.DOTS), ("a/b", Why.CHARACTERS), ("1.23E+05", Why.SPREADSHEET_NUMBER)],
)
def test_a_number_is_judged_as_in_a_file(number: str, reason: Why) -> None:
    assert why(read({"customerNo": number})) is reason
    assert why(read(number)) is reason


def test_no_pattern_makes_a_number_of_json() -> None:
    for body in (b'"543210"', b"[1]", b'{"customerNo": 1}', b"null"):
        assert isinstance(parse_request(body, None, CLIENT, ANYTHING).number, Rejected)


def test_the_identity_is_the_request_id_then_the_message_id_then_the_number() -> None:
    assert read({"customerNo": "aB1", "requestId": "r:1"}, "m1").id == "request:ab1:r:1"
    assert read({"customerNo": "aB1", "requestId": 17}, "m1").id == "request:ab1:17"
    assert read({"customerNo": "aB1"}, "m1").id == "message:ab1:m1"
    assert read("aB1", "m1").id == "message:ab1:m1"
    assert read("aB1").id == read({"customerNo": "Ab1"}, "").id == "number:ab1"


def test_a_poison_message_is_its_bytes_and_its_message_id() -> None:
    digest = sha256(b"[]").hexdigest()
    assert read("[]").id == f"body:sha256:{digest}"
    assert read("[]", "m 1").id == f"body:sha256:{digest}:m%201"
    assert len(read("[]", "\u20ac" * 255).id) <= 12 + 64 + 1 + LONGEST_ID


@pytest.mark.parametrize("message_id", ["a\nb", "x" * (LONGEST_ID + 1), "\ud800"])
def test_a_message_id_that_is_no_identity_counts_only_where_it_is_needed(message_id: str) -> None:
    assert why(read("543210", message_id)) is Why.NOT_A_REQUEST
    assert why(read({"customerNo": "543210", "requestId": "a"}, message_id)) is None


def test_a_request_id_used_for_two_customers_is_two_requests() -> None:
    ids = {read({"customerNo": number, "requestId": "same"}).id for number in ("1", "2", "01")}
    assert len(ids) == 3


def test_a_colon_in_a_number_or_an_id_makes_no_two_requests_the_same() -> None:
    def identity(number: str, request_id: str) -> str:
        body = json.dumps({"customerNo": number, "requestId": request_id}).encode()
        return parse_request(body, None, CLIENT, ANYTHING).id

    assert identity("a", "b:c") != identity("a:b", "c")


def test_of_a_message_only_its_number_is_kept_bounded_and_visible() -> None:
    assert "secret" not in repr(read({"customerNo": 5, "name": "secret"}))
    assert "secret" not in repr(read('{"name": "secret"'))
    assert read({"customerNo": 5, "name": "x"}).raw == "5"
    poison = read('{"name": "x"}')
    assert poison.raw == poison.id
    assert read("a\x1b[31m\u202eb").raw == "a\\u001b[31m\\u202eb"
    assert len(read("\x1b" * 5000).raw) == LONGEST_RAW


NUMBERS = st.from_regex(re.compile(r"[a-zA-Z0-9:æÆ._-]{1,6}"), fullmatch=True)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(str.isprintable)
ASKED = st.tuples(NUMBERS, st.none() | NAMES | st.integers(), st.none() | NAMES)


def asked(number: str, request_id: str | int | None, message_id: str | None) -> Request:
    members = {"customerNo": number} | ({} if request_id is None else {"requestId": request_id})
    return parse_request(json.dumps(members).encode(), message_id, CLIENT, ANYTHING)


def named(request_id: str | int | None, message_id: str | None) -> tuple[str, str | None]:
    """Which name counts, spelt out once more."""
    if request_id is not None:
        return "request", str(request_id)
    return ("message", message_id) if message_id else ("number", None)


@given(ASKED, ASKED)
@example(("a", "1", None), ("a", None, "1"))
@example(("a", 1, None), ("A", "1", "m"))
@example(("a", None, None), ("b", "number:a", None))
def test_two_requests_are_the_same_exactly_for_the_same_customer_and_name(
    one: tuple[str, str | int | None, str | None], other: tuple[str, str | int | None, str | None]
) -> None:
    requests = asked(*one), asked(*other)
    assume(not any(isinstance(request.number, Rejected) for request in requests))
    meant = [(parse(each[0], ANYTHING), named(each[1], each[2])) for each in (one, other)]
    assert (requests[0].id == requests[1].id) == (meant[0] == meant[1])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
KEYS = st.sampled_from(["customerNo", "clientNo", "requestId", "customerno", "x"])
BODIES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.dictionaries(KEYS, JSON | st.just(CLIENT), max_size=4).map(lambda members: json.dumps(members).encode()),
)


@given(BODIES, st.none() | st.text(max_size=300), st.sampled_from([DEFAULT_PATTERN, ANYTHING]))
def test_whatever_a_message_holds_a_bounded_value_comes_back_the_same_each_time(
    body: bytes, message_id: str | None, pattern: re.Pattern[str]
) -> None:
    request = parse_request(body, message_id, CLIENT, pattern)
    assert request == parse_request(body, message_id, CLIENT, pattern)
    assert len(request.raw) <= LONGEST_RAW
    assert request.raw.isprintable()
    assert request.id.isprintable()
    assert len(request.id) <= 10 + 12 * LONGEST + LONGEST_ID
    if isinstance(request.number, CustomerNo):
        assert parse(request.number.text, pattern) == request.number
        assert request.id.split(":")[0] in {"request", "message", "number"}
    else:
        assert request.id.startswith("body:sha256:")


def test_what_a_report_shows_of_a_message_with_a_long_name_is_bounded_too() -> None:
    request = parse_request(b"\x80", "\x80" * 200, 2218, DEFAULT_PATTERN)
    assert len(request.raw) == LONGEST_RAW < len(request.id)


@pytest.mark.parametrize(("number", "name"), [("000123", None), ("K-17", "crm-1"), (" 543210 ", "a:b")])
def test_a_number_with_an_id_means_what_a_message_of_both_would(number: str, name: str | None) -> None:
    body: dict[str, object] = {"customerNo": number, **({} if name is None else {"requestId": name})}
    assert request_of(number, name, DEFAULT_PATTERN) == read(body)


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_ID + 1), "two\nlines"])
def test_an_id_that_cannot_be_one_is_not_taken_for_none(name: str) -> None:
    refused = request_of("000123", name, DEFAULT_PATTERN)
    assert why(refused) is Why.NOT_A_REQUEST
    assert refused.id != request_of("000124", name, DEFAULT_PATTERN).id
    assert isinstance(refused.number, Rejected)
    assert f"1 to {LONGEST_ID}" in str(refused.number.hint)


def test_what_is_no_number_is_told_from_its_like_by_its_text_and_its_id() -> None:
    texts = [("no number", None), ("no number", "a"), ("no number!", None), ("\ud800", None)]
    refused = [request_of(*each, DEFAULT_PATTERN) for each in texts]
    assert {why(each) for each in refused} <= {Why.CHARACTERS, Why.EMPTY}
    assert len({each.id for each in refused}) == len(texts)
    assert refused[0].raw == "no number"
