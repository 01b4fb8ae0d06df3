"""When the process dies, and in which order things happened: what every fake of one run shares.

Decides at which of the shell's awaits the run is abandoned. Whatever a dead run still tries never comes to an end.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

ENDLESS = 60_000
"""So many awaits of one small run mean that it will never end."""
OVERTAKEN = 0.4
"""How often a task lets others pass it. Ready callbacks keep their order, as asyncio promises that they do."""


class NeverEnding(AssertionError):
    """A run goes round in circles."""


@dataclass
class Fate:
    """`crash_at` counts awaits; `dice` add turns of the loop, so that tasks overtake each other."""

    dice: Random = field(default_factory=lambda: Random(0))
    crash_at: int | None = None
    dead: bool = False
    awaits: int = 0
    never: list[asyncio.Future[None]] = field(default_factory=list)
    main: asyncio.Task[object] | None = None

    async def pass_by(self) -> None:
        """One await of the shell: perhaps its last."""
        self.awaits += 1
        if self.awaits > ENDLESS:
            raise NeverEnding(f"more than {ENDLESS} awaits")
        if self.awaits == self.crash_at:
            self.dead = True
            assert self.main is not None
            self.main.cancel()
        if self.dead:
            # Kept, as a task that waits for something nobody knows of would be swept away with a warning.
            self.never.append(asyncio.get_running_loop().create_future())
            await self.never[-1]
        if self.dice.random() < OVERTAKEN:
            await asyncio.sleep(0)


@dataclass
class Order:
    """One counter for all that can be put in order: requests on the wire, commits, stops."""

    _last: int = 0

    def next(self) -> int:
        """The next place."""
        self._last += 1
        return self._last
