"""The API over real sockets, without faults: its answers, its rules, its habits with names and values."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.sandbox.visiting import FREE, HELD, OWING, PLAIN, Visitor, raw, request_line, visiting
from worker.sandbox.conduct import Ending
from worker.sandbox.faults import Kind
from worker.sandbox.population import MARKER
from worker.sandbox.world import Customer


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


async def test_a_customer_is_found_in_any_case_and_spelt_as_it_is_kept(visitor: Visitor) -> None:
    seen = await visitor.get(OWING.lower())
    assert (seen.status, seen.json["customerNo"], seen.json["clientNo"]) == (200, OWING, 2218)
    assert MARKER in seen.json["nationalIdentityNumber"]


async def test_a_delete_answers_with_the_documented_body(visitor: Visitor) -> None:
    seen = await visitor.delete(FREE)
    assert (seen.status, seen.headers["Content-Type"].split(";")[0]) == (200, "application/json")
    assert seen.json == {
        "status": "PROCESSED",
        "result": "DELETED",
        "message": "Customer deleted",
        "clientNo": 2218,
        "accountNo": 500_000,
        "customerNo": FREE,
    }
    assert (await visitor.get(FREE)).status == 404


@pytest.mark.parametrize("number", [HELD, OWING])
async def test_a_customer_with_attachments_is_refused_and_stays(visitor: Visitor, number: str) -> None:
    assert (await visitor.delete(number)).status == 422
    assert (await visitor.get(number)).status == 200
    assert visitor.sandbox.world.effects == []


async def test_deleting_nobody_is_404_with_an_error_in_the_apis_form(visitor: Visitor) -> None:
    seen = await visitor.delete("999")
    assert (seen.status, set(seen.json)) == (404, {"status", "result", "message"})


@pytest.mark.parametrize("token", ["", "made-up"])
async def test_no_request_gets_past_a_wrong_token(visitor: Visitor, token: str) -> None:
    seen = await visitor.ask("DELETE", f"{visitor.clients}/customers/{FREE}", token=token)
    assert (seen.status, seen.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert FREE in visitor.sandbox.world.existing()


@pytest.mark.parametrize(
    "path", ["/arm/v1/clients/2219/customers/100001", "/arm/v2/clients/2218/customers/100001", "/"]
)
async def test_a_wrong_client_or_prefix_is_404_to_everybody(visitor: Visitor, path: str) -> None:
    assert (await visitor.ask("DELETE", visitor.sandbox.origin + path)).status == 404
    assert FREE in visitor.sandbox.world.existing()


async def test_a_method_that_is_not_there_is_405(visitor: Visitor) -> None:
    assert (await visitor.ask("PUT", f"{visitor.clients}/customers/{FREE}")).status == 405


async def test_lists_hold_what_belongs_to_the_asked_customer(visitor: Visitor) -> None:
    documents = (await visitor.documents(f"customerno={HELD}")).json
    items = (await visitor.ask("GET", f"{visitor.clients}/aritems?customerno={OWING.lower()}")).json
    assert [row["customerNo"] for row in documents["documents"]] == [HELD] * 3
    assert [row["customerNo"] for row in items["arItems"]] == [OWING] * 2
    assert (await visitor.documents(f"customerno={FREE}")).json["summary"]["totalCount"] == 0


@pytest.mark.parametrize("query", ["", "customerNo=100001", "kundenr=100001", "Customerno=100001"])
async def test_an_unknown_filter_name_gives_everybodys_documents(visitor: Visitor, query: str) -> None:
    rows = (await visitor.documents(query)).json["documents"]
    assert {row["customerNo"] for row in rows} == {HELD}


async def test_the_filters_and_keys_can_have_other_names() -> None:
    names = replace(PLAIN, documents_filter="customer", documents_key="docs", aritems_key="entries")
    async with visiting(options=names) as visitor:
        assert (await visitor.documents(f"customer={FREE}")).json["docs"] == []
        assert len((await visitor.documents(f"customerno={FREE}")).json["docs"]) == 3
        assert (await visitor.ask("GET", f"{visitor.clients}/aritems?customerno={FREE}")).json["entries"] == []


async def test_the_list_of_customers_is_read_to_its_end_by_its_own_links(visitor: Visitor) -> None:
    for place in range(9):
        visitor.sandbox.world.add(Customer(f"20000{place}", 600_000 + place))
    url: str | None = f"{visitor.clients}/customers?pagesize=5"
    sizes = []
    while url is not None:
        body = (await visitor.ask("GET", url)).json
        sizes.append(len(body["customers"]))
        url = body["summary"]["nextPage"]
    assert sizes == [5, 5, 2]


async def test_a_granted_token_opens_the_api_and_is_counted(visitor: Visitor) -> None:
    token = (await visitor.token()).json["access_token"]
    assert (await visitor.ask("GET", f"{visitor.clients}/customers/{FREE}", token=token)).status == 200
    assert (await visitor.token(client_secret="wrong")).status == 401
    assert visitor.sandbox.journal.counts()["token"] == 2


async def test_tokens_end_by_time_and_by_use() -> None:
    async with visiting(options=replace(PLAIN, token_seconds=0.0)) as visitor:
        assert (await visitor.get(FREE)).status == 401
    async with visiting(options=replace(PLAIN, token_uses=1)) as visitor:
        await visitor.token()  # the token service is another house: this is no use of the token
        assert [(await visitor.get(FREE)).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(
    "target", ["x/../{n}", "%2e%2e/customers/{n}", "x%2F..%2F{n}", "..;/{n}", "{n}%00", "{n}/", "%31%30%30%30%30%32"]
)
async def test_no_spelling_of_a_path_wanders_to_another_customer(visitor: Visitor, target: str) -> None:
    path = "/arm/v1/clients/2218/customers/" + target.format(n=FREE)
    await raw(visitor.sandbox.origin, request_line(visitor, "DELETE", path))
    assert FREE in visitor.sandbox.world.existing()
    assert visitor.sandbox.journal.records[0].target == path


async def test_an_encoded_number_is_the_customer_it_spells(visitor: Visitor) -> None:
    answer = await raw(
        visitor.sandbox.origin, request_line(visitor, "DELETE", "/arm/v1/clients/2218/customers/%31%30%30001")
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert visitor.sandbox.journal.records[0].customer == FREE


async def test_the_journal_tells_what_came_and_what_it_did(visitor: Visitor) -> None:
    await visitor.documents(f"customerno={OWING}")
    await visitor.delete(FREE)
    first, second = visitor.sandbox.journal.records
    assert (first.number, first.kind, first.customer, first.effect_at) == (
        1,
        Kind.GET_DOCUMENTS,
        OWING.lower(),
        None,
    )
    assert (second.method, second.status, second.ended) == ("DELETE", 200, Ending.ANSWERED)
    assert visitor.sandbox.world.deleted_by_request() == {FREE: second.effect_at}
    assert first.arrived < second.arrived <= (second.effect_at or 0.0)


async def test_of_many_deletes_at_once_one_has_the_effect(visitor: Visitor) -> None:
    seen = await asyncio.gather(*(visitor.delete(FREE) for _ in range(12)))
    assert sorted(one.status for one in seen) == [200] + [404] * 11
    assert len(visitor.sandbox.journal.effects()) == 1
