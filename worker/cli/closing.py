"""The page at the end of plan, apply, run and reconcile, with the line to type next.

Decides what a person is shown of an `Ending`, in which order, and what the sensible next step is. Prints nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worker.app import Ending
from worker.cli.group import PROGRAM
from worker.cli.telling import message
from worker.core.guards import Stop
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.errors import Exit
from worker.ports import CampaignNote
from worker.report import table

FILES: Final = ("report.csv", "summary.json", "report.html", "audit.jsonl")
_NAME: Final = 10


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the command, and the flags that a next line must repeat. Rows are kept, so INPUT is not needed.

    `uncapped` are the flags without `--max-deletes`, `place` those that say where campaigns lie.
    """

    command: str
    flags: Sequence[str] = ()
    uncapped: Sequence[str] = ()
    place: Sequence[str] = ()


def page(ending: Ending, notice: str = "") -> str:
    """Table, warnings, the notice of a plan, and where everything is."""
    parts = [table(ending.summary, ending.reasons)]
    if ending.warnings:
        parts.append("\n".join(f"NOTE: {line}" for line in ending.warnings))
    if notice:
        parts.append(notice)
    parts.append(facts(ending.summary, ending.directory))
    return "\n\n".join(parts)


def facts(summary: Summary, directory: Path) -> str:
    """Campaign, requests, plan digest, audit head, files: one line each."""
    told = {"campaign": summary.campaign, "requests": requests(summary)}
    if summary.plan_digest:
        told["plan"] = f"digest {summary.plan_digest}"
    told["audit"] = f"{summary.head.seq} lines, head {summary.head.hash}"
    files = [str(directory / name) for name in FILES if (directory / name).exists()]
    told |= {"files" if not place else " " * (place + 1): path for place, path in enumerate(files)}
    return "\n".join(f"{name:<{_NAME}}{what}" for name, what in told.items())


def requests(summary: Summary) -> str:
    """How many requests were sent, by kind."""
    sent = [f"{kind} {count}" for kind, count in summary.requests.items() if count]
    return ", ".join(sent) or "none"


def why(ending: Ending) -> str | None:
    """The message for a person when it did not end well; None when every row is settled."""
    doubts = ending.summary.verdicts.get(Verdict.IN_DOUBT, 0)
    advice = [f"{doubts} in_doubt: we may have deleted them."] * bool(doubts)
    if ending.stop is not None:
        return message(f"stopped: {ending.stop.message}", ending.exit, (*ending.stop.advice, *advice))
    if ending.exit is Exit.SETTLED:
        return None
    return message(f"{ending.note.name} ended with exit code {ending.exit.value}", ending.exit, advice)


def next_line(ending: Ending, typed: Typed) -> str:
    """The line to type next."""
    note, verdicts = ending.note, ending.summary.verdicts
    if note.latch is not None or (ending.stop is not None and ending.stop.latches):
        return line("resume", note.name, "--because", "WHY", *typed.place)
    if ending.exit in (Exit.PROTOCOL, Exit.FORBIDDEN):
        return line("doctor", *typed.flags)
    if ending.stop is None and verdicts.get(Verdict.IN_DOUBT, 0):
        return line("reconcile", note.name, *typed.flags)
    if ending.stop is not None:
        return go_on(note, typed, ending.stop)
    if note.planning and note.plan is not None and note.plan.eligible:
        return _apply(note, typed.flags)
    if verdicts.get(Verdict.UNCHECKED, 0):
        return go_on(note, typed)
    return line("verify", note.name, *typed.place)


def go_on(note: CampaignNote, typed: Typed, stop: Stop | None = None) -> str:
    """The line that takes the campaign up where it stands; a cap that was reached must be raised."""
    capped = stop is not None and stop.why == "max_deletes"
    flags = ("--max-deletes", "N", *typed.uncapped) if capped else tuple(typed.flags)
    match typed.command:
        case "plan":
            return line("plan", "--campaign", note.name, *flags)
        case "run":
            return line("run", "--campaign", note.name, "--yes", *flags)
        case "reconcile":
            return line("reconcile", note.name, *flags)
        case _:
            return _apply(note, flags)


def _apply(note: CampaignNote, flags: Sequence[str]) -> str:
    return line("apply", note.name, "--approve", note.plan.digest if note.plan else "DIGEST", *flags)


def line(*words: str) -> str:
    """A line to type."""
    return " ".join((PROGRAM, *words))
