"""A broker that goes and comes back, is killed, or stands still: nothing is lost, and it is not waited for for ever."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.brokers import Broker
from tests.cli.typing_in import surroundings
from tests.fakes.queueing import MemoryRoll
from tests.queues.hand import QUICK, Hand
from worker.core.customer import DEFAULT_PATTERN, CustomerNo
from worker.core.request import parse_request
from worker.core.values import replace
from worker.errors import OutOfReach
from worker.inflow import Inflow, Taking
from worker.ports import Delivery, Inbox
from worker.sources.rabbitmq import RabbitMq


@pytest.fixture
def shaken(own_broker: Broker, own_hand: Hand) -> Iterator[Broker]:
    """Our broker, which a test may stop or freeze; it runs again before the queues of the test are removed."""
    yield own_broker
    own_broker.thaw()
    own_broker.start()


def pouring(inbox: Inbox, roll: MemoryRoll, *, at_most: int = 10) -> Inflow:
    """An inflow that ends when the queue is empty."""
    return Inflow(
        inbox,
        roll,
        lambda delivery: parse_request(delivery.body, delivery.message_id, 2218, DEFAULT_PATTERN),
        lambda: None,
        stopping=lambda: False,
        taking=Taking(at_most, until_empty=True, wait=0.2),
    )


def numbers(roll: MemoryRoll) -> list[int]:
    return sorted(int(row.number.text) for row in roll.rows.values() if isinstance(row.number, CustomerNo))


@pytest.mark.parametrize(("kind", "how"), [("classic", signal.SIGTERM), ("quorum", signal.SIGKILL)])
async def test_a_restart_in_the_middle_loses_nothing_and_enlists_nothing_twice(
    shaken: Broker, own_hand: Hand, kind: str, how: signal.Signals
) -> None:
    address = await own_hand.make(kind)
    await own_hand.put(await own_hand.make(kind, name=address.dead), "of an earlier day")
    if how is signal.SIGKILL and kind == "quorum":
        await asyncio.sleep(
            4
        )  # RabbitMQ has a quorum queue on its disk, beyond a kill, only some seconds after it is made.
    await own_hand.put(address, *map(str, range(60)), "[]", ids=[f"m{place}" for place in range(61)])
    roll = MemoryRoll([], gate=asyncio.Event())
    assert roll.gate is not None
    async with RabbitMq.open(address, own_hand.login, replace(QUICK, prefetch=10)) as inbox:
        task = asyncio.create_task(pouring(inbox, roll).pour())
        await asyncio.sleep(0.5)  # A batch is taken, and waits for the ledger.
        await asyncio.to_thread(shaken.stop, how)
        roll.gate.set()
        await asyncio.sleep(0.5)  # It is enlisted now, and acknowledged on a connection that is gone.
        assert 0 < len(numbers(roll)) <= 10
        await asyncio.to_thread(shaken.start)
        await asyncio.wait_for(task, 60)
    assert numbers(roll) == list(range(60))
    assert len(roll.rows) == 61
    assert (await own_hand.settled_count(address, 0), await own_hand.settled_count(address, 2, dead=True)) == (0, 2)


async def until_it_is_given_up(inbox: Inbox) -> None:
    async with asyncio.timeout(20):
        while True:
            assert await inbox.take(1, 0.1) == []
            assert not await inbox.drained()


async def test_a_broker_that_stays_away_is_69_after_the_budget(shaken: Broker, own_hand: Hand) -> None:
    address = await own_hand.make()
    async with RabbitMq.open(address, own_hand.login, replace(QUICK, outage_budget=1.5)) as inbox:
        assert await inbox.take(1, 0.1) == []
        await asyncio.to_thread(shaken.stop)
        with pytest.raises(OutOfReach, match="out of reach"):
            await until_it_is_given_up(inbox)


async def test_a_broker_that_stands_still_is_left_and_found_again(shaken: Broker, own_hand: Hand) -> None:
    address = await own_hand.make()
    await own_hand.put(address, "1", "2")
    options = replace(QUICK, heartbeat=1, answer_timeout=1.0)
    async with RabbitMq.open(address, own_hand.login, options) as inbox:
        (first,) = await inbox.take(1, 5.0)
        shaken.freeze()
        assert not await inbox.drained()
        await asyncio.sleep(8)  # Three heartbeats are missed, and a connection is tried in vain.
        shaken.thaw()
        await inbox.acknowledge([first])
        found: list[Delivery] = []
        async with asyncio.timeout(30):
            while len(found) < 2:
                found += await inbox.take(2, 0.5)
        assert {each.body for each in found} == {b"1", b"2"}
        assert not await inbox.drained()
        await inbox.acknowledge(found)
        async with asyncio.timeout(30):
            while not await inbox.drained():
                assert await inbox.take(1, 0.1) == []


async def test_a_queue_that_is_removed_meanwhile_is_waited_for_and_then_69(own_hand: Hand) -> None:
    address = await own_hand.make()
    async with RabbitMq.open(address, own_hand.login, replace(QUICK, outage_budget=1.0)) as inbox:
        assert await inbox.drained()
        await own_hand.remove(address.queue)
        with pytest.raises(OutOfReach, match="there is no queue"):
            await until_it_is_given_up(inbox)


async def test_a_queue_that_is_made_anew_meanwhile_is_found(own_hand: Hand) -> None:
    address = await own_hand.make()
    async with RabbitMq.open(address, own_hand.login, QUICK) as inbox:
        await own_hand.remove(address.queue)
        await asyncio.sleep(0.3)
        await own_hand.make(name=address.queue)
        await own_hand.put(address, "1")
        async with asyncio.timeout(30):
            while not (found := await inbox.take(1, 0.2)):
                pass
        assert found[0].body == b"1"


async def test_what_a_killed_consumer_had_taken_comes_again_to_another(hand: Hand) -> None:
    address = await hand.make("quorum")
    await hand.put(address, *map(str, range(5)))
    words = [str(address), hand.login.user, hand.login.password]
    taker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.queues.taker", *words, env=surroundings(), stdout=subprocess.PIPE
    )
    assert taker.stdout is not None
    assert await taker.stdout.readline() == b"took 5\n"
    assert await hand.count(address) == 0
    taker.kill()
    await taker.wait()
    async with RabbitMq.open(address, hand.login, QUICK) as inbox:
        roll = MemoryRoll([])
        await asyncio.wait_for(pouring(inbox, roll).pour(), 30)
    assert numbers(roll) == list(range(5))


async def test_a_message_that_the_library_cannot_read_ends_in_69_and_stays(hand: Hand) -> None:
    address = await hand.make()
    await hand.put_unreadable(address)
    async with RabbitMq.open(address, hand.login, replace(QUICK, outage_budget=1.0)) as inbox:
        with pytest.raises(OutOfReach):
            await until_it_is_given_up(inbox)
    assert await hand.settled_count(address, 1) == 1
