"""The line to type next for a campaign that nobody has just worked on.

Decides it from how the campaign stands. Prints nothing.
"""

from config import Settings
from worker.app import Listed
from worker.cli.closing import line
from worker.cli.flags import Given
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose
from worker.ports import CampaignNote


def ahead(found: Listed, given: Given, settings: Settings) -> str:
    """What a person would do next with this campaign."""
    note, verdicts = found.note, found.summary.verdicts
    if found.working:
        return line("status", found.name, *given.place_again())
    if note.latch is not None:
        return line("resume", found.name, "--because", "WHY", *given.place_again())
    if verdicts.get(Verdict.IN_DOUBT):
        return line("reconcile", found.name, *given.again())
    waiting = (Verdict.ELIGIBLE, Verdict.UNCHECKED, Verdict.NOT_REACHED)
    if any(verdicts.get(verdict) for verdict in waiting):
        return onward(note, given, settings)
    return line("verify", found.name, *given.place_again())


def onward(note: CampaignNote, given: Given, settings: Settings) -> str:
    """The line that works a campaign off further."""
    if note.begun_by is not Purpose.PLAN:
        cap = () if settings.max_deletes is not None else ("--max-deletes", "N")
        return line("run", "--campaign", note.name, "--yes", *cap, *given.again())
    if note.plan is None:
        return line("plan", "--campaign", note.name, *given.again())
    return line("apply", note.name, "--approve", note.plan.digest, *given.again())
