"""plan puts what it found under a digest; apply deletes exactly that, under exactly these settings, and no more."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import QUICK, Stage, cast, staged
from worker.errors import Exit, InputWrong, SettingsWrong, UsageWrong
from worker.sandbox.options import SandboxOptions
from worker.sandbox.server import Sandbox, serve

FEW = cast(free=4, documents=2, ar_items=1, absent=1)


async def test_a_plan_sends_gets_only_and_ends_with_a_digest(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.plan()
        assert ending.exit is Exit.SETTLED
        assert counted(ending) == {"eligible": 4, "ineligible": 3, "already_absent": 1}
        assert {record.method for record in stage.news()} == {"GET"}
        assert re.fullmatch("[0-9a-f]{64}", files(ending).summary["plan_digest"] or "")


async def test_reads_stop_at_the_first_that_settles_the_customer(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.plan()
        found = files(ending)
        assert stage.sent() == {"get_customer": 8, "get_documents": 7, "get_aritems": 5}
        (verdict,) = found.of(FEW.documents[0], "verdict")
        assert (verdict["reason"], verdict["evidence"]) == ("documents", {"customer": "some", "documents": "some"})


async def test_apply_checks_each_customer_again_and_deletes_what_the_plan_found(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        stage.news()
        ending = await stage.apply(plan)
        assert (ending.exit, stage.deleted) == (Exit.SETTLED, set(FEW.free))
        assert stage.sent() == {"get_customer": 4, "get_documents": 4, "get_aritems": 4, "delete": 4}
        assert counted(ending) == {"deleted": 4, "ineligible": 3, "already_absent": 1}


async def test_a_wrong_approval_is_64_and_nothing_is_sent(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        stage.news()
        with pytest.raises(UsageWrong):
            await stage.apply(plan, approve="0" * 64)
        assert not stage.news()


async def test_a_campaign_without_a_complete_plan_cannot_be_applied(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW, "http_403@get_documents") as stage:
        plan = await stage.plan()
        assert (plan.exit, plan.summary.plan_digest) == (Exit.FORBIDDEN, None)
        stage.news()
        with pytest.raises(UsageWrong):
            await stage.apply(plan)
        assert not stage.news()


async def test_a_plan_that_ends_10_has_a_digest_and_apply_leaves_the_unchecked_alone(tmp_path: Path) -> None:
    people = cast(free=4, documents=2)
    async with staged(tmp_path, people) as stage:
        stage.faults("http_500@get_documents#2-2")
        plan = await stage.plan(attempts=1, concurrency=1)
        assert (plan.exit, counted(plan)) == (Exit.UNSETTLED, {"eligible": 4, "ineligible": 1, "unchecked": 1})
        stage.faults("")
        stage.news()
        ending = await stage.apply(plan)
        assert (ending.exit, counted(ending)) == (Exit.UNSETTLED, {"deleted": 4, "ineligible": 1, "unchecked": 1})
        assert {record.customer for record in stage.news()} == set(people.free)


async def test_the_digest_stays_the_same_over_reruns_of_apply(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        first = await stage.apply(plan, max_deletes=1, concurrency=1)
        second = await stage.apply(plan, max_deletes=3)
        third = await stage.apply(plan)
        digests = {ending.summary.plan_digest for ending in (plan, first, second, third)}
        assert len(digests) == 1
        assert (first.exit, second.exit, third.exit) == (20, 20, 0)


async def _digest(directory: Path) -> str:
    directory.mkdir()
    async with staged(directory, FEW) as stage:
        return str((await stage.plan()).summary.plan_digest)


OTHERWISE: Mapping[str, object] = {
    "max_delete_share": 1,
    "max_failure_share": 0.5,
    "max_in_doubt": 3,
    "max_invalid_share": 0.5,
    "sentinel": FEW.documents[0],
    "check_max_age": 3,
    "verify_share": 0.25,
}


@pytest.mark.parametrize("name", OTHERWISE)
async def test_a_guard_setting_that_drifted_since_the_plan_is_64_and_nothing_is_sent(tmp_path: Path, name: str) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        stage.news()
        stage.flags[name] = OTHERWISE[name]
        with pytest.raises(UsageWrong) as refused:
            await stage.apply(plan)
        assert not stage.news()
        assert any(line.startswith(f"{name} was ") for line in refused.value.advice)


@pytest.mark.parametrize("name", OTHERWISE)
async def test_another_guard_setting_makes_another_digest(tmp_path: Path, name: str) -> None:
    async with staged(tmp_path, FEW) as stage:
        before = (await stage.plan()).summary.plan_digest
        stage.flags[name] = OTHERWISE[name]
        after = (await stage.plan()).summary.plan_digest
        stage.flags[name] = QUICK.get(name)
        same = (await stage.plan()).summary.plan_digest
        assert before == same != after


async def test_another_input_host_or_client_makes_another_digest(tmp_path: Path) -> None:
    plain = await _digest(tmp_path / "plain")  # Each sandbox has a port of its own, hence another base URL.
    hosts = await _digest(tmp_path / "hosts")
    async with staged(tmp_path, FEW) as stage:
        digests = [
            (await stage.plan(stage.file(numbers), name=name)).summary.plan_digest
            for name, numbers in (("a", FEW.all), ("b", FEW.all), ("c", FEW.all[::-1]), ("d", FEW.free))
        ]
    assert digests[0] == digests[1]
    assert len({plain, hosts, *digests}) == 5


async def test_apply_may_only_shrink_the_planned_set(tmp_path: Path) -> None:
    people = cast(free=4, documents=2, absent=1)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan()
        stage.sandbox.world.attach(people.free[0], ar_items=1)
        await _freed(stage, people.documents[0])
        protect = stage.file([people.free[1]], "protect.csv")
        ending = await stage.apply(plan, protect=protect)
        assert (ending.exit, stage.deleted) == (Exit.SETTLED, set(people.free[2:]))
        verdicts = files(ending).verdicts()
        assert verdicts[people.free[0]] == ("ineligible", "ar_items")
        assert verdicts[people.free[1]] == ("protected", "protect_list")
        assert verdicts[people.documents[0]] == ("ineligible", "documents")


async def _freed(stage: Stage, number: str) -> None:
    """A customer that had documents has none any more."""
    attached = stage.sandbox.world.find(number)
    assert attached is not None
    stage.sandbox.world.attach(number, documents=-attached.documents)


async def test_planning_again_takes_up_open_rows_only(tmp_path: Path) -> None:
    people = cast(free=3, documents=2)
    async with staged(tmp_path, people, "http_500@get_customer#1-1") as stage:
        first = await stage.plan(attempts=1, concurrency=1)
        assert counted(first) == {"eligible": 3, "ineligible": 1, "unchecked": 1}
        stage.faults("")
        stage.news()
        second = await stage.plan()
        assert {record.customer for record in stage.news()} == {people.documents[0]}
        assert (second.exit, counted(second)) == (Exit.SETTLED, {"eligible": 3, "ineligible": 2})


async def test_recheck_takes_up_all_but_deletions(tmp_path: Path) -> None:
    people = cast(free=3, documents=2, absent=1)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan()
        await stage.apply(plan, max_deletes=1, concurrency=1)
        await _freed(stage, people.documents[0])
        stage.news()
        again = await stage.plan(None, name=plan.note.name, again=True)
        assert {record.customer for record in stage.news()} == set(people.all) - stage.deleted
        assert counted(again) == {"deleted": 1, "eligible": 3, "ineligible": 1, "already_absent": 1}
        assert again.summary.plan_digest != plan.summary.plan_digest
        assert (await stage.verify(again)).problems == ()
        ending = await stage.apply(again)
        assert counted(ending) == {"deleted": 4, "ineligible": 1, "already_absent": 1}


async def test_a_run_with_recheck_takes_up_what_was_settled_but_not_deleted(tmp_path: Path) -> None:
    people = cast(free=2, documents=2)
    async with staged(tmp_path, people) as stage:
        begun = await stage.run()
        await _freed(stage, people.documents[0])
        assert counted(await stage.run(None, name=begun.note.name)) == {"deleted": 2, "ineligible": 2}
        ending = await stage.run(None, name=begun.note.name, again=True)
        assert counted(ending) == {"deleted": 3, "ineligible": 1}


async def test_what_apply_did_not_reach_becomes_not_reached(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        ending = await stage.apply(plan, max_deletes=1, concurrency=1)
        assert counted(ending) == {"deleted": 1, "not_reached": 3, "ineligible": 3, "already_absent": 1}


async def test_a_planned_campaign_refuses_run_and_shows_the_apply_line(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        stage.news()
        for text in ("", None):
            with pytest.raises(UsageWrong) as refused:
                await stage.run(text, name=plan.note.name)
            assert f"amili-purge apply {plan.note.name} --approve {plan.summary.plan_digest}" in refused.value.advice
        assert not stage.news()


async def test_a_campaign_begun_by_run_refuses_plan(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        begun = await stage.run(max_deletes=0)
        stage.news()
        with pytest.raises(UsageWrong):
            await stage.plan(name=begun.note.name)
        with pytest.raises(UsageWrong):
            await stage.apply(begun)
        assert not stage.news()


async def test_the_same_command_on_the_same_file_goes_on_with_the_same_campaign(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        first, second = await stage.run(max_deletes=2), await stage.run(max_deletes=4)
        assert re.fullmatch(r"list-[0-9a-f]{10}", first.note.name)
        assert (first.directory, first.exit, second.exit) == (second.directory, 20, 0)


async def test_the_same_name_with_another_file_is_65(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        await stage.plan(name="spring")
        stage.news()
        with pytest.raises(InputWrong):
            await stage.plan(stage.file(FEW.free, "other.csv"), name="spring")
        assert not stage.news()


async def test_the_same_rows_in_other_bytes_are_the_same_campaign(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        first = await stage.plan(name="spring")
        other = tmp_path / "other.csv"
        other.write_bytes("\r\n".join(("Kundenr", *FEW.all, "")).encode("utf-8-sig"))
        second = await stage.plan(str(other), name="spring")
        assert first.note.input_digest == second.note.input_digest


@pytest.mark.parametrize("text", ["", None])
async def test_another_client_or_base_url_is_78(tmp_path: Path, text: str | None) -> None:
    async with staged(tmp_path, FEW) as stage, serve(Sandbox(SandboxOptions(customers=0))) as elsewhere:
        plan = await stage.plan(name="spring")
        stage.news()
        for name, value in (("client_no", 7), ("base_url", elsewhere)):
            before, stage.flags[name] = stage.flags[name], value
            with pytest.raises(SettingsWrong):
                await stage.plan(text, name="spring")
            with pytest.raises(SettingsWrong):
                await stage.apply(plan)
            stage.flags[name] = before
        assert not stage.news()


async def test_a_campaign_goes_on_by_its_name_alone_when_the_input_is_gone(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        begun = await stage.run(name="spring", max_deletes=1)
        Path(stage.list).unlink()
        ending = await stage.run(None, name="spring")
        assert (begun.exit, ending.exit, stage.deleted) == (20, 0, set(FEW.free))


async def test_a_unique_beginning_of_a_name_will_do(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        await stage.plan(name="spring-a")
        await stage.plan(name="spring-b")
        with pytest.raises(UsageWrong):
            await stage.apply("spring")
        assert (await stage.apply("spring-a")).exit is Exit.SETTLED


async def test_run_checks_and_deletes_in_one_pass(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.run()
        assert (ending.exit, stage.deleted) == (Exit.SETTLED, set(FEW.free))
        assert counted(ending) == {"deleted": 4, "ineligible": 3, "already_absent": 1}
        assert stage.sent() == {"get_customer": 8, "get_documents": 7, "get_aritems": 5, "delete": 4}


async def test_run_without_a_cap_is_64(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        with pytest.raises(UsageWrong):
            await stage.run(max_deletes=None)
        assert not stage.news()
