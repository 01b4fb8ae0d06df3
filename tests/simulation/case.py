"""What a judge looks at after a run: the campaign's facts and requests, sorted by customer and by run.

Decides nothing: it looks nothing up twice, as every seed is judged after every run.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterator
from typing import TypeVar

from tests.fakes.stage import Ended, Orders, Stage
from tests.fakes.world import Wire
from worker.core.facts import CustomerFact, VerdictFact
from worker.core.lifecycle import Verdict
from worker.core.replies import Kind
from worker.core.summary import SETTLED

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Placed = tuple[int, CustomerFact]
"""A fact of one customer, and its place in the world's order."""


class Lists(dict[K, list[V]]):
    """A list for each key; one that holds nothing is not kept."""

    def __missing__(self, key: K) -> list[V]:
        return []

    def put(self, key: K, value: V) -> None:
        """One more value under that key."""
        self.setdefault(key, []).append(value)


class Case:
    """One stage after a run, under the orders that the whole campaign goes by."""

    def __init__(self, stage: Stage, orders: Orders) -> None:
        self.stage = stage
        self.orders = orders
        self.facts = Lists[str, Placed]()
        self.wires = Lists[str, Wire]()
        self.deletes = Lists[str, Wire]()
        self.runs = Lists[int, Wire]()
        self.crashed = any(run.crashed for run in stage.runs)
        for order, record in stage.storage.kept:
            if record.customer_no is not None:
                assert isinstance(record.fact, CustomerFact)
                self.facts.put(record.customer_no, (order, record.fact))
        for wire in stage.world.wires:
            self.wires.put(wire.number, wire)
            self.runs.put(wire.run, wire)
            if wire.kind is Kind.DELETE:
                self.deletes.put(wire.number, wire)
        self._starts = [run.began_at for run in stage.runs]

    def run_at(self, order: int) -> int:
        """The number of the run, from 1, in which that place in the world's order lies."""
        return bisect_right(self._starts, order)

    def each_run(self) -> Iterator[tuple[Ended, list[Wire]]]:
        """The runs with what they sent."""
        for number, ended in enumerate(self.stage.runs, 1):
            yield ended, self.runs[number]

    def verdicts(self) -> Iterator[tuple[str, Verdict]]:
        """Each customer with the one verdict that it has now."""
        for stored in self.stage.storage.customers:
            yield stored.number.text, self.stage.storage.verdict(stored.number.text)


def settles(fact: CustomerFact) -> bool:
    """Whether a fact is a verdict after which its customer is left alone."""
    return isinstance(fact, VerdictFact) and fact.verdict in SETTLED and fact.verdict is not Verdict.ELIGIBLE
