"""The proof as a whole: two campaigns at a time, each with a sandbox of its own, until every kill has been done.

Decides how many go on at once and when it is over: with the last kill, or with the first violated campaign.
"""

import asyncio
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from worker.place import create
from worker.prove.account import Account
from worker.prove.box import sandbox
from worker.prove.child import Job, live
from worker.prove.deck import TRIES, Deck
from worker.prove.lives import Life, ready
from worker.prove.trial import COMMANDS, Trial

CUSTOMERS: Final = 120
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How many kills, by which seed, and in which directory campaigns, journals and lists are kept.

    `customers` are those of each campaign; `tries` is how often a point may be missed.
    """

    kills: int
    seed: int
    directory: Path
    customers: int = CUSTOMERS
    tries: int = TRIES


async def prove(plan: Plan, account: Account, life: Life = live) -> None:
    """Carry it out; everything that is found goes to the account. `CommandFailed` if the directory will not do."""
    ready()
    deck, numbers = Deck(plan.kills, plan.seed, plan.tries), count(1)

    async def lane() -> None:
        while not deck.is_empty:
            await _campaign(plan, next(numbers), deck, account, life)

    lanes = [asyncio.create_task(lane()) for _ in range(_AT_ONCE)]
    try:
        await asyncio.gather(*lanes)
    finally:
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)


async def _campaign(plan: Plan, number: int, deck: Deck, account: Account, life: Life) -> None:
    commands = COMMANDS[number % len(COMMANDS)]
    place = create(plan.directory, f"{number:03}-{'-'.join(commands)}").directory
    async with sandbox(place, plan.customers, plan.seed + number) as box:
        job = Job(commands[0], place, box.base_url, box.client_no, box.token, plan.customers)
        breaches = await Trial(box, job, deck, account, life).held(commands)
    if breaches:
        account.breaches += [f"{place.name} {breach}" for breach in breaches]
        deck.clear()
