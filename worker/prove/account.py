"""The account of a proof: what was killed, deleted and found, as it grows and as it is shown in the end.

Decides what of one campaign is counted and what is a violation beyond A to H. It prints nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from worker.prove.box import State
from worker.prove.evidence import Evidence, fold
from worker.prove.judge import GONE, UNASKED
from worker.prove.points import POINTS, RANDOM

_SHOWN: Final = 20
_NAME: Final = 52


@dataclass(slots=True)
class Account:
    """Everything so far. `kills` counts by point; `effects` are deletions by the sandbox's own journal."""

    kills: Counter[str] = field(default_factory=Counter)
    campaigns: int = 0
    customers: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    effects: int = 0
    requests: int = 0
    breaches: list[str] = field(default_factory=list)

    def add(self, evidence: Evidence) -> None:
        """Count one campaign that was judged."""
        self.campaigns += 1
        self.customers += evidence.summary.customers
        self.verdicts.update(row.verdict for row in evidence.report)
        self.effects += len({record.customer for record in evidence.wire if record.effect_at is not None})
        self.requests += len(evidence.wire)

    def progress(self, kills: int) -> str:
        """One line for whoever is waiting."""
        return (
            f"{self.kills.total()} of {kills} kills · campaigns {self.campaigns} · "
            f"customers {self.customers} · violations {len(self.breaches)}"
        )

    def table(self, seconds: float) -> str:
        """The account of so many seconds, and below it where the kills fell."""
        named = {name: count for name, count in self.kills.items() if name != RANDOM}
        at_random = self.kills[RANDOM]
        sure, inferred = self.verdicts["deleted"], self.verdicts["deleted_inferred"]
        sound = "" if self.breaches else "none of the invariants A to H, and all logs verify"
        where = f"SIGKILL: {at_random} at random, {sum(named.values())} at {len(named)} named points"
        told = (
            ("kills", self.kills.total(), where),
            ("campaigns", self.campaigns, "each started again until it was settled, then judged"),
            ("customers", self.customers, f"each with one verdict; {self.requests} requests in all"),
            ("deletions", sure + inferred, f"the sandbox's own journal has {self.effects}"),
            ("inferred", inferred, "of these: the answer was lost, or the process killed; read back"),
            ("violations", len(self.breaches), sound),
        )
        lines = [f"{name:<12}{count:>7}  {meaning}".rstrip() for name, count, meaning in told]
        return "\n".join([*lines, f"{'seconds':<12}{seconds:>7.0f}", "", *self._places()])

    def worst(self) -> str:
        """The first violations, a line each."""
        more = [f"… {len(self.breaches)} in all"] if len(self.breaches) > _SHOWN else []
        return "\n".join([*self.breaches[:_SHOWN], *more])

    def _places(self) -> Iterator[str]:
        yield f"{'killed at':<{_NAME}}  kills"
        for name in (RANDOM, *(point.name for point in POINTS)):
            if self.kills[name]:
                yield f"{name:<{_NAME}}  {self.kills[name]:>5}"


def untrue(evidence: Evidence, before: State) -> Iterator[str]:
    """Customers that did not end as the sandbox's world at the beginning says they must, faults or not."""
    for row in evidence.report:
        if row.verdict in UNASKED:
            continue
        due = _due(fold(row.number), before)
        if row.verdict not in due:
            yield f"end: {row.number} is {row.verdict}, and should be {' or '.join(sorted(due))}"


def _due(number: str, before: State) -> set[str]:
    if number in before.deletable:
        return GONE
    return {"ineligible"} if number in before.existing else {"already_absent"}
