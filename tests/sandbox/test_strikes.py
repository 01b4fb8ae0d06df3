"""Every strike over real sockets: what the client sees, and whether the DELETE had its effect."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime

import aiohttp
import orjson
import pytest

from tests.sandbox.visiting import FREE, HELD, PLAIN, Visitor, raw, request_line, visiting
from worker.sandbox.conduct import Ending
from worker.sandbox.spoil import HUGE

STATUSES = [400, 401, 403, 404, 405, 408, 409, 410, 422, 429, 500, 502, 503, 504]
DELETE_FREE = f"/arm/v1/clients/2218/customers/{FREE}"


def alive(visitor: Visitor, number: str = FREE) -> bool:
    return visitor.sandbox.world.find(number) is not None


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that the server does by itself."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it never came")


async def settled(visitor: Visitor) -> None:
    """Wait until no effect is still to come."""
    await until(lambda: visitor.sandbox.late_effects == 0)


@pytest.mark.parametrize("status", STATUSES)
async def test_an_error_status_is_answered_and_nothing_is_done(status: int) -> None:
    async with visiting(f"http_{status}@delete") as visitor:
        assert (await visitor.delete(FREE)).status == status
        assert (await visitor.get(FREE)).status == 200
        assert visitor.sandbox.journal.records[0].fault == f"http_{status}"


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_comes_in_both_forms_or_not_at_all(status: int) -> None:
    async with visiting(f"http_{status}#1-1,http_{status}#2-2=1:3s,http_{status}#3-3=1:3date") as visitor:
        seen = [await visitor.get(FREE) for _ in range(3)]
    assert [one.status for one in seen] == [status] * 3
    assert "Retry-After" not in seen[0].headers
    assert seen[1].headers["Retry-After"] == "3"
    date = parsedate_to_datetime(seen[2].headers["Date"])
    waited = parsedate_to_datetime(seen[2].headers["Retry-After"]) - date
    assert 2 <= waited.total_seconds() <= 4


@pytest.mark.parametrize(("fault", "stays"), [("reset_before", True), ("reset_after", False)])
async def test_a_reset_is_a_real_rst_before_or_after_the_effect(fault: str, stays: bool) -> None:
    async with visiting(f"{fault}@delete") as visitor:
        with pytest.raises(ConnectionResetError):
            await raw(visitor.sandbox.origin, request_line(visitor, "DELETE", DELETE_FREE))
        record = visitor.sandbox.journal.records[0]
        assert (alive(visitor), record.effect_at is None) == (stays, stays)
        assert (record.ended, record.status) == (Ending.RESET, None)


async def test_an_outage_takes_connections_and_closes_them_unanswered_for_its_window() -> None:
    async with visiting("outage#2-3") as visitor:
        request = request_line(visitor, "DELETE", f"/arm/v1/clients/2218/customers/{HELD}")
        answers = [await raw(visitor.sandbox.origin, request) for _ in range(4)]
        ended = [record.ended for record in visitor.sandbox.journal.records]
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 422", b"", b"", b"HTTP/1.1 422"]
    assert ended == [Ending.ANSWERED, Ending.CLOSED, Ending.CLOSED, Ending.ANSWERED]


async def test_a_refusal_drops_everybody_and_ends_by_itself() -> None:
    async with visiting("refused#2-2=1:0.1s") as visitor:
        assert (await visitor.get(FREE)).status == 200
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.get(FREE)
        with pytest.raises(aiohttp.ClientConnectorError):
            await visitor.get(FREE)
        await until_answered(visitor)
        assert len(visitor.sandbox.journal.records) == 3


async def until_answered(visitor: Visitor) -> None:
    for _ in range(100):
        with suppress(aiohttp.ClientConnectionError):
            await visitor.get(FREE)
            return
        await asyncio.sleep(0.01)
    pytest.fail("the door stayed shut")


async def test_a_refusal_drops_connections_that_are_idle() -> None:
    async with visiting("refused#2-2=1:30s") as visitor:
        port = int(visitor.sandbox.origin.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {DELETE_FREE} HTTP/1.1\r\nHost: sandbox\r\n\r\n".encode())
        assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 401 Unauthorized\r\n"
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.get(FREE)
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


async def test_a_sandbox_ends_while_it_refuses() -> None:
    async with visiting("refused=1:60s") as visitor:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.get(FREE)


@pytest.mark.parametrize(("fault", "stays"), [("hang_before", True), ("hang_after", False)])
async def test_a_hang_keeps_silent_before_or_after_the_effect(fault: str, stays: bool) -> None:
    async with visiting(f"{fault}@delete=1:30s") as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.1)
        assert alive(visitor) is stays
        assert visitor.sandbox.journal.records[0].ended is Ending.PENDING


async def test_a_hang_that_ends_is_performed_though_the_client_has_gone() -> None:
    async with visiting("hang_before@delete=1:0.15s") as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.05)
        await until(lambda: not alive(visitor))


async def test_a_late_effect_is_answered_504_and_comes_afterwards() -> None:
    async with visiting("late_effect@delete=1:0.05s") as visitor:
        assert (await visitor.delete(FREE)).status == 504
        assert alive(visitor)
        await settled(visitor)
        assert not alive(visitor)
        assert visitor.sandbox.journal.records[0].effect_at is not None


async def test_a_late_silent_effect_comes_after_the_connection_is_closed() -> None:
    async with visiting("late_silent@delete=1:0.05s") as visitor:
        assert await raw(visitor.sandbox.origin, request_line(visitor, "DELETE", DELETE_FREE)) == b""
        assert alive(visitor)
        await settled(visitor)
        assert not alive(visitor)


async def test_a_late_effect_still_obeys_the_rule_when_it_comes() -> None:
    async with visiting("late_effect@delete=1:0.05s") as visitor:
        await visitor.delete(FREE)
        visitor.sandbox.world.attach(FREE, documents=1)
        await settled(visitor)
        assert alive(visitor)


async def test_a_late_effect_was_authorised_when_it_was_asked_for() -> None:
    async with visiting("late_effect@delete=1:0.05s", replace(PLAIN, token_uses=1)) as visitor:
        await visitor.delete(FREE)
        assert (await visitor.get(FREE)).status == 401
        await settled(visitor)
        assert not alive(visitor)


async def test_202_is_performed_when_its_seconds_are_over() -> None:
    async with visiting("accepted@delete=1:0.05s") as visitor:
        assert (await visitor.delete(FREE)).status == 202
        assert alive(visitor)
        await settled(visitor)
        assert not alive(visitor)


async def test_204_is_an_effect_without_a_word() -> None:
    async with visiting("no_content@delete") as visitor:
        seen = await visitor.delete(FREE)
        assert (seen.status, seen.body) == (204, b"")
        assert not alive(visitor)


async def test_a_lying_success_says_everything_right_and_does_nothing() -> None:
    async with visiting("lying_success#1-1") as visitor:
        lie = await visitor.delete(FREE)
        assert alive(visitor)
        truth = await visitor.delete(FREE)
        assert lie.json == truth.json
        assert not alive(visitor)


async def test_truncated_json_is_half_of_the_body_in_a_whole_answer() -> None:
    async with visiting("truncated@get_customer") as visitor:
        seen = await visitor.get(FREE)
    assert seen.status == 200
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(seen.body)


async def test_a_cut_answer_promises_more_bytes_than_come() -> None:
    async with visiting("cut_short@delete") as visitor:
        with pytest.raises(aiohttp.ClientPayloadError):
            await visitor.delete(FREE)
        assert not alive(visitor)
        assert visitor.sandbox.journal.records[0].ended is Ending.CUT


async def test_a_drip_comes_byte_by_byte_and_whole() -> None:
    async with visiting("drip@delete=1:0s") as visitor:
        assert (await visitor.delete(FREE)).json["result"] == "DELETED"
    async with visiting("drip@delete") as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.1)
        assert not alive(visitor)


async def test_a_client_that_leaves_a_drip_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async with visiting("drip@delete=1:0.02s") as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.05)
        await asyncio.sleep(0.1)
    assert caplog.records == []


@pytest.mark.parametrize(("fault", "body"), [("null", b"null"), ("empty_body", b""), ("html", b"<!DOCTYPE html>")])
async def test_a_200_may_hold_anything_and_the_effect_is_there(fault: str, body: bytes) -> None:
    async with visiting(f"{fault}@delete") as visitor:
        seen = await visitor.delete(FREE)
        assert (seen.status, seen.body[:15]) == (200, body)
        assert not alive(visitor)


async def test_wrong_types_stand_under_the_right_names() -> None:
    async with visiting("wrong_type") as visitor:
        seen, rows = await visitor.get(FREE), await visitor.documents(f"customerno={HELD}")
    assert seen.json["customerNo"] == [FREE]
    assert isinstance(rows.json["documents"], dict)


async def test_a_huge_body_is_huge_and_still_json() -> None:
    async with visiting("huge_body@get_customer") as visitor:
        seen = await visitor.get(FREE)
    assert len(seen.body) > HUGE
    assert seen.json["customerNo"] == FREE


async def test_a_redirect_leads_elsewhere_and_nothing_is_done() -> None:
    async with visiting("redirect@delete") as visitor:
        seen = await visitor.delete(FREE)
        assert (seen.status, seen.headers["Location"]) == (302, "/arm/v1/elsewhere")
        assert alive(visitor)


async def test_a_wrong_echo_names_another_customer_or_client() -> None:
    async with visiting("wrong_customer#1-1,wrong_client#2-2") as visitor:
        customer, client = await visitor.get(FREE), await visitor.delete(FREE)
        assert (customer.json["customerNo"], customer.json["clientNo"]) == (FREE + "9", 2218)
        assert (client.json["customerNo"], client.json["clientNo"]) == (FREE, 2219)
        assert not alive(visitor)


async def test_a_list_may_count_records_that_it_does_not_show() -> None:
    async with visiting("total_without_page") as visitor:
        body = (await visitor.documents(f"customerno={FREE}")).json
    assert (body["summary"]["totalCount"], body["documents"]) == (3, [])


async def test_everything_is_404_from_a_request_on() -> None:
    async with visiting("http_404#3-") as visitor:
        assert [(await visitor.get(FREE)).status for _ in range(4)] == [200, 200, 404, 404]


async def test_a_delete_that_is_not_routed_is_404_while_reads_go_on() -> None:
    async with visiting("http_404@delete") as visitor:
        assert [(await visitor.delete(FREE)).status, (await visitor.get(FREE)).status] == [404, 200]


async def test_the_token_service_fails_when_it_is_told_to() -> None:
    async with visiting("http_503@token#1-1=1:2s,null@token") as visitor:
        first, second = await visitor.token(), await visitor.token()
    assert (first.status, first.headers["Retry-After"]) == (503, "2")
    assert second.body == b"null"


async def test_latency_delays_the_effect_too() -> None:
    async with visiting("latency@delete=30") as visitor:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(visitor.delete(FREE), 0.1)
        assert alive(visitor)
        assert (await visitor.get(FREE)).status == 200


async def test_a_strike_never_lets_an_unauthorised_delete_through() -> None:
    async with visiting("late_effect#1-1=1:0s,reset_after#2-2,html") as visitor:
        for _ in range(3):
            bare = f"DELETE {DELETE_FREE} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n"
            with suppress(ConnectionResetError):
                await raw(visitor.sandbox.origin, bare.encode())
        await settled(visitor)
        assert alive(visitor)
