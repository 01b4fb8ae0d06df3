"""Customers that a program adds, from any async iterable, to a campaign of its own.

Decides when they are safe: each batch is durable before the next is asked for. What came before an iterable failed
stays, and the same customers added again change nothing. Sends nothing.
"""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Final

from config import Loaded
from worker.app import inputs
from worker.app.desk import Desk, at_fed_desk
from worker.core.request import Request, request_of
from worker.core.steps import Purpose

BATCH: Final = 500
"""Customers that become durable in one transaction."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody to delete: the number, as text so that no zero is lost, and the id of the request, if it has one.

    The same number and id again are the same request. A new id opens a settled customer again.
    """

    number: str
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What came of an adding: how many were `given`, and what new rows they made, by kind.

    `duplicate` is another request for a customer that is still open; what is no row was known already.
    """

    given: int
    rows: int
    customers: int
    invalid: int
    duplicate: int

    @property
    def known(self) -> int:
        """Requests that were there before."""
        return self.given - self.rows


async def add(loaded: Loaded, name: str, customers: AsyncIterable[str | Customer], *, purpose: Purpose) -> Added:
    """Enlist them in the program's campaign of this name, which is made if need be.

    `InputWrong` if the name belongs to the campaign of a file or a queue, `Busy` while the campaign is worked on a
    ledger in a file, `NotDurable` if the ledger fails; what the iterable raises goes through.
    """
    settings = loaded.settings
    settings.api()
    async with at_fed_desk(settings, f"program:{name}", name, purpose) as desk:
        try:
            given = await _enlisted(desk, customers, loaded)
        finally:
            await desk.close_clean()
        before, now = desk.note, desk.books.campaign()
        return Added(
            given,
            rows=now.rows - before.rows,
            customers=now.customers - before.customers,
            invalid=now.invalid - before.invalid,
            duplicate=now.duplicate - before.duplicate,
        )


async def _enlisted(desk: Desk, customers: AsyncIterable[str | Customer], loaded: Loaded) -> int:
    """How many there were."""
    given, batch, pattern = 0, list[Request](), inputs.pattern(loaded.settings)
    async for each in customers:
        one = Customer(each) if isinstance(each, str) else each
        batch.append(request_of(one.number, one.request, pattern))
        given += 1
        if len(batch) == BATCH:
            await desk.ledger.enlist(batch)
            batch = []
    if batch:
        await desk.ledger.enlist(batch)
    return given
