"""list, status, report: what can be told of a campaign without any API.

Decides nothing. All but `report` only read, also beside a run.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import Loaded, Settings
from worker.app import approving, storage
from worker.app.approving import Signed
from worker.app.desk import from_database
from worker.app.identity import identity
from worker.app.shelf import Shelf, find, shelf
from worker.app.witnessing import witness
from worker.audit import AuditFile
from worker.core.facts import ControlFact
from worker.core.lifecycle import Verdict
from worker.core.orders import Orders
from worker.core.summary import Summary
from worker.core.values import replace
from worker.errors import Busy, Exit
from worker.ledger import CampaignBooks
from worker.ledger.forgetting import refuse_gone
from worker.place import Place
from worker.ports import Books, CampaignNote, ReportRow, WorkerNote
from worker.report import summarise, write


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign as it stands; `working` tells whether a process works it at this moment, `workers` who and how.

    `approval` is under whose the plan may be applied, or why under nobody's; None where no approval is asked for.
    """

    name: str
    directory: Path
    note: CampaignNote
    summary: Summary
    reasons: dict[tuple[Verdict, str], int]
    working: bool
    workers: Sequence[WorkerNote] = ()
    orders: Orders = Orders()
    approval: Signed | str | None = None


def campaigns(loaded: Loaded) -> list[Listed]:
    """All campaigns, by name; a place in which nothing was enrolled yet is none."""
    found, kept = [], shelf(loaded.settings)
    for place in kept.places():
        with kept.books(place) as books:
            if books.enrolled():
                found.append(_listed(kept, place, books))
    return found


def status(loaded: Loaded, campaign: str) -> Listed:
    """One campaign as it stands."""
    place, kept = find(loaded.settings, campaign), shelf(loaded.settings)
    with kept.books(place) as books:
        found = _listed(kept, place, books)
    waits = found.note.planning or found.summary.verdicts.get(Verdict.ELIGIBLE)
    return replace(found, approval=approving.standing(place, found.note, loaded.settings)) if waits else found


def verdicts(loaded: Loaded, campaign: str) -> Iterator[ReportRow]:
    """Every row with its verdict, in the order in which rows came, as it stood when the first was asked for."""
    with shelf(loaded.settings).books(find(loaded.settings, campaign)) as books, books.snapshot():
        refuse_gone(books.campaign())
        yield from books.rows()


def report(loaded: Loaded, campaign: str, to: Path | None = None) -> Summary:
    """Write the files anew from the ledger; a file that grew with it only if it was moved away, which is recorded.

    With `to` they are written there, the audit log too, and the campaign's own directory stays as it is.
    `UsageWrong` if the campaign forgot its rows.
    """
    settings, place = loaded.settings, find(loaded.settings, campaign)
    kept = shelf(settings)
    with kept.books(place) as books:
        note = books.campaign()
    if note.closed_at is not None:
        _log_alone(settings, place)
        refuse_gone(note)
    if to is not None:
        return _handed_out(kept, place, storage.made(to, place))
    try:
        with kept.lock(place):
            if kept.shared:
                return _from_database(settings, place)
            if not place.audit.exists():
                asyncio.run(_rebuilt(settings, place))
            with kept.books(place) as books:
                return _written(books, place)
    except Busy:
        with kept.books(place) as books:
            return write(books, place.directory, exit_code=None, stopped_by=None)


def _log_alone(settings: Settings, place: Place) -> None:
    """Of a campaign that forgot only the audit log can be written anew: where it was moved away, it is."""
    if not shelf(settings).shared and not place.audit.exists():
        with place.lock():
            asyncio.run(_rebuilt(settings, place))


def _handed_out(kept: Shelf, place: Place, directory: Path) -> Summary:
    with kept.books(place) as books:
        storage.copy_page(place, directory)
        code, why = (None, None) if kept.worked(place) else last_end(books)
        summary = write(books, directory, exit_code=code, stopped_by=why)
        storage.copy_audit(books, place, directory)  # last: it may go further than the account, never less far
        return summary


def _from_database(settings: Settings, place: Place) -> Summary:
    """The database is the truth: the files of this machine are made, or made complete, from it."""
    kept = shelf(settings)
    kept.create(place.name)
    with kept.books(place) as books:
        code, why = (None, None) if kept.worked(place) else last_end(books)
        return from_database(books, place, code, why)


def _written(books: Books, place: Place) -> Summary:
    code, why = last_end(books)
    return write(books, place.directory, exit_code=code, stopped_by=why)


def last_end(books: Books) -> tuple[Exit | None, str | None]:
    """How the last run ended."""
    runs = books.runs()
    if not runs or runs[-1].exit_code is None:
        return None, runs[-1].stopped_by if runs else None
    return Exit(runs[-1].exit_code), runs[-1].stopped_by


async def _rebuilt(settings: Settings, place: Place) -> None:
    kept = shelf(settings)
    ledger = await kept.open(place)
    try:
        await ledger.note(ControlFact("audit_rebuilt", identity(None)))
        with kept.books(place) as books:
            audit = AuditFile.rebuild(place.audit, books.lines)
            signing = witness(settings, place, books.lines())
        await ledger.set_audit_mark(audit.close_clean)
        if signing is not None:
            await asyncio.to_thread(signing.close)
    finally:
        await ledger.close()


def _listed(kept: Shelf, place: Place, books: CampaignBooks) -> Listed:
    working = kept.worked(place)
    runs = books.runs()
    last = runs[-1] if runs and not working else None
    code, why = (last.exit_code, last.stopped_by) if last else (None, None)
    summary = summarise(books, exit_code=code, stopped_by=why)
    workers, reasons = books.workers() if working else [], dict(books.reasons())
    return Listed(place.name, place.directory, books.campaign(), summary, reasons, working, workers, books.orders())
