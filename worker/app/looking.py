"""list, status, report, verify, resume: what can be told and done of a campaign without any API.

Decides nothing. All but `report` and `resume` only read, also beside a run.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config import Loaded
from worker.app.desk import at_desk
from worker.app.identity import identity
from worker.audit import AuditFile, Verified, verify_campaign, verify_file
from worker.core.facts import ControlFact
from worker.core.lifecycle import Verdict
from worker.core.summary import Summary
from worker.errors import Busy
from worker.ledger import SqliteBooks, SqliteLedger
from worker.place import Place, all_of, find
from worker.ports import Books, CampaignNote
from worker.report import summarise, write


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign as it stands; `working` tells whether a process works it at this moment, `pulse` how."""

    name: str
    directory: Path
    note: CampaignNote
    summary: Summary
    reasons: dict[tuple[Verdict, str], int]
    working: bool
    pulse: Mapping[str, object] = field(default_factory=dict)


def campaigns(loaded: Loaded) -> list[Listed]:
    """All campaigns, by name; a directory in which nothing was enrolled yet is none."""
    found = []
    for place in all_of(loaded.settings.campaigns, loaded.settings.ledger):
        with _books(place) as books:
            if books.enrolled():
                found.append(_listed(place, books))
    return found


def status(loaded: Loaded, campaign: str) -> Listed:
    """One campaign as it stands."""
    place = find(loaded.settings.campaigns, campaign, loaded.settings.ledger)
    with _books(place) as books:
        return _listed(place, books)


def report(loaded: Loaded, campaign: str) -> Summary:
    """Write the files anew from the ledger; the audit file only if it was moved away, which is recorded."""
    place = find(loaded.settings.campaigns, campaign, loaded.settings.ledger)
    try:
        with place.lock():
            if not place.audit.exists():
                asyncio.run(_rebuilt(place))
            with _books(place) as books:
                runs = books.runs()
                last = runs[-1] if runs else None
                code, why = (last.exit_code, last.stopped_by) if last else (None, None)
                return write(books, place.directory, exit_code=code, stopped_by=why)
    except Busy:
        with _books(place) as books:
            return write(books, place.directory, exit_code=None, stopped_by=None)


async def _rebuilt(place: Place) -> None:
    ledger = SqliteLedger(place.ledger)
    try:
        await ledger.note(ControlFact("audit_rebuilt", identity(None)))
        with _books(place) as books:
            audit = AuditFile.rebuild(place.audit, books.lines)
        await ledger.set_audit_mark(audit.close_clean())
    finally:
        await ledger.close()


def verify(loaded: Loaded, argument: str) -> Verified:
    """Prove a campaign's audit log, or a bare file's: an argument with `/`, or that ends in `.jsonl`."""
    if "/" in argument or argument.endswith(".jsonl"):
        return verify_file(Path(argument))
    place = find(loaded.settings.campaigns, argument, loaded.settings.ledger)
    with _books(place) as books:
        return verify_campaign(books, place.audit)


def resume(loaded: Loaded, campaign: str, because: str) -> str | None:
    """Lift a latched stop; the reason that was lifted, None if nothing was latched."""
    place = find(loaded.settings.campaigns, campaign, loaded.settings.ledger)

    async def lift() -> str | None:
        async with at_desk(place) as desk:
            if desk.note.latch is not None:
                members = {**identity(None), "because": because, "lifted": desk.note.latch}
                await desk.ledger.lift_latch(ControlFact("resume", members))
            await desk.close_clean()
            return desk.note.latch

    return asyncio.run(lift())


@contextmanager
def _books(place: Place) -> Iterator[SqliteBooks]:
    with closing(SqliteBooks(place.ledger)) as books:
        yield books


def _listed(place: Place, books: SqliteBooks) -> Listed:
    working = place.worked()
    runs = books.runs()
    last = runs[-1] if runs and not working else None
    summary = _summary(books, last.exit_code if last else None, last.stopped_by if last else None)
    pulse = runs[-1].pulse if runs and working else {}
    return Listed(place.name, place.directory, books.campaign(), summary, dict(books.reasons()), working, pulse)


def _summary(books: Books, code: int | None, why: str | None) -> Summary:
    return summarise(books, exit_code=code, stopped_by=why)
