"""Which of the two lists is asked first: the one that settles more customers, as far as the campaign has seen.

Decides by counts alone. Only lists that were asked first are counted: what the second one holds is known of those
alone whom the first one let pass, and that says nothing about the rest. GET customer comes before both, always.
"""

from collections.abc import Mapping
from typing import Final, Self

from worker.core.replies import Kind
from worker.core.values import Value, replace

_TO_BEGIN_WITH: Final = 20
"""So many customers begin with the one list, then so many with the other: a campaign that is smaller need not learn."""

_LOOK_AGAIN: Final = 50
"""One customer in so many begins with the list that seems the worse: lists change, and a first impression may err."""


class Tried(Value, frozen=True):
    """How often one list was asked first, and how often it then settled the customer."""

    asked: int = 0
    found: int = 0

    @property
    def share(self) -> float:
        """How many it settles, from 0 to 1; where nothing is known, half."""
        return (self.found + 1) / (self.asked + 2)


class Lists(Value, frozen=True):
    """What a campaign has learned of its two lists."""

    documents: Tried = Tried()
    aritems: Tried = Tried()

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """What `counts` told, here of one run or summed up over many."""
        return cls(
            Tried(counts.get("documents_first", 0), counts.get("documents_found", 0)),
            Tried(counts.get("aritems_first", 0), counts.get("aritems_found", 0)),
        )

    def counts(self) -> dict[str, int]:
        """The same as plain numbers, to be kept."""
        return {
            "documents_first": self.documents.asked,
            "documents_found": self.documents.found,
            "aritems_first": self.aritems.asked,
            "aritems_found": self.aritems.found,
        }

    @property
    def first(self) -> Kind:
        """The list that the next customer begins with; documents, where both are as good."""
        if self.documents.asked < _TO_BEGIN_WITH:
            return Kind.GET_DOCUMENTS
        if self.aritems.asked < _TO_BEGIN_WITH:
            return Kind.GET_ARITEMS
        if self.aritems.share > self.documents.share:
            better, other, seldom = Kind.GET_ARITEMS, Kind.GET_DOCUMENTS, self.documents
        else:
            better, other, seldom = Kind.GET_DOCUMENTS, Kind.GET_ARITEMS, self.aritems
        asked = self.documents.asked + self.aritems.asked
        return other if seldom.asked * _LOOK_AGAIN < asked else better

    def begun(self, kind: Kind) -> "Lists":
        """One more customer begins with this list. Counted when it is asked: many are under way at the same time."""
        if kind is Kind.GET_DOCUMENTS:
            return replace(self, documents=replace(self.documents, asked=self.documents.asked + 1))
        return replace(self, aritems=replace(self.aritems, asked=self.aritems.asked + 1))

    def settled(self, kind: Kind) -> "Lists":
        """This list, asked first, has settled a customer."""
        if kind is Kind.GET_DOCUMENTS:
            return replace(self, documents=replace(self.documents, found=self.documents.found + 1))
        return replace(self, aritems=replace(self.aritems, found=self.aritems.found + 1))

    def least(self) -> float | None:
        """Requests that a customer with something attached takes in the better order; None while that is not known.

        It takes the two lists to be independent of each other.
        """
        if not (self.documents.asked and self.aritems.asked and self.documents.found + self.aritems.found):
            return None
        documents, aritems = (each.found / each.asked for each in (self.documents, self.aritems))
        most, less = max(documents, aritems), min(documents, aritems)
        rejected = 1 - (1 - most) * (1 - less)
        return 2 + (1 - most) * less / rejected
