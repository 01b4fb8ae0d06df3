"""What the work has cost in requests: so many a deletion, so many a rejected customer, and the least it could be.

Decides what counts for which: a customer's own requests in the run that settled it, retries, checks made anew and
readings back among them. Sentinels, and runs that settled nobody, count for no customer.
"""

from collections.abc import Mapping
from typing import Self

from msgspec.structs import asdict

from worker.core.forecast import DELETION
from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.core.ordering import Lists
from worker.core.values import Value, replace


class Spent(Value, frozen=True):
    """Customers that were deleted or rejected (`ineligible`), and the requests sent for them."""

    deletions: int = 0
    for_deletions: int = 0
    rejections: int = 0
    for_rejections: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """What `counts` told, here of one run or summed up over many."""
        return cls(**{name: counts.get(name, 0) for name in cls.__struct_fields__})

    def counts(self) -> dict[str, int]:
        """The same as plain numbers, to be kept."""
        return asdict(self)

    def after(self, verdict: Verdict, requests: int) -> "Spent":
        """One more customer is settled, for so many requests."""
        if verdict in DELETED_BY_US:
            return replace(self, deletions=self.deletions + 1, for_deletions=self.for_deletions + requests)
        if verdict is Verdict.INELIGIBLE:
            return replace(self, rejections=self.rejections + 1, for_rejections=self.for_rejections + requests)
        return self


class Economy(Value, frozen=True):
    """Requests a customer, each beside the least it could be; None where there was none, or it is not known."""

    per_deletion: float | None = None
    least_per_deletion: int = DELETION
    per_rejection: float | None = None
    least_per_rejection: float | None = None

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """The figures of all runs, by what they have kept together."""
        spent, least = Spent.of(counts), Lists.of(counts).least()
        return cls(
            per_deletion=_each(spent.for_deletions, spent.deletions),
            per_rejection=_each(spent.for_rejections, spent.rejections),
            least_per_rejection=None if least is None else round(least, 3),
        )


def _each(requests: int, customers: int) -> float | None:
    return round(requests / customers, 3) if customers else None
