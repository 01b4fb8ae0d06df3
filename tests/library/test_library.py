"""A program embeds the worker: it adds customers from anywhere, plans, runs, steers and reads, by the public names."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.campaigns.stage import Stage, cast, staged
from tests.databases import database
from worker import (
    Busy,
    Campaign,
    Customer,
    Exit,
    InputWrong,
    SettingsWrong,
    UsageWrong,
    Verdict,
    open_campaign,
)
from worker.app import evidence
from worker.app.adding import BATCH
from worker.sandbox.faults import Kind

PEOPLE = cast(free=6, documents=2)


@pytest.fixture(params=["file", "database"])
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    for name in [name for name in os.environ if name.upper().startswith("AMILI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        async with staged(tmp_path, PEOPLE) as stage:
            if request.param == "database":
                stage.environ["AMILI_LEDGER"] = stack.enter_context(database())
            for name, value in stage.environ.items():
                monkeypatch.setenv(name, value)
            stage.flags["log_level"] = "error"
            yield stage


def opened(stage: Stage, name: str = "moved", *, planned: bool = True, **changes: object) -> Campaign:
    return open_campaign(name, planned=planned, settings={**stage.flags, **changes})


async def each(*customers: str | Customer) -> AsyncIterator[str | Customer]:
    for one in customers:
        await asyncio.sleep(0)
        yield one


def verdicts(campaign: Campaign) -> dict[str, Verdict]:
    return {row.customer: row.verdict for row in campaign.verdicts()}


async def test_a_planned_campaign_deletes_what_was_added_and_approved(stage: Stage) -> None:
    campaign = opened(stage)
    added = await campaign.add(each(*PEOPLE.all, PEOPLE.free[0], "no number"))
    assert (added.given, added.rows, added.customers, added.invalid, added.duplicate) == (10, 9, 8, 1, 0)
    planned = await campaign.plan()
    assert planned.note.plan is not None
    assert planned.note.plan.eligible == len(PEOPLE.free)
    assert stage.deleted == set()
    ended = await campaign.apply(planned.note.plan.digest)
    assert ended.exit is Exit.SETTLED
    assert stage.deleted == set(PEOPLE.free)
    told = verdicts(campaign)
    assert [told[number] for number in PEOPLE.free] == [Verdict.DELETED] * 6
    assert (told[PEOPLE.documents[0]], told["no number"]) == (Verdict.INELIGIBLE, Verdict.INVALID)
    await campaign.report()
    assert evidence.verify(stage.offline(), "moved").problems == ()


async def test_a_digest_that_is_not_the_plans_sends_nothing(stage: Stage) -> None:
    campaign = opened(stage)
    await campaign.add(each(*PEOPLE.free))
    await campaign.plan()
    with pytest.raises(UsageWrong, match="not the one that was approved"):
        await campaign.apply("0" * 64)
    assert stage.deleted == set()


async def test_who_is_added_after_the_plan_waits_for_another_one(stage: Stage) -> None:
    campaign = opened(stage)
    await campaign.add(each(*PEOPLE.free[:3]))
    first = await campaign.plan()
    await campaign.add(each(*PEOPLE.free[3:]))
    assert first.note.plan is not None
    await campaign.apply(first.note.plan.digest)
    assert stage.deleted == set(PEOPLE.free[:3])
    assert verdicts(campaign)[PEOPLE.free[3]] is Verdict.NOT_REACHED
    second = await campaign.plan()
    assert second.note.plan is not None
    await campaign.apply(second.note.plan.digest)
    assert stage.deleted == set(PEOPLE.free)


async def test_the_same_requests_again_change_nothing_and_a_new_id_opens_a_settled_customer(stage: Stage) -> None:
    campaign = opened(stage, planned=False, max_deletes=100)
    one = Customer(PEOPLE.documents[0], "first")
    await campaign.add(each(one))
    assert (await campaign.run()).exit is Exit.SETTLED
    again = await campaign.add(each(one))
    assert (again.known, again.rows) == (1, 0)
    stage.news()
    await campaign.run()
    assert stage.sent()["get_customer"] == 0
    await campaign.add(each(Customer(PEOPLE.documents[0], "second")))
    await campaign.run()
    assert stage.sent()["get_customer"] > 0
    assert [row.request.rpartition(":")[2] for row in campaign.verdicts()] == ["first", "second"]


async def test_what_came_before_an_iterable_failed_stays_in_whole_batches(stage: Stage) -> None:
    async def failing() -> AsyncIterator[str]:
        for number in range(BATCH + 1):
            yield str(700_000 + number)
        raise ConnectionError("the old system is gone")

    campaign = opened(stage)
    with pytest.raises(ConnectionError):
        await campaign.add(failing())
    assert (await campaign.status()).summary.rows == BATCH
    assert (await campaign.add(each("700000", "999999"))).known == 1


async def test_a_campaign_is_steered_from_another_task(stage: Stage) -> None:
    campaign = opened(stage, planned=False, max_deletes=100, rate=10)
    await campaign.add(each(*PEOPLE.free))
    run = asyncio.create_task(campaign.run())
    await stage.until(Kind.DELETE)
    assert (await campaign.pause()).now.paused
    assert (await campaign.set_rate(5)).now.rate == 5
    assert (await campaign.set_max_deletes(50)).now.max_deletes == 50
    assert (await campaign.status()).working
    await campaign.stop()
    assert (await run).exit is Exit.SAFETY_STOP
    assert (await campaign.run()).exit is Exit.SAFETY_STOP
    assert (await campaign.resume("it was a test")).lifted
    await campaign.set_rate(2000)
    assert (await opened(stage, planned=False, max_deletes=100).run()).exit is Exit.SETTLED
    assert stage.deleted == set(PEOPLE.free)


async def test_a_run_needs_no_main_thread(stage: Stage) -> None:
    campaign = opened(stage, planned=False, max_deletes=100)
    await campaign.add(each(*PEOPLE.free))
    ended = await asyncio.to_thread(lambda: asyncio.run(campaign.run()))
    assert ended.exit is Exit.SETTLED


async def test_a_name_means_that_campaign_and_no_longer_one(stage: Stage) -> None:
    await opened(stage, "moved-in-spring").add(each(*PEOPLE.free))
    with pytest.raises(UsageWrong, match="no campaign moved"):
        await opened(stage, "moved").plan()


async def test_the_campaign_of_a_file_is_not_a_programs(stage: Stage) -> None:
    await stage.plan(name="listed")
    with pytest.raises(InputWrong, match="bound to an input"):
        await opened(stage, "listed").add(each(*PEOPLE.free))


@pytest.mark.parametrize("stage", ["file"], indirect=True)
async def test_in_a_file_nobody_adds_while_it_is_worked(stage: Stage) -> None:
    campaign = opened(stage, planned=False, max_deletes=100, rate=10)
    await campaign.add(each(*PEOPLE.free))
    run = asyncio.create_task(campaign.run())
    await stage.until(Kind.GET_CUSTOMER)
    with pytest.raises(Busy):
        await campaign.add(each("999999"))
    await campaign.stop()
    await run


@pytest.mark.parametrize("name", ["", "../up", ".hidden"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(UsageWrong, match="campaign's name"):
        open_campaign(name)


async def test_a_setting_that_does_not_exist_is_refused(stage: Stage) -> None:
    with pytest.raises(SettingsWrong, match="cannot be accepted"):
        opened(stage, max_deleets=1)
