"""The truth of one campaign, as the shell writes it.

Decides nothing; what every implementation must keep to is in `tests/contracts`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from worker.core.customer import CustomerNo
from worker.core.facts import CampaignFact, ControlFact, CustomerFact, Record
from worker.core.guards import Stop
from worker.core.lifecycle import Standing, Verdict
from worker.core.orders import Orders
from worker.core.request import Request
from worker.core.steps import Purpose
from worker.core.values import Value


class Claim(Value, frozen=True):
    """One customer taken up for work. `id` is the ledger's; `intents` counts DELETEs ever meant for it.

    `expected` is what the list says of it in the column that `Work.expects` names; it is never recorded or logged.
    """

    id: int
    number: CustomerNo
    standing: Standing
    intents: int
    protected: bool
    expected: str | None = None

    def __repr__(self) -> str:
        """Without what is expected."""
        return f"Claim(id={self.id}, number={self.number}, standing={self.standing}, intents={self.intents})"


class Entry(Value, frozen=True):
    """What is recorded of one customer in one transaction: facts for the chain, and the standing after them.

    `setback` puts the customer last in later runs (the API answered it with 403). `over`: this run does no more for it.
    """

    claim: Claim
    facts: tuple[CustomerFact, ...]
    standing: Standing
    setback: bool = False
    over: bool = False


class Work(Value, frozen=True):
    """Which customers a run takes up: by purpose, approved ones only, with `recheck`, the first `limit` only.

    `expects` is the place of the column whose cell each claim brings along.
    """

    purpose: Purpose
    approved: bool = False
    recheck: bool = False
    limit: int | None = None
    expects: int | None = None


class Started(Value, frozen=True):
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


class Held(Value, frozen=True):
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
