"""The table of beliefs, over whole campaigns: what each answer makes of a customer and of a run."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.campaigns.judge import counted, files
from tests.campaigns.stage import cast, staged
from worker.errors import Exit
from worker.sandbox.faults import Kind
from worker.sandbox.world import Customer

ONE = cast(free=1)
(FREE,) = ONE.free


class Seen(NamedTuple):
    """A fault, and what a campaign of one free customer makes of it: verdict, reason, exit code, DELETEs sent."""

    fault: str
    verdict: str
    reason: str
    code: int
    deletes: int = 0


# Requests are numbered from 1: GET customer, documents, AR items, DELETE, then the reading back.
READS = {
    "422 to a read": Seen("http_422@get_documents", "unchecked", "documents:http_422", 10),
    "400 to a read": Seen("http_400@get_customer", "unchecked", "customer:http_400", 10),
    "405 to a read": Seen("http_405@get_aritems", "unchecked", "aritems:http_405", 10),
    "409 to a read": Seen("http_409@get_customer", "unchecked", "customer:http_409", 10),
    "410 to GET customer is no 404": Seen("http_410@get_customer", "unchecked", "customer:http_410", 10),
    "500 that stays": Seen("http_500@get_documents", "unchecked", "documents:http_500", 10),
    "500 that passes": Seen("http_500@get_documents#2-2", "deleted", "confirmed", 0, 1),
    "502 that passes": Seen("http_502@get_customer#1-1", "deleted", "confirmed", 0, 1),
    "503 without Retry-After that passes": Seen("http_503@get_aritems#3-3", "deleted", "confirmed", 0, 1),
    "408 that passes": Seen("http_408@get_aritems#3-3", "deleted", "confirmed", 0, 1),
    "reset that passes": Seen("reset_before@get_documents#2-2", "deleted", "confirmed", 0, 1),
    "HTML that stays": Seen("html@get_customer", "unchecked", "customer:html", 10),
    "truncated JSON that stays": Seen("truncated@get_aritems", "unchecked", "aritems:truncated", 10),
    "null instead of a list": Seen("null@get_documents", "unchecked", "documents:wrong_type", 10),
    "a list of a wrong type": Seen("wrong_type@get_documents", "unchecked", "documents:wrong_type", 10),
    "an empty body": Seen("empty_body@get_documents", "unchecked", "documents:empty_body", 10),
    "another customer's record": Seen("wrong_customer@get_customer", "unchecked", "customer:wrong_record", 10),
    "another client's record": Seen("wrong_client@get_customer", "unchecked", "customer:wrong_record", 10),
    "204 to GET customer": Seen("no_content@get_customer", "unchecked", "customer:http_204", 10),
    "202 to a list": Seen("accepted@get_documents", "unchecked", "documents:http_202", 10),
    "a total without its page": Seen("total_without_page@get_documents", "ineligible", "documents", 0),
    "a list under another key": Seen("other_key@get_documents", "deleted", "confirmed", 0, 1),
    "a bare array": Seen("bare_array@get_aritems", "deleted", "confirmed", 0, 1),
    "a list answered 404": Seen("empty_404@get_documents", "unchecked", "documents:http_404", 10),
    "a list answered 204": Seen("empty_204@get_aritems", "unchecked", "aritems:http_204", 10),
    "429 with Retry-After is waited out": Seen("http_429@get_documents#2-2=1:0s", "deleted", "confirmed", 0, 1),
    "429 with a date is waited out": Seen("http_429@get_documents#2-2=1:0date", "deleted", "confirmed", 0, 1),
    "503 with Retry-After is waited out": Seen("http_503@get_documents#2-2=1:0s", "deleted", "confirmed", 0, 1),
    "403": Seen("http_403@get_documents", "not_reached", "http_403", 77),
    "a redirect": Seen("redirect@get_aritems", "not_reached", "run_ended", 76),
}
DELETES = {
    "422": Seen("http_422@delete", "refused", "http_422", 0, 1),
    "400, still there": Seen("http_400@delete", "refused", "http_400", 0, 1),
    "405, still there": Seen("http_405@delete", "refused", "http_405", 0, 1),
    "409, still there": Seen("http_409@delete", "refused", "http_409", 0, 1),
    "410, still there": Seen("http_410@delete", "refused", "http_410", 0, 1),
    "404, still there": Seen("http_404@delete", "in_doubt", "missing_yet_there", 10, 1),
    "500, still there, deleted with the next": Seen("http_500@delete#4-4", "deleted", "confirmed", 0, 2),
    "503, still there, deleted with the next": Seen("http_503@delete#4-4", "deleted", "confirmed", 0, 2),
    "408, still there, deleted with the next": Seen("http_408@delete#4-4", "deleted", "confirmed", 0, 2),
    "reset before the effect": Seen("reset_before@delete#4-4", "deleted", "confirmed", 0, 2),
    "500 for ever": Seen("http_500@delete", "in_doubt", "attempts_spent", 10, 2),
    "reset after the effect": Seen("reset_after@delete", "deleted_inferred", "read_back", 0, 1),
    "204 with the effect": Seen("no_content@delete", "deleted_inferred", "read_back", 0, 1),
    "HTML with the effect": Seen("html@delete", "deleted_inferred", "read_back", 0, 1),
    "truncated with the effect": Seen("truncated@delete", "deleted_inferred", "read_back", 0, 1),
    "cut short with the effect": Seen("cut_short@delete", "deleted_inferred", "read_back", 0, 1),
    "empty body with the effect": Seen("empty_body@delete", "deleted_inferred", "read_back", 0, 1),
    "null with the effect": Seen("null@delete", "deleted_inferred", "read_back", 0, 1),
    "202, the effect comes late": Seen("accepted@delete=1:0.01s", "deleted_inferred", "read_back", 0, 1),
    "504, the effect comes late": Seen("late_effect@delete=1:0.01s", "deleted_inferred", "read_back", 0, 1),
    "504, the effect comes after the reading back": Seen(
        "late_effect@delete#4-4=1:0.25s,latency@get_aritems#7-=0.4", "deleted_inferred", "read_back", 0, 2
    ),
    "silence, the effect comes late": Seen("late_silent@delete=1:0.01s", "deleted_inferred", "read_back", 0, 1),
    "no readable answer, nothing can be read": Seen(
        "no_content@delete,http_400#5-", "in_doubt", "customer:http_400", 10, 1
    ),
    "429, still there": Seen("http_429@delete#4-4=1:0s", "deleted", "confirmed", 0, 2),
    "a document arrived after the check": Seen("arrives@delete", "refused", "http_422", 0, 1),
    "a redirect": Seen("redirect@delete", "in_doubt", "run_ended", 76, 1),
    "403": Seen("http_403@delete", "not_reached", "http_403", 77, 1),
    "wrong customer in the echo": Seen("wrong_customer@delete", "in_doubt", "wrong_echo", 20, 1),
    "wrong client in the echo": Seen("wrong_client@delete", "in_doubt", "wrong_echo", 20, 1),
}


async def _holds(directory: Path, seen: Seen) -> None:
    async with staged(directory, ONE, seen.fault) as stage:
        ending = await stage.run(settle_time=0.05, attempts=2)
        assert files(ending).verdicts()[FREE] == (seen.verdict, seen.reason)
        assert (ending.exit, stage.sent()["delete"]) == (seen.code, seen.deletes)


@pytest.mark.parametrize("answer", READS)
async def test_an_answer_to_a_read_means(tmp_path: Path, answer: str) -> None:
    await _holds(tmp_path, READS[answer])


@pytest.mark.parametrize("answer", DELETES)
async def test_an_answer_to_a_delete_means(tmp_path: Path, answer: str) -> None:
    await _holds(tmp_path, DELETES[answer])


async def test_a_timeout_after_the_effect_is_read_back(tmp_path: Path) -> None:
    async with staged(tmp_path, ONE, "hang_after@delete") as stage:
        ending = await stage.run(request_timeout=0.2)
        assert files(ending).verdicts()[FREE] == ("deleted_inferred", "read_back")
        (attempt,) = files(ending).of(FREE, "attempt")
        assert attempt["evidence"]["status"] is None


async def test_a_customer_whom_somebody_else_deletes_under_our_hands_is_already_absent(tmp_path: Path) -> None:
    async with staged(tmp_path, ONE, "latency@delete=0.1") as stage:
        running = asyncio.create_task(stage.run())
        await stage.until(Kind.DELETE)
        stage.sandbox.world.delete(FREE, 0.0, request=0)
        ending = await running
        assert files(ending).verdicts()[FREE] == ("already_absent", "read_back")
        assert (ending.exit, files(ending).rows[0]["http_status"]) == (Exit.SETTLED, "404")


async def test_an_ignored_filter_makes_nobody_eligible(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3, documents=2), "ignore_filter") as stage:
        ending = await stage.plan()
        assert (ending.exit, counted(ending)) == (10, {"unchecked": 5})
        assert {reason for _, reason in files(ending).verdicts().values()} == {"documents:filter_ignored"}


async def test_a_filter_name_that_yields_empty_lists_is_told_beside_the_plan(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people) as stage:
        ending = await stage.plan()
        told = "\n".join(ending.warnings)
        assert "documents filter never seen to find anything" in told
        assert "AR items filter never seen to find anything" in told


async def test_five_deletes_that_are_not_routed_stop_the_run(tmp_path: Path) -> None:
    people = cast(free=10)
    async with staged(tmp_path, people, "http_404@delete") as stage:
        ending = await stage.run(concurrency=1, max_failure_share=1)
        assert ending.stop is not None
        assert (ending.exit, ending.stop.why, stage.sent()["delete"]) == (76, "delete_not_routed", 5)
        assert counted(ending) == {"in_doubt": 5, "not_reached": 5}


async def test_the_message_of_a_wrong_echo_names_both_numbers_and_the_stop_latches(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(free=3), "wrong_customer@delete") as stage:
        ending = await stage.run(concurrency=1)
        assert ending.stop is not None
        assert "100001" in ending.stop.message
        assert "1000019" in ending.stop.message
        assert ending.note.latch is not None
        assert stage.sent()["delete"] == 1


async def test_a_customer_that_is_forbidden_ends_the_run_and_is_tried_last_in_later_ones(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people, "http_403@get_customer#1-1") as stage:
        first = await stage.run(concurrency=1)
        assert first.stop is not None
        assert (first.exit, "protect list" in "\n".join(first.stop.advice)) == (77, True)
        stage.faults("")
        stage.news()
        second = await stage.run(concurrency=1)
        assert [record.customer for record in stage.news() if record.kind is Kind.DELETE] == [
            *people.free[1:],
            people.free[0],
        ]
        assert second.exit is Exit.SETTLED


async def test_a_forbidden_customer_can_go_on_the_protect_list(tmp_path: Path) -> None:
    people = cast(free=3)
    async with staged(tmp_path, people) as stage:
        plan = await stage.plan()
        stage.faults("http_403@delete#10-")
        stopped = await stage.apply(plan, concurrency=1)
        assert stopped.exit is Exit.FORBIDDEN
        stage.faults("")
        protect = stage.file([people.free[0]], "protect.csv")
        ending = await stage.apply(plan, protect=protect)
        assert (ending.exit, stage.deleted) == (Exit.SETTLED, set(people.free[1:]))


async def test_a_list_under_a_key_of_its_own_is_read_when_the_setting_names_it(tmp_path: Path) -> None:
    people = cast(free=2, documents=1, ar_items=1)
    async with staged(tmp_path, people, "other_key") as stage:
        ending = await stage.plan(documents_key="items", aritems_key="items")
        assert counted(ending) == {"eligible": 2, "ineligible": 2}


async def test_numbers_are_one_customer_in_any_case(tmp_path: Path) -> None:
    async with staged(tmp_path, cast(documents=1)) as stage:
        stage.sandbox.world.add(Customer("AB12", 1))
        ending = await stage.run(stage.file(["ab12", "AB12", "200001"]))
        assert files(ending).verdicts() == {
            "ab12": ("deleted", "confirmed"),
            "AB12": ("duplicate", "line 2"),
            "200001": ("ineligible", "documents"),
        }
