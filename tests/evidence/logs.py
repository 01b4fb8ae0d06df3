"""Real logs, made quickly: a real ledger, audit file and witness, worked by dice, halted and taken up again.

Decides by its dice what each customer's story is; how lines come to be is the worker's own doing. Run as a process
(`python -m tests.evidence.logs DIRECTORY SEED`) it works a campaign of 90 customers, for somebody to kill.
"""

import asyncio
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.contracts.ledgers import HEADER, LOST, deleted, intended, lost, moved, rows, settled, verdict
from worker.audit import AuditFile
from worker.core.facts import AttemptFact, CampaignFact
from worker.core.intake import number_of
from worker.core.lifecycle import Move, State, Verdict
from worker.core.pseudonym import PseudonymKey
from worker.core.steps import Purpose
from worker.ledger import Binding, SqliteBooks, SqliteLedger, enrol
from worker.ports import Claim, Started, Work
from worker.seal import Log, Signer, Spacing, Witness, generate, kept_in, outlet

EVERY = Spacing(lines=7, seconds=60)
"""Closer together than in earnest, so that a log of a few dozen lines has several."""
NAMES = PseudonymKey(bytes(32))
"""Every second log has pseudonyms."""
UNSENT = AttemptFact(sent=False, status=None, ms=0, cause="not_sent")
REJECTED = AttemptFact(sent=True, status=422, ms=9, cause="http_422")
NUMBERS = ("Bø-7", "AB12", *map(str, range(500_001, 500_013)))
READ = (Verdict.INELIGIBLE, Verdict.ALREADY_ABSENT, Verdict.UNCHECKED, Verdict.PROTECTED)


@dataclass(frozen=True, slots=True)
class Found:
    """A log as it lay on the disk at one moment, the checkpoints kept by then, and the key that signed them."""

    log: bytes
    checkpoints: str
    key: str

    @property
    def lines(self) -> list[bytes]:
        """The whole lines, each with its newline."""
        return self.log.splitlines(keepends=True)


class Campaign:
    """One campaign in a directory that others may share, as they share the key."""

    def __init__(self, directory: Path, seed: int, customers: int = 0) -> None:
        self.directory = directory / f"c{seed}"
        self.kept, self.key = directory / f"c{seed}.txt", directory / "purge.key"
        self.dice = random.Random(seed)
        wanted = self.dice.sample(NUMBERS, self.dice.randint(3, 8))
        self.pseudonymous = seed % 2 == 1
        self.numbers = [str(600_000 + number) for number in range(customers)] or wanted
        self.directory.mkdir(exist_ok=True)
        if not self.key.exists():
            generate(self.key, "purge.example")

    def found(self) -> Found:
        """What lies there now."""
        checkpoints = self.kept.read_text("utf-8") if self.kept.exists() else ""
        return Found((self.directory / "audit.jsonl").read_bytes(), checkpoints, str(Signer.read(self.key).key))

    async def run(self, *, halt_after: int = 10**6, recheck: bool = False) -> list[Found]:
        """One run: how the log lay there after some of its steps and at its end.

        It halts after so many customers, with nothing ended or closed in good order.
        """
        ledger, binding = SqliteLedger(self.directory / "ledger.db"), self._binding()
        await enrol(ledger, binding, HEADER, rows(*self.numbers), number_of)
        await ledger.use(binding.pseudonyms)
        found, done, halted = [], 0, [False]
        with self._kept_by(ledger, halted) as audit:
            await ledger.begin_run(Started("run", deleting=True), CampaignFact("started", {"recheck": recheck}))
            work = Work(Purpose.DELETE, recheck=recheck)
            while done < halt_after and (claims := await ledger.claim(work, count=3, spread=False)):
                await asyncio.gather(*(self._one(ledger, claim) for claim in claims))
                done += len(claims)
                found.append(self.found())
            halted[0] = done >= halt_after
            if not halted[0]:
                fact = CampaignFact("ended", {"exitCode": 0, "why": None})
                await ledger.end_run(fact, exit_code=0, stopped_by=None, requests={})
                await ledger.set_audit_mark(audit.close_clean)
            await ledger.close()
        return [*found, self.found()]

    def _binding(self) -> Binding:
        bound = ("https://arm.example/v1", 2218, "d1" * 32)
        names = NAMES.campaign(*bound[:2], self.directory.name, bound[2]) if self.pseudonymous else None
        return Binding(self.directory.name, *bound, Purpose.DELETE, pseudonyms=names)

    @contextmanager
    def _kept_by(self, ledger: SqliteLedger, halted: list[bool]) -> Iterator[AuditFile]:
        """The audit file and the witness behind the ledger; of one that has halted nothing more is kept."""
        signer, keep = Signer.read(self.key), outlet(str(self.kept))
        with closing(SqliteBooks(self.directory / "ledger.db")) as books:
            audit = AuditFile.open(self.directory / "audit.jsonl", books.lines, books.audit_mark())
            log = Log.read(books.lines(), signer, kept_in(str(self.kept)))
        witness = Witness(signer, lambda note: None if halted[0] else keep(note), log, EVERY)

        def sink(lines: Sequence[bytes]) -> None:
            audit.append(lines)
            witness.append(lines)

        ledger.attach(sink)
        try:
            yield audit
        finally:
            witness.close()
            audit.close()

    async def _one(self, ledger: SqliteLedger, claim: Claim) -> None:
        """One customer's way, as the dice have it."""
        if claim.standing.state is State.CONFIRMED:
            await moved(ledger, claim, Move.DELETED, verdict(Verdict.DELETED))
        elif claim.standing.owed:
            await settled(ledger, claim, self.dice.choice((Verdict.DELETED_INFERRED, Verdict.IN_DOUBT)))
        else:
            await self._afresh(ledger, claim)

    async def _afresh(self, ledger: SqliteLedger, claim: Claim) -> None:
        match self.dice.randrange(8):
            case 0 | 1 | 2:
                await deleted(ledger, claim)
            case 3:
                await lost(ledger, claim)
            case 4:
                given_up = await moved(ledger, await intended(ledger, claim), Move.GIVE_UP, UNSENT)
                await settled(ledger, given_up, Verdict.INELIGIBLE)
            case 5:
                refused = await moved(ledger, await intended(ledger, claim), Move.REJECT, REJECTED, status=422)
                await moved(ledger, refused, Move.REFUSED, verdict(Verdict.REFUSED))
            case 6:
                missed = await moved(ledger, await intended(ledger, claim), Move.UNANSWERED, LOST)
                await settled(ledger, missed, Verdict.DELETED_INFERRED)
            case _:
                await settled(ledger, claim, self.dice.choice(READ))


async def made(directory: Path, seed: int) -> list[Found]:
    """One campaign through several runs: one or two that halt, one to the end, perhaps one that checks again."""
    campaign = Campaign(directory, seed)
    found = []
    for _ in range(campaign.dice.randint(1, 2)):
        found += await campaign.run(halt_after=campaign.dice.randint(1, 4))
    found += await campaign.run()
    if campaign.dice.random() < 0.5:
        found += await campaign.run(recheck=True)
    return found


if __name__ == "__main__":
    asyncio.run(Campaign(Path(sys.argv[1]), int(sys.argv[2]), customers=90).run())
