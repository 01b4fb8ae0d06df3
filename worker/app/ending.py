"""What the commands of `app` hand to whoever shows them: values, no printing.

Decides nothing. Every command that works on a campaign ends in an `Ending`; what a command must ask a person is a
`Question`, answered by whoever stands at the door.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.core.guards import Stop
from worker.core.intake import Intake
from worker.core.judgement import LostZeros
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.errors import Exit
from worker.ports import CampaignNote


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run of plan, apply, run or reconcile ended. `reasons` counts customers by verdict and reason.

    `directory` holds the files; `warnings` are lines for a person that stop nothing (a token that will expire, a
    filter never seen to find anything). `token_seconds` is what a token that cannot be renewed has left to live. With
    `others_go_on` the campaign is at work elsewhere, and its log grows.
    """

    exit: Exit
    stop: Stop | None
    note: CampaignNote
    directory: Path
    summary: Summary
    reasons: Mapping[tuple[Verdict, str], int]
    warnings: tuple[str, ...] = ()
    token_seconds: float | None = None
    others_go_on: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What `apply` asks before it deletes: where, for which client, how many, how long (s), under which digest.

    `count` is the plan's, `left` how many of these are not settled yet; `directory` is the campaign's.
    """

    base_url: str
    client_no: int
    count: int
    seconds: float
    digest: str
    left: int
    directory: Path


Approve = Callable[[Question], bool]
"""Answers a `Question`; False, or a `UsageWrong` that says more, means that nothing is sent (64)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An input that was accepted: what it held, and which short numbers look as if they had lost zeros."""

    intake: Intake
    lost_zeros: LostZeros | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor` or `explain`: what was looked at, whether it is well (None: only told), what was seen.

    `advice` is the settings line or the next step, where there is one; what is only told and has one is not proven.
    `code` is the exit code that a fault would give; a fault may leave it at 0. `sets` are the settings, by name, that
    would mend it, where they are known for certain.
    """

    what: str
    well: bool | None
    seen: str
    advice: str = ""
    code: Exit = Exit.SETTLED
    sets: Mapping[str, str] = field(default_factory=dict)
