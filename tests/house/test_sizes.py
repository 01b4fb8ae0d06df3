"""Holds modules and functions to the sizes that a reader can take in at once."""

from statistics import median, quantiles

from tests.house.tree import EVERYWHERE, SOURCE, functions, lines_of, modules, name_of

LONGEST_MODULE = 300
MEDIAN_MODULE = 150
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 8
NINE_IN_TEN_FUNCTIONS = 25


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert [name_of(path) for path in modules(*EVERYWHERE) if lines_of(path) > LONGEST_MODULE] == []


def test_half_of_the_modules_have_at_most_a_hundred_and_fifty_lines() -> None:
    lengths = [lines_of(path) for path in modules(*SOURCE)]
    assert not lengths or median(lengths) <= MEDIAN_MODULE


def test_no_function_is_longer_than_fifty_lines() -> None:
    assert [one for one in functions(*EVERYWHERE) if one.lines > LONGEST_FUNCTION] == []


def test_half_of_the_functions_have_at_most_eight_lines() -> None:
    lengths = [one.lines for one in functions(*SOURCE) if one.lines]
    assert not lengths or median(lengths) <= MEDIAN_FUNCTION


def test_nine_in_ten_functions_have_at_most_twenty_five_lines() -> None:
    lengths = [one.lines for one in functions(*SOURCE) if one.lines]
    assert len(lengths) < 10 or quantiles(lengths, n=10)[-1] <= NINE_IN_TEN_FUNCTIONS
