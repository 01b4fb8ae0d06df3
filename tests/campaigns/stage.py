"""A stage for whole campaigns: one sandbox, one directory, and the commands as a user would call them.

It decides which world the sandbox holds and which settings make a campaign quick. Every command that ends here is
judged at once (see `judge`), so that no test can end well with an account that does not fit the world.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config import Loaded, Needs, load
from tests.campaigns.judge import deleted_by_us, judged
from worker.app import commands, ending, evidence, looking, steering
from worker.app.face import Face
from worker.audit import Verified
from worker.core.summary import Summary
from worker.core.values import replace
from worker.sandbox.faults import Faults, Kind
from worker.sandbox.journal import Record
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox, serve
from worker.sandbox.world import Customer

FACE = Face("json", "error", terminal=False)
QUICK = {
    "rate": "2000",
    "settle_time": "0.02",
    "request_timeout": "5",
    "outage_budget": "5",
    "verify_share": "0",
    "check_max_age": "10",
}
"""A campaign in milliseconds; `verify_share` is 0 so that each deletion is one request unless a test says otherwise."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in the world, and who is only on the list."""

    free: tuple[str, ...]
    documents: tuple[str, ...]
    ar_items: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.documents + self.ar_items + self.free + self.absent


def cast(free: int = 0, documents: int = 0, ar_items: int = 0, absent: int = 0) -> Cast:
    """So many customers of each sort; the first digit tells the sort."""
    sizes = enumerate((free, documents, ar_items, absent), start=1)
    return Cast(*(tuple(str(sort * 100_000 + place) for place in range(1, size + 1)) for sort, size in sizes))


class Stage:
    """What a test works with; `flags` are the settings of all commands, changed by each command's own."""

    def __init__(self, sandbox: Sandbox, directory: Path, people: Cast) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.people = people
        self.campaigns = directory / "campaigns"
        self.flags: dict[str, object] = {**QUICK, "campaigns": str(self.campaigns)}
        self.flags |= {"base_url": sandbox.base_url, "client_no": sandbox.world.client_no}
        self.environ = {"AMILI_TOKEN": sandbox.token}
        self.list = self.file(people.all)
        self.killed = False
        self._seen = 0

    def file(self, numbers: Iterable[str], name: str = "list.csv", head: str = "Kundenr") -> str:
        path = self.directory / name
        path.write_text("\n".join((head, *numbers)) + "\n", encoding="utf-8")
        return str(path)

    def loaded(self, **changes: object) -> Loaded:
        chosen = {name: value for name, value in {**self.flags, **changes}.items() if value is not None}
        return load(chosen, environ=self.environ, cwd=self.directory, needs=Needs(api=True))

    def offline(self) -> Loaded:
        """Settings that know nothing of any API."""
        environ = {name: value for name, value in self.environ.items() if name == "AMILI_LEDGER"}
        return load({"campaigns": str(self.campaigns)}, environ=environ, cwd=self.directory)

    def faults(self, text: str) -> None:
        self.sandbox.faults = Faults.parse(text)

    async def plan(
        self, text: str | None = "", *, name: str | None = None, again: bool = False, **s: object
    ) -> ending.Ending:
        list_ = self.list if text == "" else text
        ending = await commands.plan(self.loaded(**s), list_, name=name, recheck=again, face=FACE, command="plan")
        return self._judged(ending)

    async def run(
        self, text: str | None = "", *, name: str | None = None, again: bool = False, **s: object
    ) -> ending.Ending:
        list_ = self.list if text == "" else text
        settings = self.loaded(**({"max_deletes": 1000} | s))
        return self._judged(await commands.run(settings, list_, name=name, recheck=again, face=FACE, command="run"))

    async def apply(self, of: ending.Ending | str, *, approve: str | None = None, **s: object) -> ending.Ending:
        """Apply with the digest that the plan ended with, or with another one."""
        name = of if isinstance(of, str) else of.note.name
        ending = await commands.apply(
            self.loaded(**s), name, approve=lambda asked: approve in (None, asked.digest), face=FACE, command="apply"
        )
        return self._judged(ending)

    async def reconcile(self, of: ending.Ending, **s: object) -> ending.Ending:
        return self._judged(await commands.reconcile(self.loaded(**s), of.note.name, face=FACE, command="reconcile"))

    async def resume(self, of: ending.Ending, because: str = "looked at it") -> str | None:
        return (await steering.resume(self.offline(), of.note.name, because)).lifted

    async def report(self, of: ending.Ending) -> Summary:
        return await asyncio.to_thread(looking.report, self.offline(), of.note.name)

    async def verify(self, argument: ending.Ending | str) -> Verified:
        name = argument if isinstance(argument, str) else argument.note.name
        return await asyncio.to_thread(evidence.verify, self.offline(), name)

    def news(self) -> list[Record]:
        """The requests since this was last asked."""
        records = self.sandbox.journal.records[self._seen :]
        self._seen += len(records)
        return records

    async def until(self, kind: Kind) -> None:
        """Wait for the next request of this kind to arrive."""
        seen = self.sandbox.journal.counts()[kind]
        while self.sandbox.journal.counts()[kind] == seen:  # noqa: ASYNC110 - the sandbox tells nobody
            await asyncio.sleep(0.002)

    def sent(self) -> Counter[str]:
        """The kinds of the requests since `news` or this was last asked."""
        return Counter(record.kind.value for record in self.news())

    @property
    def deleted(self) -> set[str]:
        """Who was really deleted, by us."""
        return deleted_by_us(self.sandbox)

    def _judged(self, ending: ending.Ending) -> ending.Ending:
        judged(ending, self.sandbox, killed=self.killed)
        assert evidence.verify(self.offline(), ending.note.name).problems == ()
        return ending


@asynccontextmanager
async def staged(
    directory: Path, people: Cast, faults: str = "", options: SandboxOptions | None = None
) -> AsyncIterator[Stage]:
    """Serve a world of these people, under these faults."""
    sandbox = Sandbox(replace(options or SandboxOptions(), customers=0, faults=Faults.parse(faults)))
    sorts = ((people.free, 0, 0), (people.documents, 2, 0), (people.ar_items, 0, 1))
    for numbers, documents, ar_items in sorts:
        for number in numbers:
            sandbox.world.add(Customer(number, 500_000, documents=documents, ar_items=ar_items))
    async with serve(sandbox):
        yield Stage(sandbox, directory, people)
