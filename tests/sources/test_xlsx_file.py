"""Real workbooks: text stays text, and no number is made up from how a cell looks."""

import warnings
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from tests.sources.reading import digest_of, numbers_of, rows_of
from worker.core.customer import Why
from worker.errors import InputWrong
from worker.sources import SourceOptions, open_source
from worker.sources.xlsx_file import pads_with_zeros


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def with_format(path: Path, value: float, number_format: str) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = "kundenr"
    sheet["A2"] = value
    sheet["A2"].number_format = number_format
    book.save(path)
    return path


def test_text_cells_stay_text_and_whole_numbers_become_it(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "c.xlsx", ("Navn", "Kundenr", "Beløp"), ("Ås", "000123", 1.5), (None, 543210, None), ("x", "=1", 2)
    )
    with closing(open_source(path)) as source:
        assert (source.header.columns, source.header.number_at) == (("Navn", "Kundenr", "Beløp"), 1)
        rows = list(source.rows())
    assert [row.cells for row in rows[:2]] == [("Ås", "000123", "1.5"), ("", "543210", "")]
    assert [row.fault for row in rows[:2]] == [None, None]
    assert rows[2].fault is not None  # A formula, as openpyxl writes it.


@pytest.mark.parametrize(
    ("value", "text", "why"),
    [
        (5432.5, "5432.5", Why.SPREADSHEET_NUMBER),
        (10**15, "1000000000000000", Why.SPREADSHEET_NUMBER),
        (True, "TRUE", Why.NOT_TEXT),
        (datetime(2024, 1, 2, tzinfo=UTC).replace(tzinfo=None), "2024-01-02T00:00:00", Why.NOT_TEXT),
        (timedelta(hours=1), "1:00:00", Why.NOT_TEXT),
        ("=A1", "=A1", Why.NOT_TEXT),
        (ArrayFormula("A2:A2", "=SUM(B1:B2)"), "=SUM(B1:B2)", Why.NOT_TEXT),
        ("#N/A", "#N/A", Why.NOT_TEXT),
    ],
)
def test_a_cell_that_is_no_whole_number_is_at_fault_with_a_hint(
    tmp_path: Path, value: object, text: str, why: Why
) -> None:
    [row] = rows_of(workbook(tmp_path / "c.xlsx", ("kundenr",), (value,)))
    assert row.number == text
    assert row.fault is not None
    assert row.fault.why is why
    assert "text" in (row.fault.hint or "")


def test_only_a_fault_in_the_column_of_numbers_counts(tmp_path: Path) -> None:
    [row] = rows_of(workbook(tmp_path / "c.xlsx", ("kundenr", "ok"), ("1", True)))
    assert (row.cells, row.fault) == (("1", "TRUE"), None)


def test_a_float_that_is_whole_is_the_number_its_author_sees(tmp_path: Path) -> None:
    [row] = rows_of(with_format(tmp_path / "c.xlsx", 543210.0, "0.00E+00"))
    assert (row.number, row.fault) == ("543210", None)


def test_zeros_that_only_the_format_shows_make_the_row_invalid(tmp_path: Path) -> None:
    [row] = rows_of(with_format(tmp_path / "c.xlsx", 1234, "000000"))
    assert row.number == "1234"
    assert row.fault is not None
    assert row.fault.why is Why.ZERO_PADDED


@pytest.mark.parametrize(
    ("number_format", "pads"),
    [
        ("General", False),
        ("0", False),
        ("#,##0", False),
        ("0.00", False),
        ("0.00E+00", False),
        ('"00"0', False),
        ("\\0\\00", False),
        ("[$-40000]0", False),
        ("_0* #,##0", False),
        ("@", False),
        ("0;00", False),
        ("00", True),
        ("000000", True),
        ("00 00 00", True),
        ("0000.0", True),
        ("#00", True),
    ],
)
def test_a_format_pads_if_it_demands_more_than_one_digit(number_format: str, pads: bool) -> None:
    assert pads_with_zeros(number_format) is pads


def test_the_sheet_is_the_first_visible_one_or_the_one_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    hidden = book.active
    assert isinstance(hidden, Worksheet)
    hidden.title = "Skjult"
    hidden.append(["1"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Kunder").append(["2"])
    book.create_sheet("Andre").append(["3"])
    path = tmp_path / "c.xlsx"
    book.save(path)
    assert numbers_of(path) == ["2"]
    assert numbers_of(path, SourceOptions(sheet="Andre")) == ["3"]
    assert numbers_of(path, SourceOptions(sheet="skjult")) == ["1"]
    with pytest.raises(InputWrong, match="no sheet called 'X'; its sheets are: 'Skjult', 'Kunder', 'Andre'"):
        open_source(path, SourceOptions(sheet="X"))


def test_lines_are_the_spreadsheets_rows_and_blank_ones_are_counted(tmp_path: Path) -> None:
    path = workbook(tmp_path / "c.xlsx", (), ("kundenr", None), (), ("1", None), (" ",), ("2",))
    with closing(open_source(path)) as source:
        assert [(row.line, row.number) for row in source.rows()] == [(4, "1"), (6, "2")]
        assert source.blank_lines == 3
        assert source.header.columns == ("kundenr",)


def test_a_workbook_has_the_digest_of_the_same_rows_in_a_csv_file(tmp_path: Path) -> None:
    text = tmp_path / "c.csv"
    text.write_text("kundenr;navn\n001;Å\n2\n", encoding="cp1252")
    assert digest_of(text) == digest_of(workbook(tmp_path / "c.xlsx", ("kundenr", "navn"), ("001", "Å"), (2,)))


def test_it_is_a_workbook_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "c.xlsx", ("1",))
    assert numbers_of(path.rename(tmp_path / "c.csv")) == ["1"]


@pytest.mark.parametrize("cut", [10, 2000, -30])
def test_a_damaged_workbook_is_wrong_input(tmp_path: Path, cut: int) -> None:
    path = workbook(tmp_path / "c.xlsx", ("1",))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputWrong, match="not a readable workbook"):
        rows_of(path)


def test_openpyxls_warnings_of_impossible_dates_stay_away_from_the_user(tmp_path: Path) -> None:
    path = with_format(tmp_path / "c.xlsx", 99999999, "yyyy-mm-dd")
    with warnings.catch_warnings(record=True) as seen:
        [row] = rows_of(path)
    assert seen == []
    assert row.fault is not None


def test_rows_outside_the_extent_that_the_workbook_claims_are_read(tmp_path: Path) -> None:
    path, wrong = workbook(tmp_path / "c.xlsx", ("navn", "kundenr"), ("x", "1"), ("y", "2")), tmp_path / "wrong.xlsx"
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(wrong, "w") as changed:
        for name in book.namelist():
            changed.writestr(name, book.read(name).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1:A2"'))
    assert b'"A1:A2"' in zipfile.ZipFile(wrong).read("xl/worksheets/sheet1.xml")
    assert numbers_of(wrong) == ["1", "2"]
