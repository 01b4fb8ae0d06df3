"""The line to type next for a campaign that nobody has just worked on.

Decides it from how the campaign stands. Prints nothing.
"""

import sys
from collections.abc import Iterable, Mapping
from shlex import quote

from config import Settings, flag_name
from worker.app import planning
from worker.app.looking import Listed
from worker.cli.closing import a_sentinel, lift, line
from worker.cli.flags import Given
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose
from worker.ports import CampaignNote


def ahead(found: Listed, given: Given, settings: Settings) -> str:
    """What a person would do next with this campaign."""
    note, verdicts = found.note, found.summary.verdicts
    if found.working:
        return line("status", found.name, *given.place_again())
    if note.closed_at is not None:
        command = "verify" if note.forgotten_at is not None else "forget"
        return line(command, found.name, *given.place_again())
    if note.latch is not None:
        return lift(found.name, *given.place_again())
    if verdicts.get(Verdict.IN_DOUBT):
        return line("reconcile", found.name, *given.again())
    waiting = _waiting(verdicts, (Verdict.ELIGIBLE, Verdict.UNCHECKED, Verdict.NOT_REACHED))
    return _open(found, waiting, given, settings) if waiting else line("verify", found.name, *given.place_again())


def _open(found: Listed, waiting: int, given: Given, settings: Settings) -> str:
    """The line that takes up those who are still to be settled."""
    note = found.note
    # Beyond `limit` nobody was planned: only a new plan takes these up.
    unplanned = found.reasons.get((Verdict.NOT_REACHED, "run_ended"), 0)
    if note.plan is not None and not note.planning and waiting == unplanned:
        return line("plan", "--campaign", note.name, *given.again(without=("limit",)))
    if note.plan is not None and not note.plan.eligible:  # nobody to apply: what is open can only be planned anew
        return line("plan", "--campaign", note.name, *given.again(), *a_sentinel(found.reasons))
    if isinstance(found.approval, str):  # the plan may not be applied yet
        return line("approve", note.name, "--key", "FILE", *given.place_again())
    return onward(note, given, settings)


def onward(note: CampaignNote, given: Given, settings: Settings) -> str:
    """The line that works a campaign off further."""
    if note.begun_by is not Purpose.PLAN:
        cap = () if settings.max_deletes is not None else ("--max-deletes", "N")
        return line("run", "--campaign", note.name, "--yes", *cap, *given.again())
    if note.plan is None:
        return line("plan", "--campaign", note.name, *given.again())
    # A person at a terminal is to be asked: the digest that would spare the question is for scripts.
    approval = () if sys.stdout.isatty() else ("--approve", note.plan.digest)
    # Under other guards than the plan's own an approval is void.
    kept = {name: value for name, value in planning.repeated(note.plan, settings).items() if value is not None}
    guards = [word for name, value in kept.items() for word in (flag_name(name), quote(value))]
    return line("apply", note.name, *approval, *guards, *given.again(without=tuple(kept)))


def _waiting(verdicts: Mapping[Verdict, int], waiting: Iterable[Verdict]) -> int:
    return sum(verdicts.get(verdict, 0) for verdict in waiting)
