"""The protect list: every entry counts, or nothing runs."""

import re
from pathlib import Path

import openpyxl
import pytest

from worker.core.customer import DEFAULT_PATTERN
from worker.errors import SettingsWrong
from worker.sources import SourceOptions, read_protected


def protected(
    path: Path, options: SourceOptions | None = None, pattern: re.Pattern[str] = DEFAULT_PATTERN
) -> list[str]:
    return [number.text for number in read_protected(path, options, pattern)]


@pytest.mark.parametrize(
    "content", [b"1\n\n 00A \n", b"kundenr\r\n1\r\n00A", "navn;Kundenr\nø;1\nå;00A\n".encode("cp1252")]
)
def test_a_list_is_read_in_the_formats_of_the_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "protect.csv"
    path.write_bytes(content)
    assert protected(path) == ["1", "00A"]


def test_a_list_can_be_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["0042"])
    book.save(tmp_path / "protect.xlsx")
    assert protected(tmp_path / "protect.xlsx") == ["0042"]


def test_the_inputs_column_is_taken_where_the_list_has_it(tmp_path: Path) -> None:
    path = tmp_path / "protect.csv"
    options = SourceOptions(column="kid", delimiter="|", sheet="x")
    for content in ("kid;kundenr\n1;2\n", "kundenr;navn\n1;x\n", "1\n", "KID\n1\n"):
        path.write_text(content, encoding="utf-8")
        assert protected(path, options) == ["1"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"a;b\n1;2\n", "no column of customer numbers"),
        (b'1\n"2\n', "line 2: a quote that is never closed"),
        (b"1\n\n1.23E\n2 3\n", r"line 4: '2 3' is no customer number \(characters\)"),
        (b"kundenr;navn\n1;a\n;b\n", r"line 3: '' is no customer number \(empty\)"),
        (b"1\n543210.0\n", "spreadsheet_number"),
    ],
)
def test_a_list_that_cannot_be_read_to_its_last_entry_is_a_wrong_setting(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "protect.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsWrong, match=f"^protect: .*{told}"):
        protected(path)


def test_a_missing_list_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="no such file"):
        protected(tmp_path / "missing.csv")


def test_entries_are_parsed_by_the_inputs_pattern(tmp_path: Path) -> None:
    path = tmp_path / "protect.csv"
    path.write_text("K+1\n", encoding="utf-8")
    assert protected(path, pattern=re.compile(r"K\+\d")) == ["K+1"]
    with pytest.raises(SettingsWrong, match="characters"):
        protected(path)


def test_where_numbers_are_not_to_be_shown_an_entry_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "protect.csv"
    path.write_bytes(b"1\n500 001\n")
    with pytest.raises(SettingsWrong, match="line 2: what stands there is no customer number") as refused:
        list(read_protected(path, masked=True))
    assert "500" not in str(refused.value)
