"""Who is believed to be gone, who is protected, and what a sentinel does for both."""

from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import Stage, cast, staged
from worker.app.ending import Ending
from worker.errors import Exit, SettingsWrong
from worker.sandbox.faults import Kind


def _why(ending: Ending) -> str:
    return "" if ending.stop is None else ending.stop.why


def _asked(stage: Stage) -> list[str | None]:
    return [record.customer for record in stage.news() if record.kind is Kind.GET_CUSTOMER]


async def test_a_404_is_believed_once_a_later_customer_answers_200(tmp_path: Path) -> None:
    people = cast(documents=1, absent=3)
    async with staged(tmp_path, people) as stage:
        ending = await stage.plan(stage.file(people.absent + people.documents), concurrency=1)
        assert (ending.exit, counted(ending)) == (0, {"already_absent": 3, "ineligible": 1})
        assert _asked(stage) == [*people.absent, *people.documents]


async def test_nobody_exists_in_a_list_of_twenty_stops_the_run(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(absent=20)) as stage:
        ending = await stage.plan()
        assert (ending.exit, _why(ending), counted(ending)) == (20, "nobody_exists", {"unchecked": 20})
        assert ending.stop is not None
        assert "sentinel" in "\n".join(ending.stop.advice)
        assert ending.note.latch is not None


async def test_nobody_exists_in_a_shorter_list_is_10(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(absent=19)) as stage:
        ending = await stage.plan()
        assert (ending.exit, ending.stop, counted(ending)) == (10, None, {"unchecked": 19})


async def test_a_hundred_who_do_not_exist_stop_a_longer_list(tmp_path: Path) -> None:
    people = cast(absent=300)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(concurrency=4)
        asked = _asked(stage)
        assert (ending.exit, _why(ending)) == (20, "nobody_exists")
        assert 100 <= len(asked) < 110
        assert set(asked[30:]) & set(people.absent[200:]), "after twenty the reads are taken from across the list"


async def test_a_sentinel_is_read_first_and_makes_absence_believable(tmp_path: Path) -> None:
    people = cast(documents=1, absent=25)
    async with staged(tmp_path, people) as stage:
        ending = await stage.plan(stage.file(people.absent), sentinel=people.documents[0], concurrency=1)
        assert (ending.exit, counted(ending)) == (0, {"already_absent": 25})
        asked = _asked(stage)
        assert asked[0] == people.documents[0]
        assert asked.count(people.documents[0]) >= 2, "it is read again after twenty 404s in a row"


async def test_a_lost_sentinel_stops_the_run_before_anything_else(tmp_path: Path) -> None:
    people = cast(free=3, absent=1)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(sentinel=people.absent[0])
        assert (ending.exit, _why(ending), stage.deleted) == (20, "sentinel_lost", set())
        assert _asked(stage) == [people.absent[0]]
        assert ending.note.latch is not None


async def test_routes_that_break_on_the_way_leave_404s_unchecked(tmp_path: Path) -> None:
    people = cast(free=30, documents=2)
    async with staged(tmp_path, people, "http_404@get_customer#20-") as stage:
        numbers = people.documents + people.free
        ending = await stage.run(stage.file(numbers), concurrency=1)
        assert (ending.exit, _why(ending)) == (20, "sentinel_lost")
        assert counted(ending)["unchecked"] == 20
        assert "already_absent" not in counted(ending)


async def test_a_customer_that_an_earlier_run_found_ineligible_serves_as_sentinel(tmp_path: Path) -> None:
    people = cast(documents=1, absent=25)
    async with staged(tmp_path, people) as stage:
        stage.faults("http_500@get_customer#2-")
        first = await stage.plan(attempts=1, limit=2, concurrency=1)
        assert counted(first) == {"ineligible": 1, "unchecked": 1, "not_reached": 24}
        stage.faults("")
        ending = await stage.plan(concurrency=1)
        assert (ending.exit, counted(ending)) == (0, {"already_absent": 25, "ineligible": 1})
        assert people.documents[0] in _asked(stage)


async def test_the_protect_list_is_read_anew_at_each_start(tmp_path: Path) -> None:
    people = cast(free=4)
    async with staged(tmp_path, people) as stage:
        protect = stage.file([people.free[0]], "protect.csv")
        plan = await stage.plan(protect=protect)
        assert counted(plan) == {"protected": 1, "eligible": 3}
        stage.file([people.free[1]], "protect.csv")
        ending = await stage.apply(plan, protect=protect)
        assert counted(ending) == {"protected": 2, "deleted": 2}
        assert files(ending).verdicts()[people.free[1]] == ("protected", "protect_list")


async def test_a_protected_customer_is_asked_for_by_nobody(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people) as stage:
        protect = stage.file([people.free[0]], "protect.txt", head="customerno")
        await stage.run(protect=protect)
        assert people.free[0] not in {record.customer for record in stage.news()}


@pytest.mark.parametrize(
    "text", [None, b"", b"\xff\xfe\x00", b"Kundenr\n12/34\n"], ids=["missing", "empty", "wrecked", "invalid"]
)
async def test_a_protect_list_that_cannot_be_read_is_78_and_nothing_is_sent(tmp_path: Path, text: bytes | None) -> None:
    async with staged(tmp_path, cast(free=3)) as stage:
        protect = tmp_path / "protect.csv"
        if text is not None:
            protect.write_bytes(text)
        with pytest.raises(SettingsWrong):
            await stage.run(protect=str(protect))
        assert not stage.news()


async def test_the_sentinel_is_protected_by_itself(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people) as stage:
        ending = await stage.run(sentinel=people.free[1])
        assert (ending.exit, counted(ending)) == (0, {"deleted": 2, "protected": 1})
        assert stage.deleted == {people.free[0], people.free[2]}
        assert files(ending).verdicts()[people.free[1]] == ("protected", "sentinel")


async def test_a_sentinel_that_is_no_number_is_78(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3)) as stage:
        with pytest.raises(SettingsWrong):
            await stage.run(sentinel="12/34")
        assert not stage.news()


async def test_absence_read_back_needs_a_readable_200_of_this_run(tmp_path: Path) -> None:
    """The customer in doubt is alone on the list: its documents list vouches for the routes."""
    people = cast(free=1)
    async with staged(tmp_path, people, "no_content@delete,http_500#5-5") as stage:
        doubtful = await stage.run(attempts=1)
        assert (doubtful.exit, counted(doubtful)) == (Exit.UNSETTLED, {"in_doubt": 1})
        stage.faults("")
        stage.news()
        ending = await stage.run()
        assert files(ending).verdicts()[people.free[0]] == ("deleted_inferred", "read_back")
        assert stage.sent() == {"get_customer": 1, "get_documents": 1}
