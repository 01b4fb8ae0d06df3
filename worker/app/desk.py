"""A campaign opened for work: its lock, ledger, audit file and books, and the two ends of every run.

Decides who may open what: another process, another input, another purpose are refused here. A campaign that was
opened and not ended looks like a killed one, and the next start treats it so. Where many share a ledger, the last one
to leave writes the files.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from config import Settings
from worker.app import inputs, pseudonyms
from worker.app.ending import Accepted, Ending
from worker.app.identity import audited
from worker.app.shelf import find, shelf
from worker.app.witnessing import Follower, warnings, witness
from worker.audit import AuditFile
from worker.core.checkpoint import Witnessed
from worker.core.facts import CampaignFact
from worker.core.guards import Stop
from worker.core.intake import Header, number_of
from worker.core.pseudonym import Pseudonyms
from worker.core.steps import Purpose
from worker.core.summary import Summary, ended
from worker.core.values import replace
from worker.errors import Exit, LogBroken, NotDurable, SettingsWrong, UsageWrong
from worker.ledger import Binding, CampaignLedger, enrol
from worker.ledger.books import CampaignBooks
from worker.ledger.forgetting import refuse_gone
from worker.place import Place, default_name
from worker.ports import CampaignNote, Started
from worker.report import summarise, write
from worker.seal import Witness
from worker.sources.queue_url import is_queue, parse_queue_url

STDIN = "-"
_FED = Header(("customerno", "request"), named=True, delimiter=",", number_at=0)
FEW = 20
"""Rows below which a default name, which holds a part of the input's digest, could be tried for all numbers."""
_OTHERS = "other workers go on: the log grows, this head is not its last, and the last to leave writes the files"
_FOR_FILES = 120.0  # seconds that another process may take to write a million rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has sent, learned and spent, by name, and whether it is the last that works the campaign."""

    requests: Mapping[str, int]
    last: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """One campaign, locked (where it must be) and open. `note` is how it stood when it was opened.

    `audit` is the file that grows with the ledger; None where the ledger is shared, and files are written at the end.
    Then `follower` brings the `witness`, who signs the log, what others write as well. `pseudonyms` are what a run
    calls customers, where the campaign has a key for that.
    """

    place: Place
    ledger: CampaignLedger
    books: CampaignBooks
    audit: AuditFile | None
    note: CampaignNote
    witness: Witness | None = None
    follower: Follower | None = None
    pseudonyms: Pseudonyms | None = None

    def sink(self, lines: Sequence[bytes]) -> None:
        """Takes each line once it is durable: the file first, then whoever signs what stands there."""
        if self.audit is not None:
            self.audit.append(lines)
            if self.witness is not None:
                self.witness.append(lines)

    def unsigned(self) -> list[str]:
        """Why checkpoints could not be handed over, since this was last asked."""
        return [] if self.witness is None else self.witness.news()

    async def begin(self, started: Started, settings: Settings, members: Mapping[str, object]) -> None:
        """The first fact of a run: who, with what, under which settings."""
        key = None if self.witness is None else self.witness.key
        under = {**audited(settings, self.pseudonyms), "checkpoint_key": key}
        fact = CampaignFact("started", {"command": started.command, **members, "settings": under})
        await self.ledger.begin_run(started, fact)

    async def end(self, stop: Stop | None, members: Mapping[str, object], outcome: Outcome) -> Ending:
        """The last fact of a run, the latch if it is due, the clean end of the audit file, and the reports."""
        if stop is not None and stop.exit is Exit.NOT_DURABLE:
            raise NotDurable(stop.message, *stop.advice)
        if stop is not None and stop.latches:
            await self.ledger.set_latch(f"{stop.why}: {stop.message}")
        code = ended(self.books.verdicts(), None if stop is None else stop.exit)
        why = None if stop is None else stop.why
        fact = CampaignFact("ended", {**members, "exitCode": int(code), "why": why})
        await self.ledger.end_run(fact, exit_code=int(code), stopped_by=why, requests=outcome.requests)
        summary = await (self._written(code, why) if outcome.last else self._account(code, why))
        if not summary.adds_up:
            raise LogBroken(
                "the verdicts do not add up to the rows", "please report this, with the campaign's directory"
            )
        note, reasons = self.books.campaign(), self.books.reasons()
        told = (*warnings(summary.witnessed), *[_OTHERS] * (not outcome.last))
        return Ending(code, stop, note, self.place.directory, summary, reasons, told, others_go_on=not outcome.last)

    async def _written(self, code: Exit, why: str | None) -> Summary:
        witnessed = await self.close_clean()
        if self.audit is None:
            return from_database(self.books, self.place, code, why, witnessed)
        return write(self.books, self.place.directory, exit_code=code, stopped_by=why, witnessed=witnessed)

    async def _account(self, code: Exit, why: str | None) -> Summary:
        witnessed = await self.close_clean()
        return replace(summarise(self.books, exit_code=code, stopped_by=why), witnessed=witnessed)

    async def close_clean(self) -> Witnessed | None:
        """An audit file that grows with the ledger is whole and on the disk, as the ledger knows, and it is signed."""
        if self.audit is not None:
            await self.ledger.set_audit_mark(self.audit.close_clean)
        if self.follower is not None:
            await asyncio.to_thread(self.follower.catch_up)
        return None if self.witness is None else await asyncio.to_thread(self.witness.close)


def from_database(
    books: CampaignBooks, place: Place, code: Exit | None, why: str | None, witnessed: Witnessed | None = None
) -> Summary:
    """The files of this machine, made or made complete from a shared ledger, by one process at a time."""
    with place.lock(_FOR_FILES):
        AuditFile.open(place.audit, books.lines, None).close_clean()
        return write(books, place.directory, exit_code=code, stopped_by=why, witnessed=witnessed)


@asynccontextmanager
async def at_desk(settings: Settings, place: Place) -> AsyncIterator[Desk]:
    """The campaign in this place, which has been enrolled before."""
    async with AsyncExitStack() as stack:
        stack.enter_context(shelf(settings).lock(place))
        yield await _desk(stack, settings, place, await _ledger(stack, settings, place))


@asynccontextmanager
async def at_old_desk(settings: Settings, beginning: str, purpose: Purpose | None = None) -> AsyncIterator[Desk]:
    """The campaign of this name, or of the only name that begins so, if it belongs to these settings."""
    async with at_desk(settings, find(settings, beginning)) as desk:
        yield await _fitting(desk, settings, purpose)


@asynccontextmanager
async def at_new_desk(
    settings: Settings, text: str | None, name: str | None, purpose: Purpose
) -> AsyncIterator[tuple[Desk, Accepted | None]]:
    """The campaign of an INPUT: judged whole, enrolled if it was not, and open. Without INPUT, the one of that name."""
    if text is None:
        async with at_old_desk(settings, _named(name, "without an INPUT"), purpose) as desk:
            yield desk, None
        return
    if is_queue(text):
        async with at_fed_desk(settings, str(parse_queue_url(text)), _named(name, "for a queue"), purpose) as desk:
            yield desk, None
        return
    async with AsyncExitStack() as stack:
        api, _ = settings.api(), pseudonyms.key_in_force(settings)  # a fault in them is told before anything is made
        with inputs.judged(text, settings, planning=purpose is Purpose.PLAN) as judged:
            intake = judged.accepted.intake
            given = _named(name, "for standard input") if text == STDIN else name
            if given is None and settings.audit_pseudonyms and intake.rows < FEW:
                given = _named(None, f"with pseudonyms and fewer than {FEW} rows")
            default = default_name(text, api.base_url, api.client_no, intake.digest)
            place = shelf(settings).create(default if given is None else given)
            stack.enter_context(shelf(settings).lock(place))
            binding = _bound(settings, place, intake.digest, purpose, intake.blank)
            ledger = await _ledger(stack, settings, place)
            await enrol(
                ledger, binding, judged.header, judged.rows, partial(number_of, pattern=inputs.pattern(settings))
            )
        desk = await _desk(stack, settings, place, ledger)
        yield await _fitting(desk, settings, purpose), judged.accepted


@asynccontextmanager
async def at_fed_desk(settings: Settings, source: str, name: str, purpose: Purpose) -> AsyncIterator[Desk]:
    """The campaign of a queue, or of a program: bound to what this source is called, and begun without a row."""
    pseudonyms.key_in_force(settings)  # a fault in it is told before anything is made
    async with AsyncExitStack() as stack:
        place = shelf(settings).create(name)
        stack.enter_context(shelf(settings).lock(place))
        binding = _bound(settings, place, sha256(source.encode()).hexdigest(), purpose)
        ledger = await _ledger(stack, settings, place)
        await enrol(ledger, binding, _FED, list, number_of)
        desk = await _desk(stack, settings, place, ledger)
        yield await _fitting(desk, settings, purpose)


def _bound(settings: Settings, place: Place, digest: str, purpose: Purpose, blank: int = 0) -> Binding:
    """What a new campaign is bound to. Where its log has pseudonyms, the digest of a short list would tell numbers."""
    api, key, called = settings.api(), pseudonyms.key_in_force(settings), None
    if key is not None:
        digest = key.of_input(digest)
        called = key.campaign(api.base_url, api.client_no, place.name, digest)
    return Binding(place.name, api.base_url, api.client_no, digest, purpose, blank, called)


def _named(name: str | None, when: str) -> str:
    if name is None:
        raise UsageWrong(f"{when} the campaign needs a name", "add --campaign NAME")
    return name


async def _ledger(stack: AsyncExitStack, settings: Settings, place: Place) -> CampaignLedger:
    ledger = await shelf(settings).open(place)
    stack.push_async_callback(ledger.close)
    return ledger


async def _desk(stack: AsyncExitStack, settings: Settings, place: Place, ledger: CampaignLedger) -> Desk:
    """Check and complete an audit file that grows with the ledger, before anything else may happen."""
    books = stack.enter_context(shelf(settings).books(place))
    note = books.campaign()
    if shelf(settings).shared:
        signing = witness(settings, place, books.lines())
        if signing is None:
            return Desk(place, ledger, books, None, note)
        follower = await stack.enter_async_context(Follower(signing, shelf(settings), place).following())
        return Desk(place, ledger, books, None, note, signing, follower)
    audit = AuditFile.open(place.audit, books.lines, books.audit_mark())
    stack.callback(audit.close)
    desk = Desk(place, ledger, books, audit, note, witness(settings, place, books.lines()))
    if desk.witness is not None:
        stack.callback(desk.witness.close)
    ledger.attach(desk.sink)
    return desk


async def _fitting(desk: Desk, settings: Settings, purpose: Purpose | None) -> Desk:
    """The desk, ready to record what becomes of customers."""
    _fits(desk.note, settings, purpose)
    called = pseudonyms.in_force(settings, desk.note)
    await desk.ledger.use(called)
    return replace(desk, pseudonyms=called)


def _fits(note: CampaignNote, settings: Settings, purpose: Purpose | None) -> None:
    """A campaign belongs to one API and client, and is either planned or run."""
    api = settings.api()
    refuse_gone(note)
    if (note.base_url, note.client_no) != (api.base_url, api.client_no):
        raise SettingsWrong(
            f"campaign {note.name} is bound to {note.base_url}, client {note.client_no}",
            f"the settings say {api.base_url}, client {api.client_no}: set them back, or begin another campaign",
        )
    if purpose is Purpose.DELETE and note.begun_by is Purpose.PLAN:
        digest = note.plan.digest if note.plan else "DIGEST"
        raise UsageWrong(
            f"campaign {note.name} is planned, so it is applied, not run",
            f"amili-purge apply {note.name} --approve {digest}",
        )
    if purpose is Purpose.PLAN and note.begun_by is not Purpose.PLAN:
        cap = "N" if settings.max_deletes is None else settings.max_deletes
        raise UsageWrong(
            f"campaign {note.name} was begun by run, so it cannot be planned",
            f"go on with: amili-purge run --campaign {note.name} --yes --max-deletes {cap}",
            "or name another campaign",
        )
