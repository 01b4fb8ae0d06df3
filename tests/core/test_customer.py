"""What is a customer number, which are the same, and what no pattern can let through."""

import re
import string
import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worker.core.customer import DEFAULT_PATTERN, LONGEST, CustomerNo, Rejected, Why, fold, parse, path_segment, shown

ANYTHING = re.compile(r"(?s).*")


def accepted(raw: str, pattern: re.Pattern[str] = DEFAULT_PATTERN) -> CustomerNo:
    number = parse(raw, pattern)
    assert isinstance(number, CustomerNo)
    return number


def rejected(raw: str, pattern: re.Pattern[str] = DEFAULT_PATTERN) -> Rejected:
    number = parse(raw, pattern)
    assert isinstance(number, Rejected)
    return number


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("543210", "543210"),
        ("000123", "000123"),
        (" 543210 ", "543210"),
        ("\t543210\u00a0", "543210"),
        ("\u2003543210\u202f\r\n", "543210"),
        ("Ærlig-ØL_å.1", "Ærlig-ØL_å.1"),
        ("a\u030aS", "åS"),  # A decomposed å, as macOS writes it.
        ("\u212bS", "ÅS"),  # The angstrom sign is Å under NFC.
        ("\u212a9", "K9"),  # The Kelvin sign is K under NFC.
        ("-5", "-5"),
        ("...", "..."),
        ("1E5", "1E5"),
        ("1E-05", "1E-05"),
        ("12.10", "12.10"),
        ("x" * 32, "x" * 32),
    ],
)
def test_a_number_is_kept_as_text_without_outer_blanks(raw: str, text: str) -> None:
    assert accepted(raw).text == text


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", Why.EMPTY),
        (" \t\u00a0", Why.EMPTY),
        (".", Why.DOTS),
        ("..", Why.DOTS),
        (" .. ", Why.DOTS),
        ("x" * 33, Why.TOO_LONG),
        ("ø" * 33, Why.TOO_LONG),
        ("x" * (LONGEST + 1), Why.TOO_LONG),
        ("54 3210", Why.CHARACTERS),
        ("é" * 32, Why.CHARACTERS),
        ("54\u00a03210", Why.CHARACTERS),
        ("\uff11\uff12\uff13", Why.CHARACTERS),  # Full-width digits are no ASCII digits.
        ("\u0661\u0662", Why.CHARACTERS),  # Nor are Arabic ones.
        ("é", Why.CHARACTERS),
        ("12\n34", Why.CHARACTERS),
        ("\ufeff1234", Why.CHARACTERS),
        ("1.23E+05", Why.SPREADSHEET_NUMBER),
        ("1,23E+05", Why.SPREADSHEET_NUMBER),
        ("1E+05", Why.SPREADSHEET_NUMBER),
        ("5.43210123E8", Why.SPREADSHEET_NUMBER),
        ("1.23e+05", Why.SPREADSHEET_NUMBER),
        ("543210.0", Why.SPREADSHEET_NUMBER),
        ("543210,00", Why.SPREADSHEET_NUMBER),
    ],
)
def test_what_is_no_number_says_why(raw: str, why: Why) -> None:
    assert rejected(raw).why is why


def test_a_spreadsheets_wreck_says_what_to_do_and_no_pattern_admits_it() -> None:
    for wreck in ("1.23E+05", "543210.0"):
        assert "as text" in (rejected(wreck).hint or "")
        assert rejected(wreck, ANYTHING).why is Why.SPREADSHEET_NUMBER


def test_a_custom_pattern_must_match_the_whole_number() -> None:
    six = re.compile(r"^\d{6}$|K\d+")
    assert accepted("543210", six).text == "543210"
    assert accepted("K1", six).text == "K1"
    assert [rejected(raw, six).why for raw in ("5432100", "K1x", "xK1", "æ")] == [Why.PATTERN] * 4


@pytest.mark.parametrize(
    "raw",
    [
        "a/b",
        "a\\b",
        "a%2fb",
        "a?b",
        "a#b",
        "a\0b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "a\u061cb",
        "a\u200bb",
        "a\u2028b",
        "a\ud800b",
        "\x1f1",
        "1\x1c",
    ],
)
def test_no_pattern_admits_what_could_become_another_path_or_deceive_a_reader(raw: str) -> None:
    assert rejected(raw, ANYTHING).why is Why.CHARACTERS


def test_no_pattern_admits_nothing_dots_or_endless_text() -> None:
    whys = [rejected(raw, ANYTHING).why for raw in ("", "  ", ".", "..", "x" * (LONGEST + 1), "ø" * (LONGEST + 1))]
    assert whys == [Why.EMPTY, Why.EMPTY, Why.DOTS, Why.DOTS, Why.TOO_LONG, Why.TOO_LONG]
    assert len(accepted("ø" * LONGEST, ANYTHING).text) == LONGEST


@pytest.mark.parametrize(
    ("one", "other"),
    [("ab12", "AB12"), ("øL", "Øl"), ("å", "A\u030a"), ("k", "\u212a"), ("straße", "STRASSE"), ("\u017f1", "S1")],
)
def test_numbers_that_differ_in_case_or_composition_are_the_same_customer(one: str, other: str) -> None:
    assert accepted(one, ANYTHING) == accepted(other, ANYTHING)
    assert len({accepted(one, ANYTHING), accepted(other, ANYTHING)}) == 1


@pytest.mark.parametrize(("one", "other"), [("0123", "123"), ("\u0131", "i"), ("İ", "i"), ("\uff11", "1"), ("o", "ø")])
def test_numbers_that_only_look_alike_are_different_customers(one: str, other: str) -> None:
    assert accepted(one, ANYTHING) != accepted(other, ANYTHING)
    assert accepted(one, ANYTHING) != one


def test_a_number_keeps_its_case_for_sending() -> None:
    assert (accepted("aB12").text, accepted("aB12").key) == ("aB12", "ab12")


@given(st.text(max_size=40))
def test_whatever_is_accepted_is_safe_stable_and_one_path_segment(raw: str) -> None:
    number = parse(raw, ANYTHING)
    assume(isinstance(number, CustomerNo))
    assert isinstance(number, CustomerNo)
    assert parse(number.text, ANYTHING) == number
    assert unicodedata.is_normalized("NFC", number.text)
    assert fold(number.key) == number.key
    segment = path_segment(number)
    assert set(segment) <= set(string.ascii_letters + string.digits + "-._~%")
    assert urlsplit(f"https://h/a/{segment}").path == f"/a/{segment}"
    assert unquote(segment) == number.text


@given(st.from_regex(DEFAULT_PATTERN, fullmatch=True))
def test_the_default_pattern_is_what_is_accepted_but_for_dots_and_wrecks(raw: str) -> None:
    number = parse(raw)
    assert isinstance(number, CustomerNo) or number.why in {Why.DOTS, Why.SPREADSHEET_NUMBER}


def test_a_path_segment_is_percent_encoded_utf_8() -> None:
    assert path_segment(accepted("Kø 1+~", ANYTHING)) == "K%C3%B8%201%2B~"


def test_even_a_number_that_nobody_checked_is_one_path_segment() -> None:
    assert path_segment(CustomerNo("../a/b")) == "..%2Fa%2Fb"


def test_many_customers_are_looked_up_as_quickly_as_few() -> None:
    assert len({hash(CustomerNo(str(number))) for number in range(100)}) > 90


def test_text_for_a_terminal_is_one_bounded_line_without_anything_unseen() -> None:
    assert shown("a\n\x1b[31mø\u202e") == "a\\u000a\\u001b[31mø\\u202e"
    assert shown("x" * 50, 10) == "x" * 10 + "…"
    assert shown("x" * 10, 10) == "x" * 10


def test_a_number_is_no_text_and_equality_and_inequality_never_both_hold() -> None:
    one, same, other = CustomerNo("AB1"), CustomerNo("ab1"), CustomerNo("ab2")
    assert [one == each for each in (same, other, "AB1")] == [True, False, False]
    assert [one != each for each in (same, other, "AB1")] == [False, True, True]
