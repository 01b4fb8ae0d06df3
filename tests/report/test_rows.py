"""`report.csv` to the byte: what a spreadsheet, a script and the next campaign will read."""

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.books import HEADER, row
from worker.core.intake import Header
from worker.core.lifecycle import Verdict
from worker.ports import ReportRow
from worker.report.rows import write_rows

OURS = "verdict;reason;http_status;settled_at"


def written(*rows: ReportRow, header: Header = HEADER) -> str:
    file = io.StringIO(newline="")
    write_rows(file, header, rows)
    return file.getvalue()


def read_back(text: str, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def named(*columns: str, delimiter: str = ";") -> Header:
    return Header(columns, named=True, delimiter=delimiter, number_at=0)


def test_a_report_of_one_row_is_exactly_this() -> None:
    assert written(row("0042", "Bjørn & Søn")) == (
        f"\ufeffKundenr;Navn;{OURS}\r\n0042;Bjørn & Søn;deleted;confirmed;200;2025-01-31T10:00:00.000001Z\r\n"
    )


def test_what_was_never_sent_has_neither_status_nor_time() -> None:
    never = ReportRow(3, ("0042", "x"), Verdict.NOT_REACHED, "", None, None)
    assert written(never).splitlines()[1] == "0042;x;not_reached;;;"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_of_the_input(delimiter: str) -> None:
    head = written(header=named("customerno", "a b", delimiter=delimiter))
    assert head == "\ufeff" + delimiter.join(["customerno", "a b", *OURS.split(";")]) + "\r\n"


def test_a_header_less_column_is_called_customerno() -> None:
    header = Header(("0042",), named=False, delimiter=",", number_at=0)
    assert written(header=header) == "\ufeffcustomerno,verdict,reason,http_status,settled_at\r\n"


def test_a_column_of_ours_gives_way_to_one_of_the_input_in_any_case() -> None:
    head = read_back(written(header=named("Kundenr", "VERDICT", " Reason ")))[0]
    assert head[3:] == ["amili_verdict", "amili_reason", "http_status", "settled_at"]


def test_a_report_that_becomes_an_input_still_gets_columns_of_its_own() -> None:
    head = read_back(written(header=named("customerno", "verdict", "amili_verdict")))[0]
    assert head[3:5] == ["amili_amili_verdict", "reason"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_led_by_an_apostrophe(start: str) -> None:
    cell = f'{start}HYPERLINK("http://x")'
    assert read_back(written(row("0042", cell)))[1][1] == f"'{cell}"


def test_the_guard_covers_header_cells_and_our_own_cells() -> None:
    head, line = read_back(written(row("1", reason="=1+1"), header=named("@SUM(A1)")))
    assert (head[0], line[2]) == ("'@SUM(A1)", "'=1+1")


@pytest.mark.parametrize("cell", ["a=b", " =1", "'quoted", "1-2", "x@y.no"])
def test_a_harmless_cell_stays_as_it_was(cell: str) -> None:
    assert read_back(written(row("0042", cell)))[1][1] == cell


def test_quotes_delimiters_and_line_ends_within_a_cell_are_quoted() -> None:
    text = written(row("0042", 'a;"b"\nc\rd'))
    assert '0042;"a;""b""\nc\rd";deleted' in text


def test_a_row_too_short_keeps_our_columns_in_their_place() -> None:
    assert read_back(written(row("0042")))[1][:3] == ["0042", "", "deleted"]


def test_a_row_too_long_keeps_its_surplus_in_the_last_column() -> None:
    assert read_back(written(row("0042", "Bo", "Oslo")))[1][:3] == ["0042", "Bo;Oslo", "deleted"]


def without_guard(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell for cell in cells)


@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=8)] * 2), max_size=5))
def test_any_text_comes_back_as_it_went_in_but_for_the_guard(given_cells: list[tuple[str, ...]]) -> None:
    lines = read_back(written(*(row(*cells) for cells in given_cells)))[1:]
    assert [without_guard(line[:2]) for line in lines] == [without_guard(cells) for cells in given_cells]
