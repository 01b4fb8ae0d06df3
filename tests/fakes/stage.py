"""One campaign on fakes: run it, let it die, run it again, and look at what is left.

Decides how the shell is put together for a test; the shell itself is the worker's own, unchanged.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from tests.fakes.api import FakeApi, Faults, Scripted, Tokens
from tests.fakes.fate import Fate
from tests.fakes.memory_ledger import MemoryLedger, Storage
from tests.fakes.observing import RecordingObserver
from tests.fakes.pacing import FakePace, RealPace
from tests.fakes.virtual_time import VirtualClock, run
from tests.fakes.world import Person, World
from worker.asking import Asking
from worker.campaign import Campaign
from worker.core.customer import CustomerNo
from worker.core.facts import Record
from worker.core.guards import Limits, Stop, Tally, interrupted
from worker.core.pseudonym import Pseudonyms
from worker.core.retry import Patience
from worker.core.steps import Purpose, Rules
from worker.deletion import Deletion, Manner, Tools
from worker.oversight import Oversight, Terms
from worker.ports import Work
from worker.vouching import Vouching

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Orders:
    """What one run is told. Times are seconds; `sigterm` counts from its start, `crash_at` awaits.

    With `rate` (requests a second) the worker's own pacer hands out the permits, else a fake one each `interval`.
    """

    work: Work = Work(Purpose.DELETE)
    limits: Limits = Limits(customers=1000, max_failure_share=1.0)
    patience: Patience = Patience()
    rules: Rules = Rules()
    concurrency: int = 4
    interval: float = 0.0
    rate: float | None = None
    verify: bool = False
    sentinel: str | None = None
    sigterm: float | None = None
    crash_at: int | None = None
    disk: float = 0.002
    pseudonyms: Pseudonyms | None = None


@dataclass
class Ended:
    """How one run ended. `stopped_at` and `began_at` are places in the world's order: the first stop, and the start."""

    stop: Stop | None
    crashed: bool
    observer: RecordingObserver
    pace: FakePace | RealPace
    stopped_at: int | None
    seconds: float
    orders: Orders
    began_at: int

    @property
    def exit(self) -> int:
        """The exit code that stopped it; 0 if nothing did."""
        return 0 if self.stop is None else int(self.stop.exit)


class _Watching(RecordingObserver):
    """Notes when the run was stopped, in the world's order."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.stopped_at: int | None = None

    def told(self, event: str, **fields: object) -> None:
        super().told(event, **fields)
        if event == "stopping" and self.stopped_at is None:
            self.stopped_at = self._world.order.next()


class _OrderedStorage(Storage):
    """A storage that notes when each fact became durable, in the world's order."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.kept: list[tuple[int, Record]] = []

    def keep(self, record: Record) -> None:
        super().keep(record)
        self.kept.append((self._world.order.next(), record))


@dataclass
class Stage:
    """A world, a campaign's storage, and what strikes between them; it outlives its runs."""

    faults: Faults = field(default_factory=Scripted)
    tokens: Tokens = field(default_factory=Tokens)
    seed: int = 0
    world: World = field(default_factory=World)
    now: float = 1000.0
    runs: list[Ended] = field(default_factory=list)
    ledger: type[MemoryLedger] = MemoryLedger
    api: type[FakeApi] = FakeApi
    protected_at: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.storage = _OrderedStorage(self.world)
        self._dice = Random(self.seed)

    def customers(self, numbers: Iterable[str], person: Person | None = None, **enrolled: Iterable[str]) -> None:
        """More rows of the list, all of them the same kind of customer (plain ones by default)."""
        chosen = list(numbers)
        for number in chosen:
            self.world.settle_in(number, person or Person())
        self.storage.enrol(chosen, **enrolled)

    def protect(self, number: str) -> None:
        """The next run reads that number on the protect list; from here on no DELETE of it may leave."""
        self.storage.of(number).protected = True
        self.protected_at.setdefault(number, self.world.order.next())

    def run(self, orders: Orders = Orders()) -> Ended:
        """One run, to its end or its death."""
        self.world.run += 1
        fate = Fate(Random(self._dice.random()), orders.crash_at)
        observer = _Watching(self.world)
        began, began_at = self.now, self.world.order.next()
        stop: Stop | None = None
        pace: FakePace | RealPace = FakePace(orders.interval)
        crashed = False
        try:
            stop, pace = run(self._main(orders, fate, observer), self.now)
        except asyncio.CancelledError:
            crashed = True
        ended = Ended(stop, crashed, observer, pace, observer.stopped_at, self.now - began, orders, began_at)
        self.runs.append(ended)
        return ended

    async def _main(self, orders: Orders, fate: Fate, observer: _Watching) -> tuple[Stop | None, FakePace | RealPace]:
        fate.main, loop = asyncio.current_task(), asyncio.get_running_loop()
        try:
            async with _pace(orders) as pace:
                oversight, campaign = await self._joined(orders, fate, observer, pace)
                if orders.sigterm is not None:
                    loop.call_later(orders.sigterm, lambda: oversight.halt(interrupted("SIGTERM")))
                return await campaign.work_off(orders.work, concurrency=orders.concurrency), pace
        finally:
            self.now = loop.time()

    async def _joined(
        self, orders: Orders, fate: Fate, observer: RecordingObserver, pace: FakePace | RealPace
    ) -> tuple[Oversight, Campaign]:
        clock, ledger = VirtualClock(), self._memory(orders, fate)
        tally = Tally(charged=await ledger.charged(), in_doubt=await ledger.in_doubt())
        terms = Terms(orders.limits, orders.patience, self._dice.random, pseudonyms=orders.pseudonyms)
        oversight = Oversight(terms, tally, clock=clock, pace=pace, observer=observer)
        api = self.api(self.world, self.faults, self.tokens, fate)
        asking = Asking(api, pace, oversight, clock)
        named = None if orders.sentinel is None else CustomerNo(orders.sentinel)
        vouching = Vouching(asking, ledger, oversight, observer, named=named)
        deletes = api if orders.work.purpose is Purpose.DELETE else None
        tools = Tools(asking, api, deletes, ledger, pace, clock, observer)
        manner = Manner(orders.work.purpose, orders.rules, lambda _: orders.verify, last_reading=30.0)
        deletion = Deletion(tools, oversight, vouching, manner)
        return oversight, Campaign(ledger, deletion, vouching, oversight, observer)

    def _memory(self, orders: Orders, fate: Fate) -> MemoryLedger:
        async def disk() -> None:
            await fate.pass_by()
            await asyncio.sleep(self._dice.choice((0.0, 0.5, 1.0)) * orders.disk)
            await fate.pass_by()

        return self.ledger(self.storage, time=_stamp, sync=disk, acknowledge=fate.pass_by)


@asynccontextmanager
async def _pace(orders: Orders) -> AsyncIterator[FakePace | RealPace]:
    if orders.rate is None:
        yield FakePace(orders.interval)
        return
    async with RealPace(orders.rate, VirtualClock()) as pace:
        yield pace


def _stamp() -> str:
    moment = _EPOCH + timedelta(seconds=asyncio.get_running_loop().time())
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
