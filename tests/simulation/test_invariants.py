"""Defects planted one at a time around the shell: the invariants must find each, or they would prove nothing."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.fakes.api import FakeApi, Scripted, answered, lost
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.stage import Orders, Stage
from tests.fakes.world import Person
from tests.simulation.invariants import violations
from worker.core.customer import CustomerNo
from worker.core.facts import AttemptFact, IntentFact, Record
from worker.core.guards import Limits
from worker.core.lifecycle import Standing, State
from worker.core.replies import Kind, Meaning, Reply
from worker.core.steps import Rules
from worker.core.values import replace
from worker.ports import Claim, Entry, Work


class Resends(FakeApi):
    """An HTTP client that repeats a DELETE behind our back."""

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        await super().delete(number, withheld)
        return replace(await super().delete(number, withheld), meaning=Meaning.DELETED)


class SeesNothing(FakeApi):
    """Takes every list for an empty one."""

    async def get_documents(self, number: CustomerNo) -> Reply:
        return replace(await super().get_documents(number), meaning=Meaning.CLEAR)


class BelievesAll(FakeApi):
    """Takes every answer to a DELETE for a success."""

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        return replace(await super().delete(number, withheld), meaning=Meaning.DELETED)


class TakesLostForUnsent(FakeApi):
    """Says that a DELETE which was lost on its way has never left."""

    async def delete(self, number: CustomerNo, withheld: Callable[[], str | None] | None = None) -> Reply:
        reply = await super().delete(number, withheld)
        return replace(reply, meaning=Meaning.NOT_SENT) if reply.status is None else reply


class IntentsLater(MemoryLedger):
    """Says that an intent is durable before it is."""

    async def record(self, entry: Entry) -> list[Record]:
        if any(isinstance(fact, IntentFact) for fact in entry.facts):
            self._later = asyncio.ensure_future(super().record(entry))
            return []
        return await super().record(entry)


class IntentsNever(MemoryLedger):
    """Leaves intents out of the audit."""

    async def record(self, entry: Entry) -> list[Record]:
        kept = tuple(fact for fact in entry.facts if not isinstance(fact, IntentFact))
        return await super().record(replace(entry, facts=kept))


class AttemptsNever(MemoryLedger):
    """Leaves attempts out of the audit."""

    async def record(self, entry: Entry) -> list[Record]:
        kept = tuple(fact for fact in entry.facts if not isinstance(fact, AttemptFact))
        return await super().record(replace(entry, facts=kept))


class ForgetsWhoIsProtected(MemoryLedger):
    """Hands out protected customers like any others."""

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        return [replace(claim, protected=False) for claim in await super().claim(work, count=count, spread=spread)]


class ForgetsDoubts(MemoryLedger):
    """Takes an intent that is found at a start for one that never left."""

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        claims = await super().claim(work, count=count, spread=spread)
        for claim in claims:
            self._storage.customers[claim.id - 1].standing = Standing()
        return [replace(claim, standing=Standing()) for claim in claims]


class CountsNobody(MemoryLedger):
    """Does not count what earlier runs have deleted."""

    async def charged(self) -> int:
        return 0


class HandsOutSettled(MemoryLedger):
    """Takes up those again whose DELETE was refused for good."""

    async def claim(self, work: Work, *, count: int, spread: bool) -> list[Claim]:
        for stored in self._storage.customers:
            if stored.standing.state is State.REFUSED and stored.id not in self._had:
                stored.standing = Standing()
        return await super().claim(work, count=count, spread=spread)


def stage_of(**parts: object) -> Stage:
    """Three plain customers, one with documents, one protected; `parts` replace those of the stage."""
    stage = Stage(**parts)  # type: ignore[arg-type]  # the parts are the stage's own fields
    stage.customers(["1", "2", "3"])
    stage.customers(["d"], Person(documents=1))
    stage.customers(["p"], protect=["p"])
    return stage


LOST = Scripted(always={Kind.DELETE: lost(reaches=True, wait=1.0)})
SERVER_ERROR = Scripted(always={Kind.DELETE: answered(500)})
API_DEFECTS: Mapping[type[FakeApi], tuple[str, Scripted]] = {
    Resends: ("e_", Scripted()),
    SeesNothing: ("f_", Scripted()),
    BelievesAll: ("d_", SERVER_ERROR),
    TakesLostForUnsent: ("d_", LOST),
}
LEDGER_DEFECTS: Mapping[type[MemoryLedger], str] = {
    IntentsLater: "a_",
    IntentsNever: "a_",
    AttemptsNever: "e_",
    ForgetsWhoIsProtected: "protected",
}
LATER_DEFECTS: Mapping[type[MemoryLedger], tuple[str, int | None]] = {
    CountsNobody: ("cap", 1),
    HandsOutSettled: ("c_", None),
}


def named(defect: type) -> str:
    return defect.__name__


def test_without_a_defect_nothing_is_found() -> None:
    stage = stage_of()
    stage.run()
    assert violations(stage, Orders()) == []


@pytest.mark.parametrize("defect", API_DEFECTS, ids=named)
def test_a_defect_of_the_client_is_found(defect: type[FakeApi]) -> None:
    letter, faults = API_DEFECTS[defect]
    stage = stage_of(api=defect, faults=faults)
    stage.run()
    assert any(what.startswith(letter) for what in violations(stage, Orders()))


@pytest.mark.parametrize("defect", LEDGER_DEFECTS, ids=named)
def test_a_defect_of_the_ledger_is_found(defect: type[MemoryLedger]) -> None:
    stage = stage_of(ledger=defect)
    stage.run(Orders(disk=1.0))
    assert any(what.startswith(LEDGER_DEFECTS[defect]) for what in violations(stage, Orders()))


@pytest.mark.parametrize("defect", LATER_DEFECTS, ids=named)
def test_a_defect_that_shows_in_the_next_run_is_found(defect: type[MemoryLedger]) -> None:
    letter, cap = LATER_DEFECTS[defect]
    refused_once = Scripted(once={(Kind.DELETE, "1"): [answered(409)]})
    stage = stage_of(ledger=defect, faults=refused_once)
    orders = Orders(limits=Limits(5, max_deletes=cap, max_failure_share=1.0))
    for _ in range(2):
        stage.run(orders)
    assert any(what.startswith(letter) for what in violations(stage, orders))


def test_a_doubt_that_is_forgotten_over_a_crash_is_found_for_some_moment_of_the_crash() -> None:
    found = False
    for at in range(60, 120):
        stage = stage_of(ledger=ForgetsDoubts)
        stage.run(Orders(crash_at=at))
        stage.run()
        found = found or any(what.startswith("d_") for what in violations(stage, Orders()))
    assert found


def test_a_clearance_that_is_used_too_late_is_found() -> None:
    stage = stage_of()
    stage.run(Orders(rules=Rules(check_max_age=60.0), interval=1.0))
    assert any(what.startswith("f_") for what in violations(stage, Orders(rules=Rules(check_max_age=0.5))))


def test_a_delete_after_the_stop_is_found() -> None:
    stage = stage_of()
    stage.run()
    stage.runs[0].stopped_at = 1
    assert any(what.startswith("h_") for what in violations(stage, Orders()))


def test_a_verdict_that_the_audit_does_not_tell_is_found() -> None:
    stage = stage_of()
    stage.run()
    stage.storage.of("d").standing = Standing(State.REFUSED)
    assert any(what.startswith("b_") for what in violations(stage, Orders()))
