"""What one pass over the rows adds up to, and that its digest tells inputs apart."""

import re
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_national_id import number as national_id
from worker.core.customer import CustomerNo, Rejected, Why
from worker.core.intake import Header, InputRules, Intake, Row, Tally, framed

HEADER = Header(("kundenr",), named=True, delimiter=",", number_at=0)


def tallied(numbers: list[str], rules: InputRules | None = None, clients: list[str] | None = None) -> Intake:
    """The intake of these numbers, which stand from line 2 on."""
    tally = Tally(HEADER, rules or InputRules())
    for at, number in enumerate(numbers):
        tally.add(Row(at + 2, number, clients[at] if clients else None, (number,)))
    return tally.finish(blank=0)


def test_rows_invalid_rows_and_blank_lines_are_counted_with_their_reasons() -> None:
    tally = Tally(HEADER, InputRules())
    for line, number in enumerate(("543210", "", "a b", "1.23E+05", "54 1"), start=2):
        tally.add(Row(line, number, None, (number,)))
    intake = tally.finish(blank=7)
    assert (intake.rows, intake.invalid, intake.blank) == (5, 4, 7)
    assert intake.invalid_by_reason == {Why.EMPTY: 1, Why.CHARACTERS: 2, Why.SPREADSHEET_NUMBER: 1}
    assert [(row.line, row.raw, row.why) for row in intake.invalid_rows] == [
        (3, "", Why.EMPTY),
        (4, "a b", Why.CHARACTERS),
        (5, "1.23E+05", Why.SPREADSHEET_NUMBER),
    ]


def test_taking_a_row_tells_what_became_of_it() -> None:
    tally = Tally(HEADER, InputRules(pattern=re.compile("[a-z]+"), pattern_given=True))
    assert tally.add(Row(2, " abc", None, (" abc",))) == CustomerNo("abc")
    rejected = tally.add(Row(3, "123", None, ("123",)))
    assert isinstance(rejected, Rejected)
    assert rejected.why is Why.PATTERN


def test_a_fault_of_the_file_makes_a_row_invalid_however_good_its_number_looks() -> None:
    tally = Tally(HEADER, InputRules())
    tally.add(Row(2, "2024-01-01", None, ("2024-01-01",), Rejected(Why.NOT_TEXT, "a date")))
    intake = tally.finish(blank=0)
    assert (intake.invalid, intake.invalid_rows[0].hint) == (1, "a date")


def test_shown_examples_are_bounded_escaped_and_never_a_persons_number() -> None:
    person = national_id("010190", range(500))
    intake = tallied(["x" * 5000, "a\x1b[31m", f"{person[:6]} {person[6:]}", "a b"])
    assert [len(row.raw) for row in intake.invalid_rows] == [41, 11, 12]
    assert intake.invalid_rows[1].raw == "a\\u001b[31m"
    assert intake.invalid_rows[2].raw == "*" * 12


def test_all_digit_numbers_are_counted_by_length_with_their_first_lines() -> None:
    intake = tallied(["111111", "222222", "333333", "444444", "55555", "K12345", "a b"])
    assert {length: (found.count, found.lines) for length, found in intake.digits.items()} == {
        6: (4, (2, 3, 4)),
        5: (1, (6,)),
    }


def test_every_row_must_be_of_our_client_invalid_ones_too() -> None:
    clients = ["2218", " 02218 ", "2219", "", "2218.0", "x", "22180", "X2218"]
    intake = tallied(["1", "2", "3", "4", "a b", "6", "7", "8"], InputRules(client_no=2218), clients)
    assert (intake.other_clients, intake.other_client_lines) == (6, (4, 5, 6))
    assert tallied(["1", "2", "3"], InputRules(client_no=0), ["0", "0", "None"]).other_clients == 1
    assert tallied(["1"], InputRules(), ["2219"]).other_clients == 0


def test_national_identity_numbers_are_counted() -> None:
    person = national_id("010190", range(500))
    padded, gapped = f" {person}  ", f"{person[:6]} {person[6:]}"
    assert tallied([person, padded, gapped, "12345678901", "543210"]).national_ids == 3


def test_the_digest_depends_on_columns_lines_and_cells_and_on_nothing_else() -> None:
    def digest(columns: tuple[str, ...], delimiter: str, rows: list[tuple[int, tuple[str, ...]]]) -> str:
        tally = Tally(Header(columns, named=True, delimiter=delimiter, number_at=0), InputRules())
        for line, cells in rows:
            tally.add(Row(line, cells[0], None, cells))
        return tally.finish(blank=0).digest

    same = digest(("a", "b"), ";", [(2, ("1", "2"))])
    assert re.fullmatch("[0-9a-f]{64}", same)
    assert digest(("a", "b"), ",", [(2, ("1", "2"))]) == same
    others = [
        digest(("a", "c"), ";", [(2, ("1", "2"))]),
        digest(("a", "b"), ";", [(3, ("1", "2"))]),
        digest(("a", "b"), ";", [(2, ("1", "3"))]),
        digest(("a", "b"), ";", [(2, ("12", ""))]),
        digest(("a", "b"), ";", [(2, ("1", "2")), (3, ("1", "2"))]),
    ]
    assert len({same, *others}) == 6


def test_the_digest_is_fixed_so_that_a_campaign_outlives_an_update() -> None:
    framing = b"0;1;7:kundenr\n" + b"0;1;6:[0-9]+\n" + b"2;1;4:\xc3\xb812\xed\xb2\x80\n" + b"3;2;1:12:23\n"
    tally = Tally(HEADER, InputRules(pattern=re.compile("[0-9]+")))
    for row in (Row(2, "", None, ("ø12\udc80",)), Row(3, "1", None, ("1", "23"))):
        tally.add(row)
    assert tally.finish(blank=0).digest == sha256(framing).hexdigest()


def test_a_pass_that_masks_shows_no_row_as_it_stands() -> None:
    [shown] = tallied(["500 001"], InputRules(masked=True)).invalid_rows
    assert (shown.line, shown.raw) == (2, "*" * 7)


def test_the_column_of_the_numbers_makes_another_input_of_the_same_cells() -> None:
    headers = [Header(("a", "b"), named=True, delimiter=",", number_at=at) for at in (0, 1)]
    assert len({Tally(header, InputRules()).finish(blank=0).digest for header in headers}) == 2


def test_a_row_that_is_at_fault_is_another_input_than_the_mended_one() -> None:
    def digest(fault: Rejected | None) -> str:
        tally = Tally(HEADER, InputRules())
        tally.add(Row(2, "1", None, ("1",), fault))
        return tally.finish(blank=0).digest

    assert len({digest(None), digest(Rejected(Why.ZERO_PADDED)), digest(Rejected(Why.NOT_TEXT))}) == 3


ROWS = st.lists(st.tuples(st.integers(1, 9), st.lists(st.text("1:;\n2", max_size=4), max_size=3)), max_size=3)


@given(ROWS, ROWS)
def test_no_two_inputs_are_framed_alike(one: list[tuple[int, list[str]]], other: list[tuple[int, list[str]]]) -> None:
    as_bytes = [b"".join(framed(line, tuple(cells)) for line, cells in rows) for rows in (one, other)]
    assert (as_bytes[0] == as_bytes[1]) == (one == other)
