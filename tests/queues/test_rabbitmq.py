"""The inbox on a real RabbitMQ: what is taken, what is acknowledged, what is buried, and when it is drained."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.queues.hand import QUICK, Hand
from worker.core.values import replace
from worker.errors import OutOfReach
from worker.ports import Delivery, Inbox
from worker.sources.queue_url import QueueAddress, QueueOptions
from worker.sources.rabbitmq import WHY, RabbitMq

KINDS = ["classic", "quorum"]
SOON = 5.0  # seconds, in which what was put is here


@asynccontextmanager
async def inbox_of(hand: Hand, address: QueueAddress, options: QueueOptions = QUICK) -> AsyncIterator[Inbox]:
    async with RabbitMq.open(address, hand.login, options) as inbox:
        yield inbox


async def take(inbox: Inbox, count: int) -> list[Delivery]:
    """So many messages, however many come at once."""
    found: list[Delivery] = []
    while len(found) < count and (more := await inbox.take(count - len(found), SOON)):
        found += more
    assert len(found) == count
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_acknowledged_leaves_the_queue_and_then_it_is_drained(hand: Hand, kind: str) -> None:
    address = await hand.make(kind)
    await hand.put(address, "543210", '{"customerNo": "1"}')
    async with inbox_of(hand, address) as inbox:
        deliveries = await take(inbox, 2)
        assert [(each.body, each.message_id) for each in deliveries] == [
            (b"543210", "id-0"),
            (b'{"customerNo": "1"}', "id-1"),
        ]
        assert not await inbox.drained()
        await inbox.acknowledge(deliveries)
        assert await inbox.drained()
        assert await inbox.take(10, 0.05) == []
    assert await hand.count(address) == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_acknowledged_comes_again(hand: Hand, kind: str) -> None:
    address = await hand.make(kind)
    await hand.put(address, "1", "2", "3")
    async with inbox_of(hand, address) as inbox:
        deliveries = await take(inbox, 3)
        await inbox.acknowledge(deliveries[1:2])
    assert await hand.settled_count(address, 2) == 2
    async with inbox_of(hand, address) as inbox:
        assert {each.body for each in await take(inbox, 2)} == {b"1", b"3"}


async def test_a_delivery_of_a_connection_that_is_gone_is_passed_over(hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, "1", "[]")
    async with inbox_of(hand, address) as inbox:
        old = await take(inbox, 2)
    async with inbox_of(hand, address) as inbox:
        new = await take(inbox, 2)
        await inbox.acknowledge(old)
        await inbox.bury(old[1], "not_a_request")
        assert not await inbox.drained()
        await inbox.acknowledge(new)
    assert (await hand.count(address), await hand.count(address, dead=True)) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
async def test_poison_goes_among_the_dead_letters_as_it_came_with_its_reason(hand: Hand, kind: str) -> None:
    address = await hand.make(kind)
    await hand.put(address, b"\xff[]", "1")
    async with inbox_of(hand, address) as inbox:
        poison, _ = await take(inbox, 2)
        await inbox.bury(poison, "not_a_request")
    assert await hand.settled_count(address, 1) == 1
    assert await hand.is_of_kind(address.dead, kind)
    (dead,) = await hand.all_of(address.dead)
    assert (dead.body, dead.message_id, dead.delivery_mode) == (b"\xff[]", "id-0", 2)
    assert {"by": "hand", WHY: "not_a_request"}.items() <= dead.headers.items()


async def test_dead_letters_are_of_the_queues_kind_whatever_else_it_was_made_with(hand: Hand) -> None:
    further: dict[str, str | int] = {
        "x-dead-letter-exchange": "elsewhere",
        "x-delivery-limit": 5,
        "x-max-length": 100_000,
    }
    address = await hand.make("quorum", arguments=further)
    async with inbox_of(hand, address):
        assert await hand.is_of_kind(address.dead, "quorum")


async def test_a_dead_letters_queue_that_is_there_is_used_as_it_is(hand: Hand) -> None:
    address = await hand.make("quorum")
    await hand.make("classic", name=address.dead, arguments={"x-max-length": 7})
    await hand.put(address, "[]")
    async with inbox_of(hand, address) as inbox:
        await inbox.bury((await take(inbox, 1))[0], "not_a_request")
    assert await hand.count(address, dead=True) == 1


async def test_poison_that_the_dead_letters_do_not_take_stays_in_the_queue(hand: Hand) -> None:
    address = await hand.make()
    await hand.make(name=address.dead, arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
    await hand.put(address, "[]")
    async with inbox_of(hand, address) as inbox:
        (poison,) = await take(inbox, 1)
        with pytest.raises(OutOfReach, match=r"\.dead takes no message"):
            await inbox.bury(poison, "not_a_request")
        assert not await inbox.drained()
    assert await hand.settled_count(address, 1) == 1


async def test_a_dead_letters_queue_that_somebody_removed_is_made_again(hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, "[]")
    async with inbox_of(hand, address) as inbox:
        (poison,) = await take(inbox, 1)
        await hand.remove(address.dead)
        await inbox.bury(poison, "not_a_request")
    assert (await hand.count(address), await hand.count(address, dead=True)) == (0, 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_no_more_than_the_prefetch_is_here_unacknowledged(hand: Hand, kind: str) -> None:
    address = await hand.make(kind)
    await hand.put(address, *map(str, range(20)))
    async with inbox_of(hand, address, replace(QUICK, prefetch=5)) as inbox:
        deliveries = await take(inbox, 5)
        assert await inbox.take(100, 0.3) == []
        assert await hand.count(address) == 15
        await inbox.acknowledge(deliveries[:2])
        assert len(await take(inbox, 2)) == 2
        assert await inbox.take(100, 0.3) == []


async def test_a_take_brings_no_more_than_was_asked_for(hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, "1", "2", "3")
    async with inbox_of(hand, address) as inbox:
        assert await hand.settled_count(address, 0) == 0
        await asyncio.sleep(0.1)
        assert [len(await inbox.take(2, SOON)) for _ in range(2)] == [2, 1]


async def test_a_queue_is_not_drained_while_messages_wait_or_are_here_untaken(hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, "1", "2")
    async with inbox_of(hand, address, replace(QUICK, prefetch=1)) as inbox:
        assert not await inbox.drained()
        await inbox.acknowledge(await take(inbox, 1))
        assert not await inbox.drained()
        await inbox.acknowledge(await take(inbox, 1))
        assert await inbox.drained()


async def test_two_workers_share_a_queue_and_nothing_comes_to_both(hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, *map(str, range(40)))
    few = replace(QUICK, prefetch=3)
    seen: list[bytes] = []

    async def work(inbox: Inbox) -> None:
        while deliveries := await inbox.take(3, 1.0):
            seen.extend(each.body for each in deliveries)
            await inbox.acknowledge(deliveries)

    async with inbox_of(hand, address, few) as one, inbox_of(hand, address, few) as other:
        await asyncio.gather(work(one), work(other))
        assert await one.drained()
    assert sorted(seen, key=int) == [str(number).encode() for number in range(40)]
