"""Work beside a block: it goes on with it, and is over when the block is."""

import asyncio

import pytest

from worker.beside import beside


async def test_what_goes_on_beside_a_block_ends_with_it_and_has_cleared_up_by_then() -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            said.append("began")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said.append("cleared up")

    async with beside(work, "work"):
        await asyncio.sleep(0)
        assert said == ["began"]
    assert said == ["began", "cleared up"]


async def test_neither_side_hides_what_became_of_the_other() -> None:
    async def fails() -> None:
        raise ValueError("its own affair")

    async with beside(fails, "fails"):
        await asyncio.sleep(0)
    with pytest.raises(KeyError, match="the block's"):
        async with beside(fails, "fails"):
            raise KeyError("the block's")
