"""The page at the end of plan, apply, run and reconcile, with the line to type next.

Decides what a person is shown of an `Ending`, in which order, and what the sensible next step is. Prints nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from textwrap import fill
from typing import Final

from worker.app.ending import Ending
from worker.cli.group import PROGRAM
from worker.cli.telling import message
from worker.core.guards import Stop
from worker.core.lifecycle import Verdict
from worker.core.retry import UNGRANTED
from worker.core.steps import Purpose
from worker.core.summary import Summary
from worker.core.values import replace
from worker.errors import Exit
from worker.ports import CampaignNote
from worker.report import advice, is_unbelieved, table
from worker.report.table import WIDTH

FILES: Final = ("report.csv", "summary.json", "report.html", "audit.jsonl")
_NAME: Final = 9


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the command, and the flags that a next line must repeat. Rows are kept, so INPUT is not needed.

    `place` are those that say where campaigns lie. With `asks` a person at a terminal reads the line: `apply` is to
    ask its question there, so the digest that would spare it is not put into their hands. With `second` another person
    must sign a plan before it can be applied. `kept` is the file to which checkpoints went, if it was one.
    """

    command: str
    flags: Sequence[str] = ()
    place: Sequence[str] = ()
    asks: bool = False
    second: bool = False
    kept: Path | None = None

    def without(self, flag: str) -> list[str]:
        """The flags but for this one and its value."""
        words = list(self.flags)
        if flag in words:
            place = words.index(flag)
            del words[place : place + 2]
        return words


def page(ending: Ending, notice: str = "") -> str:
    """Table, what to do about unchecked rows, warnings, the notice of a plan, and where everything is."""
    notes = "\n".join(wrapped(f"NOTE: {line}") for line in ending.warnings)
    account = table(ending.summary, ending.reasons)
    parts = (account, advice(ending.reasons), notes, notice, facts(ending.summary, ending.directory))
    return "\n\n".join(part for part in parts if part)


def wrapped(text: str) -> str:
    """A sentence in lines of a terminal's width."""
    return fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def facts(summary: Summary, directory: Path) -> str:
    """Campaign, requests, plan digest, audit head, files: one line each."""
    told = {"campaign": summary.campaign, "requests": _in_lines(requests(summary))}
    if each := a_customer(summary):
        told["each"] = _in_lines(each)
    if summary.plan_digest:
        told["plan"] = f"digest {summary.plan_digest}"
    told["audit"] = f"{summary.head.seq} lines, with the head"
    told[""] = summary.head.hash
    if summary.witnessed is not None:
        told["signed"] = f"{summary.witnessed.covered} of {summary.witnessed.lines} lines; the key to verify them is"
        told["       "] = summary.witnessed.key
    files = [str(directory / name) for name in FILES if (directory / name).exists()]
    told |= {"files" if not place else " " * place: path for place, path in enumerate(files)}
    return "\n".join(f"{name:<{_NAME}}{what}" for name, what in told.items())


def _in_lines(counts: str) -> str:
    """Counts under one another where one line is too short for them, each with its name."""
    parts = fill(counts.replace(" ", "\0").replace(",\0", ", "), WIDTH - _NAME, break_on_hyphens=False)
    return parts.replace("\0", " ").replace("\n", f"\n{'':<{_NAME}}")


def requests(summary: Summary) -> str:
    """How many requests were sent, by kind."""
    sent = [f"{kind} {count}" for kind, count in summary.requests.items() if count]
    return ", ".join(sent) or "none"


def a_customer(summary: Summary) -> str:
    """What a deletion and a rejected customer took in requests, beside the least that they can take."""
    economy, parts = summary.economy, []
    if economy.per_deletion is not None:
        parts.append(f"{economy.per_deletion:.2f} requests a deletion (the least is {economy.least_per_deletion})")
    if economy.per_rejection is not None:
        least = economy.least_per_rejection
        beside = "" if least is None else f" (the least is {least:.2f}: the fuller list first)"
        parts.append(f"{economy.per_rejection:.2f} a rejected customer{beside}")
    return ", ".join(parts)


def why(ending: Ending) -> str | None:
    """The message for a person when it did not end well; None when every row is settled."""
    doubts = ending.summary.verdicts.get(Verdict.IN_DOUBT, 0)
    further = [f"{doubts} in_doubt: we may have deleted them."] * bool(doubts)
    if ending.exit is Exit.OUT_OF_REACH and UNGRANTED not in (ending.stop.advice if ending.stop else ()):
        further.append(f"base_url is {ending.note.base_url}")
    if ending.stop is not None:
        return message(f"stopped: {ending.stop.message}", ending.exit, (*ending.stop.advice, *further))
    if ending.exit is Exit.SETTLED:
        return None
    return message(f"{ending.note.name} ended with exit code {ending.exit.value}", ending.exit, further)


def next_line(ending: Ending, typed: Typed) -> str:
    """The line to type next."""
    note, verdicts = ending.note, ending.summary.verdicts
    if note.latch is not None or (ending.stop is not None and ending.stop.latches):
        return lift(note.name, *typed.place)
    if ending.exit in (Exit.PROTOCOL, Exit.FORBIDDEN):
        return line("doctor", *typed.flags)
    if ending.stop is None and verdicts.get(Verdict.IN_DOUBT, 0):
        return line("reconcile", note.name, *typed.flags)
    if ending.stop is not None:
        return go_on(note, typed, ending.stop)
    if note.planning and note.plan is not None and note.plan.eligible:
        approving = line("approve", note.name, "--key", "FILE", *typed.place)
        return approving if typed.second else _apply(note, typed, typed.flags)
    if verdicts.get(Verdict.UNCHECKED, 0):
        return go_on(note, replace(typed, flags=_mended(ending, typed)))
    if verdicts.get(Verdict.NOT_REACHED, 0):
        return _beyond_limit(ending, replace(typed, flags=typed.without("--limit")))
    return _account(ending, typed)


def _account(ending: Ending, typed: Typed) -> str:
    """The line that checks the account; while others go on it must be fetched first."""
    if ending.others_go_on:
        return line("report", ending.note.name, *typed.place)
    return line("verify", ending.note.name, *_checkpoints(ending, typed), *typed.place)


def _checkpoints(ending: Ending, typed: Typed) -> tuple[str, ...]:
    """What a log is held against that was signed: the checkpoints that were kept, and their key."""
    witnessed = ending.summary.witnessed
    if witnessed is None or typed.kept is None:
        return ()
    return "--checkpoint", quote(str(typed.kept)), "--key", quote(witnessed.key)


def _mended(ending: Ending, typed: Typed) -> list[str]:
    """The flags, but a filter that was ignored is to be named otherwise, and a sentinel where nobody vouched."""
    flags = typed.flags
    for read in ("documents", "aritems"):
        if ending.reasons.get((Verdict.UNCHECKED, f"{read}:filter_ignored")):
            flags = [*replace(typed, flags=flags).without(f"--{read}-filter"), f"--{read}-filter", "NAME"]
    return [*flags, *(a_sentinel(ending.reasons) if typed.command in ("plan", "run") else ())]


def a_sentinel(reasons: Mapping[tuple[Verdict, str], int]) -> tuple[str, ...]:
    """The flag without which the same line would end the same way: nobody was found who could vouch for the 404s."""
    found = any(
        count and verdict is Verdict.UNCHECKED and is_unbelieved(reason) for (verdict, reason), count in reasons.items()
    )
    return ("--sentinel", "NO") if found else ()


def _beyond_limit(ending: Ending, typed: Typed) -> str:
    """The line that takes up what nothing stopped, but `limit` left out: what was not planned needs a new plan."""
    if ending.note.begun_by is not Purpose.PLAN:
        return go_on(ending.note, replace(typed, command="run"))
    planned = ending.reasons.get((Verdict.NOT_REACHED, "not_applied"))
    return go_on(ending.note, replace(typed, command="apply" if planned else "plan"))


def go_on(note: CampaignNote, typed: Typed, stop: Stop | None = None) -> str:
    """The line that takes the campaign up where it stands; a cap that was reached must be raised."""
    capped = stop is not None and stop.why == "max_deletes"
    flags = ("--max-deletes", "N", *typed.without("--max-deletes")) if capped else tuple(typed.flags)
    match typed.command:
        case "plan":
            return line("plan", "--campaign", note.name, *flags)
        case "run":
            return line("run", "--campaign", note.name, "--yes", *flags)
        case "reconcile":
            return line("reconcile", note.name, *flags)
        case _:
            return _apply(note, typed, flags)


def _apply(note: CampaignNote, typed: Typed, flags: Sequence[str]) -> str:
    approval = () if typed.asks else ("--approve", note.plan.digest if note.plan else "DIGEST")
    return line("apply", note.name, *approval, *flags)


def lift(name: str, *place: str) -> str:
    """The line that lifts a stop. Typed as it stands it is refused: the reason goes into the audit log."""
    return line("resume", name, "--because", '"…"', *place)


def line(*words: str) -> str:
    """A line to type."""
    return " ".join((PROGRAM, *words))
