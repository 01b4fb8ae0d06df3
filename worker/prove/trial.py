"""One campaign on trial: killed as often as the deck says, started again until it is settled, and judged.

Decides which life follows upon which. What it finds is a list of violations; it mends none.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worker.app import evidence
from worker.core.values import replace
from worker.errors import Exit
from worker.prove.account import Account, untrue
from worker.prove.box import Box
from worker.prove.child import NAME, RATE, TIMEOUT, Job, settings
from worker.prove.deck import Assault, Deck
from worker.prove.evidence import gather
from worker.prove.judge import Terms, judge
from worker.prove.lives import KILLED, Life, lived
from worker.prove.points import RANDOM, Stage

COMMANDS: Final = (("run",), ("plan", "apply"))
_MOST: Final = {
    "run": {Stage.FRESH: 2, Stage.START: 3, Stage.WORK: 14, Stage.END: 5},
    "plan": {Stage.FRESH: 2, Stage.START: 2, Stage.WORK: 5, Stage.END: 3},
    "apply": {Stage.START: 2, Stage.WORK: 10, Stage.END: 4},
}
"""How many assaults a command meets at the most in each stage: work must be left for them."""
_LONGEST: Final = 0.4  # seconds until a random moment
_PATIENCE: Final = 60.0  # seconds that a life may take
_ROUNDS: Final = 20


class Violated(Exception):
    """A life ended in a way that nothing explains, or nothing was settled in the end."""


@dataclass(slots=True)
class Trial:
    """One campaign with its sandbox."""

    box: Box
    job: Job
    deck: Deck
    account: Account
    life: Life

    async def held(self, commands: tuple[str, ...]) -> list[str]:
        """Work the campaign off under kills; what is violated in the end."""
        before = self.box.state()
        try:
            for command in commands:
                self.job = replace(self.job, command=command, digest=_digest(self.job.campaign))
                await self._under_fire(command)
                await self._settled(command)
        except Violated as violated:
            return [str(violated)]
        state, wire = await self.box.settled()
        found = gather(self.job.campaign, wire, state.existing)
        self.account.add(found)
        proof = evidence.verify(settings(self.job), NAME)
        breaches = judge(found, Terms(RATE, killed=True, request_timeout=TIMEOUT))
        return [*breaches, *untrue(found, before), *(f"verify: {problem}" for problem in proof.problems)]

    async def _under_fire(self, command: str) -> None:
        for stage, most in _MOST[command].items():
            assaults = self.deck.draw(stage, command, most)
            while assaults:
                if not await self._carried_out(assaults.pop(0)) and stage is Stage.WORK:
                    break  # A life that got through has left nothing open.
            for assault in assaults:
                self.deck.back(assault)

    async def _carried_out(self, assault: Assault) -> bool:
        """Whether every life met its end; one that did not is tried again in a later campaign."""
        for point in assault.points:
            code = await self._life(point)
            if code != KILLED:
                self._missed(assault, point)
                return False
            self.account.kills[point] += 1
        return True

    def _missed(self, assault: Assault, point: str) -> None:
        if point != RANDOM and assault.missed + 1 >= self.deck.tries:
            raise Violated(f"the crash point {point!r} was never reached")
        self.deck.back(replace(assault, missed=assault.missed + 1))

    async def _settled(self, command: str) -> None:
        """Start it again until nothing is open."""
        for _ in range(_ROUNDS):
            if await self._life(None) == Exit.SETTLED:
                return
        raise Violated(f"{command} has left something open after {_ROUNDS} more starts")

    async def _life(self, point: str | None) -> int:
        """One life, and how it ended; an end that is neither a kill nor 0 or 10 is a violation."""
        named = None if point == RANDOM else point
        job = replace(self.job, point=named, seed=self.deck.dice.getrandbits(32))
        code = await lived(self.life, job, self.deck.dice.uniform(0, _LONGEST) if point == RANDOM else _PATIENCE)
        if code not in {KILLED, Exit.SETTLED, Exit.UNSETTLED} or (code == KILLED and point is None):
            raise Violated(f"{job.command} ended with {code}; it said: {_last(job.said)}")
        return code


def _digest(campaign: Path) -> str | None:
    """The digest of the campaign's plan, as whoever approves it reads it."""
    summary = campaign / "summary.json"
    found: str | None = json.loads(summary.read_bytes())["plan_digest"] if summary.exists() else None
    return found


def _last(said: Path) -> str:
    lines = said.read_text("utf-8", "replace").splitlines() if said.exists() else []
    return lines[-1] if lines else "nothing"
