"""What is in hand for ONE customer while it is worked on, and what of it is to be recorded next.

Decides on what an entry builds: the standing as it was last recorded. It asks, sends and records nothing.
"""

from worker.core.facts import CheckFact, CustomerFact
from worker.core.lifecycle import Standing
from worker.core.steps import Progress
from worker.core.values import replace
from worker.ports import Claim, Entry


class Hand:
    """What is in hand for one customer: the progress, the standing as last recorded, intents ever, one replay.

    `sent` counts this run's requests. `placed`: it holds a place under the caps that the ledger does not count yet.
    `setback` and `over` are as in `Entry`.
    """

    def __init__(self, claim: Claim, progress: Progress) -> None:
        self.claim = claim
        self.progress = progress
        self.recorded: Standing = claim.standing
        self.intents = claim.intents
        self.sent = 0
        self.replayed = False
        self.setback = False
        self.placed = False
        self.over = False

    def entry(self, facts: tuple[CustomerFact, ...], after: Standing) -> Entry:
        """What is to be recorded now, on top of what was recorded last."""
        claim = replace(self.claim, standing=self.recorded)
        return Entry(claim, facts, after, setback=self.setback, over=self.over)

    def check(self) -> tuple[CheckFact, ...]:
        """The fact of the pass that ends here, if it asked anything."""
        progress = self.progress
        return (CheckFact(progress.findings.evidence(), progress.gets),) if progress.gets else ()
