"""Where customers come from: a file that is read whole, or an inbox that they arrive by.

Decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from worker.core.intake import Header, Row


class Source(Protocol):
    """Rows of one input, readable more than once, each time in constant memory."""

    @property
    def header(self) -> Header:
        """The columns, and where the number stands."""

    def rows(self) -> Iterator[Row]:
        """Every row but the blank lines, in the input's order."""


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
