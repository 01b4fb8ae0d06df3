"""A campaign opened for work: its lock, ledger, audit file and books, and the two ends of every run.

Decides who may open what: another process, another input, another purpose are refused here. A campaign that was
opened and not ended looks like a killed one, and the next start treats it so.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from config import Settings
from worker.app import inputs
from worker.app.ending import Accepted, Ending
from worker.app.identity import audited
from worker.audit import AuditFile
from worker.core.facts import CampaignFact
from worker.core.guards import Stop
from worker.core.intake import number_of
from worker.core.steps import Purpose
from worker.core.summary import ended
from worker.errors import Exit, LogBroken, NotDurable, SettingsWrong, UsageWrong
from worker.ledger import Binding, SqliteBooks, SqliteLedger, enrol
from worker.place import Place, create, default_name, find
from worker.ports import CampaignNote
from worker.report import write

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Desk:
    """One campaign, locked and open. `note` is how it stood when it was opened."""

    place: Place
    ledger: SqliteLedger
    books: SqliteBooks
    audit: AuditFile
    note: CampaignNote

    async def begin(self, command: str, purpose: Purpose, settings: Settings, members: Mapping[str, object]) -> None:
        """The first fact of a run: who, with what, under which settings."""
        fact = CampaignFact("started", {"command": command, **members, "settings": dict(audited(settings))})
        await self.ledger.begin_run(command, fact, deleting=purpose is Purpose.DELETE)

    async def end(self, stop: Stop | None, members: Mapping[str, object], requests: Mapping[str, int]) -> Ending:
        """The last fact of a run, the latch if it is due, the clean end of the audit file, and the reports."""
        if stop is not None and stop.exit is Exit.NOT_DURABLE:
            raise NotDurable(stop.message, *stop.advice)
        if stop is not None and stop.latches:
            await self.ledger.set_latch(f"{stop.why}: {stop.message}")
        code = ended(self.books.verdicts(), None if stop is None else stop.exit)
        why = None if stop is None else stop.why
        fact = CampaignFact("ended", {**members, "exitCode": int(code), "why": why})
        await self.ledger.end_run(fact, exit_code=int(code), stopped_by=why, requests=requests)
        await self.close_clean()
        summary = write(self.books, self.place.directory, exit_code=int(code), stopped_by=why)
        if not summary.adds_up:
            raise LogBroken(
                "the verdicts do not add up to the rows", "please report this, with the campaign's directory"
            )
        note, reasons = self.books.campaign(), self.books.reasons()
        return Ending(code, stop, note, self.place.directory, summary, reasons)

    async def close_clean(self) -> None:
        """The audit file is whole and on the disk; the ledger remembers what it looks like."""
        await self.ledger.set_audit_mark(self.audit.close_clean())


@asynccontextmanager
async def at_desk(place: Place) -> AsyncIterator[Desk]:
    """The campaign in this place, which has been enrolled before."""
    async with AsyncExitStack() as stack:
        stack.enter_context(place.lock())
        ledger = await _ledger(stack, place)
        yield _desk(stack, place, ledger)


@asynccontextmanager
async def at_old_desk(settings: Settings, beginning: str, purpose: Purpose | None = None) -> AsyncIterator[Desk]:
    """The campaign of this name, or of the only name that begins so, if it belongs to these settings."""
    async with at_desk(find(settings.campaigns, beginning, settings.ledger)) as desk:
        _fits(desk.note, settings, purpose)
        yield desk


@asynccontextmanager
async def at_new_desk(
    settings: Settings, text: str | None, name: str | None, purpose: Purpose
) -> AsyncIterator[tuple[Desk, Accepted | None]]:
    """The campaign of an INPUT: judged whole, enrolled if it was not, and open. Without INPUT, the one of that name."""
    if text is None:
        async with at_old_desk(settings, _named(name, "without an INPUT"), purpose) as desk:
            yield desk, None
        return
    async with AsyncExitStack() as stack:
        api = settings.api()
        with inputs.judged(text, settings, planning=purpose is Purpose.PLAN) as judged:
            intake = judged.accepted.intake
            given = _named(name, "for standard input") if text == STDIN else name
            default = default_name(text, api.base_url, api.client_no, intake.digest)
            place = create(settings.campaigns, default if given is None else given, settings.ledger)
            stack.enter_context(place.lock())
            ledger = await _ledger(stack, place)
            binding = Binding(place.name, api.base_url, api.client_no, intake.digest, purpose, intake.blank)
            await enrol(
                ledger, binding, judged.header, judged.rows(), partial(number_of, pattern=inputs.pattern(settings))
            )
        desk = _desk(stack, place, ledger)
        _fits(desk.note, settings, purpose)
        yield desk, judged.accepted


def _named(name: str | None, when: str) -> str:
    if name is None:
        raise UsageWrong(f"{when} the campaign needs a name", "add --campaign NAME")
    return name


async def _ledger(stack: AsyncExitStack, place: Place) -> SqliteLedger:
    ledger = SqliteLedger(place.ledger)
    stack.push_async_callback(ledger.close)
    return ledger


def _desk(stack: AsyncExitStack, place: Place, ledger: SqliteLedger) -> Desk:
    """Check and complete the audit file before anything else may happen."""
    books = SqliteBooks(place.ledger)
    stack.callback(books.close)
    note = books.campaign()
    audit = AuditFile.open(place.audit, books.lines, books.audit_mark())
    stack.callback(audit.close)
    ledger.attach(audit.append)
    return Desk(place, ledger, books, audit, note)


def _fits(note: CampaignNote, settings: Settings, purpose: Purpose | None) -> None:
    """A campaign belongs to one API and client, and is either planned or run."""
    api = settings.api()
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
        raise UsageWrong(
            f"campaign {note.name} was begun by run, so it cannot be planned",
            f"go on with: amili-purge run --campaign {note.name} --yes, or name another campaign",
        )
