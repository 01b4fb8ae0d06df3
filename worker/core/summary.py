"""Counts become an account: what the campaign's rows add up to, and which exit code says so.

Decides the meaning of the counts at a command's end. It reads nothing and writes nothing: `report` puts it on paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.core.chain import Head
from worker.core.checkpoint import Witnessed
from worker.core.economy import Economy
from worker.core.lifecycle import Verdict
from worker.errors import Exit

SETTLED = frozenset(Verdict) - {Verdict.UNCHECKED, Verdict.IN_DOUBT, Verdict.NOT_REACHED}
"""Verdicts that stand; the others are for a later run to take up."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The account of a campaign as it stands; `verdicts` counts rows, and adds up to `rows`.

    `requests` counts what was sent, by kind, and `economy` tells it a customer. Times are RFC 3339 in UTC, `seconds` is
    the time worked in all runs. `exit_code` is None while a run is going on. `witnessed` is how the last run's
    checkpoints went, if it signed any.
    """

    campaign: str
    rows: int
    customers: int
    verdicts: Mapping[Verdict, int]
    requests: Mapping[str, int]
    started_at: str | None
    ended_at: str | None
    seconds: float
    exit_code: int | None
    stopped_by: str | None
    plan_digest: str | None
    head: Head
    witnessed: Witnessed | None = None
    economy: Economy = Economy()

    @property
    def adds_up(self) -> bool:
        """Whether every row has exactly one verdict."""
        return sum(self.verdicts.values()) == self.rows


def ended(verdicts: Mapping[Verdict, int], stopped: Exit | None) -> Exit:
    """The exit code of a run: what stopped it, else 10 before 0. Rows beyond `limit` stop nothing."""
    if stopped is not None:
        return stopped
    open_rows = verdicts.get(Verdict.UNCHECKED, 0) + verdicts.get(Verdict.IN_DOUBT, 0)
    return Exit.UNSETTLED if open_rows else Exit.SETTLED
