"""A process that starts a campaign's ledger and audit file as a command does, and records until it is killed.

It tells on standard output which facts it was told are durable, so that whoever kills it can hold it to that.
"""

import asyncio
import resource
import sys
from pathlib import Path

from tests.contracts.ledgers import BINDING, HEADER, RUN, SENT, intended, lost, moved, rows, settled, verdict
from worker.audit import AuditFile
from worker.core.facts import CampaignFact
from worker.core.intake import number_of
from worker.core.lifecycle import Move, State, Verdict
from worker.errors import CommandFailed
from worker.ledger import CampaignLedger, SqliteBooks, SqliteLedger, enrol
from worker.ledger.postgres import Address, PostgresLedger
from worker.ports import Claim, Started

CUSTOMERS = 3_000
IN_A_DATABASE = 800
AT_ONCE = 8
LEASE = 1.0


async def work(place: str) -> None:
    """One run, from the start to whatever ends it; `place` is a directory or a database."""
    if place.startswith("postgresql:"):
        await beside_others(Address(place, lease=LEASE, outage=30.0))
        return
    directory = Path(place)
    ledger = SqliteLedger(directory / "ledger.db")
    await enrol(ledger, BINDING, HEADER, rows(*map(str, range(CUSTOMERS))), number_of)
    books = SqliteBooks(directory / "ledger.db")
    ledger.attach(AuditFile.open(directory / "audit.jsonl", books.lines, books.audit_mark()).append)
    books.close()
    await ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
    await asyncio.gather(*(consume(ledger) for _ in range(AT_ONCE)))


async def beside_others(address: Address) -> None:
    """One worker of several: its lease is renewed as long as it lives."""
    ledger = await PostgresLedger.open(address, BINDING.name)
    await enrol(ledger, BINDING, HEADER, rows(*map(str, range(IN_A_DATABASE))), number_of)
    await ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {}))
    beating = asyncio.create_task(beat(ledger))
    await asyncio.gather(*(consume(ledger) for _ in range(AT_ONCE)))
    beating.cancel()
    await ledger.close()


async def beat(ledger: PostgresLedger) -> None:
    """Show that this worker lives, and bury who does not."""
    while True:
        await ledger.beat({}, {})
        await asyncio.sleep(LEASE / 4)


async def consume(ledger: CampaignLedger) -> None:
    """Work customers off, each in another way, and say after each what is durable by now."""
    while claims := await ledger.claim(RUN, count=1, spread=False):
        await one(ledger, claims[0])
        seq = (await ledger.note(CampaignFact("told", {}))).seq
        print(seq, flush=True)  # noqa: T201 - what is told is what this process is for


async def one(ledger: CampaignLedger, claim: Claim) -> None:
    """One customer's way: settled by a reading, deleted, or left in doubt for the next run."""
    match claim.id % 3:
        case _ if claim.standing.state is State.CONFIRMED:
            await moved(ledger, claim, Move.DELETED, verdict(Verdict.DELETED))
        case _ if claim.standing.owed:
            await settled(ledger, claim, Verdict.DELETED_INFERRED)
        case 0:
            await settled(ledger, claim, Verdict.INELIGIBLE)
        case 1:
            await lost(ledger, claim)
        case _:
            sent = await moved(ledger, await intended(ledger, claim), Move.CONFIRM, SENT, status=200)
            await moved(ledger, sent, Move.DELETED, verdict(Verdict.DELETED))


def main() -> int:
    """`python -m tests.crash.recorder DIRECTORY|DATABASE [LARGEST_FILE]`; the exit code is the failure's."""
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    try:
        asyncio.run(work(sys.argv[1]))
    except CommandFailed as failure:
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
