"""What every file format hands over: one record, before anybody asks which column means what.

Holds values only.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from worker.core.customer import Rejected

NO_FAULTS: Final[Mapping[int, Rejected]] = MappingProxyType({})


class Record(NamedTuple):
    """The cells of one line or spreadsheet row, which starts on `line`; faults by cell, from 0."""

    line: int
    cells: list[str]
    faults: Mapping[int, Rejected] = NO_FAULTS
