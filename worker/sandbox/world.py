"""The world behind the API: who exists, what is attached to whom, and what was deleted by which request.

Pure: the time is an argument, and all that can change is in `World`. It never answers HTTP and never deletes
a customer that has documents or AR items.
"""

import enum
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType


def key(value: str) -> str:
    """The identity of a value: `ab12` and `AB12` are one customer, however its letters are composed."""
    return unicodedata.normalize("NFC", value).casefold()


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the API knows it; `documents` and `ar_items` are how many are attached."""

    number: str
    account_no: int
    documents: int = 0
    ar_items: int = 0

    @property
    def deletable(self) -> bool:
        """Whether the rule of the API allows it: nothing is attached."""
        return self.documents == 0 and self.ar_items == 0


class Deleting(enum.Enum):
    """How the world took a request to delete a customer."""

    DELETED = "deleted"
    MISSING = "missing"
    ATTACHED = "attached"


@dataclass(frozen=True, slots=True)
class Effect:
    """A deletion that happened: by which request, and when (the caller's seconds)."""

    customer: str
    request: int
    at: float


class World:
    """One client with its customers. Every set it hands out holds folded numbers, see `key`."""

    def __init__(self, client_no: int, customers: Iterable[Customer]) -> None:
        """Begin with these customers; a number that repeats another one (case-folded) is a ValueError."""
        self.client_no = client_no
        self._customers: dict[str, Customer] = {}
        self._with_documents: dict[str, None] = {}
        self._with_ar_items: dict[str, None] = {}
        self._effects: list[Effect] = []
        for customer in customers:
            self.add(customer)

    def add(self, customer: Customer) -> None:
        """Let a customer appear, as an upstream sync might; ValueError if it is there already."""
        folded = key(customer.number)
        if folded in self._customers:
            raise ValueError(f"customer {customer.number!r} exists already")
        self._put(folded, customer)

    def find(self, number: str) -> Customer | None:
        """The customer of that number in any case, or None."""
        return self._customers.get(key(number))

    def customers(self) -> Mapping[str, Customer]:
        """All customers that exist now, in their order of appearance."""
        return MappingProxyType(self._customers)

    def with_documents(self) -> AbstractSet[str]:
        """Who has documents."""
        return self._with_documents.keys()

    def with_ar_items(self) -> AbstractSet[str]:
        """Who has AR items."""
        return self._with_ar_items.keys()

    def attach(self, number: str, documents: int = 0, ar_items: int = 0) -> bool:
        """Let documents or AR items arrive; False if the customer does not exist."""
        folded = key(number)
        customer = self._customers.get(folded)
        if customer is None:
            return False
        more = replace(customer, documents=customer.documents + documents, ar_items=customer.ar_items + ar_items)
        self._put(folded, more)
        return True

    def delete(self, number: str, now: float, request: int) -> Deleting:
        """Delete if it exists and nothing is attached; the effect is remembered with request and time."""
        folded = key(number)
        customer = self._customers.get(folded)
        if customer is None:
            return Deleting.MISSING
        if not customer.deletable:
            return Deleting.ATTACHED
        del self._customers[folded]
        self._effects.append(Effect(folded, request, now))
        return Deleting.DELETED

    def existing(self) -> set[str]:
        """Everybody who exists now."""
        return set(self._customers)

    def deletable(self) -> set[str]:
        """Everybody whom a DELETE would remove now."""
        return {folded for folded, customer in self._customers.items() if customer.deletable}

    def deleted_by_request(self) -> dict[str, float]:
        """Who was deleted, and when (seconds of the caller's clock; the last time if it came back)."""
        return {effect.customer: effect.at for effect in self._effects}

    @property
    def effects(self) -> Sequence[Effect]:
        """Every deletion in its order."""
        return self._effects

    def _put(self, folded: str, customer: Customer) -> None:
        self._customers[folded] = customer
        if customer.documents:
            self._with_documents[folded] = None
        if customer.ar_items:
            self._with_ar_items[folded] = None
