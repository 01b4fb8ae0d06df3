"""Which texts are valid Norwegian national identity numbers. All numbers are computed here, none is a person's."""

import pytest

from worker.core.national_id import is_national_id


def with_check_digits(nine: str) -> str | None:
    """The eleven digits, or None: for some beginnings there are no valid check digits."""
    digits = [int(c) for c in nine]
    for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
        digits.append(-sum(d * w for d, w in zip(digits, weights, strict=True)) % 11)
    return "".join(map(str, digits)) if max(digits) < 10 else None


def number(born: str, individual: range) -> str:
    """The first number that exists for this date (DDMMYY) and these individual numbers."""
    return next(found for i in individual if (found := with_check_digits(f"{born}{i:03}")))


@pytest.mark.parametrize(
    ("born", "individual"),
    [
        ("010190", range(500)),
        ("310199", range(900, 1000)),
        ("290204", range(500, 1000)),
        ("290200", range(500, 1000)),
        ("290296", range(500)),
        ("410190", range(500)),  # D-number: day + 40.
        ("014190", range(500)),  # H-number: month + 40.
        ("018190", range(500)),  # Synthetic: month + 80.
        ("715290", range(500)),  # Both: a D-number of 31 December with month + 40.
        ("010154", range(500, 750)),
        ("290292", range(500, 750)),  # 1892 was a leap year.
        ("290280", range(900, 1000)),  # So was 1980, the only year that these can mean.
    ],
)
def test_every_kind_of_number_with_a_real_date_is_valid(born: str, individual: range) -> None:
    assert is_national_id(number(born, individual))


@pytest.mark.parametrize(
    ("born", "individual"),
    [
        ("320190", range(500)),
        ("310490", range(500)),
        ("000190", range(500)),
        ("010090", range(500)),
        ("011390", range(500)),
        ("290201", range(500)),
        ("290200", range(500)),  # 1900 was no leap year.
        ("720190", range(500)),
        ("010145", range(500, 900)),  # No year has this individual number.
    ],
)
def test_a_date_that_never_was_makes_the_number_invalid(born: str, individual: range) -> None:
    assert not is_national_id(number(born, individual))


@pytest.mark.parametrize(
    ("year", "nobodys"),
    [("45", range(500, 900)), ("60", range(750, 900))],  # Neither 1845 nor 2045 has numbers, and 1860 has 500 to 749.
)
def test_an_individual_number_belongs_to_its_years_to_the_last(year: str, nobodys: range) -> None:
    numbers = [(i, with_check_digits(f"{day:02}01{year}{i:03}")) for day in range(1, 10) for i in range(1000)]
    held = [(individual, is_national_id(found)) for individual, found in numbers if found]
    assert {individual for individual, _ in held} == set(range(1000))
    assert [individual for individual, valid in held if valid is (individual in nobodys)] == []


def test_each_wrong_digit_is_noticed() -> None:
    valid = number("010190", range(500))
    for at in range(9, 11):
        wrong = valid[:at] + str((int(valid[at]) + 1) % 10) + valid[at + 1 :]
        assert not is_national_id(wrong)


def test_only_eleven_ascii_digits_with_one_usual_gap_are_looked_at() -> None:
    valid = number("010190", range(500))
    assert is_national_id(f"{valid[:6]} {valid[6:]}")
    assert is_national_id(f"{valid[:6]}-{valid[6:]}")
    for text in ("", valid[1:], f"0{valid}", f"{valid[:5]} {valid[5:]}", f"{valid}\n", "\uff10" * 11, "x" * 11):
        assert not is_national_id(text)
