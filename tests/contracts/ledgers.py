"""Each implementation of the ledger, behind one way to begin, restart and look at a campaign in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from worker.core.facts import AttemptFact, CampaignFact, CheckFact, CustomerFact, IntentFact, VerdictFact
from worker.core.intake import Header, Row, number_of
from worker.core.lifecycle import Move, Standing, Verdict
from worker.core.steps import Purpose
from worker.ledger import Binding, SqliteBooks, SqliteLedger, enrol
from worker.ports import Claim, Entry, Ledger, PlanNote, Work

HEADER = Header(("Kundenr", "Navn"), named=True, delimiter=";", number_at=0)
BINDING = Binding("may", "https://arm.example/v1", 2218, "d1" * 32, Purpose.PLAN)
PLAN = Work(Purpose.PLAN)
RUN = Work(Purpose.DELETE)
APPLY = Work(Purpose.DELETE, approved=True)
RECONCILE = Work(Purpose.RECONCILE)
CLEAR = {"customer": "some", "documents": "none", "aritems": "none"}
SENT = AttemptFact(sent=True, status=200, ms=12, cause="http_200")
LOST = AttemptFact(sent=True, status=None, ms=30_000, cause="timeout")


def rows(*numbers: str) -> Iterator[Row]:
    """Rows as a source gives them, from line 2 on."""
    return (Row(line, number, None, (number, "Ola")) for line, number in enumerate(numbers, 2))


def verdict(word: Verdict, reason: str = "said") -> VerdictFact:
    """A verdict without much to say for itself."""
    return VerdictFact(word, reason, {})


async def moved(ledger: Ledger, claim: Claim, move: Move, *facts: CustomerFact, status: int | None = None) -> Claim:
    """Record one move; the claim as it stands after it."""
    after = claim.standing.after(move, status)
    await ledger.record(Entry(claim, facts, after))
    return replace(claim, standing=after)


async def settled(ledger: Ledger, claim: Claim, word: Verdict, reason: str = "said") -> Claim:
    """Settle a customer without a DELETE."""
    return await moved(ledger, claim, Move(word.value), CheckFact({"customer": "some"}, 1), verdict(word, reason))


async def intended(ledger: Ledger, claim: Claim) -> Claim:
    """Record a check and the intent of a DELETE."""
    return await moved(ledger, claim, Move.INTEND, CheckFact(CLEAR, 3), IntentFact(claim.intents + 1))


async def deleted(ledger: Ledger, claim: Claim) -> Claim:
    """Delete a customer as the documentation has it."""
    sent = await moved(ledger, await intended(ledger, claim), Move.CONFIRM, SENT, status=200)
    return await moved(ledger, sent, Move.DELETED, verdict(Verdict.DELETED, "confirmed"))


async def lost(ledger: Ledger, claim: Claim) -> Claim:
    """A DELETE that nobody answered."""
    return await moved(ledger, await intended(ledger, claim), Move.UNANSWERED, LOST)


class LedgerHome(Protocol):
    """Where a ledger lives, so that one suite can begin and restart any of them."""

    async def begun(self, *numbers: str, protect: tuple[str, ...] = ()) -> Ledger:
        """A ledger with these customers, within its first run."""

    async def restarted(self) -> Ledger:
        """The same campaign in its next run; nothing that was only in memory is left."""

    async def approve(self) -> None:
        """A plan ends: what stands eligible is approved."""

    async def standings(self) -> list[Standing]:
        """How the customers durably stand, in the list's order."""

    async def close(self) -> None:
        """Let go of everything."""


class SqliteHome:
    """`SqliteLedger` in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "ledger.db"
        self._ledger: SqliteLedger | None = None
        self._books: list[SqliteBooks] = []

    async def begun(self, *numbers: str, protect: tuple[str, ...] = ()) -> SqliteLedger:
        self._ledger = SqliteLedger(self.path)
        await enrol(self._ledger, BINDING, HEADER, rows(*numbers), number_of)
        await self._ledger.set_protect(protect)
        await self._ledger.begin_run("run", CampaignFact("started", {}), deleting=True)
        return self._ledger

    async def restarted(self) -> SqliteLedger:
        assert self._ledger is not None
        await self._ledger.close()
        self._ledger = SqliteLedger(self.path)
        await self._ledger.begin_run("run", CampaignFact("started", {}), deleting=True)
        return self._ledger

    async def approve(self) -> None:
        assert self._ledger is not None
        await self._ledger.set_plan(PlanNote("digest", 0, "2026-01-01T00:00:00Z", {"rate": 10.0}))

    async def standings(self) -> list[Standing]:
        assert self._ledger is not None
        query = "SELECT state, unanswered, delete_status FROM customers ORDER BY id"
        return await self._ledger.call(
            lambda transaction: [Standing(*row) for row in transaction.connection.execute(query)]
        )

    async def close(self) -> None:
        for books in self._books:
            books.close()
        if self._ledger is not None:
            await self._ledger.close()

    def books(self) -> SqliteBooks:
        """The read-only side; closed with the rest."""
        self._books.append(SqliteBooks(self.path))
        return self._books[-1]
