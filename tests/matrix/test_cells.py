"""Every cell of the matrix is a campaign over real sockets, and ends as its row says."""

import asyncio
import tracemalloc
from pathlib import Path

import pytest

from tests.matrix.answers import HUGE_BODY, PACKED, packed
from tests.matrix.rows import Cell, Row
from tests.matrix.stage import play
from tests.matrix.table import SECTIONS

ROWS = {f"{section.title}, row {place}": row for section in SECTIONS for place, row in enumerate(section.rows, start=1)}
AT_ONCE = 8
"""Campaigns side by side: they mostly wait, but none may starve until its timeout."""
HUGE = {
    cell.name: cell
    for row in reversed(ROWS.values())
    for cell in row.cells()
    if cell.said.body is PACKED.body or cell.said.manner is HUGE_BODY.manner
}
"""One campaign for each kind of request."""


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_each_answer_of_a_row_is_taken_as_the_row_says(tmp_path: Path, row: Row) -> None:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(place: int, cell: Cell) -> tuple[str, ...]:
        async with few:
            return await play(cell, tmp_path / str(place))

    played = (one(place, cell) for place, cell in enumerate(row.cells()))
    differing = [line for lines in await asyncio.gather(*played) for line in lines]
    assert not differing, "\n".join(differing)


@pytest.mark.parametrize("cell", HUGE.values(), ids=HUGE)
async def test_a_huge_body_needs_no_more_than_twenty_megabytes(tmp_path: Path, cell: Cell) -> None:
    packed()  # what the server needs for it is none of the worker's
    tracemalloc.start()
    try:
        assert await play(cell, tmp_path / "0") == ()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
