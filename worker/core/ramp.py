"""Careful batches: one deletion first, then ten, then a hundred, then the rest.

Decides whether one more DELETE fits into the stage, must wait for the stage to be settled, or is not to be sent at
all. It counts and nothing else; caps and shares of the whole run are `guards`.
"""

from typing import Final

from worker.core.guards import FAILURES, Stop
from worker.core.lifecycle import DELETED_BY_US, Verdict
from worker.core.values import Value, replace
from worker.errors import Exit

STAGES: Final = (1, 10, 100)
"""How many deletions each stage tries; the stage after them has no end."""
_TURNED: Final = frozenset({Verdict.REFUSED, Verdict.IN_DOUBT})


class Ramp(Value, frozen=True):
    """The stage, and what is counted in it.

    `flying` holds places whose customers have not ended; `tried` counts deletions that have, `turned` those of them
    that were refused or are in doubt. `ended` and `failed` count all customers, whatever became of them.
    """

    stage: int = 0
    flying: int = 0
    tried: int = 0
    turned: int = 0
    ended: int = 0
    failed: int = 0

    @property
    def over(self) -> bool:
        """Whether all stages are behind: from here on nothing is held back."""
        return self.stage == len(STAGES)

    def landed(self) -> "Ramp":
        """One customer that had a place has ended, or gives it back."""
        return replace(self, flying=self.flying - 1)

    def with_ending(self, verdict: Verdict) -> "Ramp":
        """One more customer has ended."""
        return replace(
            self,
            tried=self.tried + (verdict in DELETED_BY_US | _TURNED),
            turned=self.turned + (verdict in _TURNED),
            ended=self.ended + 1,
            failed=self.failed + (verdict in FAILURES),
        )


def climb(ramp: Ramp, share: float) -> Ramp | Stop | None:
    """One more DELETE is wanted: the ramp with its place taken, None to wait for those in flight, or why to stop.

    `share` is how many of a stage's customers, and of its deletions, may fail.
    """
    if ramp.over:
        return ramp
    if ramp.flying + ramp.tried < STAGES[ramp.stage]:
        return replace(ramp, flying=ramp.flying + 1)
    if ramp.flying:
        return None
    if ramp.turned > share * ramp.tried:
        return _halted(
            ramp, f"{ramp.turned} of {ramp.tried} deletions were refused or are in doubt (we may have deleted them)"
        )
    if ramp.failed > share * ramp.ended:
        return _halted(
            ramp,
            f"{ramp.failed} of {ramp.ended} customers ended unchecked, in doubt (we may have deleted them) or refused",
        )
    return climb(Ramp(ramp.stage + 1), share)


def _halted(ramp: Ramp, what: str) -> Stop:
    return Stop(
        Exit.SAFETY_STOP,
        "ramp",
        f"the ramp's stage of {STAGES[ramp.stage]} went badly: {what}",
        ("look at the reasons in report.csv before going on; the next run begins with one deletion again",),
        latches=True,
    )
