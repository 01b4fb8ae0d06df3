"""Whether a text is a valid Norwegian national identity number, so that none ends up in a URL.

Decides validity alone (real date, both check digits). Never stores, parses out or tells anything of
the person. Rules: Skatteetaten's description of fødselsnummer, D-nummer and the synthetic numbers.
"""

import re
from typing import Final

_FORM: Final = re.compile(r"[0-9]{6}[ -]?[0-9]{5}")
_FIRST_CHECK: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_CHECK: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_D_NUMBER_DAY: Final = 40
# None; H-numbers and older test numbers; the tax administration's synthetic persons.
_MONTH_SHIFTS: Final = (0, 40, 80)
# Individual numbers from, to; years of birth from, to.
_CENTURIES: Final = (
    (0, 499, 1900, 1999),
    (500, 749, 1854, 1899),
    (500, 999, 2000, 2039),
    (900, 999, 1940, 1999),
)
_FEBRUARY: Final = 2
_NO_LEAP_YEAR: Final = 1900  # the one exception within 1854-2039
_LEAP_DAY: Final = 29


def is_national_id(text: str) -> bool:
    """Tell whether this is a valid number: fødselsnummer, D- or H-number, or a synthetic one."""
    if not _FORM.fullmatch(text):
        return False
    digits = [int(c) for c in text if c.isdigit()]
    return _divides(digits, _FIRST_CHECK) and _divides(digits, _SECOND_CHECK) and _has_real_date(digits)


def _divides(digits: list[int], weights: tuple[int, ...]) -> bool:
    return sum(d * w for d, w in zip(digits, weights, strict=False)) % 11 == 0


def _has_real_date(digits: list[int]) -> bool:
    day, month, short_year = (10 * digits[at] + digits[at + 1] for at in (0, 2, 4))
    individual = 100 * digits[6] + 10 * digits[7] + digits[8]
    day -= _D_NUMBER_DAY if day > _D_NUMBER_DAY else 0
    years = _years(short_year, individual)
    return any(_is_date(day, month - shift, year) for shift in _MONTH_SHIFTS for year in years)


def _years(short_year: int, individual: int) -> list[int]:
    """All years of birth that the two digits can mean with this individual number."""
    return [
        first + (short_year - first) % 100
        for low, high, first, last in _CENTURIES
        if low <= individual <= high and first + (short_year - first) % 100 <= last
    ]


def _is_date(day: int, month: int, year: int) -> bool:
    if not (1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]):
        return False
    leap = year % 4 == 0 and year != _NO_LEAP_YEAR
    return leap or (month, day) != (_FEBRUARY, _LEAP_DAY)
