"""Many workers on one campaign in a PostgreSQL: killed, frozen for longer than their lease, started again, and judged.

Decides who is struck when, and whether the account holds. Each worker is a process of its own, started again as a Job
controller would. It shares no rule with the worker that it judges.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Final

from worker.app import evidence, looking
from worker.errors import Exit, UsageWrong
from worker.place import create
from worker.prove.account import untrue
from worker.prove.box import Box, State, sandbox
from worker.prove.child import NAME, Job, live, settings
from worker.prove.evidence import Evidence, gather
from worker.prove.judge import Terms, judge, late
from worker.prove.lives import KILLED, Life, lived, ready
from worker.sandbox.faults import Kind
from worker.sandbox.journal import Record

FAULTS: Final = (
    "reset_before=0.005,reset_after=0.005,http_500=0.015,http_502=0.005,http_504=0.005,truncated=0.005,outage=0.001,"
    "hang_before=0.0005:3s,hang_after=0.0005:3s,reset_after@delete=0.03,http_500@delete=0.01,"
    "late_effect@delete=0.01:0.3s,accepted@delete=0.005:0.05s,no_content@delete=0.005"
)
"""About one answer in twenty fails or gets lost."""
TIMEOUT: Final = 2.0
_AGAIN: Final = frozenset({KILLED, int(Exit.OUT_OF_REACH), int(Exit.UNSETTLED), int(Exit.BUSY)})
"""How a life may end so that a Job controller starts another."""
_ROUNDS: Final = 200
_MOST: Final = 0.9
"""Share of the requests over which the use of the rate is told."""
_START: Final = 1.0  # seconds before the first blow, at least
_SPAN: Final = 2.0
"""Requests a customer, in the time of which all blows fall: fewer than any campaign needs, so that it is not over."""
_LOOK: Final = 0.02  # seconds between two looks for somebody to strike
_PATIENCE: Final = 600.0  # seconds that a life may take
_SETTINGS: Final = {
    "concurrency": "8",
    "request_timeout": str(TIMEOUT),
    "settle_time": "0.4",
    "outage_budget": "60",
    # The sandbox's hung answers would be taken for an API at its limits, and little of the rate be put to the test.
    "adaptive": "false",
}


@dataclass(frozen=True, slots=True)
class Muster:
    """How many workers, kills and pauses (longer than the lease, s), on how many customers, at which rate, and where.

    `ledger` is the PostgreSQL's URL, in which no campaign may be yet; `text` an INPUT other than the sandbox's list,
    whose report calls its column `column`; `flags` and `environ` further settings of the workers.
    """

    ledger: str
    directory: Path
    workers: int = 8
    kills: int = 40
    pauses: int = 20
    customers: int = 1_000
    seed: int = 1
    rate: float = 200.0
    lease: float = 3.0
    text: str | None = None
    column: str = "Kundenr"
    flags: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Toll:
    """The account so far. `late` are DELETEs of frozen workers that no fence can hold back; none is expected."""

    kills: int = 0
    pauses: int = 0
    lives: int = 0
    customers: int = 0
    deletions: int = 0
    effects: int = 0
    inferred: int = 0
    requests: int = 0
    used: float = 0.0
    late: int = 0
    breaches: list[str] = field(default_factory=list)

    def spared(self, muster: Muster) -> bool:
        """Whether less was struck than was asked for."""
        return self.kills < muster.kills or self.pauses < muster.pauses

    def progress(self, muster: Muster) -> str:
        """One line for whoever is waiting."""
        return f"{self.kills} of {muster.kills} kills · {self.pauses} of {muster.pauses} pauses · {self.lives} lives"

    def table(self, muster: Muster, seconds: float) -> str:
        """The account of so many seconds."""
        sound = "" if self.breaches else "none of the invariants A to H, and the log verifies"
        paused = f"SIGSTOP for longer than the lease of {muster.lease:g} s"
        told = (
            ("workers", muster.workers, f"processes at once, {self.lives} lives in all"),
            ("kills", self.kills, _of(self.kills, muster.kills) or "SIGKILL at a random moment"),
            ("pauses", self.pauses, _of(self.pauses, muster.pauses) or paused),
            ("customers", self.customers, f"each with one verdict; {self.requests} requests in all"),
            ("deletions", self.deletions, f"the sandbox's own journal has {self.effects}"),
            ("inferred", self.inferred, "of these: the answer was lost, or the worker; read back"),
            ("late", self.late, "DELETEs of frozen workers, after others had settled their customers"),
            (
                "rate",
                round(self.used),
                f"requests a second, until there were too few left; {muster.rate:g} are allowed",
            ),
            ("violations", len(self.breaches), sound),
            ("seconds", round(seconds), ""),
        )
        return "\n".join(f"{name:<12}{count:>7}  {meaning}".rstrip() for name, count, meaning in told)


def _of(done: int, asked: int) -> str:
    return f"{asked} were asked for; the campaign was over" if done < asked else ""


Disturb = Callable[[], Coroutine[None, None, None]]
"""What happens to the world around meanwhile: a broker or a database that goes and comes back."""
Feed = Callable[[Box, Path], None]
"""Fills a queue from the sandbox's list."""


async def muster(
    given: Muster, toll: Toll, life: Life = live, disturb: Disturb | None = None, feed: Feed | None = None
) -> None:
    """Carry it out; what is found goes to the toll. `UsageWrong` for a database that holds campaigns already.

    `feed` is called once the sandbox's list is there, before the first worker: to fill a queue from it.
    """
    ready()
    place = create(given.directory, "crowd").directory
    async with sandbox(place, given.customers, given.seed, FAULTS) as box:
        job = _job(given, place, box)
        _refuse_used(job)
        if feed is not None:
            await asyncio.to_thread(feed, box, place / "customers.csv")
        before = box.state()
        await _Siege(given, toll, job, life).over(disturb)
        if not toll.breaches:
            await _judge(given, toll, job, (before, *await box.settled()))


def _job(given: Muster, place: Path, box: Box) -> Job:
    return Job(
        "run",
        place,
        box.base_url,
        box.client_no,
        box.token,
        given.customers,
        text=given.text,
        flags={**_SETTINGS, "rate": f"{given.rate:g}", "lease": f"{given.lease:g}", **given.flags},
        environ={"AMILI_LEDGER": given.ledger, **given.environ},
    )


def _refuse_used(job: Job) -> None:
    """A proof works on nothing that somebody else may need."""
    found = looking.campaigns(settings(job))
    if found:
        names = ", ".join(each.name for each in found[:3])
        raise UsageWrong(
            f"this database holds campaigns ({names})",
            "prove leaves its own there, so that they can be looked at, and works on an empty database only.",
            "If nobody needs what is in it, begin anew: dropdb DATABASE && createdb DATABASE",
        )


class _Siege:
    """Workers at work, and what strikes them."""

    def __init__(self, given: Muster, toll: Toll, job: Job, life: Life) -> None:
        self._given = given
        self._toll = toll
        self._job = job
        self._life = life
        self._dice = random.Random(given.seed)
        self._living: dict[int, BaseProcess] = {}
        self._frozen: set[int] = set()

    async def over(self, disturb: Disturb | None) -> None:
        """Until every worker has found nothing left to do."""
        given = self._given
        strikes = self._strike(self._kill, given.kills, 1), self._strike(self._freeze, given.pauses, 2)
        around = [*strikes, *([disturb()] if disturb is not None else [])]
        async with asyncio.TaskGroup() as group:
            unrest = [group.create_task(each) for each in around]
            # What fails among them ends all: a world that did not come back must not look like workers that wait.
            await asyncio.gather(*(group.create_task(self._worker(number)) for number in range(given.workers)))
            for each in unrest:
                each.cancel()

    async def _worker(self, number: int) -> None:
        for _ in range(_ROUNDS):
            code = await self._lived(number)
            self._toll.lives += 1
            if code == Exit.SETTLED:
                return
            if code not in _AGAIN:
                self._toll.breaches.append(f"worker {number} ended with {code}: see {self._job.said}")
                return
        self._toll.breaches.append(f"worker {number} has not come to an end after {_ROUNDS} lives")

    async def _lived(self, number: int) -> int:
        try:
            return await lived(self._life, self._job, _PATIENCE, partial(self._living.__setitem__, number))
        finally:  # at once: a process that is gone can be struck no more
            self._living.pop(number, None)

    async def _strike(self, blow: Callable[[int], Coroutine[None, None, None]], blows: int, awake: int) -> None:
        """So many blows at random moments of the time that the work will take.

        A blow that finds fewer than `awake` workers at work waits for them: what was asked for is not passed over, and
        pauses, which leave one awake, cannot take the kills' prey.
        """
        began, span = time.monotonic() + _START, _SPAN * self._given.customers / self._given.rate
        thawing = set[asyncio.Task[None]]()
        for moment in sorted(self._dice.uniform(0, span) for _ in range(blows)):
            await asyncio.sleep(began + moment - time.monotonic())
            struck = self._awake()
            while len(struck) < awake:
                await asyncio.sleep(_LOOK)
                struck = self._awake()
            thawing.add(asyncio.create_task(blow(self._dice.choice(struck))))
        await asyncio.gather(*thawing)

    def _awake(self) -> list[int]:
        return [number for number, process in self._living.items() if number not in self._frozen and process.pid]

    async def _kill(self, number: int) -> None:
        if self._signal(number, SIGKILL):
            self._toll.kills += 1

    async def _freeze(self, number: int) -> None:
        if not self._signal(number, SIGSTOP):
            return
        self._frozen.add(number)
        await asyncio.sleep(self._given.lease * self._dice.uniform(1.2, 2.0))
        self._frozen.discard(number)
        if self._signal(number, SIGCONT):
            self._toll.pauses += 1

    def _signal(self, number: int, sign: int) -> bool:
        process = self._living.get(number)
        if process is None or process.pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(process.pid, sign)
            return True
        return False


async def _judge(given: Muster, toll: Toll, job: Job, world: tuple[State, State, Sequence[Record]]) -> None:
    """Hold the account against the world before and after, and against what came over the wire."""
    before, after, wire = world
    await asyncio.to_thread(looking.report, settings(job), NAME)
    proof = await asyncio.to_thread(evidence.verify, settings(job), NAME)
    found = gather(job.campaign, wire, after.existing, given.column)
    terms = Terms(given.rate, killed=True, request_timeout=TIMEOUT, crowd=True)
    problems = (f"verify: {problem}" for problem in proof.problems)
    toll.breaches += [*judge(found, terms), *untrue(found, before), *problems]
    _count(toll, found)


def _count(toll: Toll, evidence: Evidence) -> None:
    arrived = [record.arrived for record in evidence.wire if record.kind is not Kind.TOKEN]
    verdicts = Counter(row.verdict for row in evidence.report)
    toll.customers, toll.requests = evidence.summary.customers, len(arrived)
    toll.deletions, toll.inferred = verdicts["deleted"] + verdicts["deleted_inferred"], verdicts["deleted_inferred"]
    toll.effects = len({record.customer for record in evidence.wire if record.effect_at is not None})
    # The end is not the rate's: the last customers are read back, retried, or wait for a lease to end.
    most = arrived[: round(len(arrived) * _MOST)]
    toll.used = (len(most) - 1) / (most[-1] - most[0])
    toll.late = late(evidence)
