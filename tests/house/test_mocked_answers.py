"""Shows that aioresponses answers through the aiohttp in use: without the adapter in `conftest` it raises."""

from aiohttp import ClientSession
from aioresponses import CallbackResult, aioresponses

PLACE = "http://127.0.0.1/customers/1"


async def test_a_mocked_get_is_answered_with_its_status_and_payload() -> None:
    with aioresponses() as answers:
        answers.get(PLACE, status=200, payload={"customerNo": "1"})
        async with ClientSession() as session, session.get(PLACE) as response:
            assert (response.status, await response.json()) == (200, {"customerNo": "1"})


async def test_a_callback_may_answer_too() -> None:
    with aioresponses() as answers:
        answers.delete(PLACE, callback=lambda _url, **_kwargs: CallbackResult(status=404))
        async with ClientSession() as session, session.delete(PLACE) as response:
            assert response.status == 404
