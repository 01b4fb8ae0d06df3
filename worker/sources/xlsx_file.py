"""A worksheet as records: what each cell says, and which cells cannot be trusted to say a number.

Decides which numeric cells are whole numbers as their author saw them. Never evaluates a formula,
never restores zeros that only a number format shows.
"""

import re
import struct
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time, timedelta
from itertools import islice
from typing import IO, Final, Protocol, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.workbook import Workbook

from worker.core.customer import Rejected, Why, shown
from worker.errors import InputWrong
from worker.sources.payload import Payload
from worker.sources.record import NO_FAULTS, Record

EXACT_BELOW: Final = 10**15
"""Spreadsheets keep fifteen digits; from here on the last ones may have been lost."""

_CHUNK: Final = 256
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    RuntimeError,  # Of zipfile: an encrypted part, or one compressed in a way it does not know.
    struct.error,
    LookupError,
    OverflowError,
    ValueError,
    TypeError,
    AttributeError,
    ParseError,
)
# What a number format shows as it is: "quoted", \escaped, [conditions and colours], _padding and *fill.
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_NO_TEXT: Final = Rejected(Why.NOT_TEXT, "the cell is a formula, date, truth value or error; store it as text")
_NOT_WHOLE: Final = Rejected(Why.SPREADSHEET_NUMBER, "the cell is no whole number; store the column as text")
_TOO_MANY_DIGITS: Final = Rejected(
    Why.SPREADSHEET_NUMBER, "spreadsheets keep fifteen digits of a number; store the column as text"
)
_ZERO_PADDED: Final = Rejected(
    Why.ZERO_PADDED, "the leading zeros are only shown by the cell's format; store the column as text"
)


class _Cell(Protocol):
    """The part of openpyxl's cells, empty ones included, that is looked at."""

    @property
    def value(self) -> object: ...
    @property
    def number_format(self) -> str | None: ...
    @property
    def data_type(self) -> str: ...


class _Sheet(Protocol):
    """What openpyxl gives for a worksheet that is read as a stream."""

    def reset_dimensions(self) -> None: ...
    def iter_rows(self) -> Iterator[Sequence[_Cell]]: ...


_LAST_ROW: Final = 1_048_576


class XlsxFile:
    """One worksheet: the one named, else the first that is visible. Read as a stream, pass by pass.

    The workbook is opened once: its table of texts, which is held in memory, is read with it.
    """

    delimiter: Final = ","

    def __init__(self, payload: Payload, sheet: str | None) -> None:
        self._payload = payload
        with payload.opened() as stream, _readable(payload.name):
            book = _opened(stream)
            self._sheet = cast("_Sheet", book[_title(payload.name, book, sheet)])
            self._sheet.reset_dimensions()  # Some programs write wrong ones, and rows would be lost.

    def records(self) -> Iterator[Record]:
        """All rows from the first, blank ones too; `line` is the spreadsheet's own row number."""
        with self._payload.opened():
            for line, cells in enumerate(_rows(self._payload.name, self._sheet), start=1):
                if line > _LAST_ROW:
                    raise InputWrong(f"{self._payload.name} claims more than {_LAST_ROW} rows, which no workbook has")
                yield _record(line, cells)


def _opened(stream: IO[bytes]) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of styles and extensions, which do not concern us.
        return openpyxl.load_workbook(stream, read_only=True)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Whatever a damaged workbook makes openpyxl stumble over is one fault to the user."""
    try:
        yield
    except _UNREADABLE as error:
        raise InputWrong(f"{name} is not a readable workbook", "Save it anew as .xlsx, or as CSV.") from error


def _title(name: str, book: Workbook, wanted: str | None) -> str:
    titles = [sheet.title for sheet in book.worksheets]
    if wanted is not None:
        found = [title for title in titles if title == wanted] or [
            title for title in titles if title.casefold() == wanted.casefold()
        ]
    else:
        found = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not found:
        listed = ", ".join(f"'{shown(title)}'" for title in titles) or "none"
        what = "no visible sheet" if wanted is None else f"no sheet called '{shown(wanted)}'"
        raise InputWrong(f"{name} has {what}; its sheets are: {listed}", "Name the sheet with --sheet.")
    return found[0]


def _rows(name: str, sheet: _Sheet) -> Iterator[Sequence[_Cell]]:
    rows = sheet.iter_rows()
    while True:
        with _readable(name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of impossible dates, which are faults of their own here.
            chunk = list(islice(rows, _CHUNK))
        if not chunk:
            return
        yield from chunk


def _record(line: int, cells: Iterable[_Cell]) -> Record:
    texts: list[str] = []
    faults: dict[int, Rejected] = {}
    for at, cell in enumerate(cells):
        text, fault = _read(cell)
        texts.append(text)
        if fault:
            faults[at] = fault
    while texts and not texts[-1]:
        texts.pop()
    return line, texts, faults or NO_FAULTS


def _read(cell: _Cell) -> tuple[str, Rejected | None]:
    """The cell's text, and why it must not be taken for a customer number."""
    match cell.value:
        case None:
            return "", None
        case str() as text if cell.data_type not in {"f", "e"}:
            return text, None
        case bool() as truth:
            return str(truth).upper(), _NO_TEXT
        case int() | float() as number:
            return _number(number, cell.number_format or "")
        case date() | time() as moment:
            return moment.isoformat(), _NO_TEXT
        case str() | timedelta() as told:
            return str(told), _NO_TEXT
        case formula:  # Of several cells: an object, of which only the text is the same on every pass.
            return str(getattr(formula, "text", None) or "="), _NO_TEXT


def _number(number: float, shown_as: str) -> tuple[str, Rejected | None]:
    if number % 1:
        return repr(number), _NOT_WHOLE
    text = str(int(number))
    if abs(number) >= EXACT_BELOW:
        return text, _TOO_MANY_DIGITS
    return text, _ZERO_PADDED if pads_with_zeros(shown_as) else None


def pads_with_zeros(number_format: str) -> bool:
    """Tell whether a number format like `000000` would show zeros that are not in the number."""
    positive = _LITERALS.sub("", number_format).split(";")[0]
    return re.split(r"[.Ee]", positive)[0].count("0") > 1
