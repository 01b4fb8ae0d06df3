"""How waits, dates and tokens' claims are read: every spelling that servers use, and none that fails."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.armrest.peer import NUMBER, RECORD, answer, clients, peer
from worker.armrest.answers import decoded, moment, wait_asked
from worker.armrest.jwt import Peek, peek
from worker.core.replies import Meaning

NOON = "Wed, 21 Oct 2026 12:00:00 GMT"
LATER = "Wed, 21 Oct 2026 12:02:00 GMT"
WALL = 1_792_584_000.0  # NOON


@pytest.mark.parametrize(
    ("value", "date", "wait"),
    [
        (None, None, None),
        ("120", None, 120.0),
        (" 0 ", NOON, 0.0),
        ("1.5", None, 1.5),
        ("-5", None, 0.0),
        ("9" * 400, None, 1e9),
        (LATER, None, 120.0),
        (LATER, "Wed, 21 Oct 2026 12:01:30 GMT", 30.0),
        (LATER, "no date", 120.0),
        (NOON, LATER, 0.0),
        ("Wednesday, 21-Oct-26 12:02:00 GMT", NOON, 120.0),
        ("soon", NOON, None),
        ("", NOON, None),
        ("1e3", NOON, None),
        ("Wed, 99 Oct 2026 12:02:00 GMT", NOON, None),
    ],
)
def test_a_wait_is_read_in_both_forms(value: str | None, date: str | None, wait: float | None) -> None:
    assert wait_asked(value, date, WALL) == wait


@given(st.text(), st.none() | st.text())
def test_no_wait_is_negative_or_endless(value: str, date: str | None) -> None:
    wait = wait_asked(value, date, WALL)
    assert wait is None or 0 <= wait <= 1e9


@given(st.binary())
def test_any_body_is_something(body: bytes) -> None:
    decoded(body)


async def test_the_wait_is_held_against_the_clock_of_the_server_that_asks_for_it() -> None:
    limited = answer(429, b"", f"Date: {NOON}", f"Retry-After: {LATER}")
    async with peer(limited) as api, clients(api.url) as client:
        reply = await client.deletes.delete(NUMBER)
    assert (reply.meaning, reply.status, reply.retry_after) == (Meaning.THROTTLED, 429, 120.0)


async def test_the_skew_of_the_server_s_clock_is_known_after_an_answer() -> None:
    ahead = answer(200, RECORD, "Date: Tue, 19 Jan 2038 03:14:07 GMT")
    async with peer(ahead, answer(200, RECORD, "Date: whenever")) as api, clients(api.url) as client:
        assert client.connection.skew is None
        await client.reads.get_customer(NUMBER)
        assert client.connection.skew is not None
        assert client.connection.skew > 0
        await client.reads.get_customer(NUMBER)
        assert client.connection.skew is None


def test_a_date_without_a_zone_is_taken_as_utc() -> None:
    assert moment("Wed, 21 Oct 2026 12:00:00 -0000") == WALL


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ("eyJleHAiOjE3OTI1ODQwMDAsInN1YiI6ImpvYiJ9", Peek(WALL, "job")),  # {"exp":1792584000,"sub":"job"}
        ("eyJleHAiOiJzb29uIiwic3ViIjo3LCJhcHBpZCI6ImEifQ", Peek(None, "a")),  # {"exp":"soon","sub":7,"appid":"a"}
        ("eyJleHAiOnRydWUsInN1YiI6IiJ9", Peek()),  # {"exp":true,"sub":""}
        ("eyJzdWIiOiJhXG5iIn0", Peek(None, "a\\u000ab")),  # {"sub":"a\nb"}
        ("W10", Peek()),  # []
        ("!", Peek()),
    ],
)
def test_a_token_tells_its_end_and_subject_if_it_can(claims: str, said: Peek) -> None:
    assert peek(f"e30.{claims}.c2ln") == said


@given(st.text())
def test_any_text_may_be_a_token(token: str) -> None:
    assert peek(token) == Peek()
    said = peek(f"a.{token}.b")
    assert said.expires_at is None or math.isfinite(said.expires_at)
