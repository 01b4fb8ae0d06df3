"""pause, resume, stop, set: a person steers a campaign, wherever its workers run.

Decides what each order changes and what it leaves. It needs no API, and works beside a run as well as without one.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from config import Loaded, Settings
from worker.app.desk import at_desk
from worker.app.identity import identity
from worker.app.shelf import find, shelf
from worker.core.approval import raises_cap
from worker.core.facts import ControlFact
from worker.core.orders import Orders, stopped
from worker.core.values import replace
from worker.errors import Busy, UsageWrong
from worker.ledger import CampaignLedger
from worker.ledger.forgetting import refuse_gone
from worker.place import Place


@dataclass(frozen=True, slots=True)
class Steered:
    """What an order found: how it was before, how it is now, and what a `resume` lifted (None: nothing)."""

    name: str
    before: Orders
    now: Orders
    lifted: str | None = None


async def pause(loaded: Loaded, campaign: str) -> Steered:
    """Send nothing new, until `resume`; a pause outlives the process."""
    return await _ordered(loaded, campaign, "pause", lambda orders: replace(orders, paused=True))


async def stop(loaded: Loaded, campaign: str) -> Steered:
    """End all workers in good order, and bar later starts."""
    who = identity(None)
    halt = stopped(f"{who['user']} on {who['host']}")
    latch = f"{halt.why}: {halt.message}"
    return await _ordered(loaded, campaign, "stop", lambda orders: replace(orders, halt=halt), latch=latch)


async def set_rate(loaded: Loaded, campaign: str, rate: float) -> Steered:
    """So many requests a second for all workers of the campaign, from now on."""
    return await _ordered(loaded, campaign, "set_rate", lambda orders: replace(orders, rate=rate), rate=rate)


async def set_max_deletes(loaded: Loaded, campaign: str, most: int) -> Steered:
    """Another cap on deletions for all workers of the campaign, from now on."""
    _refuse_more(loaded.settings, find(loaded.settings, campaign), most)

    def change(orders: Orders) -> Orders:
        return replace(orders, max_deletes=most)

    return await _ordered(loaded, campaign, "set_max_deletes", change, max_deletes=most)


def _refuse_more(settings: Settings, place: Place, most: int) -> None:
    """Where an approval is required, the cap may only be lowered: below the plan's number, and below the last order."""
    with shelf(settings).books(place) as books:
        plan, ordered = books.campaign().plan, books.orders().max_deletes
        planned = None if plan is None else plan.eligible + books.charged_besides()
    in_force = min((each for each in (planned, ordered) if each is not None), default=None)
    raised = raises_cap(most, in_force, approval_required=settings.require_approval)
    if raised:
        raise UsageWrong(raised, "let another plan be approved")


async def resume(loaded: Loaded, campaign: str, because: str | None) -> Steered:
    """Lift a pause; with a reason also a stop that bars later starts."""
    place = find(loaded.settings, campaign)
    async with _open(loaded.settings, place) as ledger:
        with shelf(loaded.settings).books(place) as books:
            latch, before = books.campaign().latch, books.orders()
        if latch is not None and because is None:
            raise UsageWrong(
                f"{place.name} was stopped for safety ({latch})",
                f'say why it is safe to go on: amili-purge resume {place.name} --because "…"',
            )
        members = {**identity(None), "because": because}
        if latch is not None:
            await ledger.lift_latch(ControlFact("resume", {**members, "lifted": latch}))
        if before.paused:
            await ledger.steer(lambda orders: replace(orders, paused=False), ControlFact("resume", members))
        with shelf(loaded.settings).books(place) as books:
            return Steered(place.name, before, books.orders(), latch)


async def _ordered(
    loaded: Loaded,
    campaign: str,
    action: str,
    change: Callable[[Orders], Orders],
    *,
    latch: str | None = None,
    **members: object,
) -> Steered:
    place = find(loaded.settings, campaign)
    async with _open(loaded.settings, place) as ledger:
        with shelf(loaded.settings).books(place) as books:
            before = books.orders()
        await ledger.steer(change, ControlFact(action, {**identity(None), **members}), latch=latch)
        return Steered(place.name, before, change(before))


@asynccontextmanager
async def _open(settings: Settings, place: Place) -> AsyncIterator[CampaignLedger]:
    """The ledger, alone where nobody works it, so that its audit file is complete; else beside whoever does.

    `UsageWrong` if the campaign has been forgotten: there is nothing left to steer.
    """
    kept = shelf(settings)
    with kept.books(place) as books:
        refuse_gone(books.campaign())
    if not kept.shared:
        try:
            async with at_desk(settings, place) as desk:
                yield desk.ledger
                await desk.close_clean()
                return
        except Busy:
            pass  # its worker writes the file, and hears of the order within a moment
    ledger = await kept.open(place)
    try:
        yield ledger
    finally:
        await ledger.close()
