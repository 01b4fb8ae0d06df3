"""What the shell needs of the world: the Protocols that adapters implement and `app` joins.

Decides nothing. `deletion` and `campaign` know these and nothing behind them, so that the same code runs against
SQLite and a real API, and against an in-memory ledger on a virtual clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from worker.core.chain import Head
from worker.core.customer import CustomerNo
from worker.core.facts import CampaignFact, ControlFact, CustomerFact, Record
from worker.core.guards import Stop
from worker.core.intake import Header, Row
from worker.core.lifecycle import Standing, Verdict
from worker.core.orders import Orders
from worker.core.replies import Reply
from worker.core.request import Request
from worker.core.steps import Priority, Purpose


class Source(Protocol):
    """Rows of one input, readable more than once, each time in constant memory."""

    @property
    def header(self) -> Header:
        """The columns, and where the number stands."""

    def rows(self) -> Iterator[Row]:
        """Every row but the blank lines, in the input's order."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One customer taken up for work. `id` is the ledger's; `intents` counts DELETEs ever meant for it."""

    id: int
    number: CustomerNo
    standing: Standing
    intents: int
    protected: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded of one customer in one transaction: facts for the chain, and the standing after them.

    `setback` puts the customer last in later runs (the API answered it with 403). `over`: this run does no more for it.
    """

    claim: Claim
    facts: tuple[CustomerFact, ...]
    standing: Standing
    setback: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Which customers a run takes up: by purpose, approved ones only, with `recheck`, the first `limit` only."""

    purpose: Purpose
    approved: bool = False
    recheck: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """One run as it begins: by which command, on which host and process, under which cap and rate.

    `window` (s) makes the cap count only what was meant within it. `deleting` ends the planning for good.
    """

    command: str
    deleting: bool
    max_deletes: int | None = None
    window: float | None = None
    rate: float | None = None
    host: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """How held 404s end: which verdict, and its reason."""

    verdict: Verdict
    reason: str


class Ledger(Protocol):
    """The truth of one campaign. Whatever returns from here is durable; a failure is `NotDurable` (74)."""

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        """Up to `count` customers that this run has not had yet; doubts first, setbacks last; [] when none is left.

        With `spread` they are taken from across the list instead of in its order.
        """

    async def record(self, entry: Entry) -> list[Record]:
        """Facts and state of one customer, in one durable transaction."""

    async def intend(self, entry: Entry) -> list[Record] | Stop:
        """The same for the intent of a DELETE, if cap, orders and lease leave room for it; else why not.

        The statement that records the intent tests all of them, so that workers that know nothing of each other never
        send one too many.
        """

    def may_send(self) -> bool:
        """Whether this process still holds its claims, by its own monotonic clock; asked right before a request."""

    async def others_at_work(self) -> bool:
        """Whether another worker has customers in hand, which come back if it dies."""

    async def halt(self, stop: Stop) -> None:
        """All workers of the campaign must stop for this."""

    async def beat(self, requests: Mapping[str, int], pulse: Mapping[str, object]) -> Orders:
        """This worker lives: what it sent so far, by kind, and how it goes. Returns what was ordered of all."""

    async def enlist(self, requests: Sequence[Request]) -> None:
        """Add rows from a queue, durably; a request that is enlisted already changes nothing.

        A new one for a settled customer opens it again.
        """

    async def release_held(self, held: Held) -> list[Record]:
        """Settle all customers that stand HELD (their 404 is believed, or given up on)."""

    async def note(self, fact: CampaignFact | ControlFact) -> Record:
        """One fact about the campaign itself."""

    async def charged(self) -> int:
        """How many customers count against `max_deletes`, over all runs."""

    async def in_doubt(self) -> int:
        """How many customers are in doubt at this moment, over all runs."""

    async def sentinel(self) -> CustomerNo | None:
        """A customer that must still exist: one found ineligible, else one seen with 200 and not sent a DELETE."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came; `handle` is the inbox's own."""

    body: bytes
    message_id: str | None
    handle: object = field(repr=False)


class Inbox(Protocol):
    """A queue that customers arrive by. What is not acknowledged comes again, perhaps to somebody else.

    A queue that stays away for longer than its budget is `OutOfReach` (69), whichever method meets it.
    """

    async def take(self, at_most: int, wait: float) -> list[Delivery]:
        """Up to so many messages that are there; [] when none came within `wait` seconds."""

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """They are durable. One of a connection that is gone is passed over: it will come again."""

    async def bury(self, delivery: Delivery, why: str) -> None:
        """Publish it among the dead letters, with a confirmation, and only then acknowledge it."""

    async def drained(self) -> bool:
        """Whether nothing is ready in the queue, and nothing of ours is unacknowledged, as far as can be seen."""


@dataclass(frozen=True, slots=True)
class PlanNote:
    """A finished plan: its digest, how many customers it found eligible, and the settings it was made under."""

    digest: str
    eligible: int
    made_at: str
    guards: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CampaignNote:
    """What a campaign is bound to, and what its input held. `begun_by` is `plan` or `run`.

    `rows` counts all rows, `customers` the distinct valid numbers; `invalid`, `duplicate` count rows, `blank` lines.
    `planning` is True until the first `apply` or `run` has started; `latch` is why later starts are barred.
    """

    name: str
    base_url: str
    client_no: int
    input_digest: str
    begun_by: Purpose
    header: Header
    rows: int
    customers: int
    invalid: int
    duplicate: int
    blank: int
    planning: bool
    plan: PlanNote | None
    latch: str | None


@dataclass(frozen=True, slots=True)
class RunNote:
    """One run of a command: when (RFC 3339, UTC), how it ended (None while it goes on, or was killed), what it sent.

    `pulse` is how it was going a moment ago: pace, limit, in flight, what holds it back.
    """

    command: str
    started_at: str
    ended_at: str | None
    exit_code: int | None
    stopped_by: str | None
    requests: Mapping[str, int]
    pulse: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """A worker that is alive, as far as the ledger knows: where it lives, since when, and how it was going just now."""

    command: str
    host: str
    pid: int
    started_at: str
    pulse: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One input row with its verdict. `http_status`: of the last DELETE's answer; `settled_at`: RFC 3339 or None."""

    line: int
    cells: tuple[str, ...]
    verdict: Verdict
    reason: str
    http_status: int | None
    settled_at: str | None


class Books(Protocol):
    """The ledger as reports and `status` read it: beside a run, without holding it up, in constant memory."""

    def campaign(self) -> CampaignNote:
        """What the campaign is bound to."""

    def runs(self) -> list[RunNote]:
        """All runs, oldest first."""

    def verdicts(self) -> Mapping[Verdict, int]:
        """Rows by verdict, as reported at this moment; they add up to the rows."""

    def reasons(self) -> Mapping[tuple[Verdict, str], int]:
        """Customers by verdict and reason, for tables."""

    def rows(self) -> Iterator[ReportRow]:
        """Every row in the input's order."""

    def head(self) -> Head:
        """The end of the audit chain."""

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """The audit lines (no newline) with a seq greater than `after`."""


class Renewal(StrEnum):
    """What became of a token that was answered with 401."""

    RENEWED = "renewed"
    FIXED = "fixed"
    REFUSED = "refused"
    OUT_OF_REACH = "out_of_reach"


class CustomerReads(Protocol):
    """The three reads. One call is one request on the wire; nothing is retried or followed behind our back."""

    async def ready(self) -> Reply | None:
        """None when a usable token is at hand; else the reply that says why there is none."""

    async def get_customer(self, number: CustomerNo) -> Reply:
        """GET one customer."""

    async def get_documents(self, number: CustomerNo) -> Reply:
        """GET the customer's documents, smallest page."""

    async def get_aritems(self, number: CustomerNo) -> Reply:
        """GET the customer's AR items, smallest page."""

    async def renew(self, reply: Reply) -> Renewal:
        """After a 401: one shared renewal, however many ask for it with the same credential."""


class CustomerDeletes(Protocol):
    """The one request that cannot be taken back. `plan` never holds one of these."""

    async def delete(self, number: CustomerNo) -> Reply:
        """DELETE one customer: one request on the wire, or NOT_SENT."""


class Pace(Protocol):
    """The campaign's rate, under one owner."""

    async def permit(self, priority: Priority) -> bool:
        """Wait for leave to send one request; False when the run winds down and nothing new may be sent."""

    def park(self, seconds: float, why: str) -> None:
        """Nobody gets a permit for that long; a longer park is not shortened."""

    def hold(self, why: str | None) -> None:
        """While there is a reason, only READ_BACK gets permits, and everybody else waits; None lets all go on."""

    def set_rate(self, rate: float) -> None:
        """So many requests a second, at most, from now on."""

    def wind_down(self) -> None:
        """From now on only READ_BACK gets permits; everybody else who waits is told False."""


class RateShare(Protocol):
    """A part of a rate that several processes share. `share` is how many a second this one may count on."""

    @property
    def share(self) -> float:
        """Requests a second; the group's rate, divided by those who are there."""

    async def slots(self, wanted: int) -> Sequence[float]:
        """Up to so many moments (monotonic s) that are this process's alone to send one request each.

        Waits while others must make room, and while nobody can say whose turn it is.
        """

    def set_rate(self, rate: float) -> None:
        """What this member wants the whole group to keep to; the smallest of all members holds."""


class Clock(Protocol):
    """Time: monotonic seconds for ages and waits."""

    def now(self) -> float:
        """Seconds on a monotonic clock."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that long."""


class Observer(Protocol):
    """Whoever wants to know: log, metrics, progress. Observers never decide and never fail a run."""

    def recorded(self, records: Iterable[Record]) -> None:
        """Facts that have just become durable."""

    def replied(self, reply: Reply) -> None:
        """One request came back, or did not."""

    def told(self, event: str, **fields: object) -> None:
        """Something worth a log line that is no fact: parked, throttled, outage, retry."""
