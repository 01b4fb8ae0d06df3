"""The ledger's port in memory: what the SQLite ledger must do, in the plainest way.

Decides claim order, recovery, and what is durable. Storage outlives the ledger that writes to it: a crash is a new
`MemoryLedger` on the same `Storage`, and what was not committed to it is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from worker.core.chain import Head, Subject, seal
from worker.core.customer import CustomerNo
from worker.core.eligibility import Finding
from worker.core.facts import CampaignFact, CheckFact, ControlFact, Fact, IntentFact, Record, VerdictFact
from worker.core.guards import Stop
from worker.core.lifecycle import OPEN_STATES, RECHECK_STATES, Move, Standing, State, Verdict, recover, reported
from worker.core.orders import Orders
from worker.core.request import Request
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.errors import LogBroken
from worker.ports import Claim, Entry, Held, Work

T = TypeVar("T")


@dataclass
class Stored:
    """One customer as it is stored."""

    id: int
    number: CustomerNo
    standing: Standing = Standing()
    intents: int = 0
    protected: bool = False
    approved: bool = False
    setback: bool = False
    seen: bool = False
    reason: str = ""


@dataclass
class Storage:
    """What is durable: customers in the order of the list, and the chain of facts."""

    customers: list[Stored] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    head: Head = Head()
    client_no: int = 2218
    orders: Orders = Orders()
    most_charged: int = 0

    def enrol(self, numbers: Iterable[str], *, protect: Iterable[str] = (), approve: Iterable[str] = ()) -> None:
        """Customers as an input would bring them, with their places on the protect list and in an approved plan."""
        protected, approved = set(protect), set(approve)
        for text in numbers:
            stored = Stored(len(self.customers) + 1, CustomerNo(text))
            stored.protected = text in protected
            stored.approved = text in approved
            self.customers.append(stored)

    def approve(self) -> None:
        """A plan has ended: what stands eligible is approved, and nothing else."""
        for stored in self.customers:
            stored.approved = stored.standing.state is State.ELIGIBLE

    def of(self, number: str) -> Stored:
        """One customer by its number."""
        return next(stored for stored in self.customers if stored.number.text == number)

    def verdict(self, number: str, *, planning: bool = False) -> Verdict:
        """The one verdict of a customer at this moment."""
        return reported(self.of(number).standing, planning=planning)

    def keep(self, record: Record) -> None:
        """One more fact is durable."""
        self.records.append(record)

    def charged(self) -> int:
        """Customers that count against `max_deletes`."""
        return sum(stored.standing.charged for stored in self.customers)


async def _at_once() -> None:
    """A disk that takes no time."""


class MemoryLedger:
    """One run's ledger over a storage. `sync` is awaited before each commit and `acknowledge` after it."""

    def __init__(
        self,
        storage: Storage,
        *,
        time: Callable[[], str] = lambda: "2026-01-01T00:00:00.000000Z",
        sync: Callable[[], Awaitable[None]] = _at_once,
        acknowledge: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        self._storage = storage
        self._time = time
        self._sync = sync
        self._acknowledge = acknowledge
        self._had: set[int] = set()
        self._held: set[int] = set()
        self._writer = asyncio.Lock()

    async def _durably(self, job: Callable[[], T]) -> T:
        """Do one job in its turn; whoever stops waiting for it does not undo it."""

        async def in_turn() -> T:
            async with self._writer:
                await self._sync()
                return job()

        done = await asyncio.shield(asyncio.ensure_future(in_turn()))
        await self._acknowledge()
        return done

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        return await self._durably(lambda: self._claim(work, count, spread=spread))

    def _claim(self, work: Work, count: int, *, spread: bool) -> list[Claim]:
        due = [one for one in self._taken_up(work) if one.id not in self._had]
        due.sort(key=_turn)
        step = len(due) // count if spread and len(due) > count else 1
        chosen = due[::step][:count]
        self._had.update(one.id for one in chosen)
        for one in chosen:
            one.standing = recover(one.standing)
        return [_claimed(one, work.expects) for one in chosen]

    def _taken_up(self, work: Work) -> list[Stored]:
        listed = self._storage.customers[: work.limit]
        match work.purpose:
            case Purpose.RECONCILE:
                return [one for one in listed if one.standing.owed and one.standing.state in OPEN_STATES]
            case Purpose.DELETE if work.approved:
                return [one for one in listed if one.approved and one.standing.state in {*OPEN_STATES, State.ELIGIBLE}]
            case _:
                again = RECHECK_STATES if work.recheck else frozenset[State]()
                return [one for one in listed if one.standing.state in OPEN_STATES | again]

    async def record(self, entry: Entry) -> list[Record]:
        return await self._durably(lambda: self._enter(entry))

    def _enter(self, entry: Entry) -> list[Record]:
        at = entry.claim.id - 1
        if not (
            0 <= at < len(self._storage.customers) and self._storage.customers[at].standing == entry.claim.standing
        ):
            raise LogBroken(f"customer {entry.claim.id} does not stand as {entry.claim.standing}")
        stored = self._storage.customers[at]
        self._had.add(stored.id)
        self._move(stored, entry.standing)
        stored.setback |= entry.setback
        for fact in entry.facts:
            stored.intents += isinstance(fact, IntentFact)
            if isinstance(fact, CheckFact) and "customer" in fact.findings:
                stored.seen = fact.findings["customer"] == Finding.SOME
        return [self._seal(fact, stored) for fact in entry.facts]

    def _move(self, stored: Stored, standing: Standing) -> None:
        stored.standing = standing
        (self._held.add if standing.state is State.HELD else self._held.discard)(stored.id)
        self._storage.most_charged = max(self._storage.most_charged, self._storage.charged())

    def _seal(self, fact: Fact, stored: Stored | None = None) -> Record:
        subject = None if stored is None else Subject(self._storage.client_no, stored.number.text)
        if stored is not None and isinstance(fact, VerdictFact):
            stored.reason = fact.reason
        self._storage.head, record = seal(self._storage.head, self._time(), fact, subject)
        self._storage.keep(record)
        return record

    async def intend(self, entry: Entry) -> list[Record] | Stop:
        return await self.record(entry)

    def may_send(self) -> bool:
        return True

    async def others_at_work(self) -> bool:
        return False

    async def halt(self, stop: Stop) -> None:
        self._storage.orders = replace(self._storage.orders, count=self._storage.orders.count + 1, halt=stop)

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> Orders:
        return self._storage.orders

    async def enlist(self, requests: Sequence[Request]) -> None:
        raise NotImplementedError("requests from queues are enlisted in real ledgers")

    async def release_held(self, held: Held) -> list[Record]:
        return await self._durably(lambda: [self._release(id_, held) for id_ in sorted(self._held)])

    def _release(self, id_: int, held: Held) -> Record:
        stored = self._storage.customers[id_ - 1]
        self._move(stored, stored.standing.after(Move(held.verdict.value)))
        return self._seal(VerdictFact(held.verdict, held.reason, {"customer": Finding.NONE.value}), stored)

    async def note(self, fact: CampaignFact | ControlFact) -> Record:
        return await self._durably(lambda: self._seal(fact))

    async def charged(self) -> int:
        return self._storage.charged()

    async def in_doubt(self) -> int:
        return sum(one.standing.state is State.IN_DOUBT for one in self._storage.customers)

    async def sentinel(self) -> CustomerNo | None:
        customers = self._storage.customers
        ineligible = [one.number for one in customers if one.standing.state is State.INELIGIBLE]
        spared = [one.number for one in customers if one.seen and not one.intents]
        return next(iter(ineligible + spared), None)


def _turn(stored: Stored) -> tuple[int, int]:
    """Doubts first, then what is open, then what a recheck takes up, setbacks last; else the order of the list."""
    if stored.standing.state not in OPEN_STATES:
        return 2, stored.id
    if stored.setback:
        return 3, stored.id
    return (0 if stored.standing.owed else 1), stored.id


def _claimed(one: Stored, expects: int | None) -> Claim:
    """A claim; the only cell of a row is the number."""
    expected = None if expects is None else one.number.text * (expects == 0)
    return Claim(one.id, one.number, one.standing, one.intents, one.protected, expected)
