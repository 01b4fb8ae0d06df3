"""What a message that is no request is told, word for word, and where the bounds of names and texts lie."""

import re
from hashlib import sha256

import pytest

from tests.core.test_request import ANYTHING, CLIENT, read, why
from worker.core.customer import Rejected, Why
from worker.core.request import LARGEST, LONGEST_ID, LONGEST_RAW, parse_request, request_of


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"5" * (LARGEST + 1), f"its body has more than {LARGEST} bytes"),
        (b"\xff", "its body is not UTF-8"),
        (b"null", "its body is a JSON word"),
        (b'{"customerNo": ', "its body is not JSON that can be read"),
        (b'["543210"]', "its body is JSON, but no object"),
        (b'{"customerNo": "1", "customerNo": "1"}', "a key stands twice in an object"),
        (b'{"customerNo": "543210", "n": NaN}', "NaN is no JSON"),
        (b'{"customerNo": "543210", "clientNo": 2219}', "clientNo is not the client_no of the settings"),
        (b'{"customerNo": "543210", "clientNo": 2218.0}', "clientNo must be a whole number"),
        (b'{"customerNo": "543210", "clientNo": true}', "clientNo must be a whole number"),
        (b'{"customerNo": "543210", "requestId": 1.5}', f"requestId must be a string of 1 to {LONGEST_ID} "),
        (b'{"customerNo": 543210.0}', "customerNo must be a string: as a JSON number it would lose leading zeros"),
    ],
)
def test_each_hint_names_what_is_wrong(body: bytes, hint: str) -> None:
    number = read(body).number
    assert isinstance(number, Rejected)
    assert str(number.hint).startswith(hint)


def test_a_client_is_compared_as_a_number_whatever_its_zeros() -> None:
    assert why(parse_request(b'{"customerNo": "1", "clientNo": "000"}', None, 0, ANYTHING)) is None
    assert why(parse_request(b'{"customerNo": "1", "clientNo": "X2218"}', None, CLIENT, ANYTHING)) is Why.NOT_A_REQUEST


def test_numbers_are_held_against_the_pattern_that_is_given() -> None:
    only_letters = re.compile("[A-Z]+")
    assert why(parse_request(b"543210", None, CLIENT, only_letters)) is Why.PATTERN
    assert why(request_of("543210", None, only_letters)) is Why.PATTERN


def test_an_id_of_the_longest_length_is_one_and_a_missing_one_is_no_fault() -> None:
    assert read({"customerNo": "1", "requestId": "x" * LONGEST_ID}).id == f"request:1:{'x' * LONGEST_ID}"
    assert read("543210", "x" * LONGEST_ID).id == f"message:543210:{'x' * LONGEST_ID}"
    assert read("543210").id == "number:543210"


def test_a_message_id_that_is_too_long_is_named() -> None:
    number = read("543210", "x" * (LONGEST_ID + 1)).number
    assert isinstance(number, Rejected)
    assert number.hint == "its message id is longer than 200 characters, or has unprintable ones"


def test_the_name_of_a_poison_message_is_percent_encoded_wholly() -> None:
    assert read(b"\xff", "a/b:c").id == f"body:sha256:{sha256(bytes([255])).hexdigest()}:a%2Fb%3Ac"


def test_a_json_word_is_shown_in_the_place_of_the_number() -> None:
    assert read(" null ").raw == "null"


@pytest.mark.parametrize("length", [LONGEST_RAW - 2, LONGEST_RAW - 1, LONGEST_RAW, LONGEST_RAW + 1])
def test_what_is_shown_of_a_text_ends_at_its_bound(length: int) -> None:
    raw = read("\u00e6" * length).raw
    assert len(raw) == min(length, LONGEST_RAW)
    assert raw.endswith("…") is (length >= LONGEST_RAW)


def test_a_number_that_was_written_as_a_fraction_is_shown_as_it_stands() -> None:
    assert read('{"customerNo": 543210.0}').raw == "543210.0"
