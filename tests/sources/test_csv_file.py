"""Delimited text in every encoding and dialect that spreadsheets and databases write."""

import csv
import gzip
import io
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.reading import digest_of, numbers_of, rows_of
from worker.core.customer import Why
from worker.errors import InputWrong, SettingsWrong
from worker.sources import SourceOptions, open_source
from worker.sources.csv_file import LONGEST_CELL
from worker.sources.decoding import LONGEST_LINE

TABLE = [["Kundenr", "Navn, fornavn", "By"], ["00ø12", 'Ås; "Ola"', "Å\nlesund"], ["543210", "", "|\t"]]


def written(table: list[list[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(table)
    return text.getvalue()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_and_dialect_gives_the_same_rows(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str, packed: bool
) -> None:
    path = tmp_path / "customers.csv"
    content = written(TABLE, delimiter).replace("\r\n", line_end).encode(encoding)
    path.write_bytes(gzip.compress(content) if packed else content)
    with closing(open_source(path)) as source:
        assert source.header.columns == tuple(TABLE[0])
        assert (source.header.delimiter, source.header.named, source.header.number_at) == (delimiter, True, 0)
        first, second = source.rows()
    assert (first.line, first.number, first.cells) == (2, "00ø12", tuple(TABLE[1]))
    assert (second.line, second.cells) == (4, tuple(TABLE[2]))  # The first record holds a line end.


def test_utf_16_is_read_in_both_byte_orders(tmp_path: Path) -> None:
    path = tmp_path / "customers.txt"
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        for options in (SourceOptions(), SourceOptions(encoding=encoding), SourceOptions(encoding="utf-16")):
            path.write_bytes(mark + "kundenr\nø1\n".encode(encoding))
            assert numbers_of(path, options) == ["ø1"]


def test_the_digest_is_of_the_decoded_rows_and_not_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    digests = set()
    for encoding, delimiter in (("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", "|")):
        path.write_bytes(written(TABLE, delimiter).encode(encoding))
        digests.add(digest_of(path))
    path.write_bytes(gzip.compress(written(TABLE, ",").encode()))
    assert {digest_of(path)} == digests
    path.write_text(written([*TABLE, ["1", "", ""]], ","), encoding="utf-8")
    assert digest_of(path) not in digests


@pytest.mark.parametrize(
    ("content", "numbers", "lines"),
    [
        (b"543210\n543211\n", ["543210", "543211"], [1, 2]),
        (b"543210", ["543210"], [1]),
        (b"\n\n543210\n\n543211\n \n", ["543210", "543211"], [3, 5]),
        (b"kundenr\n543210\n", ["543210"], [2]),
        (b"\xef\xbb\xbfCUSTOMER_no\n543210\n", ["543210"], [2]),
        (b'"Kunde nummer"\n"543210"\n', ["543210"], [2]),
        (b"customer\n", [], []),
        (b"kundeid\n543210\n", ["kundeid", "543210"], [1, 2]),  # No known name: it is a row.
        (b"sep=;\nnavn;kundenr\nOla;543210\n", ["543210"], [3]),
        (b"sep=;\r\n543210;\r\n", [], []),
    ],
)
def test_a_header_is_optional_for_a_single_column(
    tmp_path: Path, content: bytes, numbers: list[str], lines: list[int]
) -> None:
    path = tmp_path / "customers.txt"
    path.write_bytes(content)
    if content.startswith(b"sep=;\r"):  # Two columns without a known name are nobody's list.
        with pytest.raises(InputWrong, match="'543210', ''"):
            open_source(path)
        return
    rows = rows_of(path)
    assert [(row.number, row.line) for row in rows] == list(zip(numbers, lines, strict=True))


def test_a_column_without_a_header_gets_a_name(tmp_path: Path) -> None:
    path = tmp_path / "customers.txt"
    path.write_text("543210\n", encoding="utf-8")
    with closing(open_source(path)) as source:
        assert (source.header.columns, source.header.named) == (("customerno",), False)


def test_blank_lines_are_counted_and_a_row_whose_number_alone_is_empty_stays_a_row(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("\nkundenr;navn\n\n1;a\n;b\n ;\u00a0\n;\n2;\n\n", encoding="utf-8")
    with closing(open_source(path)) as source:
        assert [(row.line, row.number) for row in source.rows()] == [(4, "1"), (5, ""), (8, "2")]
        assert source.blank_lines == 5


def test_short_rows_are_filled_and_rows_with_surplus_cells_are_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("kundenr;navn;klientnr\n1\n2;b;2218;;\n3;c;2218;d;\n", encoding="utf-8")
    short, trailing, surplus = rows_of(path)
    assert (short.cells, short.client, short.fault) == (("1", "", ""), "", None)
    assert (trailing.cells, trailing.client, trailing.fault) == (("2", "b", "2218"), "2218", None)
    assert surplus.cells == ("3", "c", "2218;d;")
    assert surplus.fault is not None
    assert surplus.fault.why is Why.SURPLUS_CELLS


def test_a_decimal_comma_in_a_single_column_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("kundenr\n1,23E+05\n", encoding="utf-8")
    [row] = rows_of(path)
    assert row.number == "1,23E+05"
    assert row.fault is not None


def test_the_delimiter_is_the_one_that_lets_the_known_column_appear(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("kundenr,a;b;c;d\n1,x\n", encoding="utf-8")
    assert numbers_of(path) == ["1"]
    path.write_text('"By, land";"Nr|x";kid\nOslo;1;2\n', encoding="utf-8")
    assert numbers_of(path, SourceOptions(column="KID")) == ["2"]


def test_a_named_column_that_is_not_there_is_never_replaced_by_a_known_one(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("kundenr;navn\n1;x\n", encoding="utf-8")
    with pytest.raises(InputWrong, match="no column called 'kid'; the columns are: 'kundenr', 'navn'"):
        open_source(path, SourceOptions(column="kid"))


@pytest.mark.parametrize("spelt", ["\t", "tab", "\\t"])
def test_a_named_delimiter_is_taken_as_it_is(tmp_path: Path, spelt: str) -> None:
    path = tmp_path / "customers.tsv"
    path.write_text("a;b;kundenr\tnavn\n1\tx\n", encoding="utf-8")
    assert numbers_of(path, SourceOptions(delimiter=spelt, column="a;b;kundenr")) == ["1"]


@pytest.mark.parametrize(
    "options",
    [
        SourceOptions(delimiter=";;"),
        SourceOptions(delimiter='"'),
        SourceOptions(encoding="klingon"),
        SourceOptions(encoding="hex"),
        SourceOptions(encoding="a\0b"),
    ],
)
def test_an_impossible_delimiter_or_encoding_is_a_wrong_setting(tmp_path: Path, options: SourceOptions) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("1\n", encoding="utf-8")
    with pytest.raises(SettingsWrong, match=r"delimiter|encoding"):
        open_source(path, options)


@pytest.mark.parametrize(
    ("content", "encoding", "line", "plain"),
    [
        (b"kundenr\r\n1\r\n\x81\r\n", None, 3, "Windows-1252"),
        (b"kundenr\r1\r\xf8\n", "utf-8", 3, "UTF-8"),
        (b"\xef\xbb\xbfkundenr\n" + b"12345\n" * 60_000 + b"\xf8\n", None, 60_002, "UTF-8"),
        (b"kundenr\n1\n\xc3", "UTF8", 3, "UTF-8"),
        ("\ufeffkundenr\n1\n2".encode("utf-16-le") + b"\x00\xd8\x41\x00", None, 3, "UTF-16"),
        ("\ufeffkundenr\n1".encode("utf-16-be") + b"\x00", None, 2, "UTF-16"),
        ("kundenr\nø\n".encode(), "ascii", 2, "ascii"),
        (b"kundenr\n1\n", "utf-16", 1, "UTF-16"),
    ],
)
def test_a_byte_that_cannot_be_decoded_is_told_with_its_line(
    tmp_path: Path, content: bytes, encoding: str | None, line: int, plain: str
) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    with pytest.raises(InputWrong, match=f"line {line}: not valid {plain}"):
        open_source(path, SourceOptions(encoding=encoding))


def test_a_named_encoding_is_binding(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes("kundenr\nø\n".encode())
    assert numbers_of(path, SourceOptions(encoding="windows-1252")) == ["\u00c3\u00b8"]


def test_utf_16_without_a_mark_is_recognised_by_its_nul_characters(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes("kundenr\n1\n".encode("utf-16-le"))
    with pytest.raises(InputWrong, match="line 1: holds NUL") as told:
        open_source(path)
    assert "utf-16-le" in told.value.advice[0]
    assert numbers_of(path, SourceOptions(encoding="utf-16-le")) == ["1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'kundenr\n1\n"2\n3\n', "line 3: a quote that is never closed"),
        (b'kundenr\n"1"2\n', "line 2: a stray quote"),
        (b"kundenr\n1\n" + b"x" * (LONGEST_CELL + 1) + b"\n", "line 3: a cell longer than"),
        (b'kundenr\n"' + b"1\n" * LONGEST_CELL, "line 2: a cell longer than"),
        (b"kundenr\n" + b"1,2," * (LONGEST_LINE // 3), "line 2: longer than"),
        (b"kundenr\n1" + b"\xc3\xb8" * (LONGEST_LINE + 200_000), "line 2: longer than"),
        (b'"kundenr\n1\n', "blank|quote that is never closed"),
    ],
)
def test_a_broken_line_is_told_with_its_number(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    with pytest.raises(InputWrong, match=told):
        rows_of(path)


def test_a_nul_character_within_a_row_is_left_to_the_judgement_of_the_number(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"kundenr\n1\0\n2\n")
    assert numbers_of(path) == ["1\0", "2"]


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_comes_back_cell_by_cell(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "customers.csv")
        path.write_bytes(written([["Kundenr", "x"], *rows], delimiter).encode(encoding))
        found = [list(row.cells) for row in rows_of(path)]
    assert found == [row for row in rows if any(cell.strip() for cell in row)]
