"""The shared state of a run by itself: stops, pauses, places and a pace that gives nothing, on virtual time."""

import asyncio

from tests.fakes.observing import RecordingObserver
from tests.fakes.pacing import FakePace
from tests.fakes.virtual_time import VirtualClock, run
from worker.core.customer import CustomerNo
from worker.core.guards import Limits, Tally, broken, interrupted, out_of_reach
from worker.core.lifecycle import Standing
from worker.core.replies import Kind, Meaning, Reply
from worker.core.retry import Again, Patience
from worker.core.steps import Priority
from worker.oversight import Oversight, Terms
from worker.ports import Claim


def claim(number: int) -> Claim:
    return Claim(number, CustomerNo(str(number)), Standing(), 0, protected=False)


def oversight(pace: FakePace | None = None, max_deletes: int | None = None) -> Oversight:
    terms = Terms(Limits(100, max_deletes=max_deletes), Patience(), lambda: 1.0)
    return Oversight(terms, Tally(), clock=VirtualClock(), pace=pace or FakePace(), observer=RecordingObserver())


def test_the_first_cause_of_a_stop_counts() -> None:
    async def main() -> str:
        one = oversight()
        one.halt(out_of_reach(300))
        one.halt(interrupted("SIGTERM"))
        assert one.stop is not None
        return one.stop.why

    assert run(main()) == "outage"


def test_a_bug_overrides_the_first_cause_and_is_overridden_by_nothing() -> None:
    async def main() -> str:
        one = oversight()
        one.halt(interrupted("SIGTERM"))
        one.halt(broken("a bug"))
        one.halt(out_of_reach(300))
        assert one.stop is not None
        return one.stop.why

    assert run(main()) == "broken"


def test_a_pause_ends_with_the_run_and_later_ones_are_sat_out() -> None:
    async def main() -> list[float]:
        loop, one = asyncio.get_running_loop(), oversight()
        loop.call_later(2.0, lambda: one.halt(interrupted("SIGTERM")))
        times = []
        for _ in range(2):
            await one.pause(10.0)
            times.append(loop.time())
        return times

    assert run(main()) == [2.0, 12.0]


def test_a_stop_denies_permits_to_all_but_reading_back() -> None:
    async def main() -> list[bool]:
        pace = FakePace(1.0)
        one = oversight(pace)
        waiting = [asyncio.create_task(pace.permit(priority)) for priority in Priority]
        await asyncio.sleep(0)
        one.halt(interrupted("SIGTERM"))
        return [await task for task in waiting]

    assert run(main()) == [priority is Priority.READ_BACK for priority in Priority]


def test_a_pace_that_denies_permits_while_the_run_goes_on_is_a_bug() -> None:
    async def main() -> str:
        one = oversight()
        one.denied()
        assert one.stop is not None
        return one.stop.why

    assert run(main()) == "broken"


def test_sixty_four_who_want_a_place_at_once_get_as_many_as_there_are() -> None:
    async def main() -> tuple[int, int]:
        one = oversight(max_deletes=10)

        async def want(number: int) -> bool:
            placed = await one.reserve(claim(number))
            await asyncio.sleep(1.0)
            if placed and number % 2:
                one.give_back(claim(number))
            return placed

        wants = [asyncio.create_task(want(number)) for number in range(20)]
        await asyncio.sleep(0.5)
        first = one.tally.charged
        await asyncio.sleep(60)
        one.halt(interrupted("SIGTERM"))
        return first, sum(await asyncio.gather(*wants))

    first, placed = run(main())
    assert first == 10
    assert placed > 10


def test_a_useless_wait_without_a_token_is_parked_and_told() -> None:
    async def main() -> tuple[object, list[tuple[float, str]]]:
        pace = FakePace()
        one = oversight(pace)
        reply = Reply(Kind.TOKEN, Meaning.NOT_SENT, "refused")
        return one.weigh(reply, 0, 0.0), pace.parks

    assert run(main()) == (Again(1.0, park=True, spent=False), [(1.0, "refused")])
