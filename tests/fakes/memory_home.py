"""Where the in-memory ledger lives, for the contract suite that every ledger must pass."""

from pathlib import Path

from tests.fakes.memory_ledger import MemoryLedger, Storage
from worker.core.customer import fold
from worker.core.facts import CampaignFact
from worker.core.lifecycle import Standing


class MemoryHome:
    """`MemoryLedger` over one storage; nothing is written to the directory."""

    facts_of_a_restart = 1

    def __init__(self, _: Path) -> None:
        self._storage = Storage()

    async def begun(self, *numbers: str, protect: tuple[str, ...] = ()) -> MemoryLedger:
        first: dict[str, str] = {}
        for number in numbers:
            first.setdefault(fold(number), number)
        self._storage.enrol(first.values(), protect=[number for key, number in first.items() if key in protect])
        return await self.restarted()

    async def restarted(self) -> MemoryLedger:
        ledger = MemoryLedger(self._storage)
        await ledger.note(CampaignFact("started", {}))
        return ledger

    async def approve(self) -> None:
        self._storage.approve()

    async def standings(self) -> list[Standing]:
        return [stored.standing for stored in self._storage.customers]

    async def close(self) -> None:
        """There is nothing to let go of."""
