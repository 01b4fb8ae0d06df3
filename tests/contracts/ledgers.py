"""Each implementation of the ledger, behind one way to begin, restart and look at a campaign in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg

from tests.databases import database
from worker.core.facts import AttemptFact, CampaignFact, CheckFact, CustomerFact, IntentFact, VerdictFact
from worker.core.intake import Header, Row, number_of
from worker.core.lifecycle import Move, Standing, State, Verdict
from worker.core.steps import Purpose
from worker.core.values import replace
from worker.ledger import Binding, CampaignBooks, SqliteBooks, SqliteLedger, enrol
from worker.ledger.database import scrub
from worker.ledger.postgres import Address, PostgresBooks, PostgresLedger
from worker.ledger.postgres import scrub as scrub_tables
from worker.ports import Claim, Entry, Ledger, PlanNote, Started, Work

HEADER = Header(("Kundenr", "Navn"), named=True, delimiter=";", number_at=0)
BINDING = Binding("may", "https://arm.example/v1", 2218, "d1" * 32, Purpose.PLAN)
PLAN = Work(Purpose.PLAN)
RUN = Work(Purpose.DELETE)
APPLY = Work(Purpose.DELETE, approved=True)
RECONCILE = Work(Purpose.RECONCILE)
CLEAR = {"customer": "some", "documents": "none", "aritems": "none"}
SENT = AttemptFact(sent=True, status=200, ms=12, cause="http_200")
LOST = AttemptFact(sent=True, status=None, ms=30_000, cause="timeout")


def rows(*numbers: str) -> Callable[[], Iterator[Row]]:
    """Rows as a source gives them, from line 2 on, each time that it is asked."""
    return lambda: (Row(line, number, None, (number, "Ola")) for line, number in enumerate(numbers, 2))


def verdict(word: Verdict, reason: str = "said") -> VerdictFact:
    """A verdict without much to say for itself."""
    return VerdictFact(word, reason, {})


async def moved(ledger: Ledger, claim: Claim, move: Move, *facts: CustomerFact, status: int | None = None) -> Claim:
    """Record one move; the claim as it stands after it."""
    after = claim.standing.after(move, status)
    over = any(isinstance(fact, VerdictFact) for fact in facts)
    await ledger.record(Entry(claim, facts, after, over=over))
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


def told(books: CampaignBooks) -> list[tuple[int, Verdict, str]]:
    """Line, verdict and reason of each row."""
    return [(row.line, row.verdict, row.reason) for row in books.rows()]


class LedgerHome(Protocol):
    """Where a ledger lives, so that one suite can begin and restart any of them."""

    facts_of_a_restart: int

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


class PostgresHome:
    """`PostgresLedger` in a database of its own."""

    facts_of_a_restart = 2  # a lost worker, and the start

    def __init__(self, _: Path) -> None:
        self._stack = ExitStack()
        self.address = Address(self._stack.enter_context(database()), lease=5.0, outage=5.0)
        self._ledgers: list[PostgresLedger] = []
        self._books: list[PostgresBooks] = []

    async def begun(self, *numbers: str, protect: tuple[str, ...] = (), binding: Binding = BINDING) -> PostgresLedger:
        ledger = await self.opened()
        await enrol(ledger, binding, HEADER, rows(*numbers), number_of)
        await ledger.set_protect(protect)
        await ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
        return ledger

    async def opened(self) -> PostgresLedger:
        """One more process's view of the campaign, which has begun nothing yet."""
        self._ledgers.append(await PostgresLedger.open(self.address, BINDING.name))
        return self._ledgers[-1]

    async def joined(self, *, most: int | None = None) -> PostgresLedger:
        """One more worker, in a run beside those that go on."""
        ledger = await self.opened()
        await ledger.begin_run(Started("run", deleting=True, max_deletes=most), CampaignFact("started", {}))
        return ledger

    async def restarted(self) -> PostgresLedger:
        """What a kill leaves, once the lease has passed; the next start finds it so."""
        last = self._ledgers.pop()
        await last.call(lambda transaction: transaction.connection.execute(_PASSED).rowcount)
        await last.close()
        return await self.joined()

    async def approve(self) -> None:
        await self._ledgers[-1].set_plan(PlanNote("digest", 0, "2026-01-01T00:00:00Z", {"rate": 10.0}))

    async def standings(self) -> list[Standing]:
        query = "SELECT state, unanswered, delete_status FROM customers ORDER BY id"
        return await self._ledgers[-1].call(
            lambda transaction: [
                Standing(State(row[0]), *row[1:]) for row in transaction.connection.execute(query).fetchall()
            ]
        )

    async def close(self) -> None:
        for books in self._books:
            books.close()
        for ledger in self._ledgers:
            await ledger.close()
        self._stack.close()

    def scrub(self) -> None:
        """Leave nothing of what was removed."""
        scrub_tables(self.address, BINDING.name)

    def sample(self) -> None:
        """Have the server take its samples, as it does by itself now and then."""
        with psycopg.connect(self.address.url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def holds(self, text: str) -> bool:
        """Whether any of the campaign's tables' files has these bytes, as whoever is handed the disk would look."""
        return self._in_files(text, "n.nspname LIKE 'amili_purge%'")

    def sampled(self, text: str) -> bool:
        """The same of the tables where the server keeps its samples of columns."""
        return self._in_files(text, "c.relname IN ('pg_statistic', 'pg_toast_2619')")

    def _in_files(self, text: str, which: LiteralString) -> bool:
        with psycopg.connect(self.address.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            found = connection.execute(_FILES + which).fetchall()
            return any(text.encode() in bytes(data) for (data,) in found)

    def books(self) -> PostgresBooks:
        """The read-only side; closed with the rest."""
        self._books.append(PostgresBooks(self.address, BINDING.name))
        return self._books[-1]


_FILES = """
SELECT pg_read_binary_file(pg_relation_filepath(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'i', 't') AND pg_relation_size(c.oid) > 0 AND """
_PASSED = "UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' WHERE ended_at IS NULL"


class SqliteHome:
    """`SqliteLedger` in a directory of its own."""

    facts_of_a_restart = 1

    def __init__(self, directory: Path) -> None:
        self.path = directory / "ledger.db"
        self._ledger: SqliteLedger | None = None
        self._books: list[SqliteBooks] = []

    async def begun(self, *numbers: str, protect: tuple[str, ...] = (), binding: Binding = BINDING) -> SqliteLedger:
        self._ledger = SqliteLedger(self.path)
        await enrol(self._ledger, binding, HEADER, rows(*numbers), number_of)
        await self._ledger.set_protect(protect)
        await self._ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
        return self._ledger

    async def restarted(self) -> SqliteLedger:
        assert self._ledger is not None
        await self._ledger.close()
        self._ledger = SqliteLedger(self.path)
        await self._ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
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

    def scrub(self) -> None:
        """Leave nothing of what was removed."""
        scrub(self.path)

    def holds(self, text: str) -> bool:
        """Whether the ledger's file or one beside it has these bytes."""
        return any(text.encode() in path.read_bytes() for path in self.path.parent.glob("ledger.db*"))

    def books(self) -> SqliteBooks:
        """The read-only side; closed with the rest."""
        self._books.append(SqliteBooks(self.path))
        return self._books[-1]
