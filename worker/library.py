"""The library: campaigns for programs that embed the worker, by the same functions that the commands call.

Decides how a program says what is to be done, and that a name means that very campaign, never one that begins so. What
is done, guarded and recorded is `worker.app`'s. Prints nothing but the log, on standard error.
"""

import asyncio
import threading
from collections.abc import AsyncIterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config import Loaded, Needs, load
from worker.app import adding, commands, looking, shelf, steering
from worker.app.adding import Added, Customer
from worker.app.ending import Ending, Question
from worker.app.face import Face
from worker.app.looking import Listed
from worker.app.steering import Steered
from worker.core.lifecycle import Verdict
from worker.core.steps import Purpose
from worker.core.summary import Summary
from worker.errors import UsageWrong
from worker.place import checked_name

_COMMAND = "library"
"""What the audit log calls a run that a program began."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request and its verdict; `reason` says why in one word, `http_status` is the DELETE's, `settled_at` RFC 3339.

    `customer` is the number as it was given, bounded and escaped; `request` the identity of the request.
    """

    line: int
    customer: str
    request: str
    verdict: Verdict
    reason: str
    http_status: int | None
    settled_at: str | None


def open_campaign(
    name: str,
    *,
    planned: bool = True,
    settings: Mapping[str, object] | None = None,
    settings_file: Path | None = None,
    secrets_dir: Path | None = None,
) -> "Campaign":
    """The program's campaign of this name; nothing is made before customers are added, and nothing is sent.

    `planned`: it is planned and applied; without, it is run in one pass. `settings` win over the places where the
    commands look too (environment, `.env`, `secrets_dir`, `settings_file`); secrets come from those places only.
    `UsageWrong` for a name that cannot be one, `SettingsWrong` with a line for each fault.
    """
    checked_name(name)
    loaded = load(settings or {}, settings_file=settings_file, secrets_dir=secrets_dir, needs=Needs(api=True))
    return Campaign(name, loaded, planned=planned)


class Campaign:
    """One campaign of one program: add customers, plan and apply or run, steer, and read the verdicts.

    One thing at a time works it, as with the commands; steering and looking go beside. All that cannot go on raises a
    `CommandFailed`; how a run ended is its `Ending`. Make one with `open_campaign`.
    """

    def __init__(self, name: str, loaded: Loaded, *, planned: bool) -> None:
        self.name = name
        """What it is called, also by the commands: `amili-purge status NAME`."""
        self._loaded = loaded
        self._purpose = Purpose.PLAN if planned else Purpose.DELETE

    async def add(self, customers: AsyncIterable[str | Customer]) -> Added:
        """Take them in, in durable batches, whatever the iterable waits for; added again, they change nothing.

        `InputWrong` if a file or a queue has a campaign of this name, `Busy` while it is worked, `NotDurable`.
        """
        return await adding.add(self._loaded, self.name, customers, purpose=self._purpose)

    async def plan(self, *, recheck: bool = False) -> Ending:
        """Check all open customers with GETs only; `note.plan` of the ending holds the digest to approve."""
        name = self._there()
        return await commands.plan(self._loaded, None, name=name, recheck=recheck, face=self._face(), command=_COMMAND)

    async def apply(self, approve: str) -> Ending:
        """Delete what the plan of this digest found eligible, and nothing else; `UsageWrong` if the plan is another."""

        def approved(question: Question) -> bool:
            if question.digest != approve:
                raise UsageWrong("the plan is not the one that was approved", f"its digest is {question.digest}")
            return True

        return await commands.apply(self._loaded, self._there(), approve=approved, face=self._face(), command=_COMMAND)

    async def run(self, *, recheck: bool = False) -> Ending:
        """Check and delete in one pass; needs the setting `max_deletes`."""
        name = self._there()
        return await commands.run(self._loaded, None, name=name, recheck=recheck, face=self._face(), command=_COMMAND)

    async def reconcile(self) -> Ending:
        """Settle what is in doubt (we may have deleted it) by reading only."""
        return await commands.reconcile(self._loaded, self._there(), face=self._face(), command=_COMMAND)

    async def pause(self) -> Steered:
        """Send nothing new, until `resume`; it outlives the process."""
        return await steering.pause(self._loaded, self._there())

    async def resume(self, because: str | None = None) -> Steered:
        """Lift a pause; with a reason, which is audited, also a stop that bars later starts."""
        return await steering.resume(self._loaded, self._there(), because)

    async def stop(self) -> Steered:
        """End all workers in good order (20), and bar later starts."""
        return await steering.stop(self._loaded, self._there())

    async def set_rate(self, rate: float) -> Steered:
        """So many requests a second for all workers, from now on."""
        return await steering.set_rate(self._loaded, self._there(), rate)

    async def set_max_deletes(self, most: int) -> Steered:
        """Another cap on deletions, over all runs, from now on."""
        return await steering.set_max_deletes(self._loaded, self._there(), most)

    async def status(self) -> Listed:
        """How it stands at this moment, also beside a run."""
        return await asyncio.to_thread(looking.status, self._loaded, self._there())

    async def report(self, to: Path | None = None) -> Summary:
        """Write `report.csv`, `report.html` and `summary.json` anew; with `to` there, the audit log too."""
        return await asyncio.to_thread(looking.report, self._loaded, self._there(), to)

    def verdicts(self) -> Iterator[Row]:
        """Every row with its verdict, in the order in which it was added; memory does not grow with them."""
        for row in looking.verdicts(self._loaded, self._there()):
            customer, request = row.cells
            yield Row(row.line, customer, request, row.verdict, row.reason, row.http_status, row.settled_at)

    def _there(self) -> str:
        """The name, once the campaign is there: a command would take one that begins so."""
        if shelf.find(self._loaded.settings, self.name).name != self.name:
            raise UsageWrong(f"there is no campaign {self.name}", "add its customers first")
        return self.name

    def _face(self) -> Face:
        """Lines for machines, unless the settings say otherwise; signals where they can be heard."""
        settings = self._loaded.settings
        heard = threading.current_thread() is threading.main_thread()
        return Face(settings.log_format or "json", settings.log_level, terminal=False, signals=heard)
