"""What every file format hands over: one record, before anybody asks which column means what.

Holds values only.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worker.core.customer import Rejected

NO_FAULTS: Final[Mapping[int, Rejected]] = MappingProxyType({})

Record = tuple[int, list[str], Mapping[int, Rejected]]
"""The line that it starts on (or the spreadsheet row), its cells, and faults by cell, from 0.

A plain tuple: there are millions.
"""
