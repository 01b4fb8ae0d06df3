"""The files of whole campaigns, byte by byte where others read them, and how they are written anew."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import Stage, cast, staged
from worker.app import looking
from worker.core.summary import Summary
from worker.errors import Busy, Exit, UsageWrong
from worker.sandbox.faults import Kind

FEW = cast(free=2, documents=1, ar_items=1)
MEMBERS = [
    "campaign", "rows", "customers", "verdicts", "requests", "economy", "started_at", "ended_at", "seconds",
    "exit_code", "stopped_by", "plan_digest", "audit",
]  # fmt: skip
VERDICTS = {
    "deleted", "deleted_inferred", "already_absent", "ineligible", "protected", "refused", "unchecked",
    "in_doubt", "not_reached", "invalid", "duplicate",
}  # fmt: skip


async def _report(stage: Stage, data: bytes) -> list[str]:
    """The lines of the report of a run over an input of these bytes."""
    path = stage.directory / "input.csv"
    path.write_bytes(data)
    ending = await stage.run(str(path), max_invalid_share=1)
    told = (ending.directory / "report.csv").read_bytes()
    assert told.startswith(b"\xef\xbb\xbf")
    assert told.count(b"\n") == told.count(b"\r\n") == len(told.splitlines())
    return told.decode("utf-8-sig").splitlines()


async def test_the_report_keeps_the_inputs_columns_rows_and_delimiter(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        data = "Navn;Kundenr;Sted\nKari Nordmann;200001;Tromsø\nOla;100001;Bodø\n".encode("windows-1252")
        head, first, second = await _report(stage, data)
        assert head == "Navn;Kundenr;Sted;verdict;reason;http_status;settled_at"
        assert re.fullmatch(r"Kari Nordmann;200001;Tromsø;ineligible;documents;;\d{4}-\S+Z", first)
        assert re.fullmatch(r"Ola;100001;Bodø;deleted;confirmed;200;\d{4}-\S+Z", second)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_each_delimiter_of_an_input_is_that_of_its_report(tmp_path: Path, delimiter: str) -> None:
    async with staged(tmp_path, FEW) as stage:
        data = f"Kundenr{delimiter}Navn\n100001{delimiter}Kari\n".encode()
        head, row = await _report(stage, data)
        assert head.split(delimiter)[:3] == ["Kundenr", "Navn", "verdict"]
        assert row.split(delimiter)[:3] == ["100001", "Kari", "deleted"]


async def test_a_column_without_a_header_is_called_customerno(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        head, *rows = await _report(stage, b"100001\n200001\n")
        assert re.split(r"[,;\t|]", head)[:2] == ["customerno", "verdict"]
        assert [row[:6] for row in rows] == ["100001", "200001"]


async def test_our_columns_give_way_where_the_input_has_their_name(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        head, row = await _report(stage, b"customerno,verdict,Reason\n100001,old,older\n")
        assert head == "customerno,verdict,Reason,amili_verdict,amili_reason,http_status,settled_at"
        assert row.startswith("100001,old,older,deleted,confirmed,200,")


async def test_cells_that_a_spreadsheet_would_calculate_get_an_apostrophe(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        data = b"customerno,note\n100001,=1+1\n100002,+47\n200001,-x\n300001,@y\n"
        _, *rows = await _report(stage, data)
        assert [row.split(",")[1] for row in rows] == ["'=1+1", "'+47", "'-x", "'@y"]


async def test_every_row_has_one_verdict_and_those_never_sent_say_why(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        data = b"Kundenr;Navn\n100001;a\n12/34;b\n100001;c\n\n;d\n1.23E+05;e\n"
        _, *rows = await _report(stage, data)
        assert [row.split(";")[2] for row in rows] == ["deleted", "invalid", "duplicate", "invalid", "invalid"]
        assert rows[2].split(";")[3] == "line 2"
        assert {record.customer for record in stage.news()} == {"100001"}


async def test_summary_json_has_the_members_of_the_contract_and_they_add_up(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.run()
        summary = files(ending).summary
        assert list(summary) == MEMBERS
        assert set(summary["verdicts"]) == VERDICTS
        assert (summary["campaign"], summary["rows"], summary["customers"]) == (ending.note.name, 4, 4)
        assert (summary["exit_code"], summary["stopped_by"], summary["plan_digest"]) == (0, None, None)
        assert summary["requests"] == {
            "get_customer": 4, "get_documents": 4, "get_aritems": 3, "delete": 2, "token": 0,
        }  # fmt: skip


async def test_requests_are_those_of_all_runs_as_they_were_on_the_wire(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW, "http_500@get_customer=0.2") as stage:
        plan = await stage.plan(max_failure_share=1)
        ending = await stage.apply(plan, max_failure_share=1)
        wire = stage.sent()
        assert files(ending).summary["requests"] == {kind: wire[kind] for kind in files(ending).summary["requests"]}


async def test_a_plans_summary_knows_eligible(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan()
        assert set(files(plan).summary["verdicts"]) == VERDICTS | {"eligible"}


async def test_files_are_written_whatever_stopped_the_run(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW, "http_403") as stage:
        ending = await stage.run()
        summary = files(ending).summary
        assert (summary["exit_code"], summary["stopped_by"]) == (77, "forbidden")
        assert {path.name for path in ending.directory.iterdir()} >= {"audit.jsonl", "report.csv", "summary.json"}


async def test_report_writes_the_same_files_anew(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        ending = await stage.run(max_deletes=1)
        paths = [ending.directory / name for name in ("report.csv", "summary.json", "audit.jsonl")]
        before = [path.read_bytes() for path in paths]
        for path in paths[:2]:
            path.unlink()
        await stage.report(ending)
        assert [path.read_bytes() for path in paths] == before


async def test_report_beside_a_run_has_no_exit_code(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=4), "latency@delete=0.2") as stage:
        running = asyncio.create_task(stage.run(name="spring", concurrency=1))
        await stage.until(Kind.DELETE)
        (directory,) = stage.campaigns.iterdir()
        summary = await asyncio.to_thread(_written, stage)
        assert (summary.exit_code, sum(summary.verdicts.values())) == (None, 4)
        assert '"exit_code": null' in (directory / "summary.json").read_text("utf-8")
        ending = await running
        assert (ending.exit, files(ending).summary["exit_code"]) == (Exit.SETTLED, 0)


def _written(stage: Stage) -> Summary:
    return looking.report(stage.offline(), "spring")


async def test_list_and_status_know_every_campaign_without_an_api(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        plan = await stage.plan(name="winter")
        ending = await stage.run(name="autumn", max_deletes=1)
        listed = await asyncio.to_thread(looking.campaigns, stage.offline())
        assert [(one.name, one.working, one.summary.exit_code) for one in listed] == [
            ("autumn", False, 20),
            ("winter", False, 0),
        ]
        told = await asyncio.to_thread(looking.status, stage.offline(), "aut")
        assert {verdict.value: count for verdict, count in told.summary.verdicts.items() if count} == counted(ending)
        assert plan.summary.plan_digest == listed[1].summary.plan_digest
        with pytest.raises(UsageWrong):
            await asyncio.to_thread(looking.status, stage.offline(), "spring")


async def test_status_beside_a_run_says_that_it_is_worked(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=4), "latency@delete=0.2") as stage:
        running = asyncio.create_task(stage.run(name="spring", concurrency=1))
        await stage.until(Kind.DELETE)
        told = await asyncio.to_thread(looking.status, stage.offline(), "spring")
        assert (told.working, told.summary.exit_code) == (True, None)
        await running


async def test_a_second_start_beside_a_run_is_73_and_writes_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=4), "latency@delete=0.3") as stage:
        running = asyncio.create_task(stage.run(name="spring", concurrency=1))
        await stage.until(Kind.DELETE)
        for second in (stage.run(name="spring"), stage.plan(name="spring"), stage.apply("spring")):
            with pytest.raises(Busy):
                await second
        assert (await running).exit is Exit.SETTLED


async def test_nothing_was_enrolled_where_there_is_no_campaign(tmp_path: Path) -> None:
    async with staged(tmp_path, FEW) as stage:
        assert await asyncio.to_thread(looking.campaigns, stage.offline()) == []
