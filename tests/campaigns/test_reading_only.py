"""Commands that only read: reconcile and explain send GETs, and say what they found."""

from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import Stage, cast, staged
from worker.app import diagnosis
from worker.app.ending import Ending
from worker.errors import Exit, SettingsWrong, UsageWrong
from worker.sandbox.population import MARKER

PEOPLE = cast(free=2, documents=1, ar_items=1, absent=1)
UNREADABLE = "http_400@get_customer#5-5"
"""The reading back after the first DELETE, in a run of one customer at a time."""


async def _doubtful(stage: Stage) -> Ending:
    """A run that leaves its only customer in doubt."""
    ending = await stage.run(stage.file(PEOPLE.free[:1], "doubtful.csv"), concurrency=1)
    assert (ending.exit, counted(ending)) == (10, {"in_doubt": 1})
    stage.faults("")
    stage.news()
    return ending


def _methods(stage: Stage) -> set[str]:
    return {record.method for record in stage.news()}


async def test_reconcile_settles_a_deletion_in_doubt_by_reading_only(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE, f"no_content@delete,{UNREADABLE}") as stage:
        doubtful = await _doubtful(stage)
        ending = await stage.reconcile(doubtful)
        assert (ending.exit, counted(ending)) == (0, {"deleted_inferred": 1})
        assert _methods(stage) == {"GET"}


async def test_reconcile_leaves_a_customer_who_is_still_there_in_doubt(tmp_path: Path) -> None:
    """The DELETE may still be on its way: only `apply` or `run` may send another one."""
    async with staged(tmp_path, PEOPLE, f"http_500@delete,{UNREADABLE}") as stage:
        doubtful = await _doubtful(stage)
        ending = await stage.reconcile(doubtful)
        assert (ending.exit, files(ending).verdicts()[PEOPLE.free[0]]) == (10, ("in_doubt", "still_there"))
        assert _methods(stage) == {"GET"}
        again = await stage.run(None, name=doubtful.note.name)
        assert (again.exit, counted(again)) == (0, {"deleted": 1})


async def test_reconcile_settles_a_customer_who_has_something_attached_by_now(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE, f"http_500@delete,{UNREADABLE}") as stage:
        doubtful = await _doubtful(stage)
        stage.sandbox.world.attach(PEOPLE.free[0], ar_items=1)
        ending = await stage.reconcile(doubtful)
        assert (ending.exit, counted(ending)) == (0, {"ineligible": 1})


async def test_reconcile_takes_up_nothing_but_doubts(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        begun = await stage.run(max_deletes=0)
        stage.news()
        ending = await stage.reconcile(begun)
        assert not stage.news()
        assert counted(ending) == counted(begun)


async def test_a_later_run_takes_a_doubt_up_by_reading_first(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE, f"no_content@delete,{UNREADABLE}") as stage:
        doubtful = await _doubtful(stage)
        ending = await stage.run(None, name=doubtful.note.name)
        assert (ending.exit, counted(ending)) == (0, {"deleted_inferred": 1})
        assert _methods(stage) == {"GET"}


async def test_a_plan_made_anew_reads_a_doubt_and_does_not_call_it_eligible(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        plan = await stage.plan(stage.file(PEOPLE.free[:1], "one.csv"))
        stage.faults("http_500@delete,http_400@get_customer#8-8")
        assert counted(await stage.apply(plan)) == {"in_doubt": 1}
        stage.faults("")
        again = await stage.plan(None, name=plan.note.name)
        assert files(again).verdicts()[PEOPLE.free[0]] == ("in_doubt", "still_there")


WOULD = {
    PEOPLE.free[0]: "delete it",
    PEOPLE.documents[0]: "leave it: ineligible (documents)",
    PEOPLE.ar_items[0]: "leave it: ineligible (ar_items)",
    PEOPLE.absent[0]: "hold it as already_absent until another customer answers 200",
}


@pytest.mark.parametrize("number", WOULD)
async def test_explain_shows_each_check_and_what_a_run_would_do(tmp_path: Path, number: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        findings = await diagnosis.explain(stage.loaded(), number)
        asked = stage.news()
        assert len(findings) == len(asked) + 1
        assert (findings[-1].what, findings[-1].seen) == ("a run would", WOULD[number])
        assert {record.method for record in asked} == {"GET"}
        assert not stage.campaigns.exists()


async def test_explain_knows_the_protect_list_and_unreadable_answers(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        protect = stage.file(PEOPLE.free, "protect.csv")
        findings = await diagnosis.explain(stage.loaded(protect=protect), PEOPLE.free[0])
        assert "protected" in findings[-1].seen
        stage.faults("empty_404@get_documents")
        findings = await diagnosis.explain(stage.loaded(), PEOPLE.free[0])
        assert findings[-1].seen == "leave it: unchecked (documents:http_404)"
        assert 'empty_list = "200,404"' in findings[1].advice


async def test_explain_of_what_is_no_number_is_64(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(UsageWrong):
            await diagnosis.explain(stage.loaded(), "12/34")
        assert not stage.news()


async def test_explain_shows_no_field_of_a_record(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        found = str(await diagnosis.explain(stage.loaded(), PEOPLE.documents[0]))
        assert MARKER not in found
        assert stage.sandbox.token not in found


async def test_a_command_that_needs_the_api_names_every_setting_that_is_missing(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        stage.environ = {}
        stage.flags |= {"base_url": None, "client_no": None}
        with pytest.raises(SettingsWrong) as refused:
            await stage.plan()
        assert [line.split()[0] for line in refused.value.advice] == ["base_url", "client_no", "no"]


async def test_a_token_file_that_cannot_be_read_is_78_and_leaves_an_older_plan_in_force(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        plan = await stage.plan()
        environ, stage.environ = stage.environ, {}
        with pytest.raises(SettingsWrong):
            await stage.plan(token_file=str(tmp_path / "missing"))
        stage.environ = environ
        assert (await stage.apply(plan)).exit is Exit.SETTLED
