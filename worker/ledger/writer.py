"""The one thread that writes the ledger: whatever is queued is one batch, which its store makes durable at once.

Decides the order of jobs, and that nobody hears of one before it is durable. Nothing is waited for to fill a batch:
the next one is what queued up during the last sync. It knows no table and no database.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar, cast

from worker.errors import CommandFailed, NotDurable
from worker.ledger.transaction import Outcome, Transaction

T = TypeVar("T")
Act = Callable[[Transaction], object]
Sink = Callable[[Sequence[bytes]], None]
"""Takes audit lines (no newline) that have just become durable; raises if it cannot keep them."""


class Store(Protocol):
    """Where batches go. A `CommandFailed` ends it for good: after a failed sync nobody knows what the disk holds.

    Lines that became durable go to the `sink`, if there is one.
    """

    sink: Sink | None

    def keep(self, acts: Sequence[Act]) -> list[Outcome]:
        """Do these jobs in one durable transaction, each wholly or not at all; what became of each."""

    def broken(self, error: Exception) -> CommandFailed:
        """What an unforeseen error of the store means for the command."""

    def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    act: Act
    future: asyncio.Future[object]


class Writer:
    """Runs jobs on its own thread. A job happens wholly or not at all; when it returns, it is durable.

    A job's own exception is its caller's. An error of the store is that of all who wait and of all who come later.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._broken: CommandFailed | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._thread.start()

    def attach(self, sink: Sink) -> None:
        """From now on lines that have become durable go there, before anybody hears of them."""
        self._store.sink = sink

    async def call(self, act: Callable[[Transaction], T]) -> T:
        """Queue a job and wait until it is durable; cancelling the wait does not undo it."""
        if self._closed:
            raise NotDurable("The ledger is closed.")
        job = _Job(act, asyncio.get_running_loop().create_future())
        self._queue.put(job)
        return cast("T", await job.future)

    async def close(self) -> None:
        """Finish what is queued, then close the database."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        going = True
        while going:
            waiting = self._waiting()
            going = None not in waiting
            jobs = [job for job in waiting if job is not None]
            if jobs:
                _deliver(jobs, self._outcomes(jobs))
        self._store.close()

    def _waiting(self) -> list[_Job | None]:
        waiting = [self._queue.get()]
        with contextlib.suppress(Empty):
            while True:
                waiting.append(self._queue.get_nowait())
        return waiting

    def _outcomes(self, jobs: list[_Job]) -> list[Outcome]:
        if self._broken is None:
            try:
                return self._store.keep([job.act for job in jobs])
            except Exception as error:  # noqa: BLE001 - a thread that dies in silence leaves everybody waiting
                self._broken = error if isinstance(error, CommandFailed) else self._store.broken(error)
        broken = self._broken
        return [type(broken)(str(broken), *broken.advice) for _ in jobs]


def _deliver(jobs: list[_Job], outcomes: list[Outcome]) -> None:
    """Tell the callers, on their own loop; with a loop that is gone there is nobody to tell."""
    with contextlib.suppress(RuntimeError):
        jobs[0].future.get_loop().call_soon_threadsafe(_resolve, jobs, outcomes)


def _resolve(jobs: list[_Job], outcomes: list[Outcome]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.future.done():  # its caller was cancelled; what was recorded stays recorded
            continue
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome.value)
