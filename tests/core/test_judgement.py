"""What speaks against an input, and what is said of it."""

import pytest

from tests.core.test_intake import tallied
from tests.core.test_national_id import number as national_id
from worker.core.intake import InputRules, Intake
from worker.core.judgement import judge, lost_zeros

GOOD = [f"{n:06}" for n in range(100000, 100090)]


def complaints(intake: Intake, rules: InputRules | None = None, *, planning: bool = False) -> list[str]:
    return [refusal.what for refusal in judge(intake, rules or InputRules(), planning=planning)]


def test_a_plain_list_is_accepted() -> None:
    assert complaints(tallied(GOOD)) == []


def test_an_input_without_rows_is_refused_unless_that_is_allowed() -> None:
    assert complaints(tallied([])) == ["the input holds no rows"]
    assert complaints(tallied([]), InputRules(allow_empty=True)) == []


@pytest.mark.parametrize(
    ("invalid", "rows", "share", "refused"),
    [(1, 100, 0.01, False), (2, 100, 0.01, True), (29, 100, 0.29, False), (1, 50, 0.0, True), (50, 50, 1.0, False)],
)
def test_only_more_than_the_share_of_invalid_rows_is_refused(
    invalid: int, rows: int, share: float, refused: bool
) -> None:
    numbers = ["a b"] * invalid + ["543210"] * (rows - invalid)
    assert bool(complaints(tallied(numbers), InputRules(max_invalid_share=share))) is refused


def test_too_many_invalid_rows_are_told_with_three_lines_and_their_hints() -> None:
    [refusal] = judge(tallied(["543210", "1.23E+05", "", "a b", "c d"]), InputRules(), planning=True)
    assert refusal.what == "4 of 5 rows invalid, more than max_invalid_share (0.01) allows"
    assert refusal.advice[0].startswith("line 3: '1.23E+05' is invalid: spreadsheet_number (")
    assert refusal.advice[1:3] == ("line 4: '' is invalid: empty", "line 5: 'a b' is invalid: characters")
    assert len(refusal.advice) == 4


def test_rows_of_other_clients_are_refused_with_their_lines() -> None:
    rules = InputRules(client_no=2218)
    two = tallied(["1", "2", "3"], rules, ["2218", "9", ""])
    assert complaints(two, rules) == ["2 rows are not of client 2218 by the client column (line 3, line 4)"]
    one = tallied(["1"], rules, ["9"])
    assert complaints(one, rules) == ["1 row is not of client 2218 by the client column (line 2)"]
    assert complaints(tallied(["1"] * 5, rules, ["9"] * 5), rules)[0].endswith("line 4, …)")


def test_national_identity_numbers_are_refused_only_when_they_are_the_most() -> None:
    person = national_id("010190", range(500))
    assert complaints(tallied([person, "12345678901"])) == []
    [what] = complaints(tallied([person, person, "12345678901"]))
    assert what == "2 of 3 numbers are valid Norwegian national identity numbers"


def test_short_numbers_among_nine_in_ten_of_one_length_are_suspected_of_lost_zeros() -> None:
    intake = tallied([*GOOD, *["12345"] * 9, "999"])
    suspicion = lost_zeros(intake, InputRules())
    assert suspicion is not None
    assert (suspicion.expected, suspicion.lengths, suspicion.count) == (6, frozenset({3, 5}), 10)
    assert suspicion.lines == (92, 93, 94)


def test_lost_zeros_stop_a_run_but_not_a_plan() -> None:
    intake = tallied([*GOOD, "12345"])
    assert complaints(intake, planning=True) == []
    [refusal] = judge(intake, InputRules(), planning=False)
    assert refusal.what == ("1 row is suspected of lost leading zeros: 5 digits long where nearly all have 6 (line 92)")


@pytest.mark.parametrize(
    ("numbers", "clients", "advice"),
    [
        ([], None, "If that is meant, set allow_empty"),
        ([national_id("010190", range(500))], None, "in URLs and logs on the way. Name the customer number's column"),
        (["1"], ["9"], "Every row must belong to client_no"),
        (["a b"], None, "Mend the file, or name the right column"),
        ([*GOOD, "12345", "999"], None, "Export the column as text"),
        ([*GOOD, "12345", "999"], None, "set accept_lengths to 3, 5, or a customer_pattern"),
    ],
)
def test_each_refusal_says_what_to_do(numbers: list[str], clients: list[str] | None, advice: str) -> None:
    rules = InputRules(client_no=2218)
    [refusal] = judge(tallied(numbers, rules, clients), rules, planning=False)
    assert any(advice in line for line in refusal.advice)


@pytest.mark.parametrize(
    ("numbers", "rules"),
    [
        (GOOD, InputRules()),
        ([*GOOD, *["12345"] * 11], InputRules()),  # Fewer than nine in ten have one length.
        ([*GOOD, "12345", "1234567"], InputRules()),  # A longer one: lengths do vary here.
        ([*GOOD, "1234567"], InputRules()),
        ([*GOOD, "K1234", "A"], InputRules()),  # Only all-digit numbers can lose zeros.
        ([*GOOD, "12345"], InputRules(accept_lengths=frozenset({5}))),
        ([*GOOD, "12345"], InputRules(pattern_given=True)),
        ([], InputRules(allow_empty=True)),
    ],
)
def test_there_is_no_suspicion_where_lengths_vary_or_are_meant(numbers: list[str], rules: InputRules) -> None:
    assert lost_zeros(tallied(numbers, rules), rules) is None
    assert complaints(tallied(numbers, rules), rules) == []


def test_a_length_that_was_not_accepted_stays_suspected() -> None:
    suspicion = lost_zeros(tallied([*GOOD, "12345", "1234"]), InputRules(accept_lengths=frozenset({5})))
    assert suspicion is not None
    assert (suspicion.lengths, suspicion.count) == (frozenset({4}), 1)
