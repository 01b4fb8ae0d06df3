"""One rate for all members of a group: slots of one schedule, each given out once, also when members come and die."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import psycopg
import pytest

from tests.databases import database
from worker.ledger.postgres import Address, PostgresLedger
from worker.ledger.postgres.share import KEPT, Offset, Share


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    with database() as url:
        address = Address(url, lease=3.0, outage=2.0)
        ledger = await PostgresLedger.open(address, "may")
        yield address
        await ledger.close()


async def taken(share: Share, seconds: float, wanted: int = 8) -> list[float]:
    """All slots that a member that always wants more gets in that time."""
    slots, until = list[float](), time.monotonic() + seconds
    while time.monotonic() < until:
        slots += (found := await share.slots(wanted))
        await asyncio.sleep(max(0.0, found[-1] - time.monotonic()))
    return slots


async def test_no_slot_is_given_out_twice_and_members_get_equal_parts(address: Address) -> None:
    shares = [Share(address, "g", 80.0) for _ in range(4)]
    for share in shares:
        await share.slots(1)
    found = await asyncio.gather(*(taken(share, 2.0) for share in shares))
    every = sorted(slot for slots in found for slot in slots)
    assert min(after - before for before, after in pairwise(every)) > 0.5 / 80
    assert {round(share.share) for share in shares} == {20}
    assert min(map(len, found)) > 0.6 * max(map(len, found))
    for share in shares:
        await share.close()


async def test_slots_of_all_together_are_the_groups_rate_less_what_is_kept(address: Address) -> None:
    first, second = Share(address, "g", 50.0), Share(address, "g", 50.0)
    found = await asyncio.gather(taken(first, 2.0), taken(second, 2.0))
    every = sorted(slot for slots in found for slot in slots)
    gaps = [after - before for before, after in pairwise(every)]
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(1 / (50 * (1 - KEPT)), rel=0.2)
    await first.close()
    await second.close()


async def test_the_most_careful_members_rate_holds_for_all(address: Address) -> None:
    first, second = Share(address, "g", 100.0), Share(address, "g", 10.0)
    await second.slots(1)
    await first.slots(1)
    assert (first.share, second.share) == pytest.approx((5.0, 10.0))
    second.set_rate(50.0)
    await second.slots(1)
    assert second.share == pytest.approx(25.0)
    await first.close()
    await second.close()


async def test_a_dead_members_part_returns_with_its_lease(address: Address) -> None:
    first, second = Share(address, "g", 10.0), Share(address, "g", 10.0)
    await first.slots(1)
    await second.slots(1)
    assert second.share == pytest.approx(5.0)
    with psycopg.connect(address.url, autocommit=True) as connection:  # as if the first had died some time ago
        passed = "UPDATE amili_purge.rate_members SET lease_until = now() - interval '1 s' WHERE id = 1"
        connection.execute(passed.encode())
    await second.slots(1)
    assert second.share == pytest.approx(10.0)
    await first.close()
    await second.close()


async def test_groups_do_not_share(address: Address) -> None:
    first, second = Share(address, "g", 10.0), Share(address, "h", 10.0)
    await first.slots(1)
    await second.slots(1)
    assert (first.share, second.share) == pytest.approx((10.0, 10.0))
    await first.close()
    await second.close()


async def test_who_leaves_makes_room_at_once(address: Address) -> None:
    first, second = Share(address, "g", 10.0), Share(address, "g", 10.0)
    await first.slots(1)
    await first.close()
    await second.slots(1)
    assert second.share == pytest.approx(10.0)
    await second.close()


def test_the_clocks_are_compared_by_the_quickest_answer_of_the_last_minute() -> None:
    slow, quick, later = Offset(5.0, 0.4, 10.0), Offset(4.9, 0.01, 11.0), Offset(4.8, 0.3, 80.0)
    assert slow.better(quick) is quick
    assert quick.better(slow) is quick
    assert quick.better(later) is later
