"""The guards over whole campaigns: caps, shares, one cause, and the latch that outlives a run."""

from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import cast, staged
from worker.core.guards import Stop
from worker.errors import Exit


def _why(stop: Stop | None) -> str:
    return "" if stop is None else stop.why


async def test_max_deletes_counts_over_all_runs_and_is_reached_exactly(tmp_path: Path) -> None:
    people = cast(free=30)
    async with staged(tmp_path, people) as stage:
        first = await stage.run(max_deletes=12, concurrency=16)
        assert (first.exit, _why(first.stop), len(stage.deleted)) == (20, "max_deletes", 12)
        stage.news()
        same = await stage.run(max_deletes=12, concurrency=16)
        assert (same.exit, _why(same.stop), stage.sent()["delete"]) == (20, "max_deletes", 0)
        higher = await stage.run(max_deletes=30)
        assert (higher.exit, counted(higher)) == (Exit.SETTLED, {"deleted": 30})


async def test_max_deletes_stops_only_when_one_more_delete_is_wanted(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3, documents=3)) as stage:
        ending = await stage.run(max_deletes=3)
        assert (ending.exit, ending.stop, len(stage.deleted)) == (Exit.SETTLED, None, 3)


async def test_a_certain_refusal_gives_its_place_back(tmp_path: Path) -> None:
    people = cast(free=25)
    async with staged(tmp_path, people, "arrives@delete#1-30") as stage:
        ending = await stage.run(max_deletes=10, max_failure_share=1, concurrency=4)
        refused = counted(ending)["refused"]
        assert refused > 0
        assert (ending.exit, counted(ending)["deleted"]) == (20, 10)


async def test_in_doubt_keeps_its_place(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people, "no_content@delete,http_500@get_customer#5-5") as stage:
        ending = await stage.run(max_deletes=1, concurrency=1, attempts=1)
        assert (ending.exit, counted(ending)) == (20, {"in_doubt": 1, "not_reached": 2})


async def test_the_cap_does_not_latch(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3)) as stage:
        ending = await stage.run(max_deletes=1)
        assert (ending.exit, ending.note.latch) == (20, None)


async def test_apply_judges_max_delete_share_before_the_first_delete(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=6, documents=4)) as stage:
        plan = await stage.plan(max_delete_share=0.5)
        stage.news()
        ending = await stage.apply(plan, max_delete_share=0.5)
        assert (ending.exit, _why(ending.stop)) == (20, "max_delete_share")
        assert not stage.news()


async def test_apply_within_its_share_is_not_stopped_by_the_deletions_that_it_is_made_of(tmp_path: Path) -> None:
    people = cast(free=110, documents=110)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan(max_delete_share=0.5)
        ending = await stage.apply(plan, max_delete_share=0.5)
        assert (ending.exit, len(stage.deleted)) == (Exit.SETTLED, 110)


async def test_run_judges_max_delete_share_once_a_hundred_are_settled(tmp_path: Path) -> None:
    people = cast(free=130)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(max_delete_share=0.5, concurrency=1)
        assert (ending.exit, _why(ending.stop), len(stage.deleted)) == (20, "max_delete_share", 100)


async def test_failures_stop_the_run_once_twenty_have_ended(tmp_path: Path) -> None:
    people = cast(free=40)
    async with staged(tmp_path, people, "http_422@delete#30-") as stage:
        ending = await stage.run(concurrency=1)
        assert (ending.exit, _why(ending.stop)) == (20, "max_failure_share")
        assert ending.note.latch is not None
        assert sum(counted(ending).get(name, 0) for name in ("deleted", "refused")) == 20


async def test_failures_within_their_share_do_not_stop_the_run(tmp_path: Path) -> None:
    people = cast(free=40)
    async with staged(tmp_path, people, "http_422@delete#30-40") as stage:
        ending = await stage.run(concurrency=1, max_failure_share=0.2)
        assert (ending.exit, ending.stop) == (Exit.SETTLED, None)
        assert counted(ending)["refused"] > 1


async def test_more_than_max_in_doubt_stops_the_run(tmp_path: Path) -> None:
    people = cast(free=10)
    async with staged(tmp_path, people) as stage:
        stage.faults("no_content@delete,http_400@get_customer#5-5,http_400@get_customer#10-10")
        ending = await stage.run(concurrency=1, max_in_doubt=1)
        assert (ending.exit, _why(ending.stop), counted(ending)["in_doubt"]) == (20, "max_in_doubt", 2)


ONE_CAUSE = {
    "documents 404": ("empty_404@get_documents", 'empty_list = "200,404"'),
    "documents 204": ("empty_204@get_documents", 'empty_list = "200,204"'),
    "AR items 404": ("empty_404@get_aritems", 'empty_list = "200,404"'),
    "ignored filter": ("ignore_filter@get_documents", 'documents_filter = "NAME"'),
    "other type": ("null@get_aritems", "aritems_key"),
    "wrong prefix": ("html@get_customer", "base_url"),
}


@pytest.mark.parametrize("name", ONE_CAUSE)
async def test_twenty_unchecked_for_one_cause_are_76_with_the_settings_line(tmp_path: Path, name: str) -> None:
    fault, line = ONE_CAUSE[name]
    people = cast(free=40, documents=2)
    async with staged(tmp_path, people, fault) as stage:
        numbers = people.free + people.documents
        ending = await stage.run(stage.file(numbers), attempts=1)
        assert ending.stop is not None
        assert (ending.exit, ending.stop.why, stage.deleted) == (Exit.PROTOCOL, "one_cause", set())
        assert line in "\n".join(ending.stop.advice)
        assert counted(ending)["unchecked"] >= 20


@pytest.mark.parametrize("status", ["204", "404"])
async def test_an_empty_list_is_accepted_when_the_setting_says_so(tmp_path: Path, status: str) -> None:
    async with staged(tmp_path, cast(free=3, documents=1), f"empty_{status}") as stage:
        plain = await stage.plan()
        assert (plain.exit, counted(plain)) == (10, {"ineligible": 1, "unchecked": 3})
        accepted = await stage.plan(empty_list=f"200,{status}")
        assert (accepted.exit, counted(accepted)) == (0, {"ineligible": 1, "eligible": 3})


async def test_a_latched_stop_bars_later_starts_until_it_is_lifted_and_that_is_audited(tmp_path: Path) -> None:
    people = cast(free=40)
    async with staged(tmp_path, people, "http_422@delete") as stage:
        stopped = await stage.run(concurrency=1)
        stage.faults("")
        stage.news()
        barred = await stage.run(concurrency=1)
        assert barred.stop is not None
        assert (barred.exit, barred.stop.why) == (20, "latched")
        assert "max_failure_share" in barred.stop.message
        assert not stage.news()
        lifted = await stage.resume(stopped, "documents were moved")
        assert lifted is not None
        (control,) = files(stopped).kinds("control")
        assert (control["action"], control["because"], control["lifted"]) == ("resume", "documents were moved", lifted)
        ending = await stage.run()
        assert (ending.exit, counted(ending)) == (0, {"deleted": 20, "refused": 20})


async def test_there_is_nothing_to_lift_where_nothing_latched(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=1)) as stage:
        ending = await stage.plan()
        before = files(ending).audit.read_bytes()
        assert await stage.resume(ending) is None
        assert files(ending).audit.read_bytes() == before


async def test_rows_beyond_the_limit_are_not_reached_and_stop_nothing(tmp_path: Path) -> None:
    people = cast(free=5)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(limit=2)
        assert (ending.exit, counted(ending), stage.deleted) == (
            0,
            {"deleted": 2, "not_reached": 3},
            set(people.free[:2]),
        )
        more = await stage.run()
        assert counted(more) == {"deleted": 5}


async def test_a_limited_run_with_an_unchecked_row_is_10(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=5), "http_400@get_documents#2-2") as stage:
        ending = await stage.run(limit=2, concurrency=1)
        assert (ending.exit, counted(ending)) == (10, {"unchecked": 1, "deleted": 1, "not_reached": 3})


async def test_a_limited_plan_can_be_applied(tmp_path: Path) -> None:
    people = cast(free=5)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan(limit=1)
        assert (plan.exit, counted(plan)) == (0, {"eligible": 1, "not_reached": 4})
        ending = await stage.apply(plan)
        assert (ending.exit, counted(ending)) == (0, {"deleted": 1, "not_reached": 4})


async def test_a_latched_campaign_can_still_be_reconciled(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people, "wrong_customer@delete") as stage:
        stopped = await stage.run(concurrency=1)
        assert (stopped.exit, counted(stopped)) == (20, {"in_doubt": 1, "not_reached": 2})
        stage.faults("")
        ending = await stage.reconcile(stopped)
        assert counted(ending) == {"deleted_inferred": 1, "not_reached": 2}
        assert (await stage.run()).exit is Exit.SAFETY_STOP


async def test_a_place_taken_by_a_doubt_is_free_once_the_doubt_is_settled_otherwise(tmp_path: Path) -> None:
    people = cast(free=2)
    async with staged(tmp_path, people, "http_500@delete,http_400@get_customer#5-5") as stage:
        assert counted(await stage.run(concurrency=1, max_deletes=1)) == {"in_doubt": 1, "not_reached": 1}
        stage.faults("")
        stage.sandbox.world.attach(people.free[0], documents=1)
        ending = await stage.run(concurrency=1, max_deletes=1)
        assert (ending.exit, counted(ending)) == (0, {"ineligible": 1, "deleted": 1})
