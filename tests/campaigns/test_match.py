"""`match` over whole campaigns: only who the list means is deleted, and nothing of a record is kept."""

from pathlib import Path

import pytest

from tests.campaigns.judge import counted
from tests.campaigns.stage import Stage, cast, staged
from worker.core.lifecycle import Verdict
from worker.errors import Exit, SettingsWrong, UsageWrong
from worker.report import table
from worker.sandbox.population import MARKER, personal, populate
from worker.sandbox.sample import write_sample

PEOPLE = cast(free=4, documents=1)
MATCH = "Navn=name"


def named(stage: Stage, *names: str) -> str:
    """A list of the free customers with these names."""
    path = stage.directory / "named.csv"
    pairs = zip(PEOPLE.free, names, strict=False)
    path.write_text("\n".join(["Kundenr;Navn", *(f"{number};{name}" for number, name in pairs)]) + "\n", "utf-8")
    return str(path)


NAME = str(personal(500_000)["name"])


async def test_only_customers_whose_record_says_what_the_list_says_are_deleted(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        list_ = named(stage, NAME, f"  {NAME.upper()} ", "Kari Nordmann", "")
        plan = await stage.plan(list_, match=MATCH)
        assert plan.reasons[Verdict.INELIGIBLE, "mismatch"] == 2
        assert "is not who the list says" in table(plan.summary, plan.reasons)
        applied = await stage.apply(plan, match=MATCH)
        assert (applied.exit, counted(applied)) == (Exit.SETTLED, {"deleted": 2, "ineligible": 2})
        assert stage.deleted == set(PEOPLE.free[:2])


async def test_nothing_of_a_record_and_no_name_of_the_list_is_logged_or_recorded(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        ending = await stage.run(named(stage, "Kari Nordmann", "Ola", "x", "y"), match=MATCH)
        for name in ("audit.jsonl", "report.html", "summary.json"):
            text = (ending.directory / name).read_text("utf-8")
            assert MARKER not in text
            assert NAME not in text
            assert "Kari Nordmann" not in text
        ledger = (ending.directory / "ledger.db").read_bytes()
        assert not [word for word in (MARKER, NAME) if word.encode() in ledger]
        assert "is not who the list says" in (ending.directory / "report.html").read_text("utf-8")


async def test_the_sandboxs_own_list_matches_its_own_records(tmp_path: Path) -> None:
    population = populate(300, 3, with_documents=0, with_ar_items=0)
    write_sample(tmp_path / "own.csv", population)
    async with staged(tmp_path, cast()) as stage:
        for each in population.customers:
            stage.sandbox.world.add(each)
        ending = await stage.plan(str(tmp_path / "own.csv"), match=MATCH)
        assert counted(ending)["eligible"] == len(population.customers)


async def test_a_name_that_changes_between_plan_and_apply_keeps_the_customer(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        plan = await stage.plan(named(stage, *[NAME] * 4), match=MATCH)
        other = stage.sandbox.world.customers()[PEOPLE.free[0]]
        stage.sandbox.world.delete(other.number, 0.0, 0)
        stage.sandbox.world.add(type(other)(other.number, 500_001))
        ending = await stage.apply(plan, match=MATCH)
        assert counted(ending) == {"deleted": 3, "ineligible": 1}
        assert ending.reasons[Verdict.INELIGIBLE, "mismatch"] == 1


async def test_a_plan_with_it_cannot_be_applied_without(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        plan = await stage.plan(named(stage, *[NAME] * 4), match=MATCH)
        stage.news()
        with pytest.raises(UsageWrong) as refused:
            await stage.apply(plan)
        assert "match was Navn=name when the plan was made" in refused.value.advice[0]
        assert not stage.news()


@pytest.mark.parametrize("match", ["Name=name", "Kundenr2=name"])
async def test_a_column_that_the_list_does_not_have_is_78_and_sends_nothing(tmp_path: Path, match: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(SettingsWrong, match="does not have once"):
            await stage.plan(named(stage, NAME), match=match)
        assert not stage.news()


async def test_a_list_without_a_header_has_no_column_to_match(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(SettingsWrong, match="does not have once"):
            await stage.run(stage.file(PEOPLE.free[1:], "bare.csv", PEOPLE.free[0]), match=MATCH)
