"""enqueue: an INPUT judged as a whole, then one message a customer into a queue.

Decides what a message says, and that the same row is the same request however often it is sent. It talks to the broker
only, never to the API, and makes no campaign.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Final

import orjson

from config import Settings
from worker.app import inputs, queues
from worker.app.ending import Accepted
from worker.core.customer import CustomerNo
from worker.core.intake import number_of
from worker.core.request import CLIENT, NUMBER, REQUEST
from worker.sources.outbox import Outbox, Outgoing
from worker.sources.queue_url import QueueAddress

BATCH: Final = 500
"""Messages that are on their way to the broker at once."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What came of it: rows of each kind, and the messages that the broker has confirmed."""

    address: QueueAddress
    accepted: Accepted
    published: int

    @property
    def duplicates(self) -> int:
        """Rows that repeat an earlier one."""
        return self.accepted.intake.rows - self.accepted.intake.invalid - self.published


async def enqueue(settings: Settings, text: str, address: QueueAddress) -> Fed:
    """Publish one message for each valid, distinct row; returns when all are confirmed.

    The input is judged as `run` would: what stands in a queue is deleted without a plan, so nobody looks at numbers
    that seem to have lost their zeros. `InputWrong`, `SettingsWrong`, `OutOfReach`; run again, it changes nothing.
    """
    login, options = queues.credentials(settings), queues.options(settings)
    with inputs.judged(text, settings, planning=False) as judged:
        published = 0
        async with Outbox.open(address, login, options) as outbox:
            messages = _messages(judged, settings)
            while batch := list(islice(messages, BATCH)):
                await outbox.publish(batch)
                published += len(batch)
        return Fed(address, judged.accepted, published)


def _messages(judged: inputs.Judged, settings: Settings) -> Iterator[Outgoing]:
    """One for the first row of each customer; its identity is the input's digest and the row's line."""
    digest, pattern = judged.accepted.intake.digest, inputs.pattern(settings)
    client = {} if settings.client_no is None else {CLIENT: settings.client_no}
    with closing(sqlite3.connect("")) as seen:  # A nameless file: a set of a million numbers would not stay small.
        seen.execute("CREATE TABLE seen (number TEXT PRIMARY KEY) WITHOUT ROWID")
        for row in judged.rows():
            number = number_of(row, pattern)
            if isinstance(number, CustomerNo) and _is_new(seen, number):
                name = f"{digest}:{row.line}"
                yield Outgoing(orjson.dumps({NUMBER: number.text, **client, REQUEST: name}), name)


def _is_new(seen: sqlite3.Connection, number: CustomerNo) -> bool:
    return seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (number.key,)).rowcount == 1
