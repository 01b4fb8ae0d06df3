"""Habits over real sockets: how lists are answered, and a document that arrives at the worst moment."""

import pytest

from tests.sandbox.visiting import FREE, HELD, visiting


async def test_an_ignored_filter_shows_everybodys_documents() -> None:
    async with visiting("ignore_filter@get_documents") as visitor:
        documents = (await visitor.documents(f"customerno={FREE}")).json["documents"]
        items = (await visitor.ask("GET", f"{visitor.clients}/aritems?customerno={FREE}")).json["arItems"]
    assert {row["customerNo"] for row in documents} == {HELD}
    assert items == []


async def test_a_strict_server_answers_a_wrong_filter_name_with_nothing() -> None:
    async with visiting("filter_empty") as visitor:
        assert (await visitor.documents(f"kundenr={HELD}")).json["documents"] == []
        assert len((await visitor.documents(f"customerno={HELD}")).json["documents"]) == 3


@pytest.mark.parametrize("status", [404, 204])
async def test_an_empty_list_may_have_a_status_of_its_own(status: int) -> None:
    async with visiting(f"empty_{status}") as visitor:
        empty, full = await visitor.documents(f"customerno={FREE}"), await visitor.documents("customerno=" + HELD)
    assert (empty.status, empty.body, full.status) == (status, b"", 200)


async def test_the_array_may_stand_under_another_key_or_alone() -> None:
    async with visiting("other_key@get_documents#1-1,bare_array@get_documents#2-2") as visitor:
        keyed, bare = [(await visitor.documents(f"customerno={HELD}")).json for _ in range(2)]
    assert set(keyed) == {"summary", "items"}
    assert bare == keyed["items"]


async def test_a_document_that_arrives_between_check_and_delete_saves_the_customer() -> None:
    async with visiting("arrives") as visitor:
        assert (await visitor.documents(f"customerno={FREE}")).json["documents"] == []
        assert (await visitor.delete(FREE)).status == 422
        assert len((await visitor.documents(f"customerno={FREE}")).json["documents"]) == 1


async def test_nothing_arrives_for_a_customer_that_does_not_exist() -> None:
    async with visiting("arrives") as visitor:
        assert (await visitor.delete("999")).status == 404


async def test_habits_go_together_with_strikes() -> None:
    async with visiting("arrives,lying_success") as visitor:
        assert (await visitor.delete(FREE)).json["result"] == "DELETED"
        assert visitor.sandbox.world.deletable() == set()
