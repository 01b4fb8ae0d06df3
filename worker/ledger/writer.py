"""The one thread that writes the ledger: whatever is queued is committed at once, in one transaction.

Decides the order: ledger first, audit file after it, and only then does anybody hear that it is done. Nothing is
waited for to fill a batch: the next one is what queued up during the last sync. It knows no table.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from worker.errors import CommandFailed, NotDurable
from worker.ledger.database import not_durable
from worker.ledger.transaction import Transaction

T = TypeVar("T")
Sink = Callable[[Sequence[bytes]], None]
"""Takes audit lines (no newline) that have just become durable; raises if it cannot keep them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    act: Callable[[Transaction], object]
    future: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class _Done:
    value: object


_Outcome = _Done | Exception


class Writer:
    """Runs jobs on its own thread. A job happens wholly or not at all; when it returns, it is on the disk.

    A job's own exception is its caller's. An error of database or sink is `NotDurable` for all who wait and for all
    who come later: after a failed sync nobody knows what the file holds, so it is never tried again.
    """

    def __init__(self, transaction: Transaction) -> None:
        self.sink: Sink | None = None
        self._transaction = transaction
        self._connection = transaction.connection
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._broken: CommandFailed | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="ledger", daemon=True)
        self._thread.start()

    async def call(self, act: Callable[[Transaction], T]) -> T:
        """Queue a job and wait until it is durable; cancelling the wait does not undo it."""
        if self._closed:
            raise NotDurable("The ledger is closed.")
        job = _Job(act, asyncio.get_running_loop().create_future())
        self._queue.put(job)
        return cast("T", await job.future)

    async def close(self) -> None:
        """Finish what is queued, then close the file."""
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
            _deliver(jobs, self._outcomes(jobs))
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _waiting(self) -> list[_Job | None]:
        waiting = [self._queue.get()]
        with contextlib.suppress(Empty):
            while True:
                waiting.append(self._queue.get_nowait())
        return waiting

    def _outcomes(self, jobs: list[_Job]) -> list[_Outcome]:
        broken = self._broken
        if broken is None:
            try:
                return self._commit(jobs)
            except Exception as error:  # noqa: BLE001 - a thread that dies in silence leaves everybody waiting
                broken = self._break(error)
        return [NotDurable(str(broken), *broken.advice) for _ in jobs]

    def _commit(self, jobs: list[_Job]) -> list[_Outcome]:
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._attempt(job) for job in jobs]
        lines = self._transaction.store()
        self._connection.execute("COMMIT")
        if lines and self.sink is not None:
            self.sink(lines)
        return outcomes

    def _attempt(self, job: _Job) -> _Outcome:
        self._connection.execute("SAVEPOINT job")
        before = self._transaction.checkpoint()
        try:
            outcome: _Outcome = _Done(job.act(self._transaction))
        except sqlite3.Error:
            raise
        except Exception as refusal:  # noqa: BLE001 - whatever it is, it is for the caller to hear, and not for others
            self._connection.execute("ROLLBACK TO job")
            self._transaction.back_to(before)
            outcome = refusal
        self._connection.execute("RELEASE job")
        return outcome

    def _break(self, error: Exception) -> CommandFailed:
        self._broken = error if isinstance(error, CommandFailed) else not_durable("written", error)
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        return self._broken


def _deliver(jobs: list[_Job], outcomes: list[_Outcome]) -> None:
    """Tell the callers, on their own loop; with a loop that is gone there is nobody to tell."""
    if jobs:
        with contextlib.suppress(RuntimeError):
            jobs[0].future.get_loop().call_soon_threadsafe(_resolve, jobs, outcomes)


def _resolve(jobs: list[_Job], outcomes: list[_Outcome]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.future.done():  # its caller was cancelled; what was recorded stays recorded
            continue
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome.value)
