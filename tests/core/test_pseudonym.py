"""Pseudonyms say nothing of a number to whoever has no key, and the same of one number within one campaign only."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.pseudonym import PseudonymKey, Pseudonyms, refuse_other_key
from worker.errors import SettingsWrong

SECRET = bytes(range(32))
KEY = PseudonymKey(SECRET)
BOUND = ("https://arm.example/v1", 2218, "spring", "d1" * 32)
OTHERS = [
    (PseudonymKey(bytes(32)), BOUND),
    (KEY, ("https://arm.example/v2", *BOUND[1:])),
    (KEY, (BOUND[0], 2219, *BOUND[2:])),
    (KEY, (*BOUND[:2], "summer", BOUND[3])),
    (KEY, (*BOUND[:3], "d2" * 32)),
]


def ours() -> Pseudonyms:
    """Made anew within each test."""
    return KEY.campaign(*BOUND)


def mac(secret: bytes, message: str) -> bytes:
    return hmac.new(secret, message.encode(), hashlib.sha256).digest()


def test_a_pseudonym_is_what_the_format_says() -> None:
    secret = mac(SECRET, "amili-purge-pseudonyms/1\nhttps://arm.example/v1\n2218\nspring\n" + "d1" * 32)
    assert ours().of("Bø-7") == mac(secret, "customer\nbø-7").hex()
    assert ours().of_request("Bø-7") == mac(secret, "request\nBø-7").hex()
    assert KEY.of_input("ab") == mac(SECRET, "amili-purge-input/1\nab").hex()
    assert ours().key_id == KEY.key_id == mac(SECRET, "amili-purge-pseudonym-key/1").hex()[:16]


@given(st.text(max_size=12), st.text(max_size=12))
def test_spellings_of_one_number_are_one_and_others_are_others(one: str, other: str) -> None:
    called = ours()
    assert called.of(one.upper()) == called.of(one.upper().casefold())
    assert (called.of(one) == called.of(other)) is (called.of(other) == called.of(one))
    assert called.of(one) != called.of_request(one)


@pytest.mark.parametrize("other", OTHERS)
def test_no_other_campaign_and_no_other_key_calls_a_customer_so(
    other: tuple[PseudonymKey, tuple[str, int, str, str]],
) -> None:
    key, bound = other
    assert key.campaign(*bound).of("500001") != ours().of("500001")


def test_a_text_that_is_no_utf_8_has_a_pseudonym_too() -> None:
    secret = mac(SECRET, "amili-purge-pseudonyms/1\nhttps://arm.example/v1\n2218\nspring\n" + "d1" * 32)
    assert ours().of("\ud800") == hmac.new(secret, b"customer\n\xed\xa0\x80", hashlib.sha256).hexdigest()


def test_a_key_is_never_shown() -> None:
    assert "secret" not in f"{KEY!r}{ours()!r}".casefold()
    assert ours().key_id in repr(ours())


def test_a_key_is_read_as_it_was_written() -> None:
    assert PseudonymKey.parse(KEY.text()) == KEY
    with_plus = PseudonymKey(b"\xfb" * 32)
    assert "+" in base64.b64encode(b"\xfb" * 32).decode()
    assert PseudonymKey.parse(with_plus.text()) == with_plus
    assert KEY.text() == f"PSEUDONYM+KEY+{KEY.key_id}+{base64.b64encode(SECRET).decode()}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PSEUDONYM+KEY+",
        KEY.text().replace("PSEUDONYM", "PRIVATE"),
        KEY.text().replace(KEY.key_id, "0" * 16),
        KEY.text().replace("AAEC", "AAED"),
        KEY.text() + "more",
        "PSEUDONYM+KEY+0+?",
        PseudonymKey(b"short").text(),
        KEY.text().replace("AAEC", "AA*EC"),
    ],
)
def test_what_is_no_key_or_a_damaged_one_is_none(text: str) -> None:
    assert PseudonymKey.parse(text) is None


@pytest.mark.parametrize("same", [None, "ab"])
def test_a_campaign_goes_on_with_its_own_key(same: str | None) -> None:
    refuse_other_key("spring", same, same)


@pytest.mark.parametrize(
    ("bound", "given", "what", "advice"),
    [
        (None, "ab", "without pseudonyms", "leave audit_pseudonyms out"),
        ("ab", None, "would write numbers", "of the key ab"),
        ("ab", "cd", "holds the key cd", "own key"),
    ],
)
def test_with_another_key_or_none_it_does_not(bound: str | None, given: str | None, what: str, advice: str) -> None:
    with pytest.raises(SettingsWrong, match=what) as refused:
        refuse_other_key("spring", bound, given)
    assert advice in refused.value.advice[0]
