"""A seeded population: who is in the world, who is only on the list, and what a customer's record says.

Pure: the seed decides everything. Each personal field but the name, which a sample list holds too, carries `MARKER`, so
that a scan can show that no field of a record ever reached a log or a file. It never uses a real person's data.
"""

import random
from dataclasses import dataclass

from worker.sandbox.world import Customer

MARKER = "SANDBOX-PERSONAL"
"""Stands in every personal field of every record but the name, and nowhere else."""

_FIRST = ("Kari", "Ola", "Ingrid", "Bjørn", "Åse", "Per", "Solveig", "Lars", "Marit", "Øyvind", "Nils", "Liv")
_STREETS = ("Storgata", "Kirkeveien", "Bjørnstjerne Bjørnsons gate", "Åsveien", "Sjøgata", "Fjellveien")
_TOWNS = (
    ("0155", "Oslo"),
    ("5003", "Bergen"),
    ("7011", "Trondheim"),
    ("9008", "Tromsø"),
    ("6002", "Ålesund"),
)
_LETTERS = "ABCDEFGHKLMNPRSTVWXYZ"
_LETTERED = 0.05
_FIRST_ACCOUNT = 500_000


@dataclass(frozen=True, slots=True)
class Population:
    """The customers that exist at the beginning, and numbers that nobody has."""

    customers: tuple[Customer, ...]
    absent: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers, existing ones first."""
        return tuple(customer.number for customer in self.customers) + self.absent

    @property
    def with_items(self) -> str | None:
        """Somebody who has documents and AR items; one of the two will do if nobody has both. None: nobody has any."""
        fullest = max(self.customers, key=_sorts_of_items, default=None)
        return fullest.number if fullest is not None and not fullest.deletable else None

    @property
    def without_items(self) -> str | None:
        """Somebody who has neither, if anybody is so."""
        return next((customer.number for customer in self.customers if customer.deletable), None)


def _sorts_of_items(customer: Customer) -> int:
    return bool(customer.documents) + bool(customer.ar_items)


def populate(
    size: int, seed: int, with_documents: float = 0.15, with_ar_items: float = 0.1, absent: float = 0.05
) -> Population:
    """Make `size` distinct numbers; the shares are chances (0 to 1), those two of what exists independent."""
    dice = random.Random(seed)
    customers: list[Customer] = []
    missing: list[str] = []
    for place, number in enumerate(_numbers(size, dice)):
        if dice.random() < absent:
            missing.append(number)
            continue
        documents = dice.randint(1, 3) if dice.random() < with_documents else 0
        ar_items = dice.randint(1, 3) if dice.random() < with_ar_items else 0
        customers.append(Customer(number, _FIRST_ACCOUNT + place, documents, ar_items))
    return Population(tuple(customers), tuple(missing))


def _numbers(size: int, dice: random.Random) -> list[str]:
    """Digits of one length, and now and then two letters before them."""
    width = max(6, len(str(size)) + 1)
    digits = dice.sample(range(10 ** (width - 1), 10**width), size)
    return [_lettered(str(number), dice) for number in digits]


def _lettered(digits: str, dice: random.Random) -> str:
    if dice.random() >= _LETTERED:
        return digits
    return dice.choice(_LETTERS) + dice.choice(_LETTERS) + digits


def town(account_no: int) -> str:
    """The town of an account, as a list from the finance department might show it."""
    return _TOWNS[account_no % len(_TOWNS)][1]


def name(account_no: int) -> str:
    """The name of an account, in its record and on a list: `match` compares the two."""
    return f"Eksempel {account_no:06}"


def personal(account_no: int) -> dict[str, object]:
    """The personal part of a customer's record; every text in it but the name carries `MARKER`."""
    first = _FIRST[account_no % len(_FIRST)]
    postcode, place = _TOWNS[account_no % len(_TOWNS)]
    street = _STREETS[account_no // 3 % len(_STREETS)]
    return {
        "name": name(account_no),
        "nationalIdentityNumber": f"{MARKER}-{account_no % 28 + 1:02}0190{account_no % 100_000:05}",
        "bankAccountNo": f"{MARKER}-1503{account_no % 10_000_000:07}",
        "email": f"{first}.{account_no}.{MARKER}@example.invalid".lower().replace(MARKER.lower(), MARKER),
        "phone": f"{MARKER}-+47 9{account_no % 10_000_000:07}",
        "address": {
            "street": f"{street} {account_no % 90 + 1} {MARKER}",
            "postcode": f"{postcode} {MARKER}",
            "town": f"{place} {MARKER}",
        },
    }
