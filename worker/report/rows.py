"""`report.csv`: the input's rows as they came, each with its verdict beside it.

Decides columns, order and what makes a cell harmless in a spreadsheet. It holds one row at a time, never more, and
never changes, drops or reorders what the input said, but for the guard before a formula.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TextIO

from worker.core.intake import HEADERLESS, Header
from worker.ports import ReportRow

OURS: Final = ("verdict", "reason", "http_status", "settled_at")
"""Our columns, in their order."""
_BYTE_ORDER_MARK: Final = "\ufeff"
_PREFIX: Final = "amili_"
# A spreadsheet takes a cell that begins so for a formula, or strips what stands first and then does.
_FORMULA_STARTS: Final = frozenset("=+-@\t\r")


def write_rows(file: TextIO, header: Header, rows: Iterable[ReportRow]) -> None:
    """Write all of the report; `file` must be open for UTF-8 and leave line ends alone."""
    file.write(_BYTE_ORDER_MARK)
    writer = csv.writer(file, delimiter=header.delimiter, lineterminator="\r\n")
    writer.writerow(harmless(columns(header)))
    writer.writerows(_lines(header, rows))


def columns(header: Header) -> list[str]:
    """The input's columns and ours; ours give way with a prefix where the input has such a name already."""
    theirs = list(header.columns) if header.named else [HEADERLESS]
    taken = {name.strip().casefold() for name in theirs}
    return theirs + [_free(name, taken) for name in OURS]


def _free(name: str, taken: set[str]) -> str:
    """A report may be the next campaign's input, so the prefixed name may be taken as well."""
    while name in taken:
        name = _PREFIX + name
    taken.add(name)
    return name


def harmless(cells: Sequence[str]) -> list[str]:
    """The cells with an apostrophe before what a spreadsheet would calculate."""
    return ["'" + cell if cell[:1] in _FORMULA_STARTS else cell for cell in cells]


def _lines(header: Header, rows: Iterable[ReportRow]) -> Iterator[list[str]]:
    width = len(header.columns)
    for row in rows:
        cells = row.cells if len(row.cells) == width else _fitted(row.cells, width, header.delimiter)
        status = "" if row.http_status is None else str(row.http_status)
        yield harmless((*cells, row.verdict.value, row.reason, status, row.settled_at or ""))


def _fitted(cells: tuple[str, ...], width: int, delimiter: str) -> tuple[str, ...]:
    """A row with a cell too many or too few, made to fit: the surplus stays readable in the last column."""
    if len(cells) < width:
        return cells + ("",) * (width - len(cells))
    return (*cells[: width - 1], delimiter.join(cells[width - 1 :]))
