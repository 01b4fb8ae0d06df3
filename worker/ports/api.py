"""The API, as the work on one customer sees it: three reads, and one request that cannot be taken back.

Decides nothing. `plan` is handed the reads alone.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from worker.core.customer import CustomerNo
from worker.core.replies import Reply


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

    async def get_customer(self, number: CustomerNo, expected: str | None = None) -> Reply:
        """GET one customer; the cause tells a record that does not say what is `expected`, and nothing else of it."""

    async def get_documents(self, number: CustomerNo) -> Reply:
        """GET the customer's documents, smallest page."""

    async def get_aritems(self, number: CustomerNo) -> Reply:
        """GET the customer's AR items, smallest page."""

    async def renew(self, reply: Reply) -> Renewal:
        """After a 401: one shared renewal, however many ask for it with the same credential."""


class CustomerDeletes(Protocol):
    """The one request that cannot be taken back. `plan` never holds one of these."""

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        """DELETE one customer: one request on the wire, or NOT_SENT.

        `withheld` is asked why it must not leave after all, at the last moment: on a connection that is there, with
        nothing awaited between its answer and the first byte. What it says is the reply's cause.
        """
