"""Whole campaigns whose customers come from a real RabbitMQ: settled, acknowledged, and accounted for row by row."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.brokers import Broker
from tests.campaigns.stage import Stage, cast, staged
from tests.databases import database
from tests.queues.hand import Hand
from worker.app import steering
from worker.app.ending import Ending
from worker.core.lifecycle import Verdict
from worker.errors import Exit
from worker.sandbox.faults import Kind
from worker.sandbox.world import Customer
from worker.sources.queue_url import QueueAddress

PEOPLE = cast(free=6, documents=2, absent=1)
NAME = "standing"


@pytest.fixture(params=["file", "database"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path, hand: Hand) -> AsyncIterator[Stage]:
    with ExitStack() as stack:
        async with staged(tmp_path, PEOPLE) as stage:
            stage.environ |= {"AMILI_AMQP_USER": hand.reach.user, "AMILI_AMQP_PASSWORD": hand.reach.password}
            if request.param == "database":
                stage.environ["AMILI_LEDGER"] = stack.enter_context(database())
            yield stage


def rows_of(ending: Ending) -> list[tuple[str, str]]:
    """Number and verdict of each row of the report, in their order."""
    text = (ending.directory / "report.csv").read_text("utf-8-sig").splitlines()[1:]
    return [(cells[0], cells[2]) for cells in (line.split(",") for line in text)]


async def drained(stage: Stage, address: QueueAddress, cap: int = 1000, window: str | None = None) -> Ending:
    """A run until the queue is empty."""
    return await stage.run(str(address), name=NAME, until_empty=True, max_deletes=cap, max_deletes_window=window)


async def test_a_queue_is_worked_off_until_it_is_empty(stage: Stage, hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, *PEOPLE.all, ids=PEOPLE.all)
    ending = await drained(stage, address)
    assert ending.exit is Exit.SETTLED
    assert stage.deleted == set(PEOPLE.free)
    assert (ending.summary.rows, ending.summary.customers) == (9, 9)
    assert min(rows_of(ending)) == (PEOPLE.free[0], "deleted")
    assert await hand.count(address) == 0


async def test_a_second_worker_of_the_same_messages_changes_nothing(stage: Stage, hand: Hand) -> None:
    address = await hand.make()
    for _ in range(2):
        await hand.put(address, *PEOPLE.free, ids=PEOPLE.free)
        ending = await drained(stage, address)
        assert (ending.exit, ending.summary.rows) == (Exit.SETTLED, 6)
    assert stage.sent()["delete"] == 6


async def test_poison_and_foreign_clients_end_among_the_dead_letters_and_on_rows_of_their_own(
    stage: Stage, hand: Hand
) -> None:
    address = await hand.make("quorum")
    foreign = json.dumps({"customerNo": PEOPLE.free[0], "clientNo": 999})
    await hand.put(address, "[1, 2", foreign, PEOPLE.free[1], ids=["a", "b", "c"])
    ending = await drained(stage, address)
    assert ending.exit is Exit.SETTLED
    assert stage.deleted == {PEOPLE.free[1]}
    counts = ending.summary.verdicts
    assert (counts[Verdict.INVALID], counts[Verdict.DELETED]) == (2, 1)
    assert await hand.count(address, dead=True) == 2


async def test_a_new_request_for_a_deleted_customer_looks_again_and_both_rows_keep_their_verdicts(
    stage: Stage, hand: Hand
) -> None:
    address, number = await hand.make(), PEOPLE.free[0]
    await hand.put(address, number, ids=["first"])
    await drained(stage, address)
    stage.sandbox.world.add(Customer(number, 500_000, documents=0, ar_items=0))  # an upstream sync brings it back
    await hand.put(address, number, ids=["second"])
    ending = await drained(stage, address)
    assert ending.exit is Exit.SETTLED
    assert rows_of(ending) == [(number, "deleted"), (number, "deleted")]
    assert (await stage.verify(NAME)).ok


async def test_a_standing_worker_waits_takes_what_comes_and_ends_in_good_order(stage: Stage, hand: Hand) -> None:
    address = await hand.make()
    task = asyncio.create_task(stage.run(str(address), name=NAME))
    await asyncio.sleep(1.0)
    await hand.put(address, PEOPLE.free[0], ids=["late"])
    await stage.until(Kind.DELETE)
    await asyncio.sleep(0.5)
    assert not task.done()
    await steering.stop(stage.offline(), NAME)
    assert (await task).exit is Exit.SAFETY_STOP
    assert stage.deleted == {PEOPLE.free[0]}


async def test_a_cap_over_a_window_counts_only_what_is_recent(stage: Stage, hand: Hand) -> None:
    address = await hand.make()
    await hand.put(address, *PEOPLE.free[:2], ids=["a", "b"])
    assert (await drained(stage, address, 2, "3s")).exit is Exit.SETTLED
    await hand.put(address, PEOPLE.free[2], ids=["c"])
    stopped = await drained(stage, address, 2, "3s")
    assert (stopped.exit, stopped.stop and stopped.stop.why) == (Exit.SAFETY_STOP, "max_deletes")
    await asyncio.sleep(3.1)
    assert (await drained(stage, address, 2, "3s")).exit is Exit.SETTLED
    assert stage.deleted == set(PEOPLE.free[:3])


async def test_a_broker_that_goes_and_comes_back_in_the_middle_is_carried_over(
    tmp_path: Path, own_broker: Broker, own_hand: Hand
) -> None:
    people = cast(free=40)
    async with staged(tmp_path, people) as stage:
        stage.environ |= {"AMILI_AMQP_USER": own_hand.reach.user, "AMILI_AMQP_PASSWORD": own_hand.reach.password}
        stage.flags |= {"rate": "40", "outage_budget": "60", "prefetch": "5"}
        address = await own_hand.make()
        await own_hand.put(address, *people.free, ids=people.free)
        task = asyncio.create_task(stage.run(str(address), name=NAME, until_empty=True))
        await stage.until(Kind.DELETE)
        await asyncio.to_thread(own_broker.stop)
        await asyncio.to_thread(own_broker.start)
        ending = await task
        assert (ending.exit, ending.summary.rows) == (Exit.SETTLED, 40)
        assert stage.deleted == set(people.free)
