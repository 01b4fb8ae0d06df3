"""docs/answers.md says what the tables say, and the tables leave nothing out."""

import pytest

from tests.matrix import answers
from tests.matrix.page import PAGE, page
from tests.matrix.rows import READS
from tests.matrix.table import SECTIONS
from worker.core.replies import Kind, Unreadable

ROWS = [row for section in SECTIONS for row in section.rows]
CELLS = [cell for row in ROWS for cell in row.cells()]
STATUSES = {200, 202, 301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 410, 422, 429, 500, 502, 503, 504}
"""Every status of the API's pages and of the way there. 204 and 404 mean different things to different requests."""


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.matrix.page"


@pytest.mark.parametrize("kind", Kind)
def test_every_status_and_every_manner_is_played_to_every_kind_of_request(kind: Kind) -> None:
    mine = [cell.said for cell in CELLS if cell.kind is kind]
    assert {said.status for said in mine} >= STATUSES | {204}
    assert {said.manner for said in mine} == set(answers.Manner)


@pytest.mark.parametrize("kind", READS)
def test_every_way_of_being_unreadable_is_played_to_every_read(kind: Kind) -> None:
    assert {cell.said.cause for cell in CELLS if cell.kind is kind} >= {word.value for word in Unreadable}


def test_the_page_has_one_line_for_each_row_and_no_two_rows_are_about_the_same() -> None:
    lines = [line for line in page().splitlines() if line.startswith("| ")]
    assert len([line for line in lines if not line.startswith(("| Answer", "| ---"))]) == len(ROWS)
    about = [(row.kinds, row.answers, row.times, row.effect, row.around, row.later, row.credentials) for row in ROWS]
    assert len({repr((one, row.settings)) for one, row in zip(about, ROWS, strict=True)}) == len(ROWS)
