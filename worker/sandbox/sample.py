"""A sample list of customers, as a Norwegian Excel exports it: `;`, UTF-8 with BOM, CRLF, and a few wrecks.

It writes one file and decides nothing about it: blank lines, repeats in another case, an invalid number and
unknown customers are there because real lists have them.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from worker.sandbox.population import Population, name, town

_HEADER = "Kundenr;Navn;Sted"
_INVALID = "5432/10"
_EVERY = 100
"""One blank line and one repeat for so many customers, at least one of each."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the file holds, to compare an account with; `customers` are distinct numbers."""

    customers: int
    blank: int
    duplicates: int
    invalid: int

    @property
    def rows(self) -> int:
        """Lines that are rows: neither header nor blank."""
        return self.customers + self.duplicates + self.invalid


def write_sample(path: Path, population: Population, seed: int = 1) -> Sample:
    """Write the population's numbers in a seeded order and say what was written. Replaces a file."""
    dice = random.Random(seed)
    numbers = list(population.numbers)
    dice.shuffle(numbers)
    few = min(len(numbers), len(numbers) // _EVERY + 1)
    invalid = 1 if numbers else 0
    accounts = {customer.number: customer.account_no for customer in population.customers}
    accounts = {number: accounts.get(number, place) for place, number in enumerate(numbers)}
    lines = [_line(number, account_no) for number, account_no in accounts.items()]
    lettered_first = sorted(numbers, key=str.isdigit)
    extra = [_line(number.swapcase(), accounts[number]) for number in lettered_first[:few]]
    for wreck in (*extra, *[""] * few, *[_line(_INVALID, 1)] * invalid):
        lines.insert(dice.randint(0, len(lines)), wreck)
    path.write_bytes("\r\n".join((_HEADER, *lines, "")).encode("utf-8-sig"))
    return Sample(len(numbers), few, few, invalid)


def _line(number: str, account_no: int) -> str:
    return f"{number};{name(account_no)};{town(account_no)}"
