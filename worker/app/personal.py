"""lookup, forget: whom a pseudonym stands for, and the end of all that can tell.

Decides when a campaign may forget, and in which order: first the ledger, then the places where its older versions
stand, then the files, and only then is it said that it is done. Whatever ends it in between, it can be done again.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from config import Loaded, Settings
from worker.app import pseudonyms
from worker.app.desk import Desk, at_desk
from worker.app.identity import identity
from worker.app.looking import last_end
from worker.app.shelf import find, shelf
from worker.audit import AuditFile
from worker.core.facts import CUSTOMER_REF, ControlFact
from worker.core.lifecycle import Verdict
from worker.core.summary import SETTLED
from worker.core.times import to_the_second
from worker.core.trace import Trace
from worker.errors import UsageWrong
from worker.ports import CampaignNote
from worker.report import discard_rows, write_summary


@dataclass(frozen=True, slots=True)
class Looked:
    """What stands in a campaign's log of one customer: its pseudonym, the last verdict, the lines."""

    ref: str
    verdict: str | None
    reason: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What is about to be forgotten: how many customers, when they were last worked on, which rows are not settled."""

    name: str
    customers: int
    last_work: str
    unsettled: Mapping[Verdict, int]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A campaign that has forgotten: since when its numbers are gone, and whether it had before."""

    name: str
    at: str
    before: bool


def lookup(loaded: Loaded, campaign: str, number: str) -> Looked:
    """Find a customer in a log of pseudonyms; `UsageWrong` if no line names it, `SettingsWrong` without its key."""
    place = find(loaded.settings, campaign)
    with shelf(loaded.settings).books(place) as books:
        note = books.campaign()
        _refuse_clear(note, "find the number in audit.jsonl itself")
        ref = pseudonyms.of_campaign(pseudonyms.the_key(loaded.settings), note).of(number.strip())
        trace, lines = Trace(), []
        for line in books.lines():
            if ref.encode() not in line:
                continue
            members = orjson.loads(line)
            if members.get(CUSTOMER_REF) == ref:
                trace.take_in(members, members["seq"], rechecked=members["seq"])
                lines.append(line.decode())
    if not lines:
        raise UsageWrong(f"no line of {note.name} names that customer", f"its pseudonym would be {ref}")
    return Looked(ref, trace.verdict, trace.reason, tuple(lines))


def _refuse_clear(note: CampaignNote, advice: str) -> None:
    if note.pseudonym_key is None:
        raise UsageWrong(f"the log of {note.name} has customer numbers, no pseudonyms", advice)


async def forget(
    loaded: Loaded, campaign: str, *, agreed: Callable[[Forgetting], bool], unsettled: bool = False
) -> Forgotten:
    """Close the campaign for good, and remove numbers and the input's columns wherever they stand.

    `UsageWrong` if its log has numbers, if its time is not up, if rows are not settled (but with `unsettled`), or if
    nobody has `agreed`; `Busy` while it is worked. Again, it completes what was broken off.
    """
    settings = loaded.settings
    place = find(settings, campaign)
    async with at_desk(settings, place) as desk:
        note = desk.note
        if note.closed_at is None:
            await _close(desk, settings, agreed, unsettled=unsettled)
        await asyncio.to_thread(shelf(settings).scrub, place)
        if place.directory.is_dir():
            discard_rows(place.directory)
        if note.forgotten_at is None:
            await desk.ledger.forgotten(ControlFact("forgotten", identity(None)))
        await _accounted(desk)
        closed_at = desk.books.campaign().closed_at or ""
        return Forgotten(place.name, closed_at, before=note.forgotten_at is not None)


async def _close(desk: Desk, settings: Settings, agreed: Callable[[Forgetting], bool], *, unsettled: bool) -> None:
    _refuse_clear(desk.note, "its log would keep the numbers: remove log, ledger and reports as your rules say")
    question = _question(desk, settings, unsettled=unsettled)
    if not agreed(question):
        raise UsageWrong("nobody agreed, so nothing was forgotten", f"amili-purge status {desk.note.name}")
    left = {verdict.value: count for verdict, count in question.unsettled.items()}
    members = {"forgetAfter": settings.forget_after, "lastWork": question.last_work, "unsettled": left}
    await desk.ledger.forget(ControlFact("forget", {**identity(None), **members}))


def _question(desk: Desk, settings: Settings, *, unsettled: bool) -> Forgetting:
    """What is to be agreed to; `UsageWrong` if it may not be yet."""
    name, runs = desk.note.name, desk.books.runs()
    last = max((run.ended_at or run.started_at for run in runs), default=to_the_second(datetime.now(UTC)))
    if settings.forget_after is None:
        raise UsageWrong("nothing says how long the numbers are to be kept", "say it: --forget-after 90d")
    due = datetime.fromisoformat(last) + timedelta(seconds=settings.forget_after)
    if datetime.now(UTC) < due:
        until = to_the_second(due)
        raise UsageWrong(
            f"{name} was last worked on at {last}, and forget_after lets nothing be removed before {until}",
            "wait until then, or set a shorter forget_after if your rules allow it",
        )
    left = {verdict: count for verdict, count in desk.books.verdicts().items() if verdict not in SETTLED}
    if left and not unsettled:
        counts = ", ".join(f"{verdict.value} {count}" for verdict, count in left.items())
        raise UsageWrong(
            f"{name} has rows that are not settled: {counts} (in_doubt: we may have deleted them)",
            f"settle them first: amili-purge status {name} shows how",
            "or give them up: with --unsettled their verdicts stay as they are for good",
        )
    return Forgetting(name, desk.note.customers, last, left)


async def _accounted(desk: Desk) -> None:
    """The log is whole on this machine and signed, and `summary.json` tells its end."""
    witnessed = await desk.close_clean()
    directory = desk.place.directory
    if not directory.is_dir():
        return  # A database's campaign need not have files here.
    if desk.audit is None:
        AuditFile.open(desk.place.audit, desk.books.lines, None).close_clean()
    code, why = last_end(desk.books)
    write_summary(desk.books, directory, exit_code=code, stopped_by=why, witnessed=witnessed)
