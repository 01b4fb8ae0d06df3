"""Whole campaigns that sign checkpoints: where these go, what they find, and what is done if they do not arrive."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from tests.campaigns.judge import files
from tests.campaigns.signing import OURS, PEOPLE, notes, offline, proved, receipt, rewritten, signing, told
from tests.campaigns.stage import FACE, cast, staged
from tests.databases import database
from tests.evidence.second_verifier import faults
from tests.seal.receiver import receiving
from worker.app import commands, looking, steering
from worker.core.checkpoint import notes_in
from worker.errors import Exit, InputWrong, LogBroken, SettingsWrong, UsageWrong
from worker.seal import generate


async def test_every_end_of_a_run_is_signed_and_the_summary_names_the_key(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        planned = await stage.plan()
        assert notes(kept)[-1].checkpoint.size == told(planned)["lines"]
        applied = await stage.apply(planned)
        assert notes(kept)[-1].checkpoint.size == told(applied)["lines"]
        key, lines = str(told(applied)["key"]), told(applied)["lines"]
        assert key.startswith("purge.example+")
        assert told(applied)["checkpoints"] == {"delivered": 1, "failed": 0, "covered": lines, "lines": lines}
        proof = await proved(stage, applied, kept, key)
        assert (proof.problems, proof.notes) == ((), ())
        assert faults(files(applied).audit.read_bytes(), kept.read_text("utf-8"), [key]) == []


async def test_the_key_stands_in_the_log_and_serves_where_none_was_handed_out(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        ending = await stage.run()
        started = files(ending).kinds("campaign")[1]
        assert started["settings"]["checkpoint_key"] == told(ending)["key"]
        proof = await proved(stage, ending, kept)
        assert proof.ok
        assert "taken from the log itself" in proof.notes[0]


async def test_a_campaign_that_signs_nothing_says_nothing_of_keys(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        assert told(await stage.run()).keys() == {"lines", "head"}


async def test_reports_written_later_keep_what_the_run_said_of_its_checkpoints(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run()
        before = told(ending)
        await stage.report(ending)
        assert told(ending) == before


async def test_lifting_a_latch_and_rebuilding_the_file_are_signed_too(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=30), "http_400@get_documents=1") as stage:
        kept = signing(stage)
        ending = await stage.run()
        assert ending.note.latch is not None or ending.exit is Exit.PROTOCOL
        await steering.resume(offline(stage), ending.note.name, "looked at it")
        files(ending).audit.rename(tmp_path / "moved.jsonl")
        await asyncio.to_thread(looking.report, offline(stage), ending.note.name)
        assert notes(kept)[-1].checkpoint.size == len(files(ending).lines)


async def test_workers_that_share_a_database_sign_one_log(tmp_path: Path) -> None:
    with database() as url:
        async with staged(tmp_path, cast(free=60)) as stage:
            stage.environ["AMILI_LEDGER"] = url
            kept = signing(stage)
            loaded = stage.loaded(max_deletes=100)
            both = (
                commands.run(loaded, stage.list, name="shared", recheck=False, face=FACE, command="run") for _ in "ab"
            )
            endings = await asyncio.gather(*both)
            assert [ending.exit for ending in endings] == [Exit.SETTLED, Exit.SETTLED]
            lines = (endings[0].directory / "audit.jsonl").read_bytes().splitlines()
            assert notes(kept)[-1].checkpoint.size == len(lines) > 240
            proof = await proved(stage, "shared", kept)
            assert proof.problems == ()
            assert not any("stand after" in note for note in proof.notes)


async def test_checkpoints_are_never_further_apart_than_a_thousand_lines(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=520)) as stage:
        kept = signing(stage)
        ending = await stage.run()
        sizes = [note.checkpoint.size for note in notes(kept)]
        assert sizes == [1000, 2000, len(files(ending).lines)]
        assert all(later - earlier <= 1000 for earlier, later in pairwise([0, *sizes]))


async def test_a_webhook_and_standard_output_get_the_checkpoints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with receiving() as hook:
            signing(stage, hook.url)
            ending = await stage.run(max_deletes=2)
            assert [note.checkpoint.size for body in hook.bodies for note in notes_in(body)] == [told(ending)["lines"]]
        signing(stage, "-")
        await stage.run()
        (tmp_path / "kept.txt").write_text("before\n" + capsys.readouterr().out + "after\n")
        assert (await proved(stage, ending, tmp_path / "kept.txt")).ok


async def test_what_does_not_arrive_stops_nothing_and_is_told_at_the_end(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with receiving() as hook:
            hook.status = 500
            signing(stage, hook.url)
            ending = await stage.run()
        assert (ending.exit, len(stage.deleted)) == (Exit.SETTLED, 6)
        assert told(ending)["checkpoints"] == {
            "delivered": 0,
            "failed": 1,
            "covered": 0,
            "lines": told(ending)["lines"],
        }
        assert "without a signature elsewhere" in ending.warnings[0]
        kept = signing(stage)
        again = await stage.run()
        assert (again.warnings, notes(kept)[-1].checkpoint.size) == ((), told(again)["lines"])


@pytest.mark.parametrize("name", ["checkpoint_key", "checkpoint_to"])
async def test_a_key_or_target_that_lies_with_the_campaign_is_78_and_nothing_is_sent(tmp_path: Path, name: str) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        signing(stage)
        ending = await stage.run(max_deletes=1)
        stage.news()
        inside = tmp_path / "elsewhere"
        inside.symlink_to(ending.directory)
        generate(ending.directory / "own.key", "purge")
        stage.flags[name] = str(inside / "own.key")
        with pytest.raises(SettingsWrong, match=name):
            await stage.run()
        assert not stage.news()


@pytest.mark.parametrize("there", [True, False])
async def test_a_key_without_a_place_for_checkpoints_is_78_and_nothing_is_sent(tmp_path: Path, there: bool) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        if there:
            generate(tmp_path / "purge.key", "purge")
        with pytest.raises(SettingsWrong, match="nothing would be signed") as refused:
            await stage.plan(checkpoint_key=str(tmp_path / "purge.key"))
        assert "checkpoint_to" in "".join(refused.value.advice)
        with pytest.raises(SettingsWrong, match="cannot be read"):
            await stage.run(checkpoint_key=str(tmp_path / "none.key"), checkpoint_to=str(tmp_path / "kept.txt"))
        assert not stage.news()


async def test_checkpoints_without_a_key_are_78(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        with pytest.raises(SettingsWrong, match="no key"):
            await stage.run(checkpoint_to=str(tmp_path / "kept.txt"))
        assert not stage.news()


async def test_a_log_rewritten_with_its_ledger_is_found_by_checkpoints_only(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        ending = await stage.run(max_deletes=2)
        rewritten(ending)
        assert (await stage.verify(ending)).ok
        proof = await proved(stage, ending, kept)
        assert "the log was rewritten" in proof.problems[0]
        stage.news()
        with pytest.raises(LogBroken, match="rewritten"):
            await stage.run()
        with pytest.raises(LogBroken, match="rewritten"):
            await receipt(stage, ending, OURS)
        assert not stage.news()


async def test_a_bare_file_cut_at_its_end_is_found_by_checkpoints_only(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        ending = await stage.run()
        lines = files(ending).audit.read_bytes().splitlines(keepends=True)
        (tmp_path / "cut.jsonl").write_bytes(b"".join(lines[:-1]))
        assert (await stage.verify(str(tmp_path / "cut.jsonl"))).ok
        assert "it was cut" in (await proved(stage, str(tmp_path / "cut.jsonl"), kept)).problems[0]


async def test_two_campaigns_may_keep_their_checkpoints_in_one_file(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        one, other = await stage.run(name="one", limit=2), await stage.run(name="other", limit=4)
        for ending in (one, other):
            proof = await proved(stage, ending, kept, str(told(ending)["key"]))
            assert (proof.problems, proof.notes) == ((), ("1 checkpoints are of other logs.",))


async def test_a_file_without_checkpoints_and_a_key_that_is_none_are_refused(tmp_path: Path) -> None:
    async with staged(tmp_path, PEOPLE) as stage:
        kept = signing(stage)
        ending = await stage.run()
        for path in (tmp_path / "none.txt", tmp_path / "list.csv"):
            with pytest.raises(InputWrong):
                await proved(stage, ending, path)
        for key in ("a+b+c", str(tmp_path / "list.csv")):
            with pytest.raises(UsageWrong):
                await proved(stage, ending, kept, key)
        with pytest.raises(InputWrong):
            await proved(stage, ending, kept, str(tmp_path / "none"))
        (tmp_path / "key.pub").write_text(str(told(ending)["key"]) + "\n")
        assert (await proved(stage, ending, kept, str(tmp_path / "key.pub"))).ok
