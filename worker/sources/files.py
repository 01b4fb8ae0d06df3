"""A file of rows, from any format: where the header is, what is a row, what is only a blank line.

Decides which records are rows and how their cells line up with the header. Never judges a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from worker.core.customer import Rejected, Why
from worker.core.intake import Header, Row
from worker.errors import InputWrong
from worker.sources.columns import has_column, header_of
from worker.sources.csv_file import CsvFile
from worker.sources.payload import Kind, Payload, payload_of
from worker.sources.record import Record

_SURPLUS: Final = Rejected(
    Why.SURPLUS_CELLS, "the row has more cells than the header: a delimiter without quotes around its cell?"
)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """The settings that say how to read an input; None: find out. With `masked` no cell of it is shown."""

    column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    masked: bool = False


class _Records(Protocol):
    """One file format."""

    @property
    def delimiter(self) -> str: ...
    def records(self) -> Iterator[Record]: ...


class FileSource:
    """The rows of one file, the same on every pass, in constant memory; one pass at a time.

    Everything that can be wrong with the file as a whole is `InputWrong` when it is opened.
    """

    def __init__(self, payload: Payload, options: SourceOptions, *, column_optional: bool = False) -> None:
        self._payload = payload
        self._format = _format_of(payload, options)
        line, cells, _ = self._first()
        wanted = options.column
        if wanted and column_optional and not has_column(cells, wanted):
            wanted = None
        self.header: Header = header_of(cells, self._format.delimiter, wanted, masked=options.masked)
        self._rows_from = line + self.header.named
        self.blank_lines = 0
        """Blank lines of the last pass that went to the end."""

    def rows(self) -> Iterator[Row]:
        """All rows in their order, invalid ones too."""
        blank, columns = 0, len(self.header.columns)
        number_at, client_at, rows_from = self.header.number_at, self.header.client_at, self._rows_from
        for record in self._format.records():
            line, cells, faults = record
            if len(cells) == columns and line >= rows_from and not faults and cells[number_at].isalnum():
                # The common case, a million times over: nothing about the row needs mending.
                yield Row(line, cells[number_at], None if client_at is None else cells[client_at], tuple(cells))
            elif not any(map(str.strip, cells)):
                blank += 1
            elif line >= rows_from:
                yield self._row(record)
        self.blank_lines = blank

    def close(self) -> None:
        """Let go of the file (or the spooled copy of standard input)."""
        self._payload.close()

    def _first(self) -> Record:
        records = self._format.records()
        first = next((record for record in records if any(map(str.strip, record[1]))), None)
        if first is None:
            raise InputWrong(f"{self._payload.name} holds nothing but blank lines")
        if any("\0" in cell for cell in first[1]):
            raise InputWrong(
                f"{self._payload.name}, line {first[0]}: holds NUL characters, so it is no plain text",
                "If it is UTF-16 without a byte order mark, say --encoding utf-16-le.",
            )
        return first

    def _row(self, record: Record) -> Row:
        line, cells, faults = record
        columns = len(self.header.columns)
        fault = faults.get(self.header.number_at)
        if len(cells) < columns:
            cells = cells + [""] * (columns - len(cells))
        elif len(cells) > columns:
            cells, surplus = self._narrowed(cells, columns)
            fault = fault or surplus
        client_at = self.header.client_at
        client = None if client_at is None else cells[client_at]
        return Row(line, cells[self.header.number_at], client, tuple(cells), fault)

    def _narrowed(self, cells: list[str], columns: int) -> tuple[list[str], Rejected | None]:
        """Trailing empty cells go; others are kept in the last column, and the row is not trusted."""
        if not any(map(str.strip, cells[columns:])):
            return cells[:columns], None
        rest = self._format.delimiter.join(cells[columns - 1 :])
        return [*cells[: columns - 1], rest], _SURPLUS


def _format_of(payload: Payload, options: SourceOptions) -> _Records:
    if payload.kind is Kind.XLSX:
        from worker.sources.xlsx_file import XlsxFile

        return XlsxFile(payload, options.sheet)
    return CsvFile(payload, options.delimiter, options.encoding, options.column)


def open_source(place: str | Path, options: SourceOptions | None = None) -> FileSource:
    """Open a file, a pipe, or `-` for standard input, and check it as a whole.

    `InputWrong` for what cannot be read as rows, `SettingsWrong` for an impossible encoding or delimiter.
    """
    return FileSource(payload_of(place), options or SourceOptions())
