"""Which column holds the customer numbers, which the client, and whether there is a header at all.

Decides by names only; never by what the cells look like.
"""

import re
from collections.abc import Sequence
from typing import Final

from worker.core.customer import fold, shown
from worker.core.intake import HEADERLESS, Header
from worker.errors import InputWrong

NUMBER_NAMES: Final = frozenset({"customerno", "customernumber", "customer", "kundenr", "kundenummer"})
CLIENT_NAMES: Final = frozenset({"clientno", "klientnr"})
_IGNORED: Final = re.compile(r"[\s_]+")


def folded(name: str) -> str:
    """A column's name as it is compared: case-folded, without spaces and underscores."""
    return _IGNORED.sub("", fold(name))


def has_column(cells: Sequence[str], wanted: str) -> bool:
    """Tell whether one of these cells is this name."""
    return any(folded(cell) == folded(wanted) for cell in cells)


def names_numbers(cells: Sequence[str], wanted: str | None) -> bool:
    """Tell whether one of these cells is the name of a column that we look for."""
    known = any(folded(cell) in NUMBER_NAMES for cell in cells)
    return known or (wanted is not None and has_column(cells, wanted))


def header_of(first: Sequence[str], delimiter: str, wanted: str | None, *, masked: bool = False) -> Header:
    """Read the first record as a header, or find that it is none; `InputWrong` lists the columns, but if `masked`."""
    if len(first) == 1 and not _is_name(first[0], wanted):
        return _headerless(delimiter, wanted)
    names = [folded(name) for name in first]
    clients = [at for at, name in enumerate(names) if name in CLIENT_NAMES]
    if len(clients) > 1:
        raise _unclear("more than one client column", first, masked=masked)
    number_at = _number_at(first, names, wanted, masked=masked)
    client_at = clients[0] if clients and clients[0] != number_at else None
    return Header(tuple(first), named=True, delimiter=delimiter, number_at=number_at, client_at=client_at)


def _is_name(cell: str, wanted: str | None) -> bool:
    return names_numbers([cell], wanted) or folded(cell) in CLIENT_NAMES


def _headerless(delimiter: str, wanted: str | None) -> Header:
    if wanted and folded(wanted) not in NUMBER_NAMES:
        raise InputWrong(
            f"there is no column called '{shown(wanted)}': the input is a single column without a header",
            "Leave --column away, or add a header line.",
        )
    return Header((HEADERLESS,), named=False, delimiter=delimiter, number_at=0)


def _number_at(first: Sequence[str], names: Sequence[str], wanted: str | None, *, masked: bool) -> int:
    if wanted:
        exact = [at for at, name in enumerate(first) if name.strip() == wanted.strip()]
        found = exact or [at for at, name in enumerate(names) if name == folded(wanted)]
    else:
        found = [at for at, name in enumerate(names) if name in NUMBER_NAMES]
    match found:
        case [number_at]:
            return number_at
        case []:
            what = f"no column called '{shown(wanted)}'" if wanted else "no column of customer numbers"
            raise _unclear(what, first, masked=masked)
        case _:
            raise _unclear("more than one column of customer numbers", first, masked=masked)


def _unclear(what: str, columns: Sequence[str], *, masked: bool) -> InputWrong:
    return InputWrong(f"{what}; {listed(columns, masked=masked)}", "Name the column of the numbers with --column.")


def listed(columns: Sequence[str], *, masked: bool) -> str:
    """The columns there are. A file without a header has a customer where their names should be: `masked` hides it."""
    if masked:
        return f"its first line has {len(columns)} cells, which are not shown: they may be a customer's"
    return "the columns are: " + ", ".join(f"'{shown(name)}'" for name in columns[:50])
