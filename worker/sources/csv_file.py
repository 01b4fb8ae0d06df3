"""Delimited text as records: delimiter, quotes, and the physical line on which a record starts.

Decides the delimiter from the header. Never mends a broken quote: it could have swallowed rows.
"""

import csv
import re
from collections.abc import Generator, Iterator
from typing import Final

from worker.errors import InputWrong, SettingsWrong
from worker.sources.columns import names_numbers
from worker.sources.decoding import encoding_of, text_of
from worker.sources.payload import Payload
from worker.sources.record import NO_FAULTS, Record

LONGEST_CELL: Final = 1 << 20
"""Characters. A longer cell is a quote that was never closed, or no list of customers."""

DELIMITERS: Final = (",", ";", "\t", "|")
_SPELT: Final = {"\\t": "\t", "tab": "\t", "TAB": "\t"}
# Spreadsheets read and write such a first line: it names the delimiter, and is no record.
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n?")


class CsvFile:
    """A delimited text, decoded and checked to its last byte when it is made."""

    def __init__(self, payload: Payload, delimiter: str | None, encoding: str | None, column: str | None) -> None:
        self._payload = payload
        self._encoding = encoding_of(payload, encoding)
        with text_of(payload, self._encoding) as text:
            told = _SEPARATOR_LINE.fullmatch(text.readline())
        self._skip = 1 if told else 0
        self.delimiter = _checked(delimiter) if delimiter else told[1] if told else self._found(column)

    def records(self) -> Iterator[Record]:
        """All records from the start, blank ones as no cells; `InputWrong` names the line of a fault."""
        return self._split(self.delimiter)

    def _split(self, delimiter: str) -> Generator[Record, None, None]:
        csv.field_size_limit(LONGEST_CELL)
        with text_of(self._payload, self._encoding) as text:
            for _ in range(self._skip):
                text.readline()
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            start = 1 + self._skip
            try:
                for cells in reader:
                    yield start, cells, NO_FAULTS
                    start = 1 + self._skip + reader.line_num
            except csv.Error as error:
                raise _broken(self._payload.name, start, error) from error

    def _found(self, column: str | None) -> str:
        """The delimiter under which the header has a name we look for, else the most columns."""
        headers = {delimiter: self._header(delimiter) for delimiter in DELIMITERS}
        split = {d: cells for d, cells in headers.items() if len(cells) > 1}
        return max(split, key=lambda d: (names_numbers(split[d], column), len(split[d])), default=DELIMITERS[0])

    def _header(self, delimiter: str) -> list[str]:
        """The first record that is not blank, were this the delimiter; empty if it cannot be."""
        records = self._split(delimiter)
        try:
            return next((cells for _, cells, _ in records if any(map(str.strip, cells))), [])
        except InputWrong:
            return []
        finally:
            records.close()


def _checked(delimiter: str) -> str:
    plain = _SPELT.get(delimiter, delimiter)
    if len(plain) != 1 or plain in '"\r\n\0':
        raise SettingsWrong(f"delimiter: {delimiter!r} is not one character", "Use , ; | or tab.")
    return plain


def _broken(name: str, line: int, error: csv.Error) -> InputWrong:
    match str(error):
        case "unexpected end of data":
            what = "a quote that is never closed"
        case long if long.startswith("field larger than"):
            what = f"a cell longer than {LONGEST_CELL} characters, perhaps a quote that is never closed"
        case _:
            what = "a stray quote within a quoted cell"
    return InputWrong(f"{name}, line {line}: {what}", "Mend the line and start again.")
