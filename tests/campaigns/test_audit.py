"""The audit log of whole campaigns: which lines there are, what they hold, and what is never in them.

That the chain holds, that seq has no gaps, and that attempts equal the requests on the wire is judged after every
command of every test here (see `judge`).
"""

import asyncio
import os
import re
import signal
from pathlib import Path

from tests.campaigns.judge import Line, files
from tests.campaigns.stage import cast, staged
from worker.errors import Exit
from worker.sandbox.faults import Kind
from worker.sandbox.population import MARKER

MIXED = cast(free=4, documents=2, ar_items=1, absent=1)
COMMON = {"seq", "time", "kind", "salt", "prev", "hash"}
WHOM = {"clientNo", "customerNo"}
WHO = {"event", "user", "host", "pid", "version", "tokenSubject"}
MEMBERS = {
    "check": WHOM | {"findings", "gets"},
    "intent": WHOM | {"attempt"},
    "attempt": WHOM | {"cause", "evidence"},
    "verdict": WHOM | {"verdict", "reason", "evidence"},
    "created": {
        "event", "format", "campaign", "baseUrl", "clientNo", "inputDigest",
        "rows", "customers", "invalid", "duplicate", "blank",
    },
    "started": WHO | {"command", "approval", "recheck", "settings"},
    "ended": WHO | {"planDigest", "exitCode", "why"},
}  # fmt: skip


def _sort(line: Line) -> str:
    return str(line["event"] if line["kind"] == "campaign" else line["kind"])


async def test_each_line_has_the_members_of_its_kind(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        plan = await stage.plan()
        ending = await stage.apply(plan)
        lines = files(ending).lines
        for line in lines:
            assert set(line) - COMMON == MEMBERS[_sort(line)]
        assert {_sort(line) for line in lines} == set(MEMBERS)


async def test_times_are_utc_with_microseconds_and_never_go_back(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        times = [line["time"] for line in files(await stage.run()).lines]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time) for time in times)
        assert times == sorted(times)


async def test_the_first_line_says_what_the_campaign_is_bound_to_and_what_the_input_held(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        rows = stage.file([*MIXED.all, MIXED.free[0], "", "12/34"])
        ending = await stage.plan(rows, name="spring", max_invalid_share=0.5)
        first = files(ending).lines[0]
        assert first["format"] == "amili-purge-audit/1"
        assert (first["campaign"], first["baseUrl"], first["clientNo"]) == ("spring", stage.sandbox.base_url, 2218)
        assert (first["rows"], first["customers"], first["invalid"], first["duplicate"]) == (10, 8, 1, 1)
        assert first["blank"] == 1


async def test_start_and_end_of_each_run_say_who_did_what_under_which_settings(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        plan = await stage.plan()
        ending = await stage.apply(plan, max_deletes=1, concurrency=1)
        planned, plan_ended, started, ended = files(ending).kinds("campaign")[1:]
        assert [line["command"] for line in (planned, started)] == ["plan", "apply"]
        assert (planned["approval"], started["approval"]) == (None, plan.summary.plan_digest)
        assert started["settings"]["max_deletes"] == 1
        assert started["settings"]["rate"] == 2000
        assert (started["pid"], started["tokenSubject"]) == (os.getpid(), "sandbox-client")
        assert (plan_ended["exitCode"], plan_ended["why"]) == (0, None)
        assert (ended["exitCode"], ended["why"], ended["planDigest"]) == (20, "max_deletes", plan.summary.plan_digest)


async def test_a_deleted_customer_has_check_intent_attempt_and_verdict_in_this_order(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        found = files(await stage.run())
        check, intent, attempt, verdict = found.of(MIXED.free[0])
        assert [line["kind"] for line in (check, intent, attempt, verdict)] == ["check", "intent", "attempt", "verdict"]
        assert check["findings"] == {"customer": "some", "documents": "none", "aritems": "none"}
        assert (check["gets"], intent["attempt"]) == (3, 1)
        ms = attempt["evidence"].pop("ms")
        assert isinstance(ms, int)
        assert attempt["evidence"] == {"sent": True, "method": "DELETE", "status": 200}
        assert (verdict["verdict"], verdict["reason"], verdict["clientNo"]) == ("deleted", "confirmed", 2218)


async def test_checks_tell_how_many_gets_were_sent(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED, "http_500@get_documents=0.3") as stage:
        found = files(await stage.run(max_failure_share=1))
        gets = sum(count for kind, count in stage.sent().items() if kind.startswith("get_"))
        assert sum(line["gets"] for line in found.kinds("check")) == gets


async def test_a_delete_that_was_given_up_unsent_is_told_as_such(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=2)) as stage:
        running = asyncio.create_task(stage.run(rate=5, concurrency=1))
        await stage.until(Kind.GET_ARITEMS)
        await asyncio.sleep(0.1)  # The intent is durable by now, the next permit is not due yet.
        os.kill(os.getpid(), signal.SIGTERM)
        found = files(await running)
        (attempt,) = found.kinds("attempt")
        assert attempt["evidence"] == {"sent": False, "method": "DELETE", "status": None, "ms": 0}
        assert found.verdicts()["100001"] == ("not_reached", "run_ended")
        assert stage.sent()["delete"] == 0


async def test_invalid_duplicate_and_not_reached_rows_have_no_line(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people) as stage:
        rows = stage.file([*people.all, people.free[0], "12/34"])
        found = files(await stage.run(rows, max_invalid_share=0.5, limit=2))
        assert sorted(line["customerNo"] for line in found.kinds("verdict")) == list(people.free[:2])


async def test_after_a_settled_verdict_no_line_names_that_customer_again(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        first = await stage.run()
        before = files(first).audit.read_bytes()
        second = await stage.run()
        after = files(second).audit.read_bytes()
        assert after.startswith(before)
        assert [line["kind"] for line in files(second).lines[before.count(b"\n") :]] == ["campaign", "campaign"]
        assert second.exit is Exit.SETTLED


async def test_the_last_verdict_of_a_customer_counts(tmp_path: Path) -> None:
    people = cast(free=2)
    async with staged(tmp_path, people, "http_400@get_documents#2-2") as stage:
        await stage.run(concurrency=1)
        stage.faults("")
        found = files(await stage.run())
        assert [line["verdict"] for line in found.of(people.free[0], "verdict")] == ["unchecked", "deleted"]


async def test_no_file_of_a_campaign_holds_a_token_or_a_field_of_a_customers_record(tmp_path: Path) -> None:
    async with staged(tmp_path, MIXED) as stage:
        ending = await stage.run(stage.file([f"{number};Kari Nordmann" for number in MIXED.all], head="Kundenr;Navn"))
        assert b"Nordmann" not in files(ending).audit.read_bytes()
        for path in ending.directory.iterdir():
            data = path.read_bytes()
            assert stage.sandbox.token.encode() not in data
            assert MARKER.encode() not in data
